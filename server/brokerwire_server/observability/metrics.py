"""Prometheus metrics, on a registry of their own. One `Metrics` is the engine's telemetry and the API's observer."""

from collections.abc import Callable
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"

_LATENCY = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)
_LINKS = ("UP", "DEGRADED", "DOWN", "AUTH_REQUIRED", "MAINTENANCE")

_TRADING_STATES = ("ACTIVE", "REDUCE_ONLY", "CANCEL_ONLY", "HALTED")


class Metrics:
    """Counts what it is told. Every method is quick and never raises."""

    def __init__(self, version: str) -> None:
        """Make the registry; `version` is the program's."""
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        Info("brokerwire_build", "The program.", registry=self.registry).info({"version": version})
        self._orders()
        self._streams()
        self._journal()
        self._calls()
        self._safety()

    def _orders(self) -> None:
        changed = self._counter("brokerwire_orders", "Orders that came into a state.", "broker", "state")
        submit = self._histogram(
            "brokerwire_submit_seconds", "From taking a submit to its answer.", _LATENCY, "broker", "state"
        )
        # Finding a series by its labels costs more than counting, and every order does it several times.
        self._changed, self._submit = cache(changed.labels), cache(submit.labels)
        self._ignored = self._counter(
            "brokerwire_reports_ignored", "Reports of a broker that changed nothing.", "broker", "reason"
        )
        self._link = self._gauge("brokerwire_link", "1 for the state that a link is in.", "connection", "state")
        self._breaks = self._counter(
            "brokerwire_breaks", "Differences from the books of a broker, by what became of them.", "kind", "state"
        )

    def _streams(self) -> None:
        self._open_streams = self._gauge("brokerwire_streams", "Streams that are open.", "kind")
        self._lag = self._histogram(
            "brokerwire_stream_lag_events", "Events by which a stream was found behind.", (0, *_SIZES), "kind"
        )
        self._last_lag = self._gauge("brokerwire_stream_last_lag_events", "The latest such finding.", "kind")

    def _journal(self) -> None:
        self._commit = self._histogram("brokerwire_journal_commit_seconds", "Time of a journal commit.", _LATENCY)
        self._batch = self._histogram("brokerwire_journal_commit_events", "Events in a journal commit.", _SIZES)

    def _calls(self) -> None:
        rpc = self._histogram(
            "brokerwire_rpc_seconds", "Calls answered, streams until their end.", _LATENCY, "method", "door", "code"
        )
        active = self._gauge("brokerwire_rpc_active", "Calls under way.", "method", "door")
        self._rpc, self._active = cache(rpc.labels), cache(active.labels)

    def _safety(self) -> None:
        self._trading = self._gauge(
            "brokerwire_trading_state", "1 for the trading state that a scope is in.", "scope", "state"
        )
        self._tripped = self._counter("brokerwire_breakers_tripped", "Breakers that stopped trading.", "breaker")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge whose value is read when somebody asks."""
        self._gauge(name, text).set_function(read)

    def render(self) -> bytes:
        """Return everything in Prometheus's text format, `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    # --- engine.telemetry.Telemetry ------------------------------------------------------------------------------

    def order_submitted(self, broker: str, state: str, seconds: float) -> None:
        """A submission was answered."""
        self._submit(broker, state).observe(seconds)

    def order_changed(self, broker: str, state: str) -> None:
        """An order came into a state."""
        self._changed(broker, state).inc()

    def report_ignored(self, broker: str, reason: str) -> None:
        """A broker's report changed nothing."""
        self._ignored.labels(broker, reason).inc()

    def stream_opened(self, kind: str) -> None:
        """A stream began."""
        self._open_streams.labels(kind).inc()

    def stream_closed(self, kind: str) -> None:
        """A stream ended."""
        self._open_streams.labels(kind).dec()

    def stream_lag(self, kind: str, events: int) -> None:
        """A stream was found this many events behind."""
        self._lag.labels(kind).observe(events)
        self._last_lag.labels(kind).set(events)

    def link_changed(self, connection_id: str, state: str) -> None:
        """The link of a connection changed."""
        for known in _LINKS:
            self._link.labels(connection_id, known).set(known == state)

    def break_changed(self, account_id: str, kind: str, state: str) -> None:
        """A break was opened, healed or resolved."""
        self._breaks.labels(kind, state).inc()

    def trading_state(self, scope: str, state: str) -> None:
        """A scope came into a trading state."""
        for known in _TRADING_STATES:
            self._trading.labels(scope, known).set(known == state)

    def breaker_tripped(self, breaker: str) -> None:
        """A breaker found its threshold passed, and engaged a trading state."""
        self._tripped.labels(breaker).inc()

    # --- the journal ---------------------------------------------------------------------------------------------

    def journal_committed(self, seconds: float, events: int) -> None:
        """A commit took this long and held this many events. May be called from another thread."""
        self._commit.observe(seconds)
        self._batch.observe(events)

    # --- api.observer.Observer -----------------------------------------------------------------------------------

    def call_started(self, method: str, door: str) -> None:
        """A call was admitted, or is about to be refused."""
        self._active(method, door).inc()

    def call_ended(self, method: str, door: str, code: str, seconds: float) -> None:
        """A call ended."""
        self._active(method, door).dec()
        self._rpc(method, door, code).observe(seconds)
