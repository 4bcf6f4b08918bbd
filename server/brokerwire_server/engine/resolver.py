"""The resolver: settles orders whose outcome is in doubt, by evidence alone.

It asks the broker with growing pauses. What is found is adopted. What is not found stays INDETERMINATE, counted and
shown as an open break: absence from a list has never proved that an order was not placed.
"""

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from brokerwire_server.domain.connections import Break, BreakState, BreakType
from brokerwire_server.domain.events import OrderEventType
from brokerwire_server.domain.orders import Order, OrderState, PendingAction, SyncState
from brokerwire_server.domain.reports import OrderReport, StatusReport
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry

DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Pauses between look-ups in seconds; the last one repeats."""

ABSENCES_BEFORE_BREAK = 3
WAITS_BEFORE_BREAK = 6
"""How often a broker may say that it is still working on a cancel or replace before a person is told."""

SIGHTINGS_BEFORE_ACTION_FAILED = 4
"""How often an order must be seen unchanged before a cancel or replace in doubt counts as not carried out."""

_ABSENT = "the broker gave no answer to the command and does not show the order"
_STUCK = "the broker took the request long ago and is still working on it: ask its support about the order"

_log = logging.getLogger(__name__)


class Resolver:
    """Watches orders in doubt until evidence settles them."""

    def __init__(self, intake: Intake, *, seams: Seams, ids: Ids, tasks: Tasks, telemetry: Telemetry) -> None:
        """Feed what is found to `intake`."""
        self._intake = intake
        self._seams = seams
        self._ids = ids
        self._tasks = tasks
        self._telemetry = telemetry
        self._watched: set[str] = set()

    def watch(self, account: ManagedAccount, order_id: str) -> None:
        """Look after an order until it is settled."""
        if order_id not in self._watched:
            self._watched.add(order_id)
            self._tasks.spawn(self._watch(account, order_id))

    async def _watch(self, account: ManagedAccount, order_id: str) -> None:
        absences = sightings = waits = attempt = 0
        try:
            while True:
                await self._seams.sleep(DELAYS[min(attempt, len(DELAYS) - 1)])
                attempt += 1
                order = account.book.orders.by_id.get(order_id)
                if order is None or not _doubtful(order):
                    break
                found = await self._look(account, order)
                if found is None:
                    absences += 1
                    if absences == ABSENCES_BEFORE_BREAK:
                        self._open_break(account, order, "not found", _ABSENT)
                    continue
                if not found:
                    continue
                for report in found:
                    self._intake.order_report(account, report)
                if any(isinstance(r, StatusReport) and r.pending is not PendingAction.NONE for r in found):
                    waits += 1
                    if waits == WAITS_BEFORE_BREAK:
                        self._open_break(account, order, f"pending {order.pending_action.value.lower()}", _STUCK)
                    continue
                sightings += 1
                if sightings >= SIGHTINGS_BEFORE_ACTION_FAILED:
                    self._give_up_action(account, order_id)
        finally:
            self._watched.discard(order_id)
        self._heal_break(account, order_id)

    async def _look(self, account: ManagedAccount, order: Order) -> Sequence[OrderReport] | None:
        """Ask the broker; an empty answer means that the question failed, which proves nothing."""
        try:
            return await account.adapter.find_order(order)
        except Exception as error:  # a failed look-up is no evidence, whatever it was
            _log.warning(
                "looking up an order in doubt failed",
                extra={"order_id": order.order_id, "error": repr(error)},
            )
            return ()

    def _give_up_action(self, account: ManagedAccount, order_id: str) -> None:
        order = account.book.orders.by_id.get(order_id)
        if order is None or not order.pending_in_doubt or order.state.terminal:
            return
        kind = {
            PendingAction.CANCEL: OrderEventType.CANCEL_REJECTED,
            PendingAction.REPLACE: OrderEventType.REPLACE_REJECTED,
        }[order.pending_action]
        after = replace(
            order,
            pending_action=PendingAction.NONE,
            pending_action_id="",
            pending_in_doubt=False,
            sync_state=SyncState.CONFIRMED,
        )
        account.book.stage_order(after, kind, reason="the broker shows the order unchanged")

    def _open_break(self, account: ManagedAccount, order: Order, theirs: str, detail: str) -> None:
        book = account.book
        if any(brk.order_id == order.order_id for brk in (*book.breaks.values(), *book.dismissed.values())):
            return
        brk = Break(
            break_id=self._ids(),
            account_id=account.account_id,
            type=BreakType.UNRESOLVED_ORDER,
            state=BreakState.OPEN,
            order_id=order.order_id,
            symbol=order.instrument.symbol,
            ours=order.state.value,
            theirs=theirs,
            detail=detail,
            open_time=self._seams.now(),
        )
        account.book.stage_break(brk)
        self._telemetry.break_changed(account.account_id, brk.type.value, brk.state.value)

    def _heal_break(self, account: ManagedAccount, order_id: str) -> None:
        book = account.book
        for brk in (*book.breaks.values(), *book.dismissed.values()):
            if brk.order_id == order_id and brk.type is BreakType.UNRESOLVED_ORDER:
                account.book.stage_break(replace(brk, state=BreakState.HEALED, close_time=self._seams.now()))
                self._telemetry.break_changed(account.account_id, brk.type.value, BreakState.HEALED.value)


def _doubtful(order: Order) -> bool:
    return order.state is OrderState.INDETERMINATE or order.pending_in_doubt
