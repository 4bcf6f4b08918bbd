"""Small journals for the store's tests."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.domain.accounts import Account, AccountState, Activity, ActivityType, Balances
from brokerwire_server.domain.connections import Break, BreakState, BreakType, Environment
from brokerwire_server.domain.events import (
    GENESIS,
    AccountOpened,
    AccountUpdated,
    BreakChanged,
    CashMoved,
    Event,
    FillRecorded,
    OrderChanged,
    OrderEventType,
    Payload,
    PositionChanged,
    make_event,
)
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Order, OrderState, OrderType, Side, TimeInForce
from brokerwire_server.domain.positions import Position

SECOND = 1_000_000_000
EPOCH = 77


def account(account_id: str = "acc-1", name: str = "") -> Account:
    return Account(
        account_id=account_id, connection_id="paper", broker="paper", environment=Environment.PAPER, name=name
    )


def order(number: int, account_id: str = "acc-1", *, symbol: str = "AAPL", create_time: int | None = None) -> Order:
    return Order(
        order_id=f"{account_id}-order-{number:06}",
        account_id=account_id,
        client_order_id=f"client-{number}",
        broker_client_order_id=f"bw-{number}",
        instrument=Instrument(symbol=symbol),
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.DAY,
        quantity=Decimal(100),
        limit_price=Decimal("187.25"),
        fingerprint="f" * 43,
        create_time=number * SECOND if create_time is None else create_time,
    )


def fill(of: Order, number: int, *, fill_id: str = "", execution_time: int | None = None) -> Fill:
    return Fill(
        fill_id=fill_id or f"paper:{of.account_id}:{number}:0",
        order_id=of.order_id,
        account_id=of.account_id,
        execution_id=str(number),
        instrument=of.instrument,
        side=of.side,
        quantity=Decimal(10),
        price=Decimal("187.2"),
        client_order_id=of.client_order_id,
        execution_time=number * SECOND if execution_time is None else execution_time,
        received_time=number * SECOND,
    )


def position(of: Order, quantity: int) -> Position:
    return Position(
        account_id=of.account_id,
        instrument=of.instrument,
        quantity=Decimal(quantity),
        average_cost=Decimal("187.2") if quantity else Decimal(0),
    )


def activity(number: int, account_id: str = "acc-1", kind: ActivityType = ActivityType.DEPOSIT) -> Activity:
    return Activity(
        activity_id=f"act-{number}", account_id=account_id, type=kind, amount=Decimal(1000), time=number * SECOND
    )


def brk(number: int, state: BreakState, account_id: str = "acc-1") -> Break:
    return Break(break_id=f"brk-{number}", account_id=account_id, type=BreakType.STATUS_DRIFT, state=state)


def changed(value: Order) -> OrderChanged:
    return OrderChanged(kind=OrderEventType.STATE_CHANGED, order=value)


def filled(of: Order, execution: Fill, held: int) -> FillRecorded:
    return FillRecorded(fill=execution, order=of, position=position(of, held))


class Chain:
    """One account's journal as the engine writes it; remembers every event it made."""

    def __init__(self, account_id: str = "acc-1", *, opened: bool = True) -> None:
        self.account_id = account_id
        self.made: list[Event] = []
        self.first = self.add(AccountOpened(account=account(account_id))) if opened else ()

    def add(self, *payloads: Payload) -> Sequence[Event]:
        events = []
        for payload in payloads:
            last = self.made[-1] if self.made else None
            sequence = last.sequence + 1 if last else 1
            event = make_event(
                account_id=self.account_id,
                epoch=EPOCH,
                sequence=sequence,
                time=sequence * SECOND,
                causation="",
                payload=payload,
                previous_hash=last.hash if last else GENESIS,
            )
            self.made.append(event)
            events.append(event)
        return events


def balances(number: int, account_id: str = "acc-1", *, time: int, cash: str = "0") -> AccountUpdated:
    state = AccountState(
        account=account(account_id, name=f"name {number}"),
        balances=Balances(cash=Decimal(cash), equity=Decimal(cash) + number),
        time=time,
    )
    return AccountUpdated(state=state)


def with_state(value: Order, state: OrderState) -> Order:
    return replace(value, state=state, version=value.version + 1)


__all__ = [
    "EPOCH",
    "SECOND",
    "BreakChanged",
    "CashMoved",
    "Chain",
    "PositionChanged",
    "account",
    "activity",
    "balances",
    "brk",
    "changed",
    "fill",
    "filled",
    "order",
    "position",
    "with_state",
]
