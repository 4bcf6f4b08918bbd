from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import Side
from tests.conformance.kit.case import case
from tests.conformance.kit.features import Feature
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import ABOVE, BELOW, World

STEPS = 150


class Day:
    """A random trading day: orders, cancels, replaces and executions, as a seed has it."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.count = 0

    async def run(self, steps: int) -> None:
        """Live through so many steps; what the gateway refuses is refused."""
        await self.world.hold("200")
        actions = [self.submit, self.submit, self.submit, self.cancel, self.replace, self.trade, self.trade]
        for _ in range(steps):
            with suppress(BrokerwireError):
                await self.dice.choice(actions)()

    async def submit(self) -> None:
        self.count += 1
        selling = self.dice.random() < 0.4
        await self.world.submit(
            f"n-{self.count}",
            side=Side.SELL if selling else Side.BUY,
            limit_price=ABOVE if selling else BELOW,
            quantity=str(self.dice.randint(1, 9)),
        )

    def some(self) -> str:
        return f"n-{self.dice.randint(1, max(self.count, 1))}"

    async def cancel(self) -> None:
        await self.world.cancel(self.some())

    async def replace(self) -> None:
        await self.world.replace(self.some(), quantity=str(self.dice.randint(1, 12)))

    async def trade(self) -> None:
        await self.world.trade(self.dice.choice([ABOVE, BELOW]), str(self.dice.randint(1, 15)))


@case("MIX-01", "a calm day", Feature.REPLACE)
async def _(world: World) -> None:
    """A random day without faults ends with both sides in agreement."""
    await Day(world, 1).run(STEPS)


@case("MIX-02", "a day of lost answers", Feature.REPLACE, Hazard.ANSWER_LOST)
async def _(world: World) -> None:
    """With a third of all answers lost, nothing is lost or doubled."""
    for command in Command:
        await world.rig.lose_answers(command, count=0, probability="0.3")
    await Day(world, 2).run(STEPS)


@case("MIX-03", "a day of lost events", Feature.REPLACE, Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """With half of all events lost, nothing is lost or doubled."""
    await world.rig.drop_events(probability="0.5")
    await Day(world, 3).run(STEPS)


@case("MIX-04", "a day of doubled and shuffled events", Feature.REPLACE, Hazard.EVENTS_TWICE, Hazard.EVENTS_SHUFFLED)
async def _(world: World) -> None:
    """Repetition and disorder change nothing."""
    await world.rig.duplicate_events()
    await Day(world, 4).run(STEPS // 2)
    await world.rig.calm()
    await world.rig.reorder_events()
    await Day(world, 5).run(0)
    for n in range(20):
        await world.submit(f"late-{n}", quantity="2")
    for _ in range(20):
        await world.trade(quantity="2")


@case("MIX-05", "a day of bad links", Feature.REPLACE, Hazard.LINK_CUT)
async def _(world: World) -> None:
    """With the link cut every few steps, nothing is lost or doubled."""
    day = Day(world, 6)
    await day.run(20)
    for _ in range(4):
        await world.rig.cut_link()
        for _ in range(8):
            await day.trade()
        await world.rig.calm()
        for _ in range(10):
            with suppress(BrokerwireError):
                await day.submit()
        await asyncio.sleep(0.05)


@case("MIX-06", "a day of crashes", Feature.REPLACE)
async def _(world: World) -> None:
    """A gateway that crashes every few steps loses nothing that it acknowledged, and doubles nothing."""
    day = Day(world, 7)
    await day.run(20)
    for _ in range(3):
        await world.gateway.settled(world.rig.account_id)
        await world.restart(crash=True)
        for _ in range(20):
            with suppress(BrokerwireError):
                await day.dice.choice([day.submit, day.trade, day.cancel])()
