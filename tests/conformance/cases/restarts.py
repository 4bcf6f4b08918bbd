from __future__ import annotations

import asyncio

from brokerwire_server.domain.orders import OrderState, PendingAction
from tests.conformance.cases.submission import ON_ITS_WAY
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import BELOW, SYMBOL, World, until


@case("RST-01", "restart with working orders")
async def _(world: World) -> None:
    """They work on, and what happens to them afterwards is known."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.restart()
    assert world.order().state is OrderState.PARTIALLY_FILLED
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)


@case("RST-02", "crash with working orders")
async def _(world: World) -> None:
    """What was acknowledged is found again, and works on."""
    await world.submit()
    await world.gateway.settled(world.rig.account_id)
    await world.restart(crash=True)
    assert world.order().state in ON_ITS_WAY
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("RST-03", "crash before the answer", Hazard.ANSWER_LATE)
async def _(world: World) -> None:
    """The order that was under way is found at the broker, and not sent again."""
    await world.rig.hold_answers(Command.SUBMIT)
    caller = world.submitting()
    await until(lambda: world.book.orders.by_client_id("one") and world.order().state in ON_ITS_WAY)
    await world.gateway.settled(world.rig.account_id)
    await world.crash()
    await asyncio.wait([caller])
    await world.rig.calm()
    await world.start()
    await until(lambda: world.order().state in ON_ITS_WAY)
    assert (await world.submission()).deduplicated
    assert (await world.rig.truth()).requests[world.broker_id()] == 1


@case(
    "RST-04", "crash before the answer, and nothing said", Hazard.ANSWER_LATE, Hazard.FEED_MUTE, Hazard.OUTLIVES_GATEWAY
)
async def _(world: World) -> None:
    """An intent without any outcome is in doubt after the restart, and is resolved by what the broker shows."""
    await world.rig.mute()
    await world.rig.hold_answers(Command.SUBMIT)
    caller = world.submitting()
    await until(lambda: world.book.orders.by_client_id("one"))
    await world.gateway.settled(world.rig.account_id)
    while not (await world.rig.truth()).orders:
        await asyncio.sleep(0.01)
    await world.crash()
    await asyncio.wait([caller])
    await world.rig.calm()
    await world.start()
    await until(lambda: world.order().state in ON_ITS_WAY)
    assert (await world.rig.truth()).requests[world.broker_id()] == 1


@case("RST-05", "fills while no gateway runs", Hazard.OUTLIVES_GATEWAY)
async def _(world: World) -> None:
    """They are known before the restarted gateway is ready."""
    await world.submit()
    await world.restart(meanwhile=lambda: world.rig.trade_unwatched(SYMBOL, BELOW, "4"))
    await world.filled("one", "4")
    assert world.held() == 4


@case("RST-06", "end while no gateway runs", Hazard.OUTLIVES_GATEWAY)
async def _(world: World) -> None:
    """An order that was filled meanwhile is FILLED, not missing."""
    await world.submit()
    await world.restart(crash=True, meanwhile=lambda: world.rig.trade_unwatched(SYMBOL, BELOW, "10"))
    await world.is_in(OrderState.FILLED)


@case("RST-07", "cancel by others while no gateway runs", Hazard.OUTLIVES_GATEWAY, Hazard.CANCEL_OUTSIDE)
async def _(world: World) -> None:
    """The order is CANCELED after the restart."""
    await world.submit()
    order = world.broker_id()
    await world.restart(meanwhile=lambda: world.rig.cancel_outside(order))
    await world.is_in(OrderState.CANCELED)


@case("RST-08", "same id after a restart")
async def _(world: World) -> None:
    """It is the same order, for ever."""
    first = await world.submit()
    await world.restart()
    again = await world.submission()
    assert again.deduplicated
    assert again.order.order_id == first.order_id


@case("RST-09", "crash with a cancel under way", Hazard.ANSWER_LATE)
async def _(world: World) -> None:
    """The cancel is settled by what the broker shows."""
    await world.submit()
    await world.rig.hold_answers(Command.CANCEL)
    caller = asyncio.get_running_loop().create_task(world.cancel())
    await until(lambda: world.order().pending_action is PendingAction.CANCEL or world.order().terminal)
    await world.gateway.settled(world.rig.account_id)
    await asyncio.sleep(0.05)
    await world.crash()
    await asyncio.wait([caller])
    await world.rig.calm()
    await world.start()
    await until(lambda: world.order().pending_action is PendingAction.NONE)


@case("RST-10", "fills known before a restart")
async def _(world: World) -> None:
    """They are not counted again by the sweep that follows it."""
    await world.submit()
    await world.trade()
    await world.is_in(OrderState.FILLED)
    for _ in range(3):
        await world.restart()
    assert world.held() == 10
    assert len(world.book.recent_fills()) == 1
