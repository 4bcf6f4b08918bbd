"""Builds clients when their tests begin, and writes the table of results on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.languages import Language, build, in_ci
from tests.clients.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--clients-table", action="store_true", help="write the results into docs/clients.md")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--clients-table", default=False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(), "clients-table")


@pytest.fixture(scope="session")
def built() -> Callable[[Language], None]:
    """Give what builds a client, once in a run, or skips the test where that is not possible."""
    done: dict[str, str] = {}

    def once(language: Language) -> None:
        if missing := language.missing():
            notice = f"{language.title}: {', '.join(missing)} not found"
            assert not in_ci(), notice
            pytest.skip(notice)
        if language.name not in done:
            done[language.name] = build(language)
        assert not done[language.name], done[language.name]

    return once
