"""The table of scenarios and languages in docs/clients.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.clients.languages import LANGUAGES, ROOT
from tests.clients.scenario import scenarios

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

PAGE = ROOT / "docs" / "clients.md"
BEGIN, END = "<!-- table: make clients-table -->", "<!-- end of table -->"
TEST = re.compile(r"test_scenario\[(?P<scenario>.+)-(?P<language>[a-z]+)\]$")
WORDS = {"passed": "yes", "failed": "**no**", "skipped": "not run"}


class Table:
    """Collects the results of a run and writes them at its end."""

    def __init__(self) -> None:
        self._results: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one result; a failure in set-up is one too."""
        found = TEST.search(report.nodeid)
        if found and (report.when == "call" or report.outcome != "passed"):
            self._results[found["scenario"], found["language"]] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        write(self._results)


def render(results: Mapping[tuple[str, str], str]) -> str:
    """Make the table: a row for each scenario, a column for each language."""
    lines = [
        "| Scenario | " + " | ".join(language.title for language in LANGUAGES.values()) + " |",
        "| --- |" + " --- |" * len(LANGUAGES),
    ]
    for scenario in scenarios():
        cells = [WORDS[results.get((scenario.name, name), "skipped")] for name in LANGUAGES]
        lines.append(f"| {scenario.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(results: Mapping[tuple[str, str], str]) -> None:
    """Put the table in the place of the one in the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{render(results)}\n\n{END}{after}")
