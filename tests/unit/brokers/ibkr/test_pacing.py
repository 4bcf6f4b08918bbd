"""The pace: never more than the limit in any second, and cancels first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerwire_server.brokers.budget import Priority
from brokerwire_server.brokers.ibkr.errors import LinkDownError
from brokerwire_server.brokers.ibkr.pacing import WINDOW, Pacer

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[tuple[float, Priority]] = []

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds

    def pacer(self, limit: int = 40) -> Pacer:
        return Pacer(limit, lambda: self.now, self.sleep)

    async def send(self, pacer: Pacer, priority: Priority, messages: int = 1) -> None:
        await pacer.turn(priority, messages)
        self.sent += [(self.now, priority)] * messages


async def together(*work: Coroutine[object, object, None]) -> None:
    await asyncio.gather(*work)


async def test_what_fits_goes_out_at_once() -> None:
    time = Time()
    pacer = time.pacer()
    for _ in range(35):
        await time.send(pacer, Priority.SUBMIT)
    assert time.now == 0


async def test_a_cancel_needs_not_wait_for_what_is_kept_for_it() -> None:
    time = Time()
    pacer = time.pacer()
    waiting = [asyncio.create_task(time.send(pacer, Priority.SUBMIT)) for _ in range(100)]
    await asyncio.sleep(0)
    await time.send(pacer, Priority.CANCEL)
    assert time.sent[-1] == (0.0, Priority.CANCEL)
    await asyncio.gather(*waiting)
    await pacer.close()


async def test_cancels_overtake_orders_and_orders_overtake_sweeps() -> None:
    time = Time()
    pacer = time.pacer(10)
    await together(*(time.send(pacer, Priority.CANCEL) for _ in range(10)))
    time.sent.clear()
    order = [Priority.SWEEP, Priority.LOOK_UP, Priority.REPLACE, Priority.SUBMIT, Priority.CANCEL]
    await together(*(time.send(pacer, priority) for priority in order for _ in range(4)))
    assert [priority for _, priority in time.sent] == sorted(priority for _, priority in time.sent)
    await pacer.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Priority)), st.integers(1, 4)), max_size=120), st.integers(10, 45))
def test_no_second_has_more_than_the_limit(wanted: list[tuple[Priority, int]], limit: int) -> None:
    time = Time()

    async def run() -> None:
        pacer = time.pacer(limit)
        await together(*(time.send(pacer, priority, messages) for priority, messages in wanted))
        await pacer.close()

    asyncio.run(run())
    moments = sorted(moment for moment, _ in time.sent)
    assert len(moments) == sum(messages for _, messages in wanted)
    for start in moments:
        assert sum(start <= moment < start + WINDOW for moment in moments) <= limit


async def test_who_waits_when_the_link_ends_has_sent_nothing() -> None:
    time = Time()
    pacer = time.pacer(10)
    await together(*(time.send(pacer, Priority.CANCEL) for _ in range(10)))
    waiting = asyncio.create_task(time.send(pacer, Priority.SUBMIT))
    await asyncio.sleep(0)
    pacer.drop()
    with pytest.raises(LinkDownError):
        await waiting
    await pacer.close()
