"""Breaks in a person's hands: comparing on request, listing, and settling what evidence alone can't.

A resolution changes the book only where the difference is still the one that the person saw.
"""

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerSnapshot
from brokerwire_server.domain.accounts import Activity, ActivityType
from brokerwire_server.domain.connections import Break, BreakResolution, BreakState, BreakType
from brokerwire_server.domain.decimals import ZERO, format_decimal
from brokerwire_server.domain.errors import (
    BrokerwireError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
    Violation,
)
from brokerwire_server.domain.orders import Order, OrderState, StateReason
from brokerwire_server.domain.reports import StatusReport
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.reconciler import Reconciler
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.base import BreakFilter, Store, StoreError

FITTING: Mapping[BreakType, tuple[BreakResolution, ...]] = MappingProxyType(
    {
        BreakType.QUANTITY_MISMATCH: (BreakResolution.ACCEPT_BROKER, BreakResolution.DISMISS),
        BreakType.CASH_MISMATCH: (BreakResolution.ACCEPT_BROKER, BreakResolution.DISMISS),
        BreakType.STATUS_DRIFT: (BreakResolution.ACCEPT_BROKER, BreakResolution.DISMISS),
        BreakType.UNRESOLVED_ORDER: (BreakResolution.NOT_PLACED, BreakResolution.DISMISS),
    }
)
"""What can be decided about a break, by its type. Every other type can only be dismissed."""

ENDS = (OrderState.CANCELED, OrderState.EXPIRED, OrderState.REJECTED)
"""How a person may say that an order ended. A fill is never said, it comes from the broker."""

_log = logging.getLogger(__name__)


class Decision(Struct, frozen=True, kw_only=True):
    """What a person decided about a break, who, and why. `order_state` is how the order of a STATUS_DRIFT ended."""

    account_id: str
    break_id: str
    resolution: BreakResolution
    resolved_by: str
    note: str
    order_state: OrderState | None = None


class Comparison(Struct, frozen=True, kw_only=True):
    """What comparing one account found. `ok`: the broker's books could be read."""

    account: ManagedAccount
    ok: bool
    detail: str
    event_count: int


class Breaks:
    """Compares and settles."""

    def __init__(
        self,
        accounts: Accounts,
        store: Store,
        intake: Intake,
        reconciler: Reconciler,
        *,
        seams: Seams,
        telemetry: Telemetry,
    ) -> None:
        """Settle breaks of `accounts`."""
        self._accounts = accounts
        self._store = store
        self._intake = intake
        self._reconciler = reconciler
        self._seams = seams
        self._telemetry = telemetry

    async def reconcile(self, account: ManagedAccount) -> Comparison:
        """Compare an account with its broker now; a first disagreement is looked at a second time."""
        book, verified = account.book, account.last_verified_time
        before = book.sequence
        error = await self._reconciler.sweep(account)
        if error is None and account.last_verified_time == verified:
            error = await self._reconciler.sweep(account)
        if error is None:
            try:
                await book.durable()
            except StoreError as failure:
                error = failure
        detail = _words(error) if error else self._found(account, verified)
        return Comparison(account=account, ok=error is None, detail=detail, event_count=book.sequence - before)

    def _found(self, account: ManagedAccount, verified: int) -> str:
        if account.last_verified_time != verified:
            return "both sides agree"
        return f"{len(account.book.breaks)} breaks are open"

    async def list(self, where: BreakFilter, after: str, limit: int) -> tuple[Sequence[Break], str]:
        """Return a page of breaks, oldest first, and the cursor of the next one."""
        return await self._store.list_breaks(where, after, limit)

    # --- settling ------------------------------------------------------------------------------------------------

    async def resolve(self, decision: Decision) -> Break:
        """Settle a break as a person decided, and return it when that is durable.

        Raises:
            NotFoundError: there is no such account or break.
            InvalidRequestError: the resolution does not fit the break.
            PreconditionError: the break is closed already, or the difference is another one by now.
            UnavailableError: the broker can't be asked, or the journal can't be written.
        """
        account = self._accounts.get(decision.account_id)
        self._accounts.writable(account)
        brk = account.book.breaks.get(decision.break_id)
        if brk is None:
            return await self._closed(decision)
        _check_fit(brk, decision)
        if decision.resolution is not BreakResolution.DISMISS:
            await self._carry_out(account, brk, decision)
        if brk.break_id not in account.book.breaks:
            raise self._changed(brk, "healed", "healed")
        settled = replace(
            brk,
            state=BreakState.RESOLVED,
            close_time=self._seams.now(),
            resolution=decision.resolution,
            resolved_by=decision.resolved_by,
            note=decision.note,
        )
        account.book.stage_break(settled)
        self._telemetry.break_changed(account.account_id, settled.type.value, settled.state.value)
        await self._durable(account)
        return settled

    async def _closed(self, decision: Decision) -> Break:
        """Return a break that the same decision has settled already."""
        brk = await self._store.get_break(decision.account_id, decision.break_id)
        metadata = {"account_id": decision.account_id, "break_id": decision.break_id[:64]}
        if brk is None:
            text = f"account {decision.account_id} has no break {decision.break_id[:64]!r}"
            raise NotFoundError("BREAK_NOT_FOUND", text, metadata=metadata)
        same = (decision.resolution, decision.resolved_by, decision.note)
        if (brk.resolution, brk.resolved_by, brk.note) == same:
            return brk
        text = f"the break is {brk.state.value.lower()} already"
        raise PreconditionError("BREAK_CLOSED", text, metadata={**metadata, "state": brk.state.value})

    async def _carry_out(self, account: ManagedAccount, brk: Break, decision: Decision) -> None:
        words = f"break {brk.break_id} resolved by {decision.resolved_by}: {decision.note}"
        match brk.type:
            case BreakType.QUANTITY_MISMATCH:
                self._set_position(account, brk, await self._snapshot(account), words)
            case BreakType.CASH_MISMATCH:
                self._adjust_cash(account, brk, await self._snapshot(account), words)
            case BreakType.STATUS_DRIFT | BreakType.UNRESOLVED_ORDER:
                self._end_order(account, brk, decision.order_state or OrderState.REJECTED, words)

    async def _snapshot(self, account: ManagedAccount) -> BrokerSnapshot:
        try:
            return await account.adapter.snapshot(account.account_id, account.book.last_execution_time)
        except Exception as error:
            _log.warning("a snapshot failed", extra={"account_id": account.account_id}, exc_info=error)
            metadata = {"account_id": account.account_id, "broker": account.adapter.broker}
            raise UnavailableError("BROKER_UNAVAILABLE", _words(error), metadata=metadata) from error

    def _set_position(self, account: ManagedAccount, brk: Break, snapshot: BrokerSnapshot, words: str) -> None:
        theirs = next((p for p in snapshot.positions if p.instrument.symbol == brk.symbol), None)
        ours = account.book.positions.get(brk.symbol)
        quantity = theirs.quantity if theirs else ZERO
        self._require(brk, ours.quantity if ours else ZERO, quantity)
        base = ours or theirs
        if base is None:
            raise self._changed(brk, "0", "0")
        now = self._seams.now()
        after = replace(
            base,
            quantity=quantity,
            average_cost=theirs.average_cost if theirs else ZERO,
            open_time=base.open_time or now,
            update_time=now,
        )
        account.book.stage_position(after, words)

    def _adjust_cash(self, account: ManagedAccount, brk: Break, snapshot: BrokerSnapshot, words: str) -> None:
        ours, theirs = account.book.cash, snapshot.account.balances.cash
        self._require(brk, ours, theirs)
        account.book.stage_activity(
            Activity(
                activity_id=f"break:{brk.break_id}",
                account_id=account.account_id,
                type=ActivityType.ADJUSTMENT,
                amount=theirs - ours,
                currency=account.book.account.currency,
                description=words,
                time=self._seams.now(),
            )
        )

    def _end_order(self, account: ManagedAccount, brk: Break, state: OrderState, words: str) -> None:
        order = account.book.orders.by_id.get(brk.order_id)
        if order is None or order.terminal or not _in_question(brk, order):
            raise self._changed(brk, order.state.value if order else "unknown", brk.theirs)
        report = StatusReport(
            account_id=account.account_id,
            broker_client_order_id=order.broker_client_order_id,
            state=state,
            reason=StateReason.RECONCILED,
            message=words,
            time=self._seams.now(),
        )
        self._intake.order_report(account, report)

    def _require(self, brk: Break, ours: Decimal, theirs: Decimal) -> None:
        """Refuse where either side is not any more what the person saw."""
        now = format_decimal(ours), format_decimal(theirs)
        if now != (brk.ours, brk.theirs):
            raise self._changed(brk, *now)

    def _changed(self, brk: Break, ours: str, theirs: str) -> PreconditionError:
        text = "the difference is another one by now: reconcile, look at it again, then decide"
        metadata = {"break_id": brk.break_id, "account_id": brk.account_id, "expected": ours, "actual": theirs}
        return PreconditionError("BREAK_CHANGED", text, metadata=metadata)

    async def _durable(self, account: ManagedAccount) -> None:
        try:
            await account.book.durable()
        except StoreError as error:
            metadata = {"account_id": account.account_id, "sent": "NO"}
            raise UnavailableError(
                "JOURNAL_UNAVAILABLE", "the journal could not be written", metadata=metadata
            ) from error


def _check_fit(brk: Break, decision: Decision) -> None:
    fitting = FITTING.get(brk.type, (BreakResolution.DISMISS,))
    if decision.resolution not in fitting:
        known = tuple(resolution.value for resolution in fitting)
        text = f"does not fit a break of type {brk.type.value}; what fits: {', '.join(known)}"
        raise InvalidRequestError.of(Violation("resolution", "INVALID_FIELD", text, known))
    wanted = brk.type is BreakType.STATUS_DRIFT and decision.resolution is BreakResolution.ACCEPT_BROKER
    ends = tuple(state.value for state in ENDS)
    if wanted and decision.order_state not in ENDS:
        reason = "INVALID_FIELD" if decision.order_state else "FIELD_REQUIRED"
        text = f"say how the order ended: {', '.join(ends)}"
        raise InvalidRequestError.of(Violation("order_state", reason, text, ends))
    if not wanted and decision.order_state is not None:
        text = "goes with ACCEPT_BROKER of a STATUS_DRIFT only"
        raise InvalidRequestError.of(Violation("order_state", "INVALID_FIELD", text))


def _in_question(brk: Break, order: Order) -> bool:
    """Whether the order is still in the state that the break is about."""
    return brk.type is not BreakType.UNRESOLVED_ORDER or order.state is OrderState.INDETERMINATE


def _words(error: Exception) -> str:
    if isinstance(error, BrokerwireError):
        return error.message
    return "the broker's books could not be read; the server's log has the details"
