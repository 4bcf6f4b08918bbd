"""Days at the local TWS, 250 orders each, with everything going wrong at random."""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_sandbox.tws import FaultPlan, FaultRule, FillOrder, Kind, Target
from brokerwire_sandbox.tws.pacing import Pace
from brokerwire_server.domain.connections import BreakType, LinkState
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import OrderState, OrderType, Side
from brokerwire_server.engine.reconciler import SweepTimes
from tests.conformance.kit import world as worlds
from tests.conformance.kit.promises import keep
from tests.conformance.kit.world import ABOVE, ASK, BELOW, BID, SPEED, SYMBOL, World, until
from tests.conformance.rigs.ibkr import IbkrRig

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(3_600)]

FIRST = int(os.environ.get("IBKR_SOAK_FIRST_DAY", "0"))
"""Which days: each has dice of its own. Twenty runs of ten days each are 50,000 orders, and quicker than one."""

DAYS = int(os.environ.get("IBKR_SOAK_DAYS", "12"))
"""How many days are traded. By its end TWS forgets a day's executions."""

ORDERS = 250
AT_ONCE = 32
LIMIT = 50
"""Messages in a second above which TWS ends a session."""


def faults(day: int) -> FaultPlan:
    """Return what goes wrong on a day."""
    pushed = (Target.OPEN_ORDER, Target.ORDER_STATUS, Target.EXEC_DETAILS, Target.COMMISSION_REPORT)

    def rule(target: Target, kind: Kind, percent: str, **more: Any) -> FaultRule:
        return FaultRule(target=target, kind=kind, probability=Decimal(percent) / 100, **more)

    return FaultPlan(
        seed=day,
        rules=(
            rule(Target.PLACE_ORDER, Kind.LOSE_REQUEST, "0.1"),
            rule(Target.PLACE_ORDER, Kind.LOSE_ANSWER, "3"),
            rule(Target.PLACE_ORDER, Kind.ABORT_AFTER, "0.1", count=2),
            rule(Target.PLACE_ORDER, Kind.ABORT_BEFORE, "0.1", count=2),
            rule(Target.CANCEL_ORDER, Kind.LOSE_REQUEST, "2"),
            rule(Target.CANCEL_ORDER, Kind.LOSE_ANSWER, "3"),
            rule(Target.MODIFY_ORDER, Kind.LOSE_ANSWER, "3"),
            rule(Target.MODIFY_ORDER, Kind.LOSE_REQUEST, "2"),
            rule(Target.REQ_EXECUTIONS, Kind.LOSE_REQUEST, "2"),
            *(rule(target, kind, "3") for target in pushed for kind in (Kind.DROP, Kind.DUPLICATE, Kind.REORDER)),
            *(rule(Target.FILL, Kind(order.value), "4") for order in FillOrder),
        ),
    )


class Day:
    """One day's trading."""

    def __init__(self, world: World, rig: IbkrRig, number: int) -> None:
        self.world, self.rig, self.number = world, rig, number
        self.dice = random.Random(number)

    async def trade(self) -> None:
        """Submit the day's orders, change and cancel some, while links break and prices move."""
        self.rig.sandbox.set_faults(faults(self.number))
        gate = asyncio.Semaphore(AT_ONCE)
        trouble = asyncio.get_running_loop().create_task(self._trouble())
        await asyncio.gather(*(self._one(gate, number) for number in range(ORDERS)))
        trouble.cancel()
        await asyncio.gather(trouble, return_exceptions=True)

    async def _one(self, gate: asyncio.Semaphore, number: int) -> None:
        name = f"d{self.number}-{number}"
        kind = self.dice.random()
        async with gate:
            side = Side.SELL if number % 2 else Side.BUY
            if kind < 0.7:
                await self._calmly(self.world.submit(name, side=side, type=OrderType.MARKET, limit_price=None))
                return
            price = BELOW if side is Side.BUY else ABOVE
            await self._calmly(self.world.submit(name, side=side, limit_price=price))
            if kind < 0.8:
                await self._calmly(self.world.replace(name, quantity="12"))
            await self._calmly(self.world.cancel(name))

    async def _calmly(self, command: Any) -> None:
        # Not sent, provably, or ended already: all of them are answers.
        with suppress(BrokerwireError):
            await command

    async def _trouble(self) -> None:
        """Break the link behind TWS, end the socket, let resting orders fill."""
        while True:
            for happens in (self._lose_link, self._drop_socket, self._fill_resting):
                await asyncio.sleep(0.8)
                await happens()

    async def _lose_link(self) -> None:
        self.rig.sandbox.lose_link(self.dice.choice((1100, 2110)))
        await asyncio.sleep(0.05)
        self.rig.sandbox.restore_link(data_lost=self.dice.random() < 0.5)

    async def _drop_socket(self) -> None:
        self.rig.sandbox.drop_stream(abort=self.dice.random() < 0.5)

    async def _fill_resting(self) -> None:
        await self.world.trade(self.dice.choice((BELOW, ABOVE)), "30")

    async def end(self) -> None:
        """End the faults, see that nothing but what was lost stays in doubt, and let the night come."""
        self.rig.sandbox.clear_faults()
        await until(lambda: self.world.account.link.connection.link is LinkState.UP)
        for order in self.world.book.orders.open():
            await self._calmly(self.world.cancel(order.client_order_id))
        await until(self._settled, lambda: f"day {self.number}: {self._doubtful()} in doubt")
        await self.world.sweep()
        self.world.doubtful |= set(self._doubtful())
        self.rig.sandbox.daily_reset()
        await until(lambda: not self.world.account.gap_from)

    def _settled(self) -> bool:
        return not set(self._doubtful()) - set(self._lost()) and len(self.world.book.orders.open()) == len(self._lost())

    def _doubtful(self) -> Sequence[str]:
        return [order.client_order_id for order in self.world.book.orders.doubtful()]

    def _lost(self) -> Sequence[str]:
        """Return the orders in doubt that never reached the broker: they stay so until a person says more."""
        there = {order.ticket.text("orderRef") for order in self.rig.sandbox.orders()[-2 * ORDERS :]}
        doubtful = [one for one in self.world.book.orders.doubtful() if one.client_order_id not in self.world.doubtful]
        return [*self.world.doubtful] + [
            order.client_order_id
            for order in doubtful
            if order.state is OrderState.INDETERMINATE and order.broker_client_order_id not in there
        ]


async def test_days_of_random_faults_lose_and_double_nothing_and_keep_the_pace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "PATIENCE", 60.0)
    rig = IbkrRig()
    terminal = rig.sandbox.terminal

    def paced() -> Pace:
        # The adapter's seconds pass faster than real ones, and so must those of who counts its messages.
        pace = Pace(lambda: time.monotonic_ns() * SPEED, LIMIT, LIMIT)
        terminal.paces.append(pace)
        return pace

    terminal.new_pace = paced  # type: ignore[method-assign]
    await rig.start()
    world = World(rig, tmp_path)
    # Ten virtual seconds are too few for a thousand rows to be read.
    world.sweeps = SweepTimes(working=100.0, idle=100.0)
    world.breaks.add(BreakType.UNRESOLVED_ORDER)
    try:
        await rig.quote(SYMBOL, BID, ASK)
        await world.start()
        for number in range(FIRST, FIRST + DAYS):
            day = Day(world, rig, number)
            await day.trade()
            await day.end()
        assert rig.sandbox.worst_rate <= LIMIT
        await keep(world)
        truth = await world.rig.truth()
        assert set(truth.requests.values()) == {1}
        # The others were refused while the link was down, and not sent.
        assert len(truth.orders) > 0.7 * ORDERS * DAYS
    finally:
        await world.close()
        await rig.stop()
