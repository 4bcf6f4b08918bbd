import io
from pathlib import Path

import pytest
from rich.console import Console

from brokerwire_server.app import Application, Served
from brokerwire_server.cli import banner
from brokerwire_server.config import load
from brokerwire_server.domain.connections import Connection, Environment
from brokerwire_server.engine.accounts import Link
from brokerwire_server.engine.detached import DetachedBroker


@pytest.fixture
def application(tmp_path: Path) -> Application:
    flags = {"data_dir": tmp_path, "paper.source": "manual", "paper.paused": True}
    return Application(load(flags, environ={}, directory=tmp_path).config)


def test_a_pipe_gets_plain_lines_that_say_paper(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    banner.announce(application)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "*** PAPER *** simulated trading, no real money"
    assert lines[-1].startswith("brokerwire ready grpc=off http=off pid=")
    assert any("PAUSED" in line for line in lines)


def test_a_terminal_gets_a_coloured_box(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(banner, "Console", lambda **_: Console(file=out, force_terminal=True, width=100))
    banner.announce(application)
    assert "PAPER: simulated trading, no real money" in out.getvalue()
    assert "\x1b[" in out.getvalue()


def test_a_live_account_is_never_called_paper(
    application: Application, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live = Served(account_id="real", broker="somebody", environment="LIVE")
    monkeypatch.setattr(Application, "accounts", [live])
    banner.announce(application)
    out = capsys.readouterr().out
    assert out.startswith("*** LIVE *** real money, on accounts real")
    assert "PAPER" not in out


def test_a_live_connection_whose_account_was_not_met_yet_is_never_called_paper(
    application: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    away = DetachedBroker(connection_id="desk", broker="somebody", environment=Environment.LIVE, detail="away")
    connection = Connection(connection_id="desk", broker="somebody", environment=Environment.LIVE)
    application._gateway.connections.add(Link(away, connection))
    banner.announce(application)
    out = capsys.readouterr().out
    assert out.startswith("*** LIVE *** real money, through connections desk")
    assert "PAPER" not in out
