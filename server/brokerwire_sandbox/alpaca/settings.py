"""How a sandbox behaves. What nobody could check against the real service is a switch here (README, "Not known")."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

PAPER_KEY = "PKSANDBOX0000000000"
LIVE_KEY = "AKSANDBOX0000000000"
SECRET = "sandbox-secret"  # noqa: S105 - the secret of a broker that exists on loopback only


class Environment(StrEnum):
    """Which of Alpaca's two hosts the sandbox plays: only key prefix, account number and a few habits differ."""

    PAPER = "paper"
    LIVE = "live"


class Hours(StrEnum):
    """`ALWAYS`: the market never closes. `XNYS`: New York's hours, holidays and half days."""

    ALWAYS = "always"
    XNYS = "xnys"


class Prices(StrEnum):
    """`MANUAL`: quotes stand until `set_quote` moves them. `WALK`: a seeded random walk moves them."""

    MANUAL = "manual"
    WALK = "walk"


class EventOrder(StrEnum):
    """Whether the events of a request reach the stream before its HTTP answer, after it, or around it."""

    ANSWER_FIRST = "answer_first"
    EVENTS_FIRST = "events_first"
    INTERLEAVED = "interleaved"


class StreamPolicy(StrEnum):
    """What a second trading stream of the account does to the first."""

    MANY = "many"
    KICK_OLD = "kick_old"
    REFUSE_NEW = "refuse_new"


class Unauthorized(StrEnum):
    """How a request with wrong keys is refused: 401 JSON, 401 nginx HTML, or 403 `forbidden.`."""

    JSON = "json"
    HTML = "html"
    FORBIDDEN = "forbidden"


class EarlyListen(StrEnum):
    """What a `listen` before authorization gets: an `unauthorized` reply, or silence."""

    UNAUTHORIZED = "unauthorized"
    SILENT = "silent"


class ReplaceFills(StrEnum):
    """What a replacement of a partially filled order says.

    `CARRIED`: its qty is the total and its filled_qty goes on. `RESTARTED`: it begins with filled_qty 0 and its whole
    qty still to be filled (Alpaca-API issue 165).
    """

    CARRIED = "carried"
    RESTARTED = "restarted"


class SandboxSettings(Struct, frozen=True, kw_only=True):
    """Everything that can be chosen before the start.

    Times are seconds unless they say otherwise. `start_time` (nanoseconds) makes the clock virtual: with `clock_speed`
    0 it moves through `advance` alone. `quotes` are bid and ask by symbol, on top of the built-in ones.
    """

    seed: int = 0
    environment: Environment = Environment.PAPER
    key: str = ""
    secret: str = SECRET
    cash: Decimal = Decimal(100_000)
    multiplier: int = 4
    shorting: bool = True
    options_level: int = 3
    hours: Hours = Hours.ALWAYS
    start_time: int | None = None
    clock_speed: float = 1.0
    prices: Prices = Prices.MANUAL
    price_interval: float = 1.0
    quotes: dict[str, tuple[Decimal, Decimal]] = {}
    quote_size: Decimal = Decimal(10_000_000)
    builtin_quotes: bool = True
    rate_limit: int = 200
    event_order: EventOrder = EventOrder.ANSWER_FIRST
    event_gap: float = 0.005
    event_ids: bool = True
    pending_events: bool = False
    submitted_shift: bool = True
    reasons: bool = True
    silent_leg_cancel: bool = True
    wash_trade_check: bool = True
    replace_fills: ReplaceFills = ReplaceFills.CARRIED
    activity_uuid_is_execution: bool = False
    stream_policy: StreamPolicy = StreamPolicy.MANY
    early_listen: EarlyListen = EarlyListen.UNAUTHORIZED
    text_frames: bool = False
    unauthorized: Unauthorized = Unauthorized.JSON
    since_id_inclusive: bool = False
    sse_retention: int = 10_000
    sse_heartbeat: float = 15.0
    activity_lag: float = 0.0
    position_lag: float = 0.0
    lookup_lag: float = 0.0
    lookup_lag_reads: int = 0

    @property
    def api_key(self) -> str:
        """The key id in force at the start."""
        return self.key or (PAPER_KEY if self.environment is Environment.PAPER else LIVE_KEY)
