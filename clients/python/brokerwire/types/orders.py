"""Orders, fills and what happens to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Self

from google.protobuf.message import Message

from brokerwire._reasons import reason_name
from brokerwire.types._base import NOT_WIRE, Record
from brokerwire.types._gateway_enums import ReplaceMode
from brokerwire.types._trading_enums import (
    ActionOutcome,
    FillKind,
    FillSource,
    Liquidity,
    OrderClass,
    OrderEventType,
    OrderOrigin,
    OrderState,
    OrderType,
    PendingAction,
    PositionEffect,
    Side,
    StateReason,
    SyncState,
    TimeInForce,
)
from brokerwire.types.risk import RiskVerdict
from brokerwire.types.values import Instrument, Money
from brokerwire.v1 import order_service_pb2

__all__ = [
    "Cancellation",
    "Fill",
    "MarginImpact",
    "MoneyChange",
    "Order",
    "OrderEvent",
    "OrderIssue",
    "OrderLeg",
    "Preview",
    "Replacement",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLeg(Record):
    """One leg of a multi-leg order, with what has filled of it."""

    instrument: Instrument
    side: Side
    ratio_quantity: Decimal
    position_effect: PositionEffect = PositionEffect.UNSPECIFIED
    filled_quantity: Decimal | None = None
    average_fill_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    """One logical order, as the gateway knows it. Quantities are in units, prices per unit."""

    order_id: str
    account_id: str
    client_order_id: str
    """The caller's id and the idempotency key. Empty for an adopted order that has none."""
    version: int
    """Rises by one with every change of the order."""
    sequence: int
    """The account's journal sequence of the last change."""
    state: OrderState
    terminal: bool
    """Whether it is over. Decide by this, not by a list of states."""
    instrument: Instrument | None
    """None for a multi-leg order."""
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    order_class: OrderClass
    quantity: Decimal | None
    """Total. None for a notional order until the broker names it."""
    filled_quantity: Decimal
    remaining_quantity: Decimal | None
    average_fill_price: Decimal | None
    """None while nothing has filled."""
    notional: Money | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    trail_percent: Decimal | None
    """1.5 means 1.5 %."""
    trail_reference_price: Decimal | None
    triggered: bool
    extended_hours: bool
    legs: tuple[OrderLeg, ...]
    pending_action: PendingAction
    sync_state: SyncState
    state_reason: StateReason
    broker_status: str
    broker_message: str
    origin: OrderOrigin
    broker_order_ids: tuple[str, ...]
    parent_order_id: str
    child_order_ids: tuple[str, ...]
    replaces_order_id: str
    replaced_by_order_id: str
    commission: Money | None
    """None where the broker does not say."""
    tags: Mapping[str, str] = field(hash=False)
    create_time: datetime | None
    submit_time: datetime | None
    update_time: datetime | None
    broker_time: datetime | None
    terminal_time: datetime | None
    deduplicated: bool = field(default=False, compare=False, metadata=NOT_WIRE)
    """Only in the answer to a submit: the gateway knew the client_order_id, so nothing was sent."""
    children: tuple["Order", ...] = field(default=(), compare=False, metadata=NOT_WIRE)
    """Only in the answer to a submit: the exits of a group."""

    @property
    def symbol(self) -> str:
        """The gateway symbol. Empty for a multi-leg order."""
        return self.instrument.symbol if self.instrument else ""

    def __str__(self) -> str:
        size = self.notional if self.quantity is None else self.quantity
        return (
            f"{self.side} {size} {self.symbol or self.order_class} {self.type}: {self.state}, "
            f"{self.filled_quantity} filled at {self.average_fill_price} ({self.client_order_id})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill(Record):
    """One execution, or its bust or correction. Immutable."""

    fill_id: str
    account_id: str
    order_id: str
    client_order_id: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    price: Decimal
    kind: FillKind
    source: FillSource
    refers_to_fill_id: str
    sequence: int
    execution_time: datetime | None
    """By the broker's clock."""
    record_time: datetime | None
    """By the gateway's clock."""
    commission: Money | None
    broker_execution_id: str
    broker_order_id: str
    revision: int
    liquidity: Liquidity
    exchange: str
    leg_index: int | None

    @property
    def symbol(self) -> str:
        """The gateway symbol."""
        return self.instrument.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Record):
    """One change of one order. (account_id, sequence) names it for ever."""

    account_id: str
    sequence: int
    type: OrderEventType
    order: Order
    """The whole order after the event."""
    fill: Fill | None
    """Set if type is FILL."""
    time: datetime | None
    broker_time: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement(Record):
    """What became of a replace. REFUSED is no exception: the order goes on as it was."""

    order: Order
    """The order now in force."""
    previous: Order | None
    """The superseded one, where the broker cancels and replaces."""
    mode: ReplaceMode
    outcome: ActionOutcome
    deduplicated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(Record):
    """What became of a cancel. REFUSED is no exception; look at the order, it may have filled."""

    order: Order
    outcome: ActionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIssue(Record):
    """Something to say about an order that was not sent."""

    field: str
    """Path within the order request."""
    reason: str
    """Name of an ErrorReason."""
    message: str
    supported: tuple[str, ...]

    @classmethod
    def from_proto(cls, message: Message) -> Self:
        """Reads a brokerwire.v1.OrderIssue."""
        assert isinstance(message, order_service_pb2.OrderIssue)  # noqa: S101 - for the type checker
        return cls(
            raw=message,
            field=message.field,
            reason=reason_name(message.reason),
            message=message.message,
            supported=tuple(message.supported),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyChange(Record):
    """An amount before and after something."""

    before: Money
    change: Money
    after: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginImpact(Record):
    """An account's margin before and after an order, in the account's currency."""

    initial_margin: MoneyChange
    maintenance_margin: MoneyChange
    equity_with_loan: MoneyChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(Record):
    """What an order would cost and whether it would be accepted. None where no price is known."""

    valid: bool
    estimated_price: Decimal | None
    estimated_quantity: Decimal | None
    estimated_cost: Money | None
    """Cash taken, commission included; below zero is received."""
    estimated_commission: Money | None
    buying_power_before: Money | None
    buying_power_after: Money | None
    buying_power_effect: Money | None
    initial_margin_effect: Money | None
    margin_impact: MarginImpact | None
    """Reckoned by the broker. None: it does not say."""
    violations: tuple[OrderIssue, ...]
    warnings: tuple[OrderIssue, ...]
    risk: RiskVerdict | None
    """What pre-trade risk says; None where the order has other violations."""
    quote_time: datetime | None
