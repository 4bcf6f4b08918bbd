"""What `make bench` asks of a driver. One that lacks a step is named: left out there, and a failure in CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.driver import DriverProcess, StepMissingError
from tests.clients.languages import LANGUAGES, Language, in_ci
from tests.clients.stage import Gateway, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNT = 5
ORDER = {"symbol": "AAPL", "side": "buy", "quantity": "1", "limit_price": "1.50"}


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_driver_times_submits_and_events(
    language: Language, built: Callable[[Language], None], tmp_path: Path
) -> None:
    built(language)
    with Gateway(tmp_path) as gateway, Stage(gateway, language, language.name, tmp_path, {}) as stage:
        ask(stage.driver, "connect", address=stage.proxy.address, account=stage.account)
        ask(stage.driver, "open_stream", stream="orders", kind="orders")
        ask(stage.driver, "read_stream", stream="orders", until={"kind": "caught_up"})
        try:
            submits = stage.driver.measure("time_submits", count=COUNT, **ORDER)["nanoseconds"]
            events = stage.driver.measure("time_events", stream="orders", count=COUNT)["nanoseconds"]
        except StepMissingError as step:
            notice = f"{language.title}: its driver has no step {step}, so `make bench` leaves it out"
            assert not in_ci(), notice
            pytest.skip(notice)
        placed = list(stage.operator.orders())
        assert len({order.client_order_id for order in placed}) == len(submits) == COUNT
        assert all(time > 0 for time in submits)
        assert events >= 0


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_step_that_a_driver_lacks_is_found_out(
    language: Language, built: Callable[[Language], None], tmp_path: Path
) -> None:
    built(language)
    with DriverProcess(language, tmp_path / "driver.log") as driver, pytest.raises(StepMissingError, match="sing"):
        driver.measure("sing")


def ask(driver: DriverProcess, do: str, **arguments: object) -> None:
    driver.begin(do, arguments)
    answer = driver.finish()
    assert "ok" in answer, answer
