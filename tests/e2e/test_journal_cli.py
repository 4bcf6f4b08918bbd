"""`brokerwire journal` on a real gateway: proven, written out, and checked against a copy of its checkpoints."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.domain.events import GENESIS, chain_hash
from tests.support.processes import GatewayProcess, run

if TYPE_CHECKING:
    from collections.abc import Iterator

PRICES = ("sim", "price", "AAPL", "--bid", "99.98", "--ask", "100.00", "--bid-size", "500", "--ask-size", "500")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("journal") / "data", "--prices", "manual") as running:
        assert running.cli(*PRICES).returncode == 0
        assert running.cli("orders", "submit", "AAPL", "buy", "10", "--id", "one").returncode == 0
        assert running.cli("orders", "submit", "AAPL", "buy", "11", "--id", "one").returncode == 1
        yield running


@pytest.fixture(scope="module")
def stopped(gateway: GatewayProcess) -> Path:
    assert gateway.stop() == 0
    return gateway.data_dir


def test_the_export_of_a_running_gateway_is_that_of_its_directory(gateway: GatewayProcess) -> None:
    for form in ("jsonl", "csv"):
        arguments = ("journal", "export", "--format", form, "--account", "paper", "--type", "order", "--type", "fill")
        online = gateway.cli(*arguments)
        offline = run(*arguments, "--data-dir", str(gateway.data_dir))
        assert online.returncode == offline.returncode == 0, online.stderr + offline.stderr
        assert online.stdout.splitlines() == offline.stdout.splitlines() != []


def test_an_export_in_json_proves_itself(gateway: GatewayProcess, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert gateway.cli("journal", "export", "--out", str(path)).returncode == 0
    again = gateway.cli("journal", "export", "--out", str(path))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["account_id"] for line in lines} == {"paper", "@gateway"}
    previous = GENESIS.hex()
    for raw, line in zip(path.read_text().splitlines(), lines, strict=True):
        if line["account_id"] != "paper":
            continue
        body = raw.split('"payload":', 1)[1].rsplit(',"previous_hash":', 1)[0].encode()
        seconds, _, fraction = line["time"].removesuffix("Z").partition(".")
        time = int(datetime.fromisoformat(seconds + "+00:00").timestamp()) * 10**9 + int(fraction)
        assert line["previous_hash"] == previous
        previous = chain_hash(
            line["account_id"],
            line["epoch"],
            line["sequence"],
            time,
            line["type"],
            line["causation"],
            body,
            bytes.fromhex(previous),
        ).hex()
        assert line["hash"] == previous


def test_an_export_is_filtered_by_type_and_time(gateway: GatewayProcess) -> None:
    only = gateway.cli("journal", "export", "--format", "csv", "--type", "fill")
    rows = list(csv.DictReader(only.stdout.splitlines()))
    assert [row["type"] for row in rows] == ["FILL"]
    assert json.loads(rows[0]["payload"])["fill"]["quantity"] == "10"
    assert gateway.cli("journal", "export", "--to", "2001-01-01T00:00:00Z").stdout == ""


def test_the_audit_trail_reads_like_a_sentence(gateway: GatewayProcess) -> None:
    shown = gateway.cli("events", "list", "--account", "@gateway", "--type", "audit").stdout
    assert "system:gateway gateway.start: DONE" in shown
    assert "local OrderService/SubmitOrder one: REFUSED CLIENT_ORDER_ID_CONFLICT" in shown


def test_core_files_are_off(gateway: GatewayProcess) -> None:
    limits = Path(f"/proc/{gateway.process.pid}/limits").read_text().splitlines()
    line = next(line for line in limits if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def test_a_journal_that_was_cut_off_is_found_by_the_checkpoints_and_their_public_key(
    stopped: Path, tmp_path: Path
) -> None:
    public = run("journal", "key", "--data-dir", str(stopped)).stdout.strip()
    copy = tmp_path / "elsewhere.jsonl"
    shutil.copy(stopped / "checkpoints.jsonl", copy)
    data = tmp_path / "data"
    shutil.copytree(stopped, data)
    (data / "checkpoints.jsonl").unlink()
    (data / "checkpoint.key").unlink()
    checks = ("journal", "verify", "--data-dir", str(data))
    against = ("--checkpoints", str(copy), "--public-key", public)
    assert run(*checks, *against).returncode == 0
    with contextlib.closing(sqlite3.connect(data / "brokerwire.db")) as raw, raw:
        raw.execute("DELETE FROM journal WHERE account_id = '@gateway' AND sequence > 1")
        raw.execute(
            "UPDATE accounts SET head_sequence = 1, head_hash = "
            "(SELECT hash FROM journal WHERE account_id = '@gateway') WHERE account_id = '@gateway'"
        )
    assert run(*checks).returncode == 0
    found = run(*checks, *against)
    assert found.returncode == 1
    assert "event 2" in found.stdout
    assert "cut off" in found.stdout
    wrong = run(*checks, "--checkpoints", str(copy), "--public-key", "ed25519:" + "A" * 43 + "=")
    assert (wrong.returncode, "not a checkpoint that this key has signed" in wrong.stderr) == (1, True)
