"""Enums of accounts, brokers, the journal, streams and the simulator, with the contract's numbers."""

from brokerwire.types._base import WireEnum


class Environment(WireEnum):
    """Paper or live. Treat anything but PAPER as live."""

    UNSPECIFIED = "unspecified", 0
    PAPER = "paper", 1
    LIVE = "live", 2
    UNKNOWN = "unknown", -1


class AccountStatus(WireEnum):
    """What an account may do, in general."""

    UNSPECIFIED = "unspecified", 0
    ACTIVE = "active", 1
    RESTRICTED = "restricted", 2
    CLOSED = "closed", 3
    UNKNOWN = "unknown", -1


class AccountType(WireEnum):
    """Legal or credit type of an account."""

    UNSPECIFIED = "unspecified", 0
    CASH = "cash", 1
    MARGIN = "margin", 2
    IRA = "ira", 3
    OTHER = "other", 4
    UNKNOWN = "unknown", -1


class ActivityType(WireEnum):
    """What an account activity is."""

    UNSPECIFIED = "unspecified", 0
    FILL = "fill", 1
    DEPOSIT = "deposit", 2
    WITHDRAWAL = "withdrawal", 3
    FEE = "fee", 4
    DIVIDEND = "dividend", 5
    INTEREST = "interest", 6
    CORPORATE_ACTION = "corporate_action", 7
    RESET = "reset", 8
    ADJUSTMENT = "adjustment", 9
    UNKNOWN = "unknown", -1


class SupportLevel(WireEnum):
    """How much of a broker the gateway can reach."""

    UNSPECIFIED = "unspecified", 0
    TRADING = "trading", 1
    READ_ONLY = "read_only", 2
    UNKNOWN = "unknown", -1


class IdempotencyClass(WireEnum):
    """How a broker treats an order id that it has seen before."""

    UNSPECIFIED = "unspecified", 0
    FOREVER = "forever", 1
    WINDOW = "window", 2
    OPEN_ORDERS = "open_orders", 3
    NONE = "none", 4
    UNKNOWN = "unknown", -1


class ReplaceMode(WireEnum):
    """How a broker changes an order."""

    UNSPECIFIED = "unspecified", 0
    IN_PLACE = "in_place", 1
    CANCEL_REPLACE = "cancel_replace", 2
    NONE = "none", 3
    UNKNOWN = "unknown", -1


class FillGranularity(WireEnum):
    """How a broker reports fills."""

    UNSPECIFIED = "unspecified", 0
    PER_FILL = "per_fill", 1
    CUMULATIVE = "cumulative", 2
    UNKNOWN = "unknown", -1


class BreakType(WireEnum):
    """How the gateway's book differs from the broker's."""

    UNSPECIFIED = "unspecified", 0
    MISSING_FILL = "missing_fill", 1
    UNKNOWN_ORDER = "unknown_order", 2
    QUANTITY_MISMATCH = "quantity_mismatch", 3
    CASH_MISMATCH = "cash_mismatch", 4
    STATUS_DRIFT = "status_drift", 5
    DUPLICATE_LIVE_ORDER = "duplicate_live_order", 6
    UNRESOLVED_ORDER = "unresolved_order", 7
    UNKNOWN = "unknown", -1


class BreakState(WireEnum):
    """Where a break stands."""

    UNSPECIFIED = "unspecified", 0
    OPEN = "open", 1
    HEALED = "healed", 2
    RESOLVED = "resolved", 3
    UNKNOWN = "unknown", -1


class BreakResolution(WireEnum):
    """How a person settles a break."""

    UNSPECIFIED = "unspecified", 0
    ACCEPT_BROKER = "accept_broker", 1
    NOT_PLACED = "not_placed", 2
    DISMISS = "dismiss", 3
    UNKNOWN = "unknown", -1


class ConnectionOrigin(WireEnum):
    """Where a connection comes from."""

    UNSPECIFIED = "unspecified", 0
    BUILT_IN = "built_in", 1
    CONFIGURATION = "configuration", 2
    STORED = "stored", 3
    UNKNOWN = "unknown", -1


class EventType(WireEnum):
    """What a journal entry is."""

    UNSPECIFIED = "unspecified", 0
    ACCOUNT_OPENED = "account_opened", 1
    ACCOUNT_UPDATED = "account_updated", 2
    ACCOUNT_CLOSED = "account_closed", 3
    ORDER = "order", 4
    FILL = "fill", 5
    POSITION = "position", 6
    CASH = "cash", 7
    CONNECTION = "connection", 8
    SOURCE_GAP = "source_gap", 9
    BREAK = "break", 10
    IGNORED = "ignored", 11
    AUDIT = "audit", 12
    UNKNOWN = "unknown", -1


class AuditOutcome(WireEnum):
    """What became of something that was asked of the gateway."""

    UNSPECIFIED = "unspecified", 0
    DONE = "done", 1
    REFUSED = "refused", 2
    FAILED = "failed", 3
    UNKNOWN = "unknown", -1


class TradingState(WireEnum):
    """What may be sent to a broker; treat anything that you do not know as HALTED."""

    UNSPECIFIED = "unspecified", 0
    ACTIVE = "active", 1
    REDUCE_ONLY = "reduce_only", 2
    CANCEL_ONLY = "cancel_only", 3
    HALTED = "halted", 4
    UNKNOWN = "unknown", -1


class RiskSeverity(WireEnum):
    """How binding a rule is; treat anything that you do not know as HARD."""

    UNSPECIFIED = "unspecified", 0
    HARD = "hard", 1
    SOFT = "soft", 2
    WARNING = "warning", 3
    UNKNOWN = "unknown", -1


class RiskPolicyOrigin(WireEnum):
    """Where a limit comes from."""

    UNSPECIFIED = "unspecified", 0
    DEFAULT = "default", 1
    CONFIGURATION = "configuration", 2
    STORED = "stored", 3
    UNKNOWN = "unknown", -1


class TradingScopeKind(WireEnum):
    """What a scope of a trading state is about."""

    UNSPECIFIED = "unspecified", 0
    GLOBAL = "global", 1
    BROKER = "broker", 2
    ACCOUNT = "account", 3
    PRINCIPAL = "principal", 4
    SYMBOL = "symbol", 5
    UNKNOWN = "unknown", -1


class GuardLeaseState(WireEnum):
    """Where a guard lease stands."""

    UNSPECIFIED = "unspecified", 0
    ACTIVE = "active", 1
    FIRED = "fired", 2
    UNKNOWN = "unknown", -1


class MarketSession(WireEnum):
    """Session that a market is in."""

    UNSPECIFIED = "unspecified", 0
    CLOSED = "closed", 1
    PRE = "pre", 2
    REGULAR = "regular", 3
    POST = "post", 4
    UNKNOWN = "unknown", -1


class LinkState(WireEnum):
    """State of the link between the gateway and a broker."""

    UNSPECIFIED = "unspecified", 0
    UP = "up", 1
    DEGRADED = "degraded", 2
    DOWN = "down", 3
    AUTH_REQUIRED = "auth_required", 4
    MAINTENANCE = "maintenance", 5
    UNKNOWN = "unknown", -1


class FeedKind(WireEnum):
    """How order updates reach the gateway."""

    UNSPECIFIED = "unspecified", 0
    PUSH = "push", 1
    POLL = "poll", 2
    PUSH_AND_POLL = "push_and_poll", 3
    UNKNOWN = "unknown", -1


class BarUnit(WireEnum):
    """Unit of a bar's length."""

    UNSPECIFIED = "unspecified", 0
    MINUTE = "minute", 1
    HOUR = "hour", 2
    DAY = "day", 3
    WEEK = "week", 4
    MONTH = "month", 5
    UNKNOWN = "unknown", -1


class PriceAdjustment(WireEnum):
    """What past prices are corrected for."""

    UNSPECIFIED = "unspecified", 0
    RAW = "raw", 1
    SPLIT = "split", 2
    DIVIDEND = "dividend", 3
    ALL = "all", 4
    UNKNOWN = "unknown", -1


class CorporateActionType(WireEnum):
    """What a company did to its shares. UNSPECIFIED: see `CorporateAction.broker_type`."""

    UNSPECIFIED = "unspecified", 0
    FORWARD_SPLIT = "forward_split", 1
    REVERSE_SPLIT = "reverse_split", 2
    UNIT_SPLIT = "unit_split", 3
    CASH_DIVIDEND = "cash_dividend", 4
    STOCK_DIVIDEND = "stock_dividend", 5
    SPIN_OFF = "spin_off", 6
    CASH_MERGER = "cash_merger", 7
    STOCK_MERGER = "stock_merger", 8
    STOCK_AND_CASH_MERGER = "stock_and_cash_merger", 9
    REDEMPTION = "redemption", 10
    NAME_CHANGE = "name_change", 11
    WORTHLESS_REMOVAL = "worthless_removal", 12
    RIGHTS_DISTRIBUTION = "rights_distribution", 13
    UNKNOWN = "unknown", -1


class PortfolioPointSource(WireEnum):
    """Who says what an account was worth."""

    UNSPECIFIED = "unspecified", 0
    JOURNAL = "journal", 1
    BROKER = "broker", 2
    UNKNOWN = "unknown", -1


class SortOrder(WireEnum):
    """Order of a list."""

    UNSPECIFIED = "unspecified", 0
    NEWEST_FIRST = "newest_first", 1
    OLDEST_FIRST = "oldest_first", 2
    UNKNOWN = "unknown", -1


class StreamMode(WireEnum):
    """How a stream began."""

    UNSPECIFIED = "unspecified", 0
    SNAPSHOT = "snapshot", 1
    RESUMED = "resumed", 2
    LIVE = "live", 3
    UNKNOWN = "unknown", -1


class SourceGapPhase(WireEnum):
    """How far a gap in the broker's feed is dealt with."""

    UNSPECIFIED = "unspecified", 0
    OPENED = "opened", 1
    RECONCILED = "reconciled", 2
    UNRECOVERABLE = "unrecoverable", 3
    UNKNOWN = "unknown", -1


class StreamResetCause(WireEnum):
    """Why a stream starts over."""

    UNSPECIFIED = "unspecified", 0
    COMPACTED = "compacted", 1
    EPOCH_CHANGED = "epoch_changed", 2
    FILTER_CHANGED = "filter_changed", 3
    UNKNOWN = "unknown", -1


class ClockMode(WireEnum):
    """How the simulated clock moves."""

    UNSPECIFIED = "unspecified", 0
    REAL_TIME = "real_time", 1
    SCALED = "scaled", 2
    VIRTUAL = "virtual", 3
    UNKNOWN = "unknown", -1


class PriceSource(WireEnum):
    """Where simulated prices come from."""

    UNSPECIFIED = "unspecified", 0
    RANDOM_WALK = "random_walk", 1
    MANUAL = "manual", 2
    REPLAY = "replay", 3
    UNKNOWN = "unknown", -1


class FaultTarget(WireEnum):
    """What a fault strikes."""

    UNSPECIFIED = "unspecified", 0
    SUBMIT = "submit", 1
    CANCEL = "cancel", 2
    REPLACE = "replace", 3
    EVENTS = "events", 4
    LINK = "link", 5
    UNKNOWN = "unknown", -1


class FaultKind(WireEnum):
    """What goes wrong."""

    UNSPECIFIED = "unspecified", 0
    LOSE_ANSWER = "lose_answer", 1
    LOSE_REQUEST = "lose_request", 2
    REFUSE_CONNECTION = "refuse_connection", 3
    DELAY = "delay", 4
    DUPLICATE = "duplicate", 5
    REORDER = "reorder", 6
    DROP = "drop", 7
    MUTE = "mute", 8
    DISCONNECT = "disconnect", 9
    RESTART = "restart", 10
    UNKNOWN = "unknown", -1


class Role(WireEnum):
    """What a principal may do. TRADE, RISK and ADMIN include READ; none of them includes another."""

    UNSPECIFIED = "unspecified", 0
    READ = "read", 1
    TRADE = "trade", 2
    RISK = "risk", 3
    ADMIN = "admin", 4
    UNKNOWN = "unknown", -1


class Action(WireEnum):
    """What is done to an order. Closing a position is submitting one."""

    UNSPECIFIED = "unspecified", 0
    SUBMIT = "submit", 1
    REPLACE = "replace", 2
    CANCEL = "cancel", 3
    UNKNOWN = "unknown", -1
