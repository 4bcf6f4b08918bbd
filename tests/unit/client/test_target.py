import json
from typing import Any

import grpc
import pytest

import brokerwire
from brokerwire._methods import METHODS, service_config
from brokerwire._target import target
from tests.unit.client.fakes import FakeGateway, fail


def where(address: str | None = None) -> str:
    return target(address, token=None, tls=None).address


def test_the_address_is_the_argument_or_the_environment_or_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BROKERWIRE_ADDRESS", raising=False)
    assert where() == "127.0.0.1:50051"
    monkeypatch.setenv("BROKERWIRE_ADDRESS", "localhost:1")
    assert where() == "localhost:1"
    assert where("127.0.0.1:2") == "127.0.0.1:2"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("localhost", "localhost:50051"),
        ("[::1]", "[::1]:50051"),
        ("[::1]:7", "[::1]:7"),
        ("unix:/run/bw.sock", "unix:/run/bw.sock"),
        ("dns:///localhost:7", "dns:///localhost:7"),
        ("ipv4:127.0.0.2:7", "ipv4:127.0.0.2:7"),
    ],
)
def test_plaintext_reaches_this_machine(given: Any, expected: Any) -> None:
    assert where(given) == expected


@pytest.mark.parametrize(
    "given", ["10.0.0.1:50051", "gateway:50051", "dns:///gateway:1", "0.0.0.0:1", "[2001:db8::1]:1"]
)
def test_plaintext_to_another_machine_is_refused_with_advice(given: Any) -> None:
    with pytest.raises(ValueError, match="pass tls=True"):
        brokerwire.connect(given)
    assert target(given, token=None, tls=True).credentials is not None


def test_a_web_address_is_refused() -> None:
    with pytest.raises(ValueError, match="host:port"):
        brokerwire.connect("http://127.0.0.1:8080")


def test_a_token_goes_with_every_call_and_is_never_shown() -> None:
    with (
        FakeGateway(GetServerInfo=lambda *_: METHODS["GetServerInfo"].output()) as gateway,
        brokerwire.connect(gateway.address, token="s3cret") as client,
    ):
        client.server_info()
        assert gateway.metadata[0]["authorization"] == "Bearer s3cret"
        assert "s3cret" not in repr(client)
        assert "s3cret" not in repr(target(None, token="s3cret", tls=None))


def test_the_service_config_retries_reads_and_has_no_timeout() -> None:
    config = json.loads(service_config())
    [entry] = config["methodConfig"]
    retried = {name["method"] for name in entry["name"]}
    assert {"GetOrder", "ListFills", "PreviewOrder", "VerifyJournal"} <= retried
    assert not retried & {"SubmitOrder", "ReplaceOrder", "CancelOrder", "ClosePosition", "FundAccount", "StreamOrders"}
    assert "timeout" not in entry
    assert "hedgingPolicy" not in entry


class Flaky:
    """Fails so many times, then answers."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self, _request: object, context: grpc.ServicerContext) -> Any:
        if self._left:
            self._left -= 1
            fail(context, grpc.StatusCode.UNAVAILABLE)
        return METHODS["GetClock"].output(clock={"exchange": "XNYS"})


def test_a_read_is_tried_again() -> None:
    with FakeGateway(GetClock=Flaky(2)) as gateway, brokerwire.connect(gateway.address) as client:
        assert client.clock(broker="paper").exchange == "XNYS"
        assert len(gateway.requests["GetClock"]) == 3


def test_a_mutation_is_not() -> None:
    with FakeGateway(SubmitOrder=Flaky(99), CancelOrder=Flaky(99)) as gateway:
        with brokerwire.connect(gateway.address, account="a") as client:
            with pytest.raises(brokerwire.Unavailable) as caught:
                client.submit("AAPL", "buy", 1)
            with pytest.raises(brokerwire.Unavailable):
                client.cancel("x")
        [sent] = gateway.requests["SubmitOrder"]
        assert caught.value.client_order_id == sent.order.client_order_id != ""
        assert caught.value.sent == "unknown"
        assert len(gateway.requests["CancelOrder"]) == 1


def test_a_call_has_the_clients_deadline() -> None:
    remaining = []

    def handler(_request: object, context: grpc.ServicerContext) -> Any:
        remaining.append(context.time_remaining())
        return METHODS["GetClock"].output(clock={})

    with FakeGateway(GetClock=handler) as gateway, brokerwire.connect(gateway.address, timeout=5) as client:
        client.clock(broker="paper")
        client.with_timeout(2).clock(broker="paper")
    assert remaining[0] == pytest.approx(5, abs=0.5)
    assert remaining[1] == pytest.approx(2, abs=0.5)
