"""The composition root: the only place that knows all the parts, puts them together and takes them apart again."""

import asyncio
import errno
import hashlib
import logging
import os
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path

from msgspec import Struct, structs

from brokerwire_server.api import Api
from brokerwire_server.api.observer import Observer
from brokerwire_server.brokers.base import BrokerAdapter
from brokerwire_server.brokers.paper import PaperBroker, PaperSettings
from brokerwire_server.brokers.paper.settings import MarketHours, PriceSource
from brokerwire_server.brokers.registry import Registry
from brokerwire_server.config import Config, ConfigError, PaperConfig, TlsConfig, TlsVersion, implied
from brokerwire_server.domain.access import Quota
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.policies import PolicyOrigin, RiskPolicy
from brokerwire_server.domain.trading import TradingState
from brokerwire_server.engine.access import AccessOptions
from brokerwire_server.engine.breakers import Thresholds
from brokerwire_server.engine.checkpoints import Rhythm
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.provisioning import Configured, MisconfiguredError
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.engine.seams import Ids, Seams, system_seams
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.observability.metrics import Metrics
from brokerwire_server.observability.process import seal_memory
from brokerwire_server.observability.tracing import Tracing, TracingError, start_tracing
from brokerwire_server.risk.policy import layer
from brokerwire_server.simulator import Commission, ReplayError, Slippage
from brokerwire_server.store.access import SqliteAccess
from brokerwire_server.store.base import (
    DatabaseInUseError,
    DatabaseTooNewError,
    JournalCorruptError,
    StoreError,
    VaultError,
)
from brokerwire_server.store.checkpoints import KEY_FILE, CheckpointFile, FileCheckpoints
from brokerwire_server.store.keys import keys_of
from brokerwire_server.store.notes import SqliteNotebook
from brokerwire_server.store.payloads import FILE as PAYLOADS
from brokerwire_server.store.payloads import SqlitePayloads
from brokerwire_server.store.signing_keys import SqliteSigningKeys
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.vault import Keys, SqliteVault
from brokerwire_server.transport.addresses import AddressError
from brokerwire_server.transport.grpc_door import HEALTH_POLL, GrpcDoor
from brokerwire_server.transport.http_door import HttpDoor
from brokerwire_server.transport.limits import DoorLimits
from brokerwire_server.transport.tls import Tls, TlsError

DATABASE = "brokerwire.db"
HALT_FILE = "HALT"
_HALT_BYTES = 4096

_log = logging.getLogger(__name__)


class Exit(IntEnum):
    """How the server ended; the numbers are documented."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DATABASE_IN_USE = 10
    DATABASE_TOO_NEW = 11
    JOURNAL_DAMAGED = 12
    ADDRESS_IN_USE = 13
    STORE = 14
    VAULT = 15


_STORE_EXITS = {
    DatabaseInUseError: Exit.DATABASE_IN_USE,
    DatabaseTooNewError: Exit.DATABASE_TOO_NEW,
    JournalCorruptError: Exit.JOURNAL_DAMAGED,
    VaultError: Exit.VAULT,
    StoreError: Exit.STORE,
}


class StartError(Exception):
    """The server can't start; the text says why and what to do, and `code` is the process's exit code."""

    def __init__(self, message: str, code: Exit) -> None:
        """State both."""
        super().__init__(message)
        self.code = code


class Served(Struct, frozen=True, kw_only=True):
    """One account that is served, for the banner."""

    account_id: str
    broker: str
    environment: str


class Application:
    """One gateway with its doors. Start it once and stop it once."""

    def __init__(self, config: Config, *, seams: Seams | None = None) -> None:
        """Put the parts together.

        Raises:
            StartError: the configuration can't be served: a bad replay file, tracing without its packages.
        """
        self.config = config
        self.version = _version()
        self.grpc_address = ""
        self.http_address = ""
        seams = seams or system_seams()
        kinds = Registry()
        self.metrics = _EngineMetrics(self.version)
        self._tracing = _tracing(config.tracing.endpoint, self.version)
        self._store = SqliteStore(
            config.data_dir / DATABASE,
            new_epoch=_new_epoch,
            on_unhealthy=self._journal_failed,
            on_commit=self.metrics.journal_committed,
        )
        vault = SqliteVault(config.data_dir / DATABASE, _keys(config))
        self._gateway = Gateway(
            self._store,
            [_paper(config.paper, seams)],
            seams=seams,
            telemetry=self.metrics,
            sweeps=SweepTimes(working=config.reconcile.working, idle=config.reconcile.idle),
            kinds=kinds,
            notebook=SqliteNotebook(config.data_dir / DATABASE),
            configured=_configured(config, kinds, os.environ),
            policies=_policies(config),
            thresholds=Thresholds(**structs.asdict(config.breakers)),
            halt_file=partial(_halt_file, config.data_dir / HALT_FILE),
            vault=vault,
            signing=config.access.signing,
            signing_keys=SqliteSigningKeys(config.data_dir / DATABASE),
            access=_access(config, vault),
            checkpoints=_checkpoints(config),
            payloads=_payloads(config),
            rhythm=Rhythm(entries=config.journal.checkpoint_entries, seconds=config.journal.checkpoint_seconds),
            about={"version": self.version, "configuration": _fingerprint(config)},
        )
        self._doors = self._make_doors(Ids(seams)())
        self._gauges()

    @property
    def accounts(self) -> Sequence[Served]:
        """The accounts that are served."""
        return [
            Served(
                account_id=account.account_id,
                broker=account.adapter.broker,
                environment=account.adapter.environment.value,
            )
            for account in self._gateway.active_accounts
        ]

    @property
    def live_connections(self) -> Sequence[str]:
        """The connections that reach real money, their broker met or not: its account may only become known later."""
        connections = [link.connection for link in self._gateway.connections.links()]
        return [c.connection_id for c in connections if c.environment is Environment.LIVE]

    @property
    def restrictions(self) -> Sequence[str]:
        """What is not allowed to trade freely, the strictest first: "GLOBAL is HALTED"."""
        records = self._gateway.switchboard.records()
        return [f"{r.scope} is {r.state}" for r in records if r.state is not TradingState.ACTIVE]

    async def start(self) -> None:
        """Open the journal, start the engine, then open the doors.

        Raises:
            StartError: something is in the way; nothing is left running.
        """
        try:
            await self._gateway.start()
            self.grpc_address = await self._open("grpc", self.config.server.grpc)
            self.http_address = await self._open("http", self.config.server.http)
        except BaseException as error:
            await self._abandon()
            if (start_error := _start_error(error, self.config)) is not None:
                raise start_error from error
            raise
        for link in self._gateway.connections.links():
            self.metrics.link_changed(link.connection.connection_id, link.connection.link.value)

    def halt(self, signal_name: str) -> None:
        """Halt all trading, because of a signal."""
        self._gateway.emergency_stop.signalled(signal_name)

    def _journal_failed(self, error: StoreError) -> None:
        _log.critical("%s", error)
        self._gateway.breakers.journal_failed()

    def _make_doors(self, instance_id: str) -> dict[str, GrpcDoor | HttpDoor]:
        server = self.config.server
        observer = self.metrics if self._tracing is None else _Both(self.metrics, self._tracing)
        api = Api(self._gateway, version=self.version, instance_id=instance_id, observer=observer)
        doors: dict[str, GrpcDoor | HttpDoor] = {}
        limits = DoorLimits(connections=server.connections)
        try:
            tls = _tls(self.config.tls)
            if server.grpc:
                doors["grpc"] = GrpcDoor(
                    api,
                    server.grpc,
                    tls=tls,
                    reflection=server.reflection,
                    channelz=server.channelz,
                    limits=limits,
                )
            if server.http:
                doors["http"] = HttpDoor(
                    api,
                    server.http,
                    tls=tls,
                    metrics=self.metrics.render,
                    allowed_origins=server.allowed_origins,
                    limits=limits,
                )
        except (AddressError, TlsError) as error:
            raise StartError(str(error), Exit.USAGE) from None
        return doors

    async def _open(self, name: str, address: str) -> str:
        door = self._doors.get(name)
        if door is None:
            return ""
        try:
            return await door.start()
        except OSError as error:
            code = Exit.ADDRESS_IN_USE if error.errno == errno.EADDRINUSE else Exit.FAILED
            raise StartError(
                f"can't listen on {address} ({name}): {os.strerror(error.errno or 0)}\n"
                f"stop the program that listens there, or choose another: --{name} 127.0.0.1:0 takes a free port",
                code,
            ) from error
        except (AddressError, TlsError) as error:
            raise StartError(str(error), Exit.USAGE) from None

    async def stop(self) -> None:
        """Stop in good order.

        Health says NOT_SERVING and every stream is told goodbye; then the doors wait for calls under way; then the
        engine, the broker's link and the journal are closed.
        """
        grace = self.config.server.grace
        self._gateway.ready = False
        await asyncio.sleep(2 * HEALTH_POLL)
        self._gateway.drain.begin("the gateway is shutting down")
        await self._gateway.drain.drained(grace)
        await asyncio.gather(*(door.stop(grace) for door in self._doors.values()))
        await self._gateway.stop(grace)
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.stop)

    async def _abandon(self) -> None:
        for door in self._doors.values():
            await door.stop(0)
        try:
            await self._gateway.stop(0)
        except Exception:
            _log.debug("stopping what had not started", exc_info=True)
            await self._store.close()

    def _gauges(self) -> None:
        gateway, watch = self._gateway, self.metrics.watch
        watch("brokerwire_healthy", "1 while new orders are accepted.", lambda: gateway.healthy)
        watch("brokerwire_journal_commits", "Commits since the start.", lambda: self._store.commits)
        watch("brokerwire_accounts", "Accounts that are served.", lambda: len(gateway.active_accounts))
        watch(
            "brokerwire_open_orders",
            "Orders that are not over.",
            lambda: sum(len(account.book.orders.open()) for account in gateway.accounts),
        )
        watch(
            "brokerwire_open_breaks",
            "Differences from a broker's books that nothing explains yet.",
            lambda: sum(len(account.book.breaks) for account in gateway.accounts),
        )


class _EngineMetrics(Metrics, Telemetry):
    """Metrics in the engine's own terms."""


class _Both:
    """Tells two observers."""

    def __init__(self, first: Observer, second: Observer) -> None:
        self._observers = (first, second)

    def call_started(self, method: str, door: str) -> None:
        for observer in self._observers:
            observer.call_started(method, door)

    def call_ended(self, method: str, door: str, code: str, seconds: float) -> None:
        for observer in self._observers:
            observer.call_ended(method, door, code, seconds)


def run(config: Config, announce: Callable[[Application], None]) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit code. `announce` is called once, when orders are accepted.

    Raises:
        StartError: the server could not start.
    """
    seal_memory()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(config, announce))


async def _serve(config: Config, announce: Callable[[Application], None]) -> int:
    application = Application(config)
    stopped = _on_signals()
    await application.start()
    # Before this the signal ends the process, which stops trading too.
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, application.halt, signal.SIGUSR1.name)
    announce(application)
    doors = (application.grpc_address or "off", application.http_address or "off")
    _log.info("ready: grpc %s, http %s, data %s", *doors, config.data_dir)
    await stopped.wait()
    await application.stop()
    _log.info("stopped in good order")
    return Exit.OK


def _on_signals() -> asyncio.Event:
    """Set the event at the first SIGTERM or SIGINT; the second ends the process at once, which loses nothing acked."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(signum: int) -> None:
        if stopped.is_set():
            os._exit(128 + signum)
        _log.info("stopping at %s; a second signal ends the process at once", signal.Signals(signum).name)
        stopped.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop, signum)
    return stopped


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


def _paper(config: PaperConfig, seams: Seams) -> BrokerAdapter:
    settings = PaperSettings(
        source=PriceSource(config.source.value),
        replay_files=tuple(map(str, config.replay)),
        speed=config.speed,
        paused=config.paused,
        seed=config.seed,
        market_hours=MarketHours(config.market_hours.value),
        initial_cash=config.cash,
        commission=Commission(
            per_order=config.commission_per_order,
            per_share=config.commission_per_share,
            basis_points=config.commission_basis_points,
            minimum=config.commission_minimum,
            maximum=config.commission_maximum,
        ),
        slippage=Slippage(basis_points=config.slippage_basis_points, ticks=config.slippage_ticks),
    )
    try:
        return PaperBroker(settings=settings, clock=seams.now, sleep=seams.sleep)
    except ReplayError as error:
        hint = "a replay file is CSV with the columns time,symbol,bid,bid_size,ask,ask_size and optionally last"
        raise StartError(f"{error}\n{hint}", Exit.USAGE) from None


def _access(config: Config, vault: SqliteVault) -> AccessOptions:
    limits = config.access
    return AccessOptions(
        store=SqliteAccess(config.data_dir / DATABASE, vault),
        random=os.urandom,
        local=limits.local,
        quota=Quota(
            calls=limits.calls_per_second,
            orders=limits.orders_per_second,
            cancels=limits.cancels_per_second,
            streams=limits.streams,
        ),
    )


def _tls(config: TlsConfig) -> Tls | None:
    """Return TLS as configured. Raises `TlsError` where its files can't be used."""
    if config.certificate is None or config.key is None:
        return None
    allow = config.minimum is TlsVersion.V1_2
    return Tls(config.certificate, config.key, client_ca=config.client_ca, allow_tls_1_2=allow)


def _configured(config: Config, kinds: Registry, environ: Mapping[str, str]) -> list[Configured]:
    """Return the connections of the file, and those that the environment alone asks for.

    Raises:
        StartError: a credential can't be fetched.
    """
    found: list[Configured] = []
    known = {kind.broker: [field.name for field in kind.credential] for kind in kinds.kinds()}
    extra = [implied(broker, fields, environ, config.connections) for broker, fields in known.items()]
    for each in (*config.connections, *filter(None, extra)):
        try:
            credential = each.credential(known.get(each.spec.broker, ()), environ)
        except ConfigError as error:
            raise StartError(str(error), Exit.USAGE) from None
        found.append(
            Configured(
                spec=each.spec,
                credential=credential,
                place=each.place,
                implied=each in extra,
                allow_withdrawals=each.allow_withdrawals,
            )
        )
    return found


def _policies(config: Config) -> list[RiskPolicy]:
    """Return the limits of the file. Raises `StartError` naming what is not one."""
    found = []
    for each in config.risk:
        policy = RiskPolicy(scope=each.scope, limits=each.limits, origin=PolicyOrigin.CONFIGURATION)
        try:
            layer(policy)
        except InvalidRequestError as error:
            raise StartError(f"{each.place}: {error.message}", Exit.USAGE) from None
        found.append(policy)
    return found


def _tracing(endpoint: str, version: str) -> Tracing | None:
    try:
        return start_tracing(endpoint, version)
    except TracingError as error:
        raise StartError(str(error), Exit.USAGE) from None


def _halt_file(path: Path) -> str | None:
    """Return the HALT file's content; empty where there is something that can't be read: it halts all the same."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe by that name must not stop the gateway
        with os.fdopen(descriptor, "rb") as file:
            return file.read(_HALT_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def _keys(config: Config) -> Keys:
    try:
        return keys_of(config.data_dir, os.environ, config.vault.provider)
    except VaultError as error:
        raise StartError(str(error), Exit.USAGE) from None


def _checkpoints(config: Config) -> FileCheckpoints | None:
    """Return where checkpoints go; a relative path starts in the data directory."""
    name = config.journal.checkpoints
    if name in {"", "off"}:
        return None
    path = config.data_dir / Path(name).expanduser()
    return FileCheckpoints(CheckpointFile(path, config.data_dir / KEY_FILE), log=config.journal.checkpoint_log)


def _payloads(config: Config) -> SqlitePayloads | None:
    days, megabytes = config.journal.payload_days, config.journal.payload_megabytes
    if days <= 0 or megabytes <= 0:
        return None
    return SqlitePayloads(config.data_dir / PAYLOADS, days=days, megabytes=megabytes)


def _fingerprint(config: Config) -> str:
    """Return a hash of all settings; secrets among them show as stars and don't count."""
    return hashlib.sha256(repr(config).encode()).hexdigest()


def _new_epoch() -> int:
    return secrets.randbits(62) + 1


def _start_error(error: BaseException, config: Config) -> StartError | None:
    """Return what a person can do something about; `None` for a fault of the program."""
    if isinstance(error, StartError):
        return error
    if isinstance(error, MisconfiguredError):
        return StartError(str(error), Exit.USAGE)
    for kind, code in _STORE_EXITS.items():
        if isinstance(error, kind):
            database, text = str(config.data_dir / DATABASE), str(error)
            return StartError(text if database in text else f"{database}: {text}", code)
    return None


def _version() -> str:
    try:
        return package_version("brokerwire")
    except PackageNotFoundError:
        return "0+unknown"
