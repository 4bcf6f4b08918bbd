"""The seam lint finds raw time, ids and randomness however they are spelt, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check-seams"


def check(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, directory], capture_output=True, text=True, check=False, timeout=30)


def check_source(directory: Path, source: str) -> subprocess.CompletedProcess[str]:
    (directory / "module.py").write_text(dedent(source), encoding="utf-8")
    return check(directory)


@pytest.mark.parametrize(
    ("source", "name", "seam"),
    [
        ("import time\ntime.monotonic()", "time.monotonic", "Clock"),
        ("import time as t\nt.time_ns()", "time.time_ns", "Clock"),
        ("from time import monotonic as now\nnow()", "time.monotonic", "Clock"),
        ("from time import *\ntime()", "time.*", "Clock"),
        ("import time\ndef f(now=time.time): ...", "time.time", "Clock"),
        ("import datetime\ndatetime.datetime.now()", "datetime.datetime.now", "Clock"),
        ("from datetime import UTC, datetime\ndatetime.now(UTC)", "datetime.datetime.now", "Clock"),
        ("import datetime as dt\ndt.date.today()", "datetime.date.today", "Clock"),
        ("import asyncio\nasync def f(): await asyncio.sleep(1)", "asyncio.sleep", "Clock"),
        ("def f():\n    from asyncio import sleep\n    return sleep", "asyncio.sleep", "Clock"),
        ("import uuid\nuuid.uuid4()", "uuid.uuid4", "Ids"),
        ("import random\nrandom.Random(7)", "random.Random", "Rng"),
        ("from random import choice\nchoice([1])", "random.choice", "Rng"),
        ("import os\nos.urandom(8)", "os.urandom", "Rng"),
        ("import secrets\nsecrets.token_hex()", "secrets.token_hex", "Rng"),
    ],
)
def test_a_raw_use_is_reported_with_the_seam_that_replaces_it(
    tmp_path: Path, source: str, name: str, seam: str
) -> None:
    result = check_source(tmp_path, source)

    assert result.returncode == 1
    assert f"{name} is not repeatable; take it from the {seam} seam" in result.stdout
    assert "module.py:" in result.stdout


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime, timedelta\ndatetime.fromisoformat('2026-01-01') + timedelta(1)",
        "import uuid\nuuid.UUID(int=1), uuid.uuid5(uuid.NAMESPACE_URL, 'x')",
        "import asyncio\nasyncio.create_task",
        "def f(time, clock):\n    return time.monotonic(), clock.time.time()",
        "from .time import monotonic\nmonotonic()",
    ],
)
def test_what_is_repeatable_passes(tmp_path: Path, source: str) -> None:
    result = check_source(tmp_path, source)

    assert (result.returncode, result.stdout) == (0, "")


def test_the_seams_themselves_may_touch_the_real_thing(tmp_path: Path) -> None:
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "seams.py").write_text("import time\ntime.time()\n", encoding="utf-8")

    assert check(tmp_path).returncode == 0


def test_every_line_is_reported_once(tmp_path: Path) -> None:
    result = check_source(tmp_path, "import random\nrandom.random()\nrandom.choice\nrandom.choice\n")

    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in result.stdout.splitlines()] == ["2", "3", "4"]


def test_a_room_that_moved_is_an_error_not_a_silent_pass(tmp_path: Path) -> None:
    result = check(tmp_path / "gone")

    assert result.returncode == 2
    assert "no such directory" in result.stderr
