"""Orders: what a caller asks for (`OrderRequest`) and what became of it (`Order`)."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ONE, ZERO, divide
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.signing import Signature


class Side(StrEnum):
    """The direction of an order."""

    BUY = "BUY"
    SELL = "SELL"
    SELL_SHORT = "SELL_SHORT"
    BUY_TO_COVER = "BUY_TO_COVER"

    @property
    def sign(self) -> int:
        """+1 where a fill adds to the position, -1 where it takes from it."""
        return 1 if self in (Side.BUY, Side.BUY_TO_COVER) else -1


class OrderType(StrEnum):
    """How the price of an execution is bounded."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    TRAILING_STOP = "TRAILING_STOP"


class TimeInForce(StrEnum):
    """How long an order lives."""

    DAY = "DAY"
    GTC = "GTC"
    OPG = "OPG"
    CLS = "CLS"
    IOC = "IOC"
    FOK = "FOK"


class OrderClass(StrEnum):
    """How orders of one request hang together."""

    SIMPLE = "SIMPLE"
    BRACKET = "BRACKET"
    OTO = "OTO"
    OCO = "OCO"
    MULTI_LEG = "MULTI_LEG"


class LegRole(StrEnum):
    """The part that an order plays in its group."""

    NONE = "NONE"
    ENTRY = "ENTRY"
    TAKE_PROFIT = "TAKE_PROFIT"
    STOP_LOSS = "STOP_LOSS"


class OrderState(StrEnum):
    """Where an order stands. `INDETERMINATE` is not terminal: the broker may hold the order or not."""

    PENDING_SUBMIT = "PENDING_SUBMIT"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    WORKING = "WORKING"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    REPLACED = "REPLACED"
    SUSPENDED = "SUSPENDED"
    INDETERMINATE = "INDETERMINATE"

    @property
    def terminal(self) -> bool:
        """Whether no further execution is expected (late fills and corrections are recorded all the same)."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED, OrderState.REPLACED}
)


class PendingAction(StrEnum):
    """A cancel or replace on its way: an overlay on the state, so that a partial fill stays visible under it."""

    NONE = "NONE"
    CANCEL = "CANCEL"
    REPLACE = "REPLACE"


class SyncState(StrEnum):
    """How sure the gateway is of the state it shows."""

    CONFIRMED = "CONFIRMED"
    STALE = "STALE"
    RECONCILING = "RECONCILING"


class StateReason(StrEnum):
    """Who or what brought the order into its state."""

    NONE = "NONE"
    CLIENT = "CLIENT"
    GATEWAY = "GATEWAY"
    BROKER = "BROKER"
    EXCHANGE = "EXCHANGE"
    INSUFFICIENT_BUYING_POWER = "INSUFFICIENT_BUYING_POWER"
    INSUFFICIENT_POSITION = "INSUFFICIENT_POSITION"
    NOT_SHORTABLE = "NOT_SHORTABLE"
    MARKET_CLOSED = "MARKET_CLOSED"
    IOC_REMAINDER = "IOC_REMAINDER"
    FOK_UNFILLED = "FOK_UNFILLED"
    TIME_IN_FORCE_EXPIRED = "TIME_IN_FORCE_EXPIRED"
    GROUP_CANCELED = "GROUP_CANCELED"
    PARENT_NOT_FILLED = "PARENT_NOT_FILLED"
    REPLACED = "REPLACED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    RECONCILED = "RECONCILED"
    CORPORATE_ACTION = "CORPORATE_ACTION"
    INSTRUMENT_NOT_TRADABLE = "INSTRUMENT_NOT_TRADABLE"
    PRICE_INVALID = "PRICE_INVALID"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    BROKER_UNAVAILABLE = "BROKER_UNAVAILABLE"
    NOT_SENT = "NOT_SENT"


class OrderOrigin(StrEnum):
    """Who placed the order."""

    GATEWAY = "GATEWAY"
    EXTERNAL = "EXTERNAL"
    BROKER = "BROKER"


class OrderLeg(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One leg of a multi-leg order; `ratio` is its quantity per unit of the order.

    `filled_quantity` (units) and `filled_cost` (price times quantity) sum up the leg's live fills. `worst_price` is as
    in `Order`.
    """

    instrument: Instrument
    side: Side
    ratio: Decimal = ONE
    filled_quantity: Decimal = ZERO
    filled_cost: Decimal = ZERO
    worst_price: Decimal | None = None

    @property
    def average_fill_price(self) -> Decimal | None:
        """Price per unit over the leg's live fills, or `None` before the first."""
        return divide(self.filled_cost, self.filled_quantity) if self.filled_quantity else None


class OrderTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms that a replace can change. `quantity` is the total, fills included."""

    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    time_in_force: TimeInForce | None = None


class ExitTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The prices of a take-profit (`limit_price`) or a stop-loss (`stop_price`, `limit_price` or a trail) leg."""

    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None


class OrderRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a caller asks for. Exactly one of `quantity` (units) and `notional` (account currency) is set.

    `signature` proves who asked, and is no part of the content.
    """

    account_id: str
    client_order_id: str
    instrument: Instrument
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    legs: tuple[OrderLeg, ...] = ()
    take_profit: ExitTerms | None = None
    stop_loss: ExitTerms | None = None
    tags: dict[str, str] = {}
    signature: Signature | None = None


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One logical order and what became of it. A new value per change; `version` counts them.

    `broker_client_order_id` is the id that the broker gets from us, derived from account and `client_order_id`.
    `filled_cost` is the sum of price times quantity over live fills (per unit, before the multiplier). A multi-leg
    order goes by combinations: `filled_quantity` counts those whose legs have all filled, its prices are net (below
    zero: received), and its first leg stands in `instrument` and `side`.
    `base_state` is the state by the broker's word, `state` what follows from it and the fills; `status_time` orders the
    broker's status reports, `terms_revision` its replaces. `broker_time` is the latest time that the broker named; the
    other times are the gateway's, set where a change is journaled. `principal` is who submitted it.

    `pending_terms` are those of a replace under way, `worst_price` what risk values a unit at where no limit bounds it:
    both are journaled, so that what is reserved survives a restart.
    """

    order_id: str
    account_id: str
    client_order_id: str
    broker_client_order_id: str
    instrument: Instrument
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    role: LegRole = LegRole.NONE
    legs: tuple[OrderLeg, ...] = ()
    tags: dict[str, str] = {}
    fingerprint: str = ""
    principal: str = ""
    broker_order_ids: tuple[str, ...] = ()
    parent_order_id: str = ""
    child_order_ids: tuple[str, ...] = ()
    replaces_order_id: str = ""
    replaced_by_order_id: str = ""
    state: OrderState = OrderState.PENDING_SUBMIT
    base_state: OrderState = OrderState.PENDING_SUBMIT
    pending_action: PendingAction = PendingAction.NONE
    pending_action_id: str = ""
    pending_in_doubt: bool = False
    pending_terms: OrderTerms | None = None
    worst_price: Decimal | None = None
    sync_state: SyncState = SyncState.CONFIRMED
    state_reason: StateReason = StateReason.NONE
    broker_status: str = ""
    broker_message: str = ""
    origin: OrderOrigin = OrderOrigin.GATEWAY
    filled_quantity: Decimal = ZERO
    filled_cost: Decimal = ZERO
    commission: Decimal = ZERO
    triggered: bool = False
    version: int = 0
    sequence: int = 0
    create_time: int = 0
    submit_time: int = 0
    update_time: int = 0
    close_time: int = 0
    broker_time: int = 0
    status_time: int = 0
    terms_revision: int = 0

    @property
    def terminal(self) -> bool:
        """Whether the order has ended."""
        return self.state in _TERMINAL

    @property
    def average_fill_price(self) -> Decimal | None:
        """Price per unit over all live fills, or `None` before the first."""
        return divide(self.filled_cost, self.filled_quantity) if self.filled_quantity else None

    @property
    def remaining_quantity(self) -> Decimal | None:
        """Units still to be filled while working, 0 when ended, `None` for a notional order not yet sized."""
        if self.terminal:
            return ZERO
        return None if self.quantity is None else max(self.quantity - self.filled_quantity, ZERO)
