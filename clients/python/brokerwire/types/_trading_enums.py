"""Enums of orders, instruments and positions: the numbers are those of the contract."""

from brokerwire.types._base import WireEnum


class Side(WireEnum):
    """Direction of an order."""

    UNSPECIFIED = "unspecified", 0
    BUY = "buy", 1
    SELL = "sell", 2
    SELL_SHORT = "sell_short", 3
    BUY_TO_COVER = "buy_to_cover", 4
    UNKNOWN = "unknown", -1


class OrderType(WireEnum):
    """How an order is priced."""

    UNSPECIFIED = "unspecified", 0
    MARKET = "market", 1
    LIMIT = "limit", 2
    STOP = "stop", 3
    STOP_LIMIT = "stop_limit", 4
    TRAILING_STOP = "trailing_stop", 5
    UNKNOWN = "unknown", -1


class TimeInForce(WireEnum):
    """How long an order lives."""

    UNSPECIFIED = "unspecified", 0
    DAY = "day", 1
    GTC = "gtc", 2
    OPG = "opg", 3
    CLS = "cls", 4
    IOC = "ioc", 5
    FOK = "fok", 6
    UNKNOWN = "unknown", -1


class OrderClass(WireEnum):
    """Whether an order stands alone or in a group."""

    UNSPECIFIED = "unspecified", 0
    SIMPLE = "simple", 1
    BRACKET = "bracket", 2
    OTO = "oto", 3
    OCO = "oco", 4
    MULTI_LEG = "multi_leg", 5
    UNKNOWN = "unknown", -1


class PositionEffect(WireEnum):
    """Whether a leg opens or closes a position."""

    UNSPECIFIED = "unspecified", 0
    OPEN = "open", 1
    CLOSE = "close", 2
    UNKNOWN = "unknown", -1


class OrderState(WireEnum):
    """Where an order stands. Ask `Order.terminal` whether it is over: new states may appear."""

    UNSPECIFIED = "unspecified", 0
    PENDING_SUBMIT = "pending_submit", 1
    SUBMITTED = "submitted", 2
    ACCEPTED = "accepted", 3
    WORKING = "working", 4
    PARTIALLY_FILLED = "partially_filled", 5
    FILLED = "filled", 6
    CANCELED = "canceled", 7
    REJECTED = "rejected", 8
    EXPIRED = "expired", 9
    REPLACED = "replaced", 10
    SUSPENDED = "suspended", 11
    INDETERMINATE = "indeterminate", 12
    UNKNOWN = "unknown", -1


class PendingAction(WireEnum):
    """What was asked of an order and not answered yet."""

    UNSPECIFIED = "unspecified", 0
    NONE = "none", 1
    CANCEL = "cancel", 2
    REPLACE = "replace", 3
    UNKNOWN = "unknown", -1


class SyncState(WireEnum):
    """How sure the gateway is of an order."""

    UNSPECIFIED = "unspecified", 0
    CONFIRMED = "confirmed", 1
    STALE = "stale", 2
    RECONCILING = "reconciling", 3
    UNKNOWN = "unknown", -1


class StateReason(WireEnum):
    """Who or what brought an order into its state."""

    UNSPECIFIED = "unspecified", 0
    CLIENT = "client", 1
    GATEWAY = "gateway", 2
    BROKER = "broker", 3
    EXCHANGE = "exchange", 4
    INSUFFICIENT_BUYING_POWER = "insufficient_buying_power", 5
    INSUFFICIENT_POSITION = "insufficient_position", 6
    NOT_SHORTABLE = "not_shortable", 7
    MARKET_CLOSED = "market_closed", 8
    IOC_REMAINDER = "ioc_remainder", 9
    FOK_UNFILLED = "fok_unfilled", 10
    TIME_IN_FORCE_EXPIRED = "time_in_force_expired", 11
    GROUP_CANCELED = "group_canceled", 12
    PARENT_NOT_FILLED = "parent_not_filled", 13
    REPLACED = "replaced", 14
    OUTCOME_UNKNOWN = "outcome_unknown", 15
    RECONCILED = "reconciled", 16
    CORPORATE_ACTION = "corporate_action", 17
    INSTRUMENT_NOT_TRADABLE = "instrument_not_tradable", 18
    PRICE_INVALID = "price_invalid", 19
    QUANTITY_INVALID = "quantity_invalid", 20
    BROKER_UNAVAILABLE = "broker_unavailable", 21
    NOT_SENT = "not_sent", 22
    UNKNOWN = "unknown", -1


class OrderOrigin(WireEnum):
    """Where an order comes from."""

    UNSPECIFIED = "unspecified", 0
    GATEWAY = "gateway", 1
    EXTERNAL = "external", 2
    BROKER = "broker", 3
    UNKNOWN = "unknown", -1


class FillKind(WireEnum):
    """What a fill record means."""

    UNSPECIFIED = "unspecified", 0
    NORMAL = "normal", 1
    BUST = "bust", 2
    CORRECTION = "correction", 3
    UNKNOWN = "unknown", -1


class FillSource(WireEnum):
    """How the gateway learned of a fill."""

    UNSPECIFIED = "unspecified", 0
    PUSH = "push", 1
    POLL = "poll", 2
    RECONCILED = "reconciled", 3
    DERIVED = "derived", 4
    UNKNOWN = "unknown", -1


class Liquidity(WireEnum):
    """Role of the order in an execution."""

    UNSPECIFIED = "unspecified", 0
    MAKER = "maker", 1
    TAKER = "taker", 2
    AUCTION = "auction", 3
    UNKNOWN = "unknown", -1


class OrderEventType(WireEnum):
    """What happened to an order."""

    UNSPECIFIED = "unspecified", 0
    SUBMITTED = "submitted", 1
    STATE_CHANGED = "state_changed", 2
    FILL = "fill", 3
    CANCEL_REJECTED = "cancel_rejected", 4
    REPLACE_REJECTED = "replace_rejected", 5
    REPLACED = "replaced", 6
    TRIGGERED = "triggered", 7
    RESTATED = "restated", 8
    UNKNOWN = "unknown", -1


class ActionOutcome(WireEnum):
    """What became of a cancel or a replace. PENDING and UNKNOWN prove nothing yet."""

    UNSPECIFIED = "unspecified", 0
    DONE = "done", 1
    PENDING = "pending", 2
    REFUSED = "refused", 3
    UNKNOWN = "unknown", 4


class AssetClass(WireEnum):
    """What kind of thing an instrument is."""

    UNSPECIFIED = "unspecified", 0
    EQUITY = "equity", 1
    OPTION = "option", 2
    CRYPTO = "crypto", 3
    FOREX = "forex", 4
    FUTURE = "future", 5
    UNKNOWN = "unknown", -1


class OptionType(WireEnum):
    """Right of an option."""

    UNSPECIFIED = "unspecified", 0
    CALL = "call", 1
    PUT = "put", 2
    UNKNOWN = "unknown", -1


class PositionSide(WireEnum):
    """Direction of a position."""

    UNSPECIFIED = "unspecified", 0
    LONG = "long", 1
    SHORT = "short", 2
    FLAT = "flat", 3
    UNKNOWN = "unknown", -1
