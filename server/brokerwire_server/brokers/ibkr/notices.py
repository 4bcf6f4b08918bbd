"""Errors that name an order: a refusal ends a wait, never an order that the broker has shown."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from brokerwire_server.brokers.ibkr import codes
from brokerwire_server.brokers.ibkr.codes import Meaning
from brokerwire_server.brokers.ibkr.feed import Feed
from brokerwire_server.brokers.ibkr.tracking import Tracked, Tracker
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.reports import OrderReport, StatusReport

if TYPE_CHECKING:
    import asyncio

_LENGTH = 500

_log = logging.getLogger(__name__)


class Notices:
    """Takes the broker's errors about orders."""

    def __init__(
        self, tracker: Tracker, feed: Feed, emit: Callable[[OrderReport], None], look: Callable[[Tracked], None]
    ) -> None:
        """`look` has an order looked up soon."""
        self._tracker = tracker
        self._feed = feed
        self._emit = emit
        self._look = look

    def take(self, order_id: int, code: int, text: str) -> bool:
        """Take an error about an order of ours; false where the number is not one's."""
        tracked = self._tracker.by_order_id(order_id)
        if tracked is None:
            return False
        words = f"{code}: {text}"[:_LENGTH]
        _log.info("order %s: %s", order_id, words)
        match codes.meaning(code):
            case Meaning.REJECT:
                self._reject(tracked, code, words)
            case Meaning.MODIFY_REFUSED if tracked.modify is not None:
                self._refuse_modify(tracked, words)
            case Meaning.CANCEL_REFUSED:
                _answer(tracked.cancel_answer, words)
                self._look(tracked)
            case Meaning.CANCELED:
                self._canceled(tracked, text)
            case _:
                self._note(tracked, words)
        return True

    def _reject(self, tracked: Tracked, code: int, words: str) -> None:
        """Reject a new order that nothing was seen of; of one that stands, a modify was refused, or it is looked up."""
        if tracked.seen and tracked.modify is not None:
            self._refuse_modify(tracked, words)
            return
        tracked.rejected = (code, words)
        if tracked.seen:
            self._look(tracked)
        elif tracked.answer is not None and not tracked.answer.done():
            tracked.answer.set_result("")
        else:
            self._emit(rejection(tracked))

    def _refuse_modify(self, tracked: Tracked, words: str) -> None:
        modify, tracked.modify = tracked.modify, None
        if modify is not None:
            _answer(modify.answer, words)

    def _canceled(self, tracked: Tracked, text: str) -> None:
        """202 comes behind the status, with a reason at times. Where no status came, the order is looked up."""
        reason = text.partition("reason:")[2].strip()
        if reason:
            self._note(tracked, f"202: {reason}"[:_LENGTH])
        _answer(tracked.cancel_answer, "")
        if tracked.live:
            self._look(tracked)

    def _note(self, tracked: Tracked, words: str) -> None:
        tracked.notice = words
        if tracked.seen:
            self._feed.report(tracked)


def rejection(tracked: Tracked) -> StatusReport:
    """Return the report of a refusal."""
    code, words = tracked.rejected or (0, "")
    return StatusReport(
        account_id=tracked.account_id,
        broker_client_order_id=tracked.key,
        state=OrderState.REJECTED,
        reason=codes.reason(code, words),
        broker_status=str(code),
        message=words,
    )


def _answer(waiting: "asyncio.Future[str] | None", words: str) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(words)
