"""A paper key can't reach the live host, nor a live key the paper one, whatever is configured."""

from __future__ import annotations

import pytest

from brokerwire_server.brokers.alpaca import KIND, create
from brokerwire_server.brokers.alpaca.settings import read_settings
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.secrets import Secret
from tests.unit.brokers.alpaca.rigs import TOOLS

KEYS = {Environment.PAPER: "PKTEST", Environment.LIVE: "AKTEST"}


def spec(environment: Environment, **settings: str) -> ConnectionSpec:
    return ConnectionSpec(connection_id="c", broker="alpaca", environment=environment, settings=settings)


def credential(key: str) -> dict[str, Secret]:
    return {"api_key": Secret(key), "secret_key": Secret("very-secret")}


@pytest.mark.parametrize(
    ("environment", "url"),
    [(Environment.PAPER, "https://paper-api.alpaca.markets"), (Environment.LIVE, "https://api.alpaca.markets")],
)
def test_the_environment_decides_the_host(environment: Environment, url: str) -> None:
    assert read_settings(spec(environment), credential(KEYS[environment])).base_url == url


@pytest.mark.parametrize(
    ("environment", "settings"),
    [
        (Environment.PAPER, {"base_url": "https://api.alpaca.markets"}),
        (Environment.LIVE, {"base_url": "https://paper-api.alpaca.markets"}),
        (Environment.LIVE, {"base_url": "http://127.0.0.1:9000"}),
        (Environment.PAPER, {"base_url": "http://paper-api.alpaca.markets"}),
        (Environment.PAPER, {"base_url": "https://paper-api.alpaca.markets.evil.example"}),
        (Environment.PAPER, {"base_url": "https://paper-api.alpaca.markets@evil.example"}),
        (Environment.PAPER, {"base_url": "http://10.0.0.1:9000"}),
        (Environment.PAPER, {"base_url": "https://paper-api.alpaca.markets/v2"}),
        (Environment.PAPER, {"data_url": "https://evil.example"}),
        (Environment.PAPER, {"events": "carrier-pigeon"}),
        (Environment.PAPER, {"a_typo": "x"}),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(
    environment: Environment, settings: dict[str, str]
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        create(spec(environment, **settings), credential(KEYS[environment]), TOOLS)
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("environment", list(Environment))
def test_a_key_of_the_other_environment_is_refused(environment: Environment) -> None:
    (other,) = set(Environment) - {environment}
    with pytest.raises(InvalidRequestError, match="make a"):
        create(spec(environment), credential(KEYS[other]), TOOLS)


def test_half_a_key_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="secret_key"):
        create(spec(Environment.PAPER), {"api_key": Secret("PK1")}, TOOLS)


def test_a_sandbox_on_loopback_is_a_paper_host() -> None:
    read = read_settings(spec(Environment.PAPER, base_url="http://127.0.0.1:9000/"), credential("PK1"))
    assert read.base_url == "http://127.0.0.1:9000"


def test_secrets_show_nowhere() -> None:
    broker = create(spec(Environment.PAPER), credential("PK1"), TOOLS)
    assert "very-secret" not in repr(broker) + repr(vars(broker))
    assert {field.name for field in KIND.credential} == {"api_key", "secret_key"}
