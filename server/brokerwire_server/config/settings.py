"""Every setting there is: its key, kind, default and meaning."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import fields

from brokerwire_server.config.connections import ConnectionConfig
from brokerwire_server.config.risk import RiskConfig
from brokerwire_server.config.values import Address, Speed
from brokerwire_server.domain.signing import SigningPolicy


class PriceSource(StrEnum):
    """Where the paper broker's prices come from."""

    RANDOM_WALK = "random-walk"
    MANUAL = "manual"
    REPLAY = "replay"


class MarketHours(StrEnum):
    """When the paper market is open; `auto` is the exchange's hours for a replay and always otherwise."""

    AUTO = "auto"
    ALWAYS = "always"
    XNYS = "xnys"


class LogLevel(StrEnum):
    """The least severe messages that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How log lines look; `auto` is text on a terminal and JSON otherwise."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


def _about(text: str) -> Meta:
    return Meta(description=text)


class ServerConfig(Struct, frozen=True, kw_only=True):
    """The two doors."""

    grpc: Annotated[Address, _about("where gRPC listens: host:port, unix:/path or off")] = Address("127.0.0.1:50051")
    http: Annotated[Address, _about("where HTTP (Connect, gRPC-Web, JSON, /metrics) listens")] = Address(
        "127.0.0.1:8080"
    )
    reflection: Annotated[bool, _about("offer gRPC reflection")] = True
    channelz: Annotated[bool, _about("offer channelz")] = False
    allowed_origins: Annotated[tuple[str, ...], _about("web origins that browsers may call from")] = ()
    connections: Annotated[int, _about("connections of one door at the same time")] = 4_000
    grace: Annotated[float, _about("seconds that a shutdown waits for work under way")] = 10.0


class TlsVersion(StrEnum):
    """The lowest version of TLS that is spoken."""

    V1_2 = "1.2"
    V1_3 = "1.3"


class ClientCertificates(StrEnum):
    """Whether a client must show a certificate."""

    NONE = "none"
    REQUIRED = "required"


class TlsConfig(Struct, frozen=True, kw_only=True):
    """TLS of both doors, once there is a certificate. A Unix socket has none: only this machine reaches it."""

    certificate: Annotated[Path | None, _about("PEM file of the gateway's certificate and chain; empty: no TLS")] = None
    key: Annotated[Path | None, _about("PEM file of its key, readable by the gateway's user alone")] = None
    client_ca: Annotated[Path | None, _about("PEM file of the authorities that vouch for clients")] = None
    client_certificates: Annotated[ClientCertificates, _about("whether clients must show a certificate")] = (
        ClientCertificates.NONE
    )
    minimum: Annotated[TlsVersion, _about("lowest version: 1.3, or 1.2 for old clients")] = TlsVersion.V1_3


class AccessConfig(Struct, frozen=True, kw_only=True):
    """Who is let in, and how much a principal may ask for that has no limits of its own; 0 does not limit."""

    local: Annotated[bool, _about("let callers on this machine in without a credential; off behind a proxy")] = True
    calls_per_second: Annotated[int, _about("calls of one principal")] = 500
    orders_per_second: Annotated[int, _about("orders that one principal submits or replaces")] = 100
    cancels_per_second: Annotated[int, _about("cancels of one principal")] = 200
    streams: Annotated[int, _about("streams of one principal open at once")] = 100
    signing: Annotated[SigningPolicy, _about("accounts that take signed orders only: off, live or all")] = (
        SigningPolicy.OFF
    )


class PaperConfig(Struct, frozen=True, kw_only=True):
    """The paper broker's market and its costs. `source` and `market_hours` are settled by `load`."""

    source: Annotated[PriceSource, _about("price source; replay where files are given")] = PriceSource.RANDOM_WALK
    replay: Annotated[tuple[Path, ...], _about("CSV files of recorded quotes")] = ()
    speed: Annotated[Speed, _about("simulated seconds per second: 1, N or max")] = Speed(1.0)
    seed: Annotated[int, _about("seed of everything random in the simulation")] = 1
    market_hours: Annotated[MarketHours, _about("when the market is open")] = MarketHours.AUTO
    cash: Annotated[Decimal, _about("first deposit of a new paper account")] = Decimal(100_000)
    paused: Annotated[bool, _about("start with the simulated clock standing still")] = False
    commission_per_order: Annotated[Decimal, _about("charged once per order")] = Decimal(0)
    commission_per_share: Annotated[Decimal, _about("charged per unit filled")] = Decimal(0)
    commission_basis_points: Annotated[Decimal, _about("charged on the value filled")] = Decimal(0)
    commission_minimum: Annotated[Decimal, _about("least commission per order")] = Decimal(0)
    commission_maximum: Annotated[Decimal, _about("most commission per order; 0: no limit")] = Decimal(0)
    slippage_basis_points: Annotated[Decimal, _about("how much worse than the quote a taker fills")] = Decimal(0)
    slippage_ticks: Annotated[Decimal, _about("the same, in price steps; both add up")] = Decimal(0)


class ReconcileConfig(Struct, frozen=True, kw_only=True):
    """Seconds between two comparisons with the broker's books."""

    working: Annotated[float, _about("seconds between sweeps while orders are open")] = 10.0
    idle: Annotated[float, _about("seconds between sweeps otherwise")] = 60.0


class BreakersConfig(Struct, frozen=True, kw_only=True):
    """What stops trading by itself; 0 switches a breaker off. See docs/operations.md."""

    paper: Annotated[bool, _about("watch paper accounts too, not live ones alone")] = False
    daily_loss_reduce: Annotated[Decimal, _about("loss of a session, in percent, that leaves REDUCE_ONLY")] = Decimal(3)
    daily_loss_halt: Annotated[Decimal, _about("loss of a session, in percent, that halts and cancels")] = Decimal(5)
    drawdown: Annotated[Decimal, _about("loss from the highest equity, in percent, that does too")] = Decimal(10)
    rejects: Annotated[int, _about("rejected orders of a principal that halt it, within rejects_within")] = 10
    rejects_within: Annotated[float, _about("seconds")] = 60.0
    executions: Annotated[int, _about("executed orders of a principal that halt it, within executions_within")] = 50
    executions_within: Annotated[float, _about("seconds")] = 3600.0
    clock_skew_warn: Annotated[float, _about("seconds between our clock and the broker's that are logged")] = 0.5
    clock_skew_halt: Annotated[float, _about("seconds between our clock and the broker's that halt")] = 2.0
    data_stall: Annotated[float, _about("seconds without a comparison while orders work: CANCEL_ONLY")] = 120.0
    journal: Annotated[bool, _about("halt when the journal can't be written")] = True


class JournalConfig(Struct, frozen=True, kw_only=True):
    """What is kept beside the journal, to prove it and to explain it."""

    checkpoints: Annotated[str, _about("file of signed checkpoints, best on another volume; off: none")] = (
        "checkpoints.jsonl"
    )
    checkpoint_entries: Annotated[int, _about("entries after which a checkpoint is due")] = 1_000
    checkpoint_seconds: Annotated[float, _about("seconds after which one is due if there is any entry")] = 60.0
    checkpoint_log: Annotated[bool, _about("log a line for each checkpoint, for a log kept elsewhere")] = False
    payload_days: Annotated[int, _about("days that brokers' raw messages are kept; 0: never kept")] = 30
    payload_megabytes: Annotated[int, _about("most disk space for them; the oldest go first")] = 256


class VaultConfig(Struct, frozen=True, kw_only=True):
    """The key of stored secrets."""

    provider: Annotated[
        str, _about("where its key is: auto, environment, credential (systemd), file, file:PATH, command:PROGRAM")
    ] = "auto"


class LogConfig(Struct, frozen=True, kw_only=True):
    """The log on standard error."""

    level: Annotated[LogLevel, _about("least severe messages to log")] = LogLevel.INFO
    format: Annotated[LogFormat, _about("text, json, or auto: text on a terminal")] = LogFormat.AUTO


class TracingConfig(Struct, frozen=True, kw_only=True):
    """OpenTelemetry traces."""

    endpoint: Annotated[str, _about("OTLP/gRPC endpoint such as http://127.0.0.1:4317; empty: off")] = ""


class Config(Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    data_dir: Annotated[Path, _about("directory of the journal")]
    server: ServerConfig = ServerConfig()
    tls: TlsConfig = TlsConfig()
    paper: PaperConfig = PaperConfig()
    reconcile: ReconcileConfig = ReconcileConfig()
    breakers: BreakersConfig = BreakersConfig()
    journal: JournalConfig = JournalConfig()
    vault: VaultConfig = VaultConfig()
    log: LogConfig = LogConfig()
    tracing: TracingConfig = TracingConfig()
    access: AccessConfig = AccessConfig()
    connections: tuple[ConnectionConfig, ...] = ()
    risk: tuple[RiskConfig, ...] = ()


class Setting(Struct, frozen=True, kw_only=True):
    """One setting: `key` is dotted as in the file, `kind` the type of its value."""

    key: str
    kind: Any
    about: str
    default: Any = None


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Return the XDG state directory of this user."""
    home = environ.get("XDG_STATE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path("~/.local/state").expanduser()
    return base / "brokerwire"


def environment_name(key: str) -> str:
    """Return the environment variable of a key: `paper.seed` is `BROKERWIRE_PAPER_SEED`."""
    return "BROKERWIRE_" + key.replace(".", "_").upper()


def _walk(model: type[Struct], prefix: str) -> Iterator[Setting]:
    hints = get_type_hints(model, include_extras=True)
    for field in fields(model):
        hint = hints[field.name]
        if get_origin(hint) is Annotated:
            kind, meta = get_args(hint)
            key = prefix + field.name
            yield Setting(key=key, kind=kind, about=meta.description, default=field.default)
        elif isinstance(hint, type) and issubclass(hint, Struct):
            yield from _walk(hint, f"{prefix}{field.name}.")


SETTINGS = {setting.key: setting for setting in _walk(Config, "")}
