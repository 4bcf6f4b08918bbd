"""The table of `make conformance`: cases down, brokers across, and the pages that are written from a complete run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.kit import pages
from tests.conformance.rigs import RIGS

if TYPE_CHECKING:
    import pytest

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
    terminalreporter.section("conformance")
    for line in pages.table(_results):
        terminalreporter.write_line(line)
    for broker, rig in RIGS.items():
        if pages.complete(_results, broker):
            path = pages.write(rig(), {case: result for (case, name), result in _results.items() if name == broker})
            terminalreporter.write_line(f"wrote {path.relative_to(pages.ROOT)}")
