"""OpenTelemetry: one span per call, when an OTLP endpoint is configured. The packages are the extra `otel`."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE = "brokerwire"
_FLUSH_MILLISECONDS = 2_000
_FINE = frozenset({"OK", "CANCELLED"})


class TracingError(Exception):
    """Traces can't be sent; the text says what to install or to change."""


class Tracing:
    """An observer of calls that reports each as a span when it has ended."""

    def __init__(self, exporter: "SpanExporter", version: str) -> None:
        """Send spans to `exporter`, in batches and from another thread."""
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an optional package
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        resource = Resource.create({"service.name": SERVICE, "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("brokerwire_server")

    def call_started(self, method: str, door: str) -> None:
        """Do nothing yet: a span is made when it is known how the call ended."""

    def call_ended(self, method: str, door: str, code: str, seconds: float) -> None:
        """Report the call."""
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415

        ended = time.time_ns()
        service, _, name = method.partition("/")
        span = self._tracer.start_span(
            method,
            kind=SpanKind.SERVER,
            start_time=ended - int(seconds * 1e9),
            attributes={
                "rpc.system": "grpc" if door == "grpc" else "connect_rpc",
                "rpc.service": f"brokerwire.v1.{service}",
                "rpc.method": name,
                "rpc.status": code,
            },
        )
        if code not in _FINE:
            span.set_status(Status(StatusCode.ERROR, code))
        span.end(end_time=ended)

    def stop(self) -> None:
        """Send what waits, for at most a few seconds, and end. Blocks."""
        self._provider.force_flush(_FLUSH_MILLISECONDS)
        self._provider.shutdown()


def start_tracing(endpoint: str, version: str) -> Tracing | None:
    """Return an observer that sends spans to an OTLP/gRPC endpoint, `None` where `endpoint` is empty.

    Raises:
        TracingError: the packages are not installed, or the endpoint is not an address.
    """
    if not endpoint:
        return None
    if not endpoint.startswith(("http://", "https://")):
        raise TracingError(
            f"tracing.endpoint {endpoint!r} is not an address\nwrite it as http://127.0.0.1:4317 or https://HOST:4317"
        )
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))
        return Tracing(exporter, version)
    except ModuleNotFoundError as error:
        raise TracingError(
            f"tracing.endpoint is set, but {error.name} is not installed\npip install 'brokerwire[server,otel]'"
        ) from None
