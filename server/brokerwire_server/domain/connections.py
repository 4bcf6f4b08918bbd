"""Connections to brokers, how fresh their data is, and breaks: differences between our book and the broker's."""

from enum import StrEnum

from msgspec import Struct


class Environment(StrEnum):
    """Paper or live: a property of a connection's credential and of its accounts, never of the process."""

    PAPER = "PAPER"
    LIVE = "LIVE"


class LinkState(StrEnum):
    """Whether the broker can be reached."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    AUTH_REQUIRED = "AUTH_REQUIRED"
    MAINTENANCE = "MAINTENANCE"


class FeedKind(StrEnum):
    """How the gateway learns of changes at the broker."""

    PUSH = "PUSH"
    POLL = "POLL"
    PUSH_AND_POLL = "PUSH_AND_POLL"


class SupportLevel(StrEnum):
    """Whether the broker can be traded through, or only read."""

    TRADING = "TRADING"
    READ_ONLY = "READ_ONLY"


class ConnectionOrigin(StrEnum):
    """Where a connection comes from: part of the server, the operator's configuration, or a caller who made it."""

    BUILT_IN = "BUILT_IN"
    CONFIGURATION = "CONFIGURATION"
    STORED = "STORED"


class Connection(Struct, frozen=True, kw_only=True):
    """One credential at one broker in one environment."""

    connection_id: str
    broker: str
    environment: Environment
    link: LinkState = LinkState.DOWN
    feed: FeedKind = FeedKind.PUSH
    detail: str = ""
    account_ids: tuple[str, ...] = ()
    since: int = 0
    last_upstream_time: int = 0
    origin: ConnectionOrigin = ConnectionOrigin.BUILT_IN
    display_name: str = ""
    settings: dict[str, str] = {}


class ConnectionSpec(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a connection is made from, its credential apart. `settings` are the broker's own, by name."""

    connection_id: str
    broker: str
    environment: Environment
    display_name: str = ""
    settings: dict[str, str] = {}


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was tried on a connection. `detail` says what was found or, where it failed, what to do."""

    name: str
    ok: bool
    detail: str = ""


class AccountSync(Struct, frozen=True, kw_only=True):
    """How fresh the gateway's picture of an account is. `last_verified_time`: a full sweep agreed with the journal."""

    account_id: str
    link: LinkState
    feed: FeedKind
    last_upstream_time: int = 0
    last_verified_time: int = 0
    unresolved_order_count: int = 0
    open_break_count: int = 0
    detail: str = ""


class BreakType(StrEnum):
    """The kind of a difference."""

    MISSING_FILL = "MISSING_FILL"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    QUANTITY_MISMATCH = "QUANTITY_MISMATCH"
    CASH_MISMATCH = "CASH_MISMATCH"
    STATUS_DRIFT = "STATUS_DRIFT"
    DUPLICATE_LIVE_ORDER = "DUPLICATE_LIVE_ORDER"
    UNRESOLVED_ORDER = "UNRESOLVED_ORDER"


class BreakState(StrEnum):
    """OPEN until the difference is healed by evidence or resolved by a person."""

    OPEN = "OPEN"
    HEALED = "HEALED"
    RESOLVED = "RESOLVED"


class BreakResolution(StrEnum):
    """How a person settles a break: the broker is right, the order was never placed, or leave it as it is."""

    ACCEPT_BROKER = "ACCEPT_BROKER"
    NOT_PLACED = "NOT_PLACED"
    DISMISS = "DISMISS"


class Break(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference between our book and the broker's; `ours` and `theirs` are what each side says.

    One that was dismissed stays RESOLVED while exactly the same difference stands, and is HEALED when it has gone.
    """

    break_id: str
    account_id: str
    type: BreakType
    state: BreakState
    order_id: str = ""
    symbol: str = ""
    ours: str = ""
    theirs: str = ""
    detail: str = ""
    open_time: int = 0
    close_time: int = 0
    resolution: BreakResolution | None = None
    resolved_by: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[BreakType, str]:
        """What differs: at most one break of a key is open in an account."""
        return self.type, self.order_id or self.symbol

    @property
    def dismissed(self) -> bool:
        """Whether a person has decided to leave the difference as it is."""
        return self.state is BreakState.RESOLVED and self.resolution is BreakResolution.DISMISS
