"""The rate budget: cancels first, the broker's headers are the truth, nobody waits in vain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerwire_server.brokers.budget import BudgetExhaustedError, Priority, RateBudget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Time:
    """A clock that moves only when told, and lets sleepers wait for it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._moved = asyncio.Condition()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        async with self._moved:
            await self._moved.wait_for(lambda: self.now >= until)

    async def move(self, seconds: float) -> None:
        async with self._moved:
            self.now += seconds
            self._moved.notify_all()
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def clock() -> Time:
    return Time()


@pytest.fixture
async def budget(clock: Time) -> AsyncIterator[RateBudget]:
    one = RateBudget(10, reserve=3, monotonic=clock, sleep=clock.sleep)
    yield one
    await one.close()


async def test_the_reserve_is_for_cancels(budget: RateBudget) -> None:
    for _ in range(7):
        await budget.spend(Priority.SUBMIT, 0)
    with pytest.raises(BudgetExhaustedError):
        await budget.spend(Priority.SUBMIT, 0)
    for _ in range(3):
        await budget.spend(Priority.CANCEL, 0)
    with pytest.raises(BudgetExhaustedError):
        await budget.spend(Priority.CANCEL, 0)


async def test_who_waits_is_served_by_priority_when_the_window_ends(budget: RateBudget, clock: Time) -> None:
    for _ in range(10):
        await budget.spend(Priority.CANCEL, 0)
    served: list[Priority] = []

    async def want(priority: Priority) -> None:
        await budget.spend(priority, 100)
        served.append(priority)

    wanted = [Priority.SWEEP, Priority.LOOK_UP, Priority.SUBMIT, Priority.CANCEL]
    waiting = [asyncio.create_task(want(priority)) for priority in wanted]
    await asyncio.sleep(0)
    assert not served
    await clock.move(60)
    await asyncio.gather(*waiting)
    assert served == sorted(wanted)


async def test_what_would_take_too_long_is_told_at_once_and_says_how_long(budget: RateBudget) -> None:
    budget.exhaust(42)
    with pytest.raises(BudgetExhaustedError, match="42 s") as caught:
        await budget.spend(Priority.SUBMIT, 8)
    assert caught.value.wait == 42


async def test_the_brokers_count_is_followed_down_and_never_up(budget: RateBudget) -> None:
    await budget.spend(Priority.SUBMIT, 0)
    budget.settle(10, 5, 30)
    assert budget.remaining == 5
    await budget.spend(Priority.SUBMIT, 0)
    budget.settle(10, 9, 29)
    assert budget.remaining == 4


async def test_requests_on_their_way_are_not_in_the_brokers_count(budget: RateBudget) -> None:
    for _ in range(3):
        await budget.spend(Priority.SUBMIT, 0)
    budget.settle(10, 9, 30)
    assert budget.remaining == 7


async def test_a_higher_limit_is_taken_over_with_the_next_window(budget: RateBudget, clock: Time) -> None:
    await budget.spend(Priority.SUBMIT, 0)
    budget.settle(1_000, 999, 30)
    await clock.move(31)
    assert budget.remaining == 1_000


async def test_waiting_and_its_end_are_told(budget: RateBudget, clock: Time) -> None:
    waits: list[float] = []
    refills: list[bool] = []
    budget.on_wait, budget.on_refill = waits.append, lambda: refills.append(True)
    budget.exhaust(20)
    assert waits == [20]
    await clock.move(20)
    assert budget.remaining == 10
    assert refills == [True]


async def test_closing_ends_all_waiting(budget: RateBudget) -> None:
    budget.exhaust(30)
    waiting = asyncio.create_task(budget.spend(Priority.SUBMIT, 100))
    await asyncio.sleep(0)
    await budget.close()
    with pytest.raises(BudgetExhaustedError):
        await waiting


async def test_one_that_stops_waiting_takes_nothing_with_it(budget: RateBudget, clock: Time) -> None:
    budget.exhaust(30)
    gone = asyncio.create_task(budget.spend(Priority.SUBMIT, 100))
    stays = asyncio.create_task(budget.spend(Priority.SUBMIT, 100))
    await asyncio.sleep(0)
    gone.cancel()
    await clock.move(30)
    await stays
    assert budget.remaining == 9


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Priority), st.integers(0, 20)), max_size=80))
def test_no_window_ever_has_more_requests_than_its_limit(wanted: list[tuple[Priority, int]]) -> None:
    asyncio.run(_never_more(wanted))


async def _never_more(wanted: list[tuple[Priority, int]]) -> None:
    clock = Time()
    budget = RateBudget(10, reserve=3, monotonic=clock, sleep=clock.sleep)
    windows: dict[int, int] = {}
    for priority, pause in wanted:
        await clock.move(pause)
        try:
            await budget.spend(priority, 0)
        except BudgetExhaustedError:
            continue
        budget.settle()
        window = id(budget), round(budget._ends)
        windows[window[1]] = windows.get(window[1], 0) + 1
    assert all(count <= 10 for count in windows.values())
    await budget.close()
