"""`brokerwire sandbox alpaca` as a process."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alpaca.trading.client import TradingClient
from click.testing import CliRunner

from brokerwire_server.cli.root import cli, main
from tests.sandbox.process import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()


def launched(*arguments: str) -> Process:
    return Process("alpaca", "--listen", "127.0.0.1:0", *arguments)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_an_sdk_and_ends_cleanly(processes: list[Process], number: int) -> None:
    process = launched("--prices", "manual", "--cash", "5000", "--rate-limit", "0")
    processes.append(process)
    ready = process.ready
    assert any("no real money" in line for line in process.lines)
    assert ready["stream"] == ready["url"].replace("http", "ws") + "/stream"
    client: Any = TradingClient(ready["key"], "sandbox-secret", url_override=ready["url"])
    assert client.get_account().cash == "5000"
    assert process.end(number) == 0


def test_it_takes_settings_quotes_time_and_faults(processes: list[Process], tmp_path: Path) -> None:
    import urllib.error
    import urllib.request

    plan = tmp_path / "faults.json"
    plan.write_text(json.dumps({"rules": [{"target": "GET positions", "kind": "request_429"}]}))
    process = launched(
        "--environment", "live", "--secret", "mine", "--quote", "ZZZ=1.5/1.6", "--market-hours", "xnys",
        "--start", "2026-07-04T12:00:00", "--speed", "0", "--set", "text_frames=true", "--faults", str(plan),
    )  # fmt: skip
    processes.append(process)
    assert process.ready["key"].startswith("AK")

    def get(path: str) -> dict[str, object]:
        headers = {"APCA-API-KEY-ID": process.ready["key"], "APCA-API-SECRET-KEY": "mine"}
        request = urllib.request.Request(process.ready["url"] + path, headers=headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return dict(json.load(answer))

    assert get("/v2/clock")["next_open"] == "2026-07-06T09:30:00-04:00"
    assert get("/v2/assets/ZZZ")["symbol"] == "ZZZ"
    with pytest.raises(urllib.error.HTTPError) as refused:
        get("/v2/positions")
    assert refused.value.code == 429
    refused.value.close()
    assert process.end() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listen", "0.0.0.0:9917"], "not a loopback address"),
        (["--listen", "192.168.1.4:9917"], "not a loopback address"),
        (["--listen", "nine"], "HOST:PORT"),
        (["--quote", "AAPL"], "SYMBOL=BID/ASK"),
        (["--start", "noon"], "--start takes a time"),
        (["--set", "nonsense=1"], "no setting nonsense"),
        (["--set", "event_ids=perhaps"], "bool"),
    ],
)
def test_a_wrong_option_is_explained(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["sandbox", "alpaca", *arguments])
    assert result.exit_code == 2
    assert words in result.output


def test_a_missing_package_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("brokerwire_sandbox")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert main(["sandbox", "alpaca"]) == 1
    said = capsys.readouterr().err
    assert "needs aiohttp" in said
    assert "pip install 'brokerwire[server,alpaca]'" in said


def test_help_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "alpaca", "--help"]) == 0
    assert "TradingClient" in capsys.readouterr().out
