"""`brokerwire sandbox tws` as a process."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from brokerwire_server.cli.root import cli, main
from tests.sandbox.process import Process
from tests.sandbox.tws.conftest import Desk, library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_is_serves_a_library_and_ends_cleanly(processes: list[Process], number: int) -> None:
    process = Process("tws", "--port", "0", "--accounts", "DU7, DU8", "--prices", "manual", "--cash", "5000")
    processes.append(process)
    assert any("no real money" in line for line in process.lines)
    assert process.ready["accounts"] == "DU7,DU8"
    desk = Desk(library.IB())
    await desk.ib.connectAsync(process.ready["host"], int(process.ready["port"]), clientId=1, account="DU7")
    assert desk.ib.managedAccounts() == ["DU7", "DU8"]
    assert {v.value for v in desk.ib.accountValues("DU7") if v.tag == "NetLiquidation"} == {"5000.00"}
    desk.ib.disconnect()
    assert process.end(number) == 0


async def test_it_takes_a_version_quotes_time_and_faults(processes: list[Process], tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    rule = {"target": "reqPositions", "kind": "refuse", "code": 321, "text": "not today"}
    plan.write_text(json.dumps({"rules": [rule]}))
    process = Process(
        "tws", "--port", "0", "--server-version", "163", "--quote", "AAPL=1.50/1.60", "--start", "2026-07-06T14:00:00",
        "--speed", "0", "--set", "farm_notices=false", "--faults", str(plan),
    )  # fmt: skip
    processes.append(process)
    desk = Desk(library.IB())
    ready = process.ready
    await desk.ib.client.connectAsync(ready["host"], int(ready["port"]), 1, 5)
    assert desk.ib.client.serverVersion() == 163
    assert (await desk.ib.reqCurrentTimeAsync()).timestamp() == 1_783_346_400
    (once,) = await desk.ib.reqTickersAsync(await desk.stock())
    assert once.ask == 1.60
    desk.ib.client.reqPositions()
    await desk.settle()
    assert [text for _, _, text in desk.errors] == ["not today"]
    desk.ib.disconnect()
    assert process.end() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "--port"),
        (["--server-version", "201"], "157 to 178"),
        (["--quote", "AAPL"], "SYMBOL=BID/ASK"),
        (["--quote", "ZZZ=1/2"], "no contract ZZZ"),
        (["--start", "noon"], "--start takes a time"),
        (["--set", "nonsense=1"], "no setting nonsense"),
        (["--set", "time_form=roman"], "roman"),
        (["--set", "time_zone=Mars/Olympus"], "Mars/Olympus"),
        (["--accounts", " , "], "account"),
    ],
)
def test_a_wrong_option_is_explained(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["sandbox", "tws", *arguments])
    assert result.exit_code == 2
    assert words in result.output


def test_help_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "tws", "--help"]) == 0
    assert "ib_async" in capsys.readouterr().out
