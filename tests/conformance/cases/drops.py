from __future__ import annotations

import asyncio

from brokerwire_server.domain.orders import OrderState, Side
from tests.conformance.cases.submission import ON_ITS_WAY
from tests.conformance.kit.case import case
from tests.conformance.kit.features import Feature
from tests.conformance.kit.rig import Hazard, Word
from tests.conformance.kit.world import ABOVE, World, until


@case("DRP-01", "acceptance dropped", Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """The order is known to work, by the answer or by a sweep, and its fills count."""
    await world.rig.drop_events(Word.ACCEPTED)
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("DRP-02", "partial fill dropped", Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """A sweep finds the fill, at its price, while the order works on."""
    await world.submit()
    await world.rig.drop_events(Word.FILL)
    await world.trade(quantity="4")
    await world.filled("one", "4")
    assert world.order().state is OrderState.PARTIALLY_FILLED
    assert world.held() == 4


@case("DRP-03", "last fill dropped", Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """A sweep finds the fill although the order is no longer among the open ones."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.rig.drop_events(Word.FILL)
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 10


@case("DRP-04", "cancel dropped", Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """A sweep finds that the order has ended."""
    await world.submit()
    await world.rig.drop_events(Word.CANCELED)
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("DRP-05", "expiry dropped", Hazard.EVENTS_LOST, Hazard.EXPIRY)
async def _(world: World) -> None:
    """A sweep finds that the order has expired, and says so."""
    await world.submit()
    await world.rig.drop_events(Word.EXPIRED)
    await world.rig.expire()
    await world.is_in(OrderState.EXPIRED)


@case("DRP-06", "replace dropped", Feature.REPLACE, Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """The answer or a sweep tells the new terms, and the order goes on under all its ids."""
    await world.submit()
    await world.rig.drop_events(Word.REPLACED)
    await world.replace(quantity="12")
    await until(lambda: world.order().quantity == 12)
    await world.rig.calm()
    await world.trade(quantity="12")
    await world.is_in(OrderState.FILLED)


@case("DRP-07", "rejection dropped", Hazard.EVENTS_LOST, Hazard.REJECTED_LATER)
async def _(world: World) -> None:
    """A sweep finds that an order which was accepted has been rejected since."""
    await world.submit()
    await world.rig.drop_events(Word.REJECTED)
    await world.rig.reject(world.broker_id())
    await world.is_in(OrderState.REJECTED)


@case("DRP-08", "mute but live socket", Hazard.FEED_MUTE)
async def _(world: World) -> None:
    """A stream that is alive and says nothing hides nothing for longer than a sweep."""
    await world.rig.mute()
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("DRP-09", "four of five fills dropped", Hazard.EVENTS_LOST, sweeping=False)
async def _(world: World) -> None:
    """One sweep knows them all."""
    await world.rig.drop_events(Word.FILL, probability="0.8")
    await asyncio.gather(*(world.submit(f"n-{n}", quantity="4") for n in range(20)))
    for n in range(20):
        await world.trade(quantity=str(n % 4 + 1))
    await asyncio.sleep(0.1)
    await world.sweep()
    truth = await world.rig.truth()
    executed = sum(quantity for order in truth.orders for quantity, _ in order.executions)
    await until(lambda: world.held() == executed, lambda: f"{world.held()} is known, {executed} was executed")


@case("DRP-10", "everything dropped", Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """Without any event, sweeps alone tell the whole life of an order."""
    await world.rig.drop_events()
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)
    await world.submit("two", side=Side.SELL, limit_price=ABOVE)
    await world.cancel("two")
    await world.is_in(OrderState.CANCELED, "two")
