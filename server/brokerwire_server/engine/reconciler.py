"""The reconciler: a broker's stream is a hint, its snapshot is the truth.

It compares the two after every reconnect and every few seconds. What a snapshot shows and our book lacks goes through
the same intake as any report; what can't be explained becomes an open break, and is healed when both sides agree again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerSnapshot
from brokerwire_server.domain.accounts import Activity, ActivityType
from brokerwire_server.domain.connections import Break, BreakState, BreakType, LinkState
from brokerwire_server.domain.decimals import ZERO, format_decimal
from brokerwire_server.domain.events import GapPhase, SourceGap
from brokerwire_server.domain.fills import FillSource
from brokerwire_server.domain.orders import Order, OrderState
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reducer import has_evidence
from brokerwire_server.domain.reports import CashReport, StatusReport
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.seams import NANOS, Ids, Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry

OVERLAP = 300 * NANOS
"""How far before the last complete sweep a sweep asks: brokers report some executions late."""

DEEP = 24 * 3600 * NANOS
"""How far back a sweep asks after one that left a difference."""

LONGEST_ABSENCE = 7 * DEEP
"""How far back the first sweep after a start asks at most."""

STREAM_DELAY = 2 * NANOS
"""An execution younger than this that a sweep shows first is on its way by stream, not missed."""

LOOK_UPS_PER_SWEEP = 10
OPENING_ATTEMPTS = 5

_log = logging.getLogger(__name__)


class SweepTimes(Struct, frozen=True, kw_only=True):
    """Seconds between sweeps: with working orders, and without."""

    working: float = 10.0
    idle: float = 60.0


class _Turns:
    """Who has asked for a sweep of an account, and up to whom it was answered."""

    __slots__ = ("answered", "asked", "lock", "outcome")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.asked = self.answered = 0
        self.outcome: Exception | None = None


class Reconciler:
    """Sweeps every account."""

    def __init__(
        self,
        accounts: Accounts,
        intake: Intake,
        *,
        times: SweepTimes,
        seams: Seams,
        ids: Ids,
        tasks: Tasks,
        telemetry: Telemetry,
    ) -> None:
        """Feed what sweeps find to `intake`."""
        self._accounts = accounts
        self._intake = intake
        self._times = times
        self._seams = seams
        self._ids = ids
        self._tasks = tasks
        self._telemetry = telemetry
        self.on_compared: Callable[[ManagedAccount, int, int, int], None] = lambda *_: None
        self._turns: dict[str, _Turns] = {}
        self._suspects: dict[str, set[tuple[BreakType, str]]] = {}

    async def run(self) -> None:
        """Sweep for ever. A broker that is slow to answer holds up no other."""
        due = {account.account_id: self._seams.monotonic() + self._times.working for account in self._accounts}
        while True:
            await self._seams.sleep(min(self._times.working, self._times.idle, 1.0))
            now = self._seams.monotonic()
            for account in self._accounts:
                if now >= due.get(account.account_id, now):
                    busy = account.book.orders.open_count > 0
                    due[account.account_id] = now + (self._times.working if busy else self._times.idle)
                    if account.link.connection.link in (LinkState.UP, LinkState.DEGRADED):
                        self.request(account)

    def request(self, account: ManagedAccount) -> None:
        """Sweep an account soon."""
        self._tasks.spawn(self.sweep(account))

    async def sweep(self, account: ManagedAccount) -> Exception | None:
        """Compare an account with its broker. A query that fails leaves everything as it is, and is returned.

        Who asks while a sweep runs waits for one more, which all of them share: what the running one has read may be
        too old.
        """
        turns = self._turns.setdefault(account.account_id, _Turns())
        turns.asked += 1
        mine = turns.asked
        async with turns.lock:
            if turns.answered < mine:
                covered = turns.asked
                turns.outcome = await self._attempt(account)
                turns.answered = covered
            return turns.outcome

    async def _attempt(self, account: ManagedAccount) -> Exception | None:
        try:
            for _ in range(OPENING_ATTEMPTS):
                if await self._sweep(account):
                    break
        except Exception as error:  # a failed query proves nothing; the next sweep comes
            _log.warning("a sweep failed", extra={"account_id": account.account_id, "error": repr(error)})
            return error
        return None

    async def _sweep(self, account: ManagedAccount) -> bool:
        """Sweep once; false where a fill came in between at the opening, so that it must be done again.

        What is held at the opening must not be read while it moves: a fill would count twice, or not at all.
        """
        known, before = account.book.fill_count, self._seams.now()
        snapshot = await account.adapter.snapshot(account.account_id, self._since(account))
        after = self._seams.now()
        if account.unopened and account.book.fill_count != known:
            return False
        merged = await self._merge(account, snapshot)
        if merged:
            account.balances_read(before)
        self.on_compared(account, before, after, snapshot.account.time)
        return merged

    def _since(self, account: ManagedAccount) -> int:
        """Return the time, by the broker's clock where it is known, from which on a sweep must ask."""
        book, now = account.book, self._seams.now()
        if account.unopened:
            return now - OVERLAP
        if account.swept_time:
            deep = DEEP if self._suspects.get(account.account_id) else 0
            return max(account.swept_time - OVERLAP - deep, 0)
        times = [order.create_time for order in book.orders.open()]
        times.append(book.last_execution_time or book.first_time)
        return max(min(times) - OVERLAP, now - LONGEST_ABSENCE, 0)

    async def _merge(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> bool:
        book, opening = account.book, account.unopened
        known = book.fill_count
        for status in (*snapshot.history, *snapshot.orders):
            if isinstance(status, StatusReport) and status.terms is not None:
                await self._intake.adopt(account, status)
        if opening and book.fill_count != known:
            return False
        recovered, missed = self._take_fills(account, snapshot)
        if missed and not account.gap_from and not opening:
            self._note_missed(account, missed)
        for report in (*snapshot.history, *snapshot.orders):
            before = book.sequence
            self._intake.order_report(account, report)
            recovered += book.sequence - before
        for activity in snapshot.activities:
            self._intake(CashReport(activity=activity))
        if opening:
            # No wait since the fills were compared: one that came in between would be taken back here.
            self._open_positions(account, snapshot)
            self._open_cash(account, snapshot)
        await self._explain_absent(account, snapshot)
        book.stage_account(snapshot.account)
        agreed = self._compare(account, snapshot)
        self._close_gap(account, recovered)
        account.swept_time = snapshot.account.time or self._seams.now()
        if agreed:
            account.last_verified_time = self._seams.now()
        return True

    def _take_fills(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> tuple[int, int]:
        """Record the fills, and return how many were new, and how many of these the stream has lost."""
        recovered = missed = 0
        for fill in snapshot.fills:
            before = account.book.sequence
            self._intake.order_report(account, replace(fill, source=FillSource.RECONCILED))
            new = account.book.sequence - before
            recovered += new
            if not snapshot.account.time or fill.time <= snapshot.account.time - STREAM_DELAY:
                missed += new
        return recovered, missed

    def _open_positions(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> None:
        """Take over what was held before the gateway knew the account: no fill of ours explains it."""
        theirs = {p.instrument.symbol: p for p in snapshot.positions}
        for symbol in sorted(theirs.keys() | account.book.positions.keys()):
            ours = account.book.positions.get(symbol)
            position = theirs.get(symbol)
            if position is None and ours is not None:
                position = Position(account_id=account.account_id, instrument=ours.instrument)
            if position is not None and (ours is None or ours.quantity != position.quantity):
                account.book.stage_position(position, "held before the gateway knew the account")

    def _open_cash(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> None:
        state = snapshot.account
        amount = state.balances.cash - account.book.cash
        if amount:
            activity = Activity(
                activity_id=f"opening:{account.account_id}",
                account_id=account.account_id,
                type=ActivityType.ADJUSTMENT,
                amount=amount,
                currency=state.balances.currency,
                description="held before the gateway knew the account",
                time=state.time or self._seams.now(),
            )
            self._intake(CashReport(activity=activity))

    def _note_missed(self, account: ManagedAccount, count: int) -> None:
        """Record that the stream lost fills although the link looked healthy."""
        now = self._seams.now()
        brk = Break(
            break_id=self._ids(),
            account_id=account.account_id,
            type=BreakType.MISSING_FILL,
            state=BreakState.HEALED,
            theirs=str(count),
            detail=f"{count} fills came by sweep and not by stream",
            open_time=now,
            close_time=now,
        )
        account.book.stage_break(brk)
        self._telemetry.break_changed(account.account_id, brk.type.value, brk.state.value)

    async def _explain_absent(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> None:
        """Look up orders that are open here and not at the broker: they ended, and their end was missed."""
        orders = account.book.orders
        shown = (orders.by_broker_ids(s.broker_client_order_id, s.broker_order_id) for s in snapshot.orders)
        seen = {order.order_id for order in shown if order is not None}
        absent = [order for order in orders.open() if order.order_id not in seen and has_evidence(order)]
        for order in absent[:LOOK_UPS_PER_SWEEP]:
            found = await account.adapter.find_order(order)
            for report in found or ():
                self._intake.order_report(account, report)

    def _compare(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> bool:
        """Open a break for each difference that two sweeps in a row have seen; heal those that are gone."""
        differences = {(d.type, d.key): d for d in self._differences(account, snapshot)}
        self._leave_dismissed(account, differences)
        suspects = self._suspects.get(account.account_id, set())
        self._suspects[account.account_id] = set(differences)
        for brk in list(account.book.breaks.values()):
            if brk.type is BreakType.UNRESOLVED_ORDER:
                continue
            found = differences.pop(brk.key, None)
            if found is None:
                self._change(account, replace(brk, state=BreakState.HEALED, close_time=self._seams.now()))
            elif (sides := (_text(found.ours), _text(found.theirs))) != (brk.ours, brk.theirs):
                # A person decides on what is shown, so it must be what is the case.
                account.book.stage_break(replace(brk, ours=sides[0], theirs=sides[1]))
        for key, difference in differences.items():
            if key in suspects:
                self._open(account, difference)
        return not self._suspects[account.account_id]

    def _leave_dismissed(
        self, account: ManagedAccount, differences: dict[tuple[BreakType, str], "_Difference"]
    ) -> None:
        """Take out what a person dismissed, while it is exactly that; a dismissal ends when its difference does."""
        for brk in list(account.book.dismissed.values()):
            found = differences.get(brk.key)
            if found is not None and (_text(found.ours), _text(found.theirs)) == (brk.ours, brk.theirs):
                del differences[brk.key]
            elif brk.type is not BreakType.UNRESOLVED_ORDER:
                self._change(account, replace(brk, state=BreakState.HEALED))

    def _differences(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> Iterable["_Difference"]:
        book = account.book
        theirs = {p.instrument.symbol: p.quantity for p in snapshot.positions}
        ours = {symbol: p.quantity for symbol, p in book.positions.items()}
        for symbol in theirs.keys() | ours.keys():
            left, right = ours.get(symbol, ZERO), theirs.get(symbol, ZERO)
            if left != right:
                yield _Difference(BreakType.QUANTITY_MISMATCH, symbol, left, right)
        cash = snapshot.account.balances.cash
        if snapshot.cash_complete and cash != book.cash:
            yield _Difference(BreakType.CASH_MISMATCH, "", book.cash, cash)
        yield from self._order_differences(account, snapshot)

    def _order_differences(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> Iterable["_Difference"]:
        orders = account.book.orders
        count: dict[str, int] = {}
        for status in snapshot.orders:
            order = orders.by_broker_ids(status.broker_client_order_id, status.broker_order_id)
            if order is None:
                continue
            count[order.order_id] = count.get(order.order_id, 0) + 1
        yield from self._missing_fills(account, snapshot)
        for order in orders.open():
            if has_evidence(order) and order.order_id not in count and order.state is not OrderState.INDETERMINATE:
                yield _Difference(BreakType.STATUS_DRIFT, order.order_id, order.state.value, "not open")
        for order_id, live in count.items():
            if live > 1:
                yield _Difference(BreakType.DUPLICATE_LIVE_ORDER, order_id, "1", str(live))

    def _missing_fills(self, account: ManagedAccount, snapshot: BrokerSnapshot) -> Iterable["_Difference"]:
        for status in (*snapshot.history, *snapshot.orders):
            total = status.cumulative_quantity if isinstance(status, StatusReport) else None
            order = account.book.orders.by_broker_ids(status.broker_client_order_id, status.broker_order_id)
            if order is not None and total is not None and total > order.filled_quantity:
                yield _Difference(BreakType.MISSING_FILL, order.order_id, order.filled_quantity, total)

    def _open(self, account: ManagedAccount, difference: "_Difference") -> None:
        order = account.book.orders.by_id.get(difference.key)
        brk = Break(
            break_id=self._ids(),
            account_id=account.account_id,
            type=difference.type,
            state=BreakState.OPEN,
            order_id=order.order_id if order else "",
            symbol=_symbol(order, difference),
            ours=_text(difference.ours),
            theirs=_text(difference.theirs),
            open_time=self._seams.now(),
        )
        self._change(account, brk)

    def _change(self, account: ManagedAccount, brk: Break) -> None:
        account.book.stage_break(brk)
        self._telemetry.break_changed(account.account_id, brk.type.value, brk.state.value)

    def _close_gap(self, account: ManagedAccount, recovered: int) -> None:
        if not account.gap_from or account.link.connection.link is not LinkState.UP:
            return
        gap = SourceGap(
            account_id=account.account_id,
            phase=GapPhase.RECONCILED,
            from_time=account.gap_from,
            to_time=self._seams.now(),
            recovered_event_count=recovered,
        )
        account.book.stage(gap)
        account.gap_from = 0


class _Difference(Struct, frozen=True):
    type: BreakType
    key: str
    ours: Decimal | str
    theirs: Decimal | str


def _symbol(order: Order | None, difference: _Difference) -> str:
    return order.instrument.symbol if order else difference.key


def _text(value: Decimal | str) -> str:
    return format_decimal(value) if isinstance(value, Decimal) else value
