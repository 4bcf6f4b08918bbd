"""The table of `make conformance`: cases down, brokers across, and the pages that are written from a complete run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.kit import pages
from tests.conformance.rigs import RIGS

if TYPE_CHECKING:
    import pytest

SAVED = Path("build/conformance")
"""Results of runs in other environments, a file for each: what CONFORMANCE_AS named is a column of the main run."""

_results: dict[tuple[str, str], str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take the result of one case at one broker, wherever it ran."""
    told = dict(report.user_properties)
    if "case" not in told:
        return
    key = (str(told["case"]), str(told["broker"]))
    if report.failed:
        _results[key] = pages.FAILED
    elif report.when == "call" or "excuse" in told:
        _results.setdefault(key, _result(told))


def _result(told: dict[str, object]) -> str:
    if "excuse" in told:
        return f"not applicable: {told['excuse']}"
    return f"{pages.DEFECT}{told['defect']}" if "defect" in told else pages.PASSED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table; write the pages where every case ran against every broker."""
    if not _results:
        return
    name = os.environ.get("CONFORMANCE_AS", "")
    if name:
        _save(name)
    else:
        _load()
    terminalreporter.section("conformance")
    for line in pages.table(_results):
        terminalreporter.write_line(line)
    for broker, rig in RIGS.items():
        if not name and pages.complete(_results, broker):
            path = pages.write(rig(), _results)
            terminalreporter.write_line(f"wrote {path.relative_to(pages.ROOT)}")


def _save(name: str) -> None:
    SAVED.mkdir(parents=True, exist_ok=True)
    rows = [[case, name, result] for (case, _), result in _results.items()]
    (SAVED / f"{name}.json").write_text(json.dumps(rows))


def _load() -> None:
    for path in sorted(SAVED.glob("*.json")):
        _results.update({(case, name): result for case, name, result in json.loads(path.read_text())})
