from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire_server.domain.orders import OrderOrigin, OrderState, Side
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Hazard
from tests.conformance.kit.world import BELOW, World, until

if TYPE_CHECKING:
    from brokerwire_server.domain.orders import Order


async def adopted(world: World, broker_id: str) -> Order:
    """Wait until an order from outside is known, and return it."""
    await until(lambda: world.book.orders.by_broker_ids(broker_id, broker_id), lambda: f"{broker_id} is not adopted")
    order = world.book.orders.by_broker_ids(broker_id, broker_id)
    assert order is not None
    await world.gateway.settled(world.rig.account_id)
    return order


@case("EXT-01", "order from outside", Hazard.ORDER_OUTSIDE)
async def _(world: World) -> None:
    """It is adopted with its terms, and marked as not ours."""
    order = await adopted(world, await world.rig.place_outside(Side.BUY, "7", BELOW))
    assert (order.origin, order.quantity, order.side) == (OrderOrigin.EXTERNAL, 7, Side.BUY)


@case("EXT-02", "order from outside is filled", Hazard.ORDER_OUTSIDE)
async def _(world: World) -> None:
    """Its fills and its position are ours to count."""
    order = await adopted(world, await world.rig.place_outside(Side.BUY, "7", BELOW))
    await world.trade(quantity="3")
    await world.filled(order.client_order_id, "3")
    await world.trade(quantity="4")
    await world.is_in(OrderState.FILLED, order.client_order_id)
    assert world.held() == 7


@case("EXT-03", "order from outside is canceled outside", Hazard.ORDER_OUTSIDE, Hazard.CANCEL_OUTSIDE)
async def _(world: World) -> None:
    """Its end is known."""
    broker_id = await world.rig.place_outside(Side.BUY, "7", BELOW)
    order = await adopted(world, broker_id)
    await world.rig.cancel_outside(broker_id)
    await world.is_in(OrderState.CANCELED, order.client_order_id)


@case("EXT-04", "order from outside is canceled here", Hazard.ORDER_OUTSIDE)
async def _(world: World) -> None:
    """An adopted order can be canceled like any other."""
    order = await adopted(world, await world.rig.place_outside(Side.BUY, "7", BELOW))
    await world.cancel(order.client_order_id)
    await world.is_in(OrderState.CANCELED, order.client_order_id)


@case("EXT-05", "order from outside fills at once", Hazard.ORDER_OUTSIDE, Hazard.FEED_MUTE)
async def _(world: World) -> None:
    """An order that began and ended unseen is adopted with its fills."""
    await world.rig.mute()
    broker_id = await world.rig.place_outside(Side.BUY, "7", "105")
    await until(lambda: world.held() == 7)
    order = await adopted(world, broker_id)
    await world.is_in(OrderState.FILLED, order.client_order_id)


@case("EXT-06", "order from outside while no gateway runs", Hazard.ORDER_OUTSIDE, Hazard.OUTLIVES_GATEWAY)
async def _(world: World) -> None:
    """It is known after the start, and so is what was filled of it."""
    await world.stop()
    broker_id = await world.rig.place_outside(Side.BUY, "7", BELOW)
    await world.rig.trade_unwatched("AAPL", BELOW, "3")
    await world.start()
    order = await adopted(world, broker_id)
    await world.filled(order.client_order_id, "3")


@case("EXT-07", "account with a history", Hazard.HISTORY)
async def _(world: World) -> None:
    """What it held before any gateway knew it is what it opens with: no break, nothing counted twice."""
    await world.stop()
    world.path = world.path.with_name("history.db")
    world.reader.forget()
    await world.rig.trade_before("12", "50")
    await world.start()
    await until(lambda: world.held() == 12)
    await world.submit()
    await world.trade()
    await world.is_in(OrderState.FILLED)
    assert world.held() == 22
    await world.sweep()
    await world.sweep()
    assert not world.open_breaks()
