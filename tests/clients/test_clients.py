"""What every client brings along: its own tests, and its column in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.languages import LANGUAGES, Language, carry_out
from tests.clients.scenario import scenarios
from tests.clients.table import PAGE, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("language", [one for one in LANGUAGES.values() if one.test], ids=lambda one: one.name)
def test_own_tests_pass(language: Language, built: Callable[[Language], None]) -> None:
    built(language)
    complaint = carry_out(language.test)
    assert not complaint, complaint


def test_the_table_has_every_scenario_and_language_and_says_that_all_passed() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert rows[0] == ["Scenario", *(language.title for language in LANGUAGES.values())]
    assert {row[0]: set(row[1:]) for row in rows[2:]} == {one.title: {WORDS["passed"]} for one in scenarios()}
