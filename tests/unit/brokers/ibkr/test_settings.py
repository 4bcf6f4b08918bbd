"""The settings of a connection."""

from __future__ import annotations

from typing import Any

import pytest

from brokerwire_server.brokers.ibkr import KIND
from brokerwire_server.brokers.ibkr.settings import is_paper, read_settings
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.errors import InvalidRequestError


def spec(environment: Environment = Environment.PAPER, **settings: str) -> ConnectionSpec:
    return ConnectionSpec(connection_id="ib", broker="ibkr", environment=environment, settings=settings)


def test_nothing_needs_to_be_said_for_a_gateway_on_this_machine() -> None:
    paper, live = read_settings(spec()), read_settings(spec(Environment.LIVE))
    assert (paper.host, paper.port, paper.client_id, paper.account) == ("127.0.0.1", 4002, 17, "")
    assert (live.port, live.messages_per_second) == (4001, 40)
    assert paper.restart_window is not None


def test_everything_can_be_said() -> None:
    found = read_settings(
        spec(
            host="tws.internal",
            port="7497",
            client_id="0",
            account="du1",
            messages_per_second="10",
            restart_window="never",
        )
    )
    assert (found.host, found.port, found.client_id, found.account) == ("tws.internal", 7497, 0, "DU1")
    assert found.restart_window is None


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"host": "http://x"}, "settings.host"),
        ({"port": "0"}, "settings.port"),
        ({"port": "65536"}, "settings.port"),
        ({"port": "4,002"}, "settings.port"),
        ({"client_id": "-1"}, "settings.client_id"),
        ({"client_id": "2147483648"}, "settings.client_id"),
        ({"messages_per_second": "50"}, "settings.messages_per_second"),
        ({"account": "DU 1"}, "settings.account"),
        ({"account": "U1"}, "settings.account"),
        ({"restart_window": "at night"}, "settings.restart_window"),
        ({"hots": "x"}, "settings.hots"),
    ],
)
def test_what_is_wrong_is_named(settings: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_settings(spec(Environment.PAPER, **settings))
    assert [violation.field for violation in caught.value.violations] == [field]


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_settings(spec(port="x", client_id="y", host=" "))
    assert len(caught.value.violations) == 3


@pytest.mark.parametrize(
    ("account", "paper"),
    [("DU1234567", True), ("DF123", True), ("DUP1", True), ("U1234567", False), ("F1", False), ("I9", False)],
)
def test_the_first_letter_of_an_account_says_whether_it_is_paper(account: str, paper: Any) -> None:
    assert is_paper(account) is paper


def test_the_kind_needs_no_credential() -> None:
    assert KIND.credential == ()
    assert {field.name for field in KIND.settings} >= {"host", "port", "client_id", "account"}
