"""Every scenario with every client, against a real gateway behind a proxy that makes faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.languages import LANGUAGES, Language
from tests.clients.scenario import Player, Scenario, scenarios
from tests.clients.stage import Gateway, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with Gateway(tmp_path_factory.mktemp("shared")) as gateway:
        yield gateway


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_scenario(
    scenario: Scenario,
    language: Language,
    built: Callable[[Language], None],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    built(language)
    if scenario.own_gateway:
        with Gateway(tmp_path) as gateway:
            play(scenario, language, gateway, tmp_path)
    else:
        play(scenario, language, request.getfixturevalue("shared"), tmp_path)


def play(scenario: Scenario, language: Language, gateway: Gateway, folder: Path) -> None:
    account = f"{language.name}-{scenario.name}"
    with Stage(gateway, language, account, folder, scenario.relay) as stage:
        try:
            Player(scenario, stage).play()
        except AssertionError as error:
            error.add_note(f"the driver's log:\n{stage.driver.log}")
            raise
        finally:
            stage.operator.simulator.clear_faults()
