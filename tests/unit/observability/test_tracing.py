import sys
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from brokerwire_server.observability.tracing import Tracing, TracingError, start_tracing

if TYPE_CHECKING:
    from brokerwire_server.api.observer import Observer


def test_without_an_endpoint_there_are_no_traces() -> None:
    assert start_tracing("", "1.0") is None


def test_every_call_is_a_span_with_its_code_and_duration() -> None:
    exporter = InMemorySpanExporter()
    tracing: Observer = Tracing(exporter, "1.0")
    tracing.call_started("OrderService/SubmitOrder", "grpc")
    tracing.call_ended("OrderService/SubmitOrder", "grpc", "OK", 0.25)
    tracing.call_ended("OrderService/GetOrder", "http", "NOT_FOUND", 0.001)
    assert isinstance(tracing, Tracing)
    tracing.stop()
    submit, get = exporter.get_finished_spans()
    assert submit.name == "OrderService/SubmitOrder"
    assert submit.start_time is not None
    assert submit.end_time is not None
    assert abs(submit.end_time - submit.start_time - 250_000_000) < 1_000
    assert submit.status.status_code is StatusCode.UNSET
    assert get.status.status_code is StatusCode.ERROR
    assert dict(get.attributes or {})["rpc.method"] == "GetOrder"


def test_an_endpoint_that_is_no_address_is_refused() -> None:
    with pytest.raises(TracingError, match="is not an address"):
        start_tracing("localhost", "1.0")


def test_missing_packages_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)
    with pytest.raises(TracingError, match=r"brokerwire\[server,otel\]"):
        start_tracing("http://127.0.0.1:4317", "1.0")
