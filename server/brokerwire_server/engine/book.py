"""The book of an account: its live state, and the one place where state changes and journal entries are made.

`stage` applies a change and chains its event; what one tick of the event loop staged goes to the store as one atomic
unit. Staged state is private to the engine; it becomes visible (`committed`, the log) only when it is durable.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.domain.accounts import Account, AccountState, AccountStatus, Activity, ActivityType
from brokerwire_server.domain.connections import Break, BreakState
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.events import (
    AccountOpened,
    AccountUpdated,
    BreakChanged,
    CashMoved,
    Event,
    FillRecorded,
    OrderChanged,
    OrderEventType,
    PositionChanged,
)
from brokerwire_server.domain.fills import Amendments, Fill, FillKind
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Order, OrderState
from brokerwire_server.domain.positions import Position, PositionLedger
from brokerwire_server.domain.reducer import add_fill
from brokerwire_server.domain.signing import Signature
from brokerwire_server.engine.chain import Chain
from brokerwire_server.risk.exposure import Exposure
from brokerwire_server.store.base import Store

RECENT_ENDED_ORDERS = 5_000
"""Ended orders kept at hand, for late reports and for reads; older ones come from the store."""


class Orders:
    """Orders by every id they go by: all open ones and the latest ended ones."""

    __slots__ = (
        "_by_broker_client_id",
        "_by_broker_id",
        "_by_client_id",
        "_doubtful",
        "_ended",
        "_open",
        "_tell",
        "by_id",
    )

    def __init__(self, tell: Callable[[Order], None] | None = None) -> None:
        """Start empty; `tell` is told of every order that is put."""
        self.by_id: dict[str, Order] = {}
        self._tell = tell
        self._open: dict[str, Order] = {}
        self._doubtful: dict[str, Order] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._by_client_id: dict[str, str] = {}
        self._by_broker_client_id: dict[str, str] = {}
        self._by_broker_id: dict[str, str] = {}

    def put(self, order: Order) -> None:
        """Take an order in, or a newer version of it."""
        order_id = order.order_id
        if order_id not in self.by_id:
            self._by_client_id[order.client_order_id] = order_id
            self._by_broker_client_id[order.broker_client_order_id] = order_id
        for broker_order_id in order.broker_order_ids:
            self._by_broker_id[broker_order_id] = order_id
        self.by_id[order_id] = order
        if self._tell is not None:
            self._tell(order)
        if order.state is OrderState.INDETERMINATE or order.pending_in_doubt:
            self._doubtful[order_id] = order
        elif self._doubtful:
            self._doubtful.pop(order_id, None)
        if order.terminal:
            self._end(order_id)
        else:
            self._open[order_id] = order
            if self._ended:
                self._ended.pop(order_id, None)

    def _end(self, order_id: str) -> None:
        self._open.pop(order_id, None)
        self._ended[order_id] = None
        if len(self._ended) > RECENT_ENDED_ORDERS:
            self._drop(self._ended.popitem(last=False)[0])

    def by_client_id(self, client_order_id: str) -> Order | None:
        """Return the order with this caller's id, if it is at hand."""
        return self.by_id.get(self._by_client_id.get(client_order_id, ""))

    def by_broker_ids(self, broker_client_order_id: str, broker_order_id: str) -> Order | None:
        """Return the order with either broker-side id, if it is at hand."""
        order_id = self._by_broker_client_id.get(broker_client_order_id) or self._by_broker_id.get(broker_order_id)
        return self.by_id.get(order_id) if order_id else None

    @property
    def doubtful_count(self) -> int:
        """How many orders have an outcome in doubt."""
        return len(self._doubtful)

    def open(self) -> list[Order]:
        """Return the orders that have not ended."""
        return list(self._open.values())

    @property
    def open_count(self) -> int:
        """How many orders have not ended."""
        return len(self._open)

    def doubtful(self) -> list[Order]:
        """Return the orders with an outcome in doubt."""
        return list(self._doubtful.values())

    def _drop(self, order_id: str) -> None:
        order = self.by_id.pop(order_id)
        self._by_client_id.pop(order.client_order_id, None)
        self._by_broker_client_id.pop(order.broker_client_order_id, None)
        for broker_order_id in order.broker_order_ids:
            self._by_broker_id.pop(broker_order_id, None)


class Book(Chain):
    """Live state of one account. Only the engine's event loop touches it, so a change is never half seen."""

    def __init__(self, account: Account, store: Store, now: Callable[[], int], *, sequence: int, head: bytes) -> None:
        """Start from the end of the account's journal."""
        super().__init__(account.account_id, store, now, sequence=sequence, head=head)
        self.account = account
        self.exposure = Exposure()
        self.orders = Orders(self.exposure.put)
        self.committed = Orders()
        self.client_ids: set[int] = set()
        self.ledgers: dict[str, PositionLedger] = {}
        self.positions: dict[str, Position] = {}
        self.cash = ZERO
        self.state: AccountState | None = None
        self.breaks: dict[str, Break] = {}
        self.dismissed: dict[str, Break] = {}
        self.last_execution_time = 0
        self._fill_ids: set[int] = set()
        self._activity_ids: set[str] = set()
        self.activities: list[Activity] = []
        self._executions: dict[str, Fill] = {}
        self._amendments = Amendments()

    # --- what is known -------------------------------------------------------------------------------------------

    def knows_client_id(self, client_order_id: str) -> bool:
        """Whether the id was ever used here (a false yes, once in 2**64, only costs a look into the store)."""
        return hash(client_order_id) in self.client_ids

    def knows_fill(self, fill_id: str) -> bool:
        """Whether this execution was recorded already, in this run or before."""
        return hash(fill_id) in self._fill_ids

    @property
    def fill_count(self) -> int:
        """How many executions, busts and corrections were recorded."""
        return len(self._fill_ids)

    def knows_activity(self, activity_id: str) -> bool:
        """Whether this cash movement was recorded already."""
        return activity_id in self._activity_ids

    def recalls(self, fill_id: str) -> bool:
        """Whether a recorded execution is at hand; if not, `recall` must bring it before an amendment counts."""
        return self._amendments.root(fill_id) in self._executions

    def execution_of(self, fill_id: str) -> str:
        """Return the id of the execution that a fill, bust or correction belongs to."""
        return self._amendments.root(fill_id)

    def recent_fills(self) -> tuple[Fill, ...]:
        """Return the latest executions, oldest first, as they were before any amendment."""
        return tuple(self._executions.values())

    def recall(self, fill: Fill) -> None:
        """Bring back an old execution from the store."""
        self._executions.setdefault(fill.fill_id, fill)

    # --- restoring -----------------------------------------------------------------------------------------------

    def restore(self, item: Fill | Activity | Position) -> None:
        """Count a journaled movement again at start, without journaling it."""
        match item:
            case Fill():
                self._count(item)
            case Activity():
                self._move_cash(item)
            case Position():
                self._ledger(item.instrument).adjust(item)
                self._hold(item)

    def restore_order(self, order: Order) -> None:
        """Take in an order as last journaled."""
        self.orders.put(order)
        self.committed.put(order)

    # --- changes -------------------------------------------------------------------------------------------------

    def stage_order(
        self,
        order: Order,
        kind: OrderEventType,
        *,
        causation: str = "",
        reason: str = "",
        report: object = None,
        principal: str = "",
        signature: Signature | None = None,
    ) -> Order:
        """Journal an order's new state and return it with its version and sequence."""
        after = self._stamped(order, order.version)
        self.orders.put(after)
        if kind is OrderEventType.SUBMITTED:
            self.client_ids.add(hash(after.client_order_id))
        changed = OrderChanged(
            kind=kind,
            order=after,
            reason=reason,
            report=report,  # type: ignore[arg-type]
            principal=principal,
            signature=signature,
        )
        self.stage(changed, causation)
        return after

    def stage_fill(self, order: Order, fill: Fill, causation: str = "") -> Order:
        """Journal a fill that was not recorded before, with the order and the position after it."""
        before, position = self._version(fill), self._count(fill)
        counts = self._version(fill)
        after = order if counts is None or counts is before else add_fill(order, counts, before)
        after = self._stamped(after, order.version)
        self.orders.put(after)
        self.stage(FillRecorded(fill=fill, order=after, position=position), causation)
        return after

    def _stamped(self, order: Order, version: int) -> Order:
        """Return the order with the version, the sequence and the times that its journaling gives it."""
        now = self._tick()
        close = order.close_time or now if order.state.terminal else 0
        return replace(order, version=version + 1, sequence=self._sequence + 1, update_time=now, close_time=close)

    def stage_position(self, position: Position, reason: str) -> None:
        """Journal a position that changed by something other than a fill."""
        self._ledger(position.instrument).adjust(position)
        self._hold(position)
        self.stage(PositionChanged(position=position, reason=reason))

    def stage_activity(self, activity: Activity) -> None:
        """Journal a movement of cash; a RESET also clears every position."""
        self.stage(CashMoved(activity=activity))
        if activity.type is ActivityType.RESET:
            for position in [p for p in self.positions.values() if not p.closed]:
                empty = Position(account_id=position.account_id, instrument=position.instrument)
                self.stage_position(empty, "account reset")
        self._move_cash(activity)

    def stage_account(self, state: AccountState) -> None:
        """Journal the broker's balances where they differ from the last ones. Raises `ValueError` for another's."""
        if state.account.account_id != self.account.account_id:
            raise ValueError(f"balances of {state.account.account_id} are not those of {self.account.account_id}")
        known = self.state
        if known is not None and known.balances == state.balances and known.account == state.account:
            return
        self.state = state
        self.account = state.account
        self.stage(AccountUpdated(state=state))

    def stage_opened(self, account: Account) -> None:
        """Journal that the gateway got to know the account."""
        self.stage(AccountOpened(account=account))

    def stage_status(self, status: AccountStatus) -> None:
        """Journal that the account may trade again, or may not any more."""
        account = replace(self.account, status=status)
        if self.state is None:
            self.account = account
            self.stage_opened(account)
        else:
            self.stage_account(replace(self.state, account=account))

    def stage_break(self, brk: Break) -> None:
        """Journal a break; only open and dismissed ones stay in the book."""
        self.keep_break(brk)
        self.stage(BreakChanged(brk=brk))

    def keep_break(self, brk: Break) -> None:
        """Keep a break at hand for as long as its difference stands."""
        for kept, keeps in ((self.breaks, brk.state is BreakState.OPEN), (self.dismissed, brk.dismissed)):
            if keeps:
                kept[brk.break_id] = brk
            else:
                kept.pop(brk.break_id, None)

    def _visible(self, events: Sequence[Event]) -> None:
        for event in events:
            payload = event.payload
            if isinstance(payload, OrderChanged | FillRecorded):
                self.committed.put(payload.order)

    # --- folding -------------------------------------------------------------------------------------------------

    def _count(self, fill: Fill) -> Position:
        self._fill_ids.add(hash(fill.fill_id))
        self.last_execution_time = max(self.last_execution_time, fill.execution_time)
        before = self._version(fill)
        if fill.kind is FillKind.NORMAL:
            self._executions[fill.fill_id] = fill
            if len(self._executions) > RECENT_ENDED_ORDERS:
                self._executions.pop(next(iter(self._executions)))
        else:
            self._amendments.add(fill)
        counts = self._version(fill)
        self.cash += (_proceeds(counts) if counts else ZERO) - (_proceeds(before) if before else ZERO)
        position = self._ledger(fill.instrument).apply(fill)
        self._hold(position)
        return position

    def _hold(self, position: Position) -> None:
        self.positions[position.instrument.symbol] = position
        self.exposure.move(position)

    def _version(self, fill: Fill) -> Fill | None:
        """Return the version that counts of the execution that `fill` is or amends; `None` before it is known."""
        root = self._amendments.root(fill.fill_id)
        if root == fill.fill_id and fill.kind is not FillKind.NORMAL:
            root = self._amendments.root(fill.refers_to_fill_id)
        execution = self._executions.get(root)
        return None if execution is None else self._amendments.latest(root) or execution

    def _ledger(self, instrument: Instrument) -> PositionLedger:
        ledger = self.ledgers.get(instrument.symbol)
        if ledger is None:
            empty = Position(account_id=self.account.account_id, instrument=instrument)
            ledger = self.ledgers[instrument.symbol] = PositionLedger(empty)
        return ledger

    def _move_cash(self, activity: Activity) -> None:
        self._activity_ids.add(activity.activity_id)
        self.activities.append(activity)
        self.cash = activity.amount if activity.type is ActivityType.RESET else self.cash + activity.amount


def _proceeds(fill: Fill) -> Decimal:
    """Return what a fill adds to cash: negative for a purchase. A bust adds nothing."""
    if fill.kind is FillKind.BUST:
        return ZERO
    value = fill.price * fill.instrument.multiplier if fill.instrument.paid_for else ZERO
    return -fill.signed_quantity * value - fill.commission
