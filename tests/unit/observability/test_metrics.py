import inspect
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.observability.metrics import Metrics

if TYPE_CHECKING:
    from brokerwire_server.api.observer import Observer


def _samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("1.2.3")


def test_every_fact_that_the_engine_tells_is_taken() -> None:
    for name, told in inspect.getmembers(Telemetry, inspect.isfunction):
        taken = getattr(Metrics, name)
        assert list(inspect.signature(taken).parameters) == list(inspect.signature(told).parameters), name


def test_orders_and_submits_are_counted_by_state(metrics: Metrics) -> None:
    metrics.order_changed("paper", "FILLED")
    metrics.order_changed("paper", "FILLED")
    metrics.order_submitted("paper", "WORKING", 0.003)
    samples = _samples(metrics)
    assert samples["brokerwire_orders_total", (("broker", "paper"), ("state", "FILLED"))] == 2
    labels = (("broker", "paper"), ("le", "0.005"), ("state", "WORKING"))
    assert samples["brokerwire_submit_seconds_bucket", labels] == 1


def test_streams_are_counted_while_open(metrics: Metrics) -> None:
    metrics.stream_opened("orders")
    metrics.stream_opened("orders")
    metrics.stream_closed("orders")
    metrics.stream_lag("orders", 700)
    samples = _samples(metrics)
    assert samples["brokerwire_streams", (("kind", "orders"),)] == 1
    assert samples["brokerwire_stream_last_lag_events", (("kind", "orders"),)] == 700


def test_a_link_is_in_one_state(metrics: Metrics) -> None:
    metrics.link_changed("paper", "DOWN")
    metrics.link_changed("paper", "UP")
    samples = _samples(metrics)
    assert samples["brokerwire_link", (("connection", "paper"), ("state", "UP"))] == 1
    assert samples["brokerwire_link", (("connection", "paper"), ("state", "DOWN"))] == 0


def test_breaks_ignored_reports_and_commits(metrics: Metrics) -> None:
    metrics.break_changed("paper", "MISSING_FILL", "OPEN")
    metrics.report_ignored("paper", "duplicate fill")
    metrics.journal_committed(0.004, 12)
    samples = _samples(metrics)
    assert samples["brokerwire_breaks_total", (("kind", "MISSING_FILL"), ("state", "OPEN"))] == 1
    assert samples["brokerwire_reports_ignored_total", (("broker", "paper"), ("reason", "duplicate fill"))] == 1
    assert samples["brokerwire_journal_commit_events_sum", ()] == 12
    assert samples["brokerwire_journal_commit_seconds_count", ()] == 1


def test_a_watched_value_is_read_when_asked(metrics: Metrics) -> None:
    values = [1.0]
    metrics.watch("brokerwire_thing", "A thing.", lambda: values[0])
    values[0] = 5.0
    assert _samples(metrics)["brokerwire_thing", ()] == 5


def test_the_build_is_named(metrics: Metrics) -> None:
    assert _samples(metrics)["brokerwire_build_info", (("version", "1.2.3"),)] == 1


def test_two_gateways_in_one_process_do_not_share_metrics(metrics: Metrics) -> None:
    Metrics("other").order_changed("paper", "FILLED")
    assert "brokerwire_orders_total{" not in metrics.render().decode()


def test_calls_are_counted_by_method_door_and_code(metrics: Metrics) -> None:
    observer: Observer = metrics
    observer.call_started("OrderService/GetOrder", "grpc")
    observer.call_started("OrderService/GetOrder", "grpc")
    observer.call_ended("OrderService/GetOrder", "grpc", "NOT_FOUND", 0.01)
    samples = _samples(metrics)
    labels = (("code", "NOT_FOUND"), ("door", "grpc"), ("method", "OrderService/GetOrder"))
    assert samples["brokerwire_rpc_seconds_count", labels] == 1
    assert samples["brokerwire_rpc_active", labels[1:]] == 1
