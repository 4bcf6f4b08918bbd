"""Long runs against the Alpaca sandbox: what holds for one order holds for ten thousand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.domain.orders import OrderType, Side
from tests.conformance.kit import world as worlds
from tests.conformance.kit.promises import keep
from tests.conformance.kit.rig import Command, Word
from tests.conformance.kit.world import ASK, BELOW, BID, SYMBOL, World, until
from tests.conformance.rigs.alpaca import AlpacaRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(300)]

SUBMISSIONS = 10_000
SILENT = 1_000
"""Submissions, out of these, during which the event stream says nothing: look-ups and sweeps alone resolve doubt."""

AT_ONCE = 32
ORDERS, PIECES = 500, 4


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "PATIENCE", 90.0)


@asynccontextmanager
async def running(rig: AlpacaRig, directory: Path) -> AsyncIterator[World]:
    """Give a world without periodic sweeps: nothing but what is tested finds anything."""
    await rig.start()
    world = World(rig, directory, sweeping=False)
    try:
        await rig.quote(SYMBOL, BID, ASK)
        await world.start()
        await rig.unlimited()
        yield world
    finally:
        await world.close()
        await rig.stop()


async def test_ten_thousand_submissions_with_answers_lost_at_random_are_each_placed_once(tmp_path: Path) -> None:
    rig = AlpacaRig()
    async with running(rig, tmp_path) as world:
        await world.hold("200")
        await world.rig.lose_answers(Command.SUBMIT, count=0, probability="0.3")
        gate = asyncio.Semaphore(AT_ONCE)

        async def submit(number: int) -> None:
            side = Side.SELL if number % 2 else Side.BUY
            async with gate:
                await world.submit(f"n-{number}", side=side, type=OrderType.MARKET, limit_price=None, quantity="1")

        await rig.mute()
        await asyncio.gather(*(submit(number) for number in range(SILENT)))
        rig.sandbox.mute_stream(on=False)
        await asyncio.gather(*(submit(number) for number in range(SILENT, SUBMISSIONS)))
        assert rig.sandbox.fault_counts()[0].struck > SUBMISSIONS / 4
        await until(lambda: not world.book.orders.doubtful(), lambda: f"{len(world.book.orders.doubtful())} in doubt")
        await world.sweep()
        await keep(world)
        truth = await world.rig.truth()
        assert len(truth.orders) == SUBMISSIONS + 1
        assert set(truth.requests.values()) == {1}


async def test_with_four_of_five_fill_frames_dropped_every_fill_is_known_within_one_sweep(tmp_path: Path) -> None:
    rig = AlpacaRig()
    async with running(rig, tmp_path) as world:
        await world.rig.drop_events(Word.FILL, probability="0.8")
        for number in range(ORDERS):
            await world.submit(f"n-{number}", quantity=str(PIECES), limit_price=BELOW)
        for _ in range(ORDERS * PIECES):
            await world.trade(quantity="1")
        await world.sweep()
        assert world.held() == ORDERS * PIECES
        truth = await world.rig.truth()
        executed = [pair for order in truth.orders for pair in order.executions]
        assert len(executed) == ORDERS * PIECES
        known = sum((order.filled_quantity for order in world.reader.orders.values()), Decimal(0))
        assert known <= ORDERS * PIECES
        await keep(world)
