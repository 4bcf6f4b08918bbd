"""What the broker says of orders, as reports: from openOrder, orderStatus, executions and completedOrder alone.

A callback must agree with itself: one whose orderRef is not that of the order which its order id or permId belongs to
is set aside and looked into, for TWS has been seen to use ids again.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from brokerwire_server.brokers.ibkr import codes, states
from brokerwire_server.brokers.ibkr.executions import Executions, version_of
from brokerwire_server.brokers.ibkr.records import (
    Commission,
    CompletedOrder,
    Execution,
    OpenOrder,
    OrderStatus,
    OrderTermsRow,
)
from brokerwire_server.brokers.ibkr.terms import request_of, side_of, terms_of
from brokerwire_server.brokers.ibkr.times import UnknownTimeError, parse_time
from brokerwire_server.brokers.ibkr.tracking import Incarnation, Tracked, Tracker
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import FillSource, Liquidity
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import OrderRequest, OrderState, OrderTerms
from brokerwire_server.domain.reports import (
    FillReport,
    OrderReport,
    ReplacedReport,
    RestatedReport,
    StatusReport,
    TriggeredReport,
)

if TYPE_CHECKING:
    from datetime import tzinfo

_LIQUIDITY: Mapping[int, Liquidity] = {1: Liquidity.MAKER, 2: Liquidity.TAKER}
_MULTI_LEG = "BAG"
_INACTIVE = "Inactive"
_TRIGGER = "trigger"
"""What whyHeld says of an order that waits for its stop."""

_log = logging.getLogger(__name__)


class Feed:
    """Keeps the tracker up to date and reports each change once."""

    def __init__(
        self,
        tracker: Tracker,
        executions: Executions,
        *,
        client_id: int,
        account_of: Callable[[str], str],
        instrument_of: Callable[[Any], Instrument],
        emit: Callable[[OrderReport], None],
        now: Callable[[], int],
    ) -> None:
        """`account_of` gives our id of one of the broker's accounts, or nothing where it is not served."""
        self.zone: Callable[[], tzinfo | None] = lambda: None
        self.on_doubt: Callable[[str], None] = lambda _: None
        self.on_unknown: Callable[[], None] = lambda: None
        self.on_survivor: Callable[[Tracked], None] = lambda _: None
        self.on_note: Callable[[str], None] = lambda _: None
        self._tracker = tracker
        self._executions = executions
        self._client_id = client_id
        self._account_of = account_of
        self._instrument_of = instrument_of
        self._emit = emit
        self._now = now
        self._clock = 0
        self._others: set[int] = set()

    @property
    def clock(self) -> int:
        """Grows with everything that is heard."""
        return self._clock

    # --- callbacks ---

    def open_order(self, order_id: int, row: OpenOrder) -> None:
        """Take an openOrder."""
        if row.what_if:
            return
        account_id = self._account_of(row.account)
        if not account_id:
            self._others.add(row.perm_id)
            return
        numbered = self._tracker.by_order_id(order_id) if row.client_id == self._client_id else None
        if self._conflicts(row, numbered, f"openOrder {order_id}"):
            return
        self.listed(row, account_id, numbered)

    def listed(self, row: OpenOrder, account_id: str, numbered: Tracked | None = None) -> Tracked:
        """Take a row that names its order by its reference or permId, as an answer to a query does."""
        tracked = self._find(row) or numbered or self._tracker.make(_key(row), account_id)
        if row.client_id == self._client_id and row.order_id:
            self._tracker.number(tracked, row.order_id)
        one = self._hear(tracked, row.perm_id)
        one.order_id, one.client_id, one.quantity = row.order_id, row.client_id, row.quantity or one.quantity
        one.gone = False
        if not states.ended(one.status) or states.ended(row.status):
            one.status = row.status
        tracked.parent_id, tracked.oca_group = row.parent_id, row.oca_group
        tracked.multi_leg = tracked.multi_leg or row.contract.secType == _MULTI_LEG
        self._answer(tracked, row.status)
        terms = self._terms(tracked, row)
        self._follow_terms(tracked, row)
        self._report(tracked, one, terms)
        return tracked

    def order_status(self, order_id: int, row: OrderStatus) -> None:
        """Take an orderStatus. It has no reference: a new permId under a known order id has to be looked up first."""
        numbered = self._tracker.by_order_id(order_id) if row.client_id == self._client_id else None
        tracked = self._tracker.by_perm_id(row.perm_id)
        if tracked is None and numbered is not None and not (row.perm_id and any(numbered.incarnations)):
            tracked = numbered
        if tracked is None:
            if row.perm_id not in self._others:
                self.on_unknown()
            return
        if numbered is not None and tracked is not numbered and tracked.key:
            self.on_doubt(f"orderStatus {order_id}: its permId {row.perm_id} belongs to another order")
            return
        one = self._hear(tracked, row.perm_id)
        if states.ended(one.status) and not states.ended(row.status):
            return
        one.filled = max(one.filled, row.filled)
        one.quantity = max(one.quantity, row.filled + row.remaining) if one.quantity == ZERO else one.quantity
        one.status = row.status
        if one.client_id < 0:
            one.order_id, one.client_id = order_id, row.client_id
        waited, tracked.held = _TRIGGER in tracked.held, row.why_held
        self._answer(tracked, row.status)
        self._report(tracked, one)
        if waited and row.status == "Submitted" and not row.why_held:
            self._emit(
                TriggeredReport(
                    account_id=tracked.account_id,
                    broker_client_order_id=tracked.key,
                    broker_order_id=_id(row.perm_id),
                    time=self._now(),
                )
            )
        if tracked.cancel_asked and not one.live and tracked.live:
            self.on_survivor(tracked)
        if row.status == _INACTIVE:
            # Refused, unfilled at once, or held: the lists of open and of ended orders say which.
            self.on_unknown()

    def bound(self, perm_id: int, client_id: int, order_id: int) -> None:
        """Take an orderBound: an order that a person placed has an id of a client now."""
        tracked = self._tracker.by_perm_id(perm_id)
        if tracked is not None and (one := tracked.incarnations.get(perm_id)) is not None:
            one.order_id, one.client_id = order_id, client_id
            if client_id == self._client_id:
                self._tracker.number(tracked, order_id)

    def execution(self, _: int, row: Execution) -> None:
        """Take an execution as it happens."""
        if (report := self.fill(row, FillSource.PUSH, live=True)) is not None:
            self._executions.take(report)

    def commission(self, row: Commission) -> None:
        """Take what an execution cost."""
        self._executions.commission(row)

    def completed(self, row: CompletedOrder) -> list[OrderReport]:
        """Take an order that has ended, and return its report. It names itself by reference and permId alone.

        The end of an order that was known is told at once; one that was not is history, which a sweep asks for.
        """
        account_id = self._account_of(row.account)
        if not account_id or self._conflict_of_perm(row):
            return []
        tracked = self._find(row) or self._tracker.make(_key(row), account_id)
        known, before = tracked.seen or tracked.instrument is not None, tracked.told
        tracked.multi_leg = tracked.multi_leg or row.contract.secType == _MULTI_LEG
        one = self._hear(tracked, row.perm_id)
        was_live = one.live
        one.status = row.status if states.ended(row.status) else "Cancelled"
        one.filled = max(one.filled, row.filled)
        one.quantity = max(one.quantity, row.quantity, row.filled)
        if row.completed_status.lower().startswith("reject") and tracked.rejected is None:
            tracked.rejected = (201, row.completed_status)
        if was_live and row.completed_status and not states.ended(row.completed_status):
            tracked.notice = row.completed_status
        report = self._status(tracked, one, self._terms(tracked, row), self._time_of(row.completed_time))
        if known and tracked.told != before:
            self._emit(report)
        if not tracked.live:
            self._tracker.retire(tracked)
        return [report]

    # --- fills ---

    def fill(self, row: Execution, source: FillSource, *, live: bool = False) -> FillReport | None:
        """Return an execution as a report; `None` where it is another account's, a combination's sum, or in doubt."""
        account_id = self._account_of(row.account)
        if not account_id:
            return None
        ours = row.client_id == self._client_id
        numbered = self._tracker.by_order_id(row.order_id) if ours else None
        if live and self._conflicts(row, numbered, f"execution {row.execution_id}"):
            return None
        tracked = self._find(row) or (numbered if not states.is_key(row.order_ref) else None)
        if tracked is None:
            tracked = self._tracker.make(_key(row), account_id)
        one = self._hear(tracked, row.perm_id)
        self._answer(tracked, one.status)
        is_sum = row.contract.secType == _MULTI_LEG
        if is_sum or not tracked.multi_leg:
            one.filled = max(one.filled, row.cumulative)
        if is_sum:
            return None
        return self._fill_report(tracked, row, account_id, source)

    def _fill_report(self, tracked: Tracked, row: Execution, account_id: str, source: FillSource) -> FillReport:
        kind, refers = version_of(row.execution_id)
        side = side_of(row.side)
        if tracked.side is not None and not tracked.multi_leg and tracked.side.sign == side.sign:
            side = tracked.side
        instrument = tracked.instrument if not tracked.multi_leg else None
        return FillReport(
            account_id=account_id,
            broker_client_order_id=tracked.key,
            broker_order_id=_id(row.perm_id),
            time=self._time_of(row.time, of=f"execution {row.execution_id}") or self._now(),
            execution_id=row.execution_id,
            instrument=instrument or self._instrument_of(row.contract),
            side=side,
            quantity=row.shares,
            price=row.price,
            kind=kind,
            refers_to_execution_id=refers,
            source=source,
            liquidity=_LIQUIDITY.get(row.liquidity, Liquidity.UNKNOWN),
            venue=row.exchange,
        )

    # --- reports ---

    def status(self, tracked: Tracked, one: Incarnation) -> StatusReport:
        """Return the order's status, named by one of its incarnations."""
        return self._status(tracked, one, None, 0)

    def statuses(self, tracked: Tracked) -> list[StatusReport]:
        """Return the order's status by each incarnation that lives, or by the last one."""
        ones = tracked.live or list(tracked.incarnations.values())[-1:]
        return [self._status(tracked, one, None, 0) for one in ones]

    def listing(self, tracked: Tracked) -> list[StatusReport]:
        """Return one report for each incarnation that lives, with the terms of an order that we did not place."""
        return [replace(self._status(tracked, one, None, 0), terms=tracked.foreign) for one in tracked.live]

    def report(self, tracked: Tracked) -> None:
        """Report an order anew where something of it has changed."""
        for one in list(tracked.incarnations.values())[-1:]:
            self._report(tracked, one)

    def _report(self, tracked: Tracked, one: Incarnation, terms: OrderRequest | None = None) -> None:
        if len(tracked.incarnations) > 1 and tracked.terms is not None and tracked.terms.quantity is not None:
            self._take_terms(tracked, replace(tracked.terms, quantity=tracked.exposure), one)
        before = tracked.told
        report = self._status(tracked, one, terms, 0)
        if tracked.told != before:
            self._emit(report)
        if not tracked.live:
            self._tracker.retire(tracked)

    def _status(self, tracked: Tracked, one: Incarnation, terms: OrderRequest | None, time: int) -> StatusReport:
        """Return what all incarnations say together: the order has ended when the last of them has."""
        telling = tracked.telling(one)
        held = f"held: {tracked.held}" if tracked.held and telling.live else ""
        state, message = states.state_of(telling.status), "; ".join(filter(None, (held, tracked.notice)))
        grouped = bool(tracked.parent_id or tracked.oca_group)
        reason = states.reason_of_end(
            telling.status, tracked.tif, asked=tracked.cancel_asked, grouped=grouped, words=message
        )
        if tracked.rejected is not None and not telling.live and tracked.filled == ZERO:
            state = OrderState.REJECTED
            reason, message = codes.reason(*tracked.rejected), tracked.rejected[1]
        told = (tuple(tracked.incarnations), telling.status, state, tracked.filled, message)
        if told != tracked.told:
            tracked.told, tracked.told_time = told, time or self._now()
        return StatusReport(
            account_id=tracked.account_id,
            broker_client_order_id=tracked.key,
            broker_order_id=_id(one.perm_id),
            time=tracked.told_time,
            state=state,
            reason=reason,
            broker_status=telling.status,
            message=message,
            quantity=tracked.filled if telling.status == "Filled" else None,
            cumulative_quantity=tracked.filled,
            pending=states.pending_of(telling.status),
            terms=terms,
        )

    def _follow_terms(self, tracked: Tracked, row: OpenOrder) -> None:
        """Report new terms, and answer the modify that brought them."""
        one, found, modify = tracked.incarnations[row.perm_id], terms_of(row), tracked.modify
        answered = modify is not None and not _differ(modify.terms, found)
        if len(tracked.incarnations) > 1:
            found = replace(found, quantity=tracked.exposure)
        self._take_terms(tracked, found, one, modify.action_id if modify is not None and answered else "")
        if modify is not None and answered:
            tracked.modify = None
            if not modify.answer.done():
                modify.answer.set_result("")
        stop = row.trail_stop_price
        if row.type.startswith("TRAIL") and stop and stop != tracked.trail_stop:
            tracked.trail_stop = stop
            self._emit(
                RestatedReport(
                    account_id=tracked.account_id,
                    broker_client_order_id=tracked.key,
                    broker_order_id=_id(row.perm_id),
                    stop_price=stop,
                )
            )

    def _take_terms(self, tracked: Tracked, found: OrderTerms, one: Incarnation, action_id: str = "") -> None:
        """Report terms that are others than those known. Of several incarnations all count that they may fill."""
        if tracked.terms is not None and _differ(tracked.terms, found):
            self._emit(
                ReplacedReport(
                    account_id=tracked.account_id,
                    broker_client_order_id=tracked.key,
                    broker_order_id=_id(one.perm_id),
                    terms=found,
                    revision=self._now(),
                    action_id=action_id,
                )
            )
        tracked.terms = _merged(tracked.terms, found)

    def _terms(self, tracked: Tracked, row: OrderTermsRow) -> OrderRequest | None:
        """Describe an order that may be unknown to the gateway; it is adopted by this."""
        if tracked.instrument is not None:
            return None
        try:
            tracked.foreign = request_of(row, tracked.account_id, self._instrument_of)
            return tracked.foreign
        except ValueError as error:
            self.on_note(f"order {row.perm_id} can't be shown: {error}")
            return None

    # --- finding ---

    def _find(self, row: OrderTermsRow | Execution) -> Tracked | None:
        return self._tracker.by_key(_key(row)) or self._tracker.by_perm_id(row.perm_id)

    def _conflicts(self, row: OrderTermsRow | Execution, numbered: Tracked | None, what: str) -> bool:
        """Whether a callback's ids say different things. It is then looked into, and applied to nothing."""
        key, known = _key(row), row.perm_id in numbered.incarnations if numbered is not None else False
        if numbered is not None and numbered.key != key and not (known and not row.order_ref):
            self.on_doubt(f"{what}: its order id is that of another order than its reference {row.order_ref[:40]!r}")
            return True
        return self._conflict_of_perm(row)

    def _conflict_of_perm(self, row: OrderTermsRow | Execution) -> bool:
        known = self._tracker.by_perm_id(row.perm_id)
        if known is None or not row.order_ref or known.key == _key(row):
            return False
        self.on_doubt(f"permId {row.perm_id} belongs to another order than the reference {row.order_ref[:40]!r}")
        return True

    def _hear(self, tracked: Tracked, perm_id: int) -> Incarnation:
        self._clock += 1
        one = self._tracker.incarnation(tracked, perm_id)
        one.seen = self._clock
        return one

    def _answer(self, tracked: Tracked, status: str) -> None:
        """Whoever waits for a submission or a cancel is answered by this."""
        if tracked.answer is not None and not tracked.answer.done():
            tracked.answer.set_result(status)
        cancel = tracked.cancel_answer
        if cancel is not None and not cancel.done() and (status == "PendingCancel" or states.ended(status)):
            cancel.set_result("")

    def _time_of(self, text: str, of: str = "") -> int:
        """Return a time, 0 where it can't be read; for an execution a person is told so."""
        try:
            return parse_time(text, self.zone())
        except UnknownTimeError as error:
            if of:
                self.on_note(f"{of} has the time of its arrival: {error}")
            return 0


def _key(row: OrderTermsRow | Execution) -> str:
    return row.order_ref if states.is_key(row.order_ref) else ""


def _id(perm_id: int) -> str:
    return str(perm_id) if perm_id else ""


def _differ(known: OrderTerms, found: OrderTerms) -> bool:
    """Whether the broker's terms are others than those known, as far as both say something."""
    names: Sequence[str] = known.__struct_fields__
    pairs = [(getattr(known, name), getattr(found, name)) for name in names]
    return any(ours != theirs for ours, theirs in pairs if ours is not None and theirs is not None)


def _merged(known: OrderTerms | None, found: OrderTerms) -> OrderTerms:
    """Return the broker's terms, and those known where it says nothing."""
    stated = {name: value for name in found.__struct_fields__ if (value := getattr(found, name)) is not None}
    return found if known is None else replace(known, **stated)
