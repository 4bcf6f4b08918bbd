"""What every client brings along: its own tests, an example, a README that works, and its column in the table."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.clients.languages import LANGUAGES, ROOT, Command, Language, carry_out
from tests.clients.scenario import scenarios
from tests.clients.table import PAGE, WORDS
from tests.support.processes import RestartableGateway, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def having(what: str) -> pytest.MarkDecorator:
    """Parametrize by the languages that bring that along."""
    languages = [one for one in LANGUAGES.values() if getattr(one, what)]
    return pytest.mark.parametrize("language", languages, ids=lambda one: one.name)


@having("test")
def test_own_tests_pass(language: Language, built: Callable[[Language], None]) -> None:
    built(language)
    complaint = carry_out(language.test)
    assert not complaint, complaint


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RestartableGateway]:
    running = RestartableGateway(tmp_path / "data", "--market-hours", "always")
    running.start()
    yield running
    running.stop()


def run(command: Command, gateway: RestartableGateway, folder: Path) -> subprocess.CompletedProcess[str]:
    surroundings = environment() | {"BROKERWIRE_ADDRESS": gateway.grpc}
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )


@having("example")
def test_the_example_trades(
    language: Language, built: Callable[[Language], None], gateway: RestartableGateway, tmp_path: Path
) -> None:
    built(language)
    done = run(language.example, gateway, tmp_path)
    assert done.returncode == 0, done
    assert "bought " in done.stdout, done


@having("readme")
def test_the_strategy_of_the_readme_fills(
    language: Language, built: Callable[[Language], None], gateway: RestartableGateway, tmp_path: Path
) -> None:
    built(language)
    page = (ROOT / "clients" / language.name / "README.md").read_text()
    found = re.search(rf"^```{language.name}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert found, "no program in the README"
    program = tmp_path / language.program
    program.write_text(found[1])
    command = tuple(str(program) if word == "FILE" else word for word in language.readme)
    done = run(command, gateway, ROOT)
    assert done.returncode == 0, done
    assert done.stdout.startswith("filled "), done


def test_the_table_has_every_scenario_and_language_and_says_that_all_passed() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert rows[0] == ["Scenario", *(language.title for language in LANGUAGES.values())]
    assert {row[0]: set(row[1:]) for row in rows[2:]} == {one.title: {WORDS["passed"]} for one in scenarios()}
