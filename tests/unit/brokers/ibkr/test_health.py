"""The link's state in words: the worst of what is wrong, each change once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire_server.brokers.ibkr.health import Health, Trouble
from brokerwire_server.brokers.ibkr.windows import parse_window
from brokerwire_server.domain.connections import LinkState

if TYPE_CHECKING:
    from brokerwire_server.domain.reports import LinkReport

NOON = 1_768_392_000_000_000_000


def health(window: str = "never", now: int = NOON) -> tuple[Health, list[LinkReport]]:
    told: list[LinkReport] = []
    return Health("ib", told.append, lambda: now, parse_window(window)), told


def states(told: list[LinkReport]) -> list[LinkState]:
    return [report.state for report in told]


def test_it_starts_down_and_is_up_when_nothing_is_wrong() -> None:
    one, told = health()
    one.tell()
    one.clear(Trouble.SOCKET)
    assert states(told) == [LinkState.DOWN, LinkState.UP]


def test_the_same_is_told_once() -> None:
    one, told = health()
    for _ in range(3):
        one.set(Trouble.CONNECTIVITY, "1100")
        one.clear(Trouble.SOCKET)
    assert [report.detail for report in told] == ["connecting", "1100"]


def test_the_login_is_worse_than_the_socket() -> None:
    one, told = health()
    one.set(Trouble.IDENTITY, "the other account")
    assert told[-1].state is LinkState.AUTH_REQUIRED
    one.clear(Trouble.IDENTITY)
    assert told[-1].state is LinkState.DOWN


def test_what_is_lost_opens_and_closes_a_gap() -> None:
    one, told = health()
    one.clear(Trouble.SOCKET)
    one.lost("a message could not be read")
    assert states(told) == [LinkState.UP, LinkState.DOWN, LinkState.UP]
    assert told[1].detail == "a message could not be read"


def test_a_loss_within_the_daily_restart_is_maintenance() -> None:
    one, told = health("11:00-13:00 UTC")
    one.clear(Trouble.SOCKET)
    one.set(Trouble.SOCKET, "TWS closed the connection")
    assert told[-1].state is LinkState.MAINTENANCE
    assert "by itself" in told[-1].detail
    one.set(Trouble.IDENTITY, "the other account")
    assert told[-1].state is LinkState.AUTH_REQUIRED


def test_a_loss_at_another_time_is_down() -> None:
    one, told = health("14:00-15:00 UTC")
    one.clear(Trouble.SOCKET)
    one.set(Trouble.SOCKET, "TWS closed the connection")
    assert told[-1].state is LinkState.DOWN


def test_notes_stand_beside_a_link_that_is_up_and_go() -> None:
    one, told = health()
    one.clear(Trouble.SOCKET)
    one.note("read-only", "the API is read-only")
    one.note("port", "another port")
    assert (told[-1].state, told[-1].detail) == (LinkState.UP, "the API is read-only; another port")
    one.note("read-only", "")
    one.note("port", "")
    assert told[-1].detail == ""
