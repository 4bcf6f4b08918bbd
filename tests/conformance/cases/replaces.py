from __future__ import annotations

import asyncio
import functools

from brokerwire_server.domain.orders import OrderState, PendingAction
from tests.conformance.cases.submission import ON_ITS_WAY, TOO_MUCH
from tests.conformance.kit.case import case
from tests.conformance.kit.features import Feature
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import BELOW, World, until


def settled(world: World) -> bool:
    """Tell whether no replace is pending any more."""
    return world.order().pending_action is PendingAction.NONE


def has_quantity(world: World, quantity: int) -> bool:
    """Tell whether a replace has brought about this total."""
    return world.order().quantity == quantity and settled(world)


async def submit(world: World) -> None:
    """Submit the order that is going to be replaced, and let it work."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)


@case("RPL-01", "replaced", Feature.REPLACE)
async def _(world: World) -> None:
    """One order with new terms, working on under every id it has had."""
    await submit(world)
    ids = world.order().broker_order_ids
    await world.replace(quantity="12", limit_price="98")
    await until(lambda: (world.order().quantity, world.order().limit_price) == (12, 98))
    await until(lambda: settled(world))
    assert set(ids) <= set(world.order().broker_order_ids)
    await world.trade("98", "12")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 12


@case("RPL-02", "refused for lack of means", Feature.REPLACE)
async def _(world: World) -> None:
    """The order works on with its old terms, and the refusal is told in the broker's words."""
    await submit(world)
    answer = await world.replace(quantity=TOO_MUCH)
    assert answer.refused
    assert settled(world)
    assert world.order().quantity == 10
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("RPL-03", "refused by the broker", Feature.REPLACE, Hazard.REPLACE_REFUSED)
async def _(world: World) -> None:
    """Whether the refusal is an answer or a later event, the old terms stay in force."""
    await submit(world)
    await world.rig.refuse_replaces()
    await world.replace(quantity="12")
    await until(lambda: settled(world))
    assert world.order().quantity == 10
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("RPL-04", "filled during the replace", Feature.REPLACE, Hazard.ANSWER_LATE)
async def _(world: World) -> None:
    """A fill that comes while the replace is under way counts, and new terms count from their own event."""
    await submit(world)
    await world.rig.hold_answers(Command.REPLACE)
    replacing = asyncio.get_running_loop().create_task(world.replace(quantity="12"))
    await until(lambda: world.order().quantity == 12)
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.rig.calm()
    await replacing
    await until(lambda: settled(world))
    await world.trade(quantity="8")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 12


@case("RPL-05", "filled before the replace arrived", Feature.REPLACE, Hazard.EVENTS_LATE)
async def _(world: World) -> None:
    """The fill wins: the replace is refused, and the order is FILLED at its old terms."""
    await submit(world)
    await world.rig.delay_events()
    await world.trade()
    await world.replace(quantity="12")
    await world.rig.calm()
    await world.is_in(OrderState.FILLED)
    assert world.order().filled_quantity == 10
    assert settled(world)


@case("RPL-06", "late fill on the old generation", Feature.REPLACE, Hazard.EVENTS_LATE)
async def _(world: World) -> None:
    """A fill from before the replace, heard of after it, counts towards the new total."""
    await submit(world)
    await world.rig.delay_events()
    await world.trade(quantity="4")
    await world.replace(quantity="12")
    await world.rig.calm()
    await world.filled("one", "4")
    await until(lambda: world.order().quantity == 12 and settled(world))
    await world.trade(quantity="8")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 12


@case("RPL-07", "answer lost", Feature.REPLACE, Hazard.ANSWER_LOST)
async def _(world: World) -> None:
    """The replace is in doubt until the broker shows what became of it, and is not sent again."""
    await submit(world)
    await world.rig.lose_answers(Command.REPLACE)
    await world.replace(quantity="12")
    await until(lambda: world.order().quantity == 12 and settled(world))


@case("RPL-08", "request lost", Feature.REPLACE, Hazard.REQUEST_LOST)
async def _(world: World) -> None:
    """An order that the broker shows unchanged, again and again, was not replaced."""
    await submit(world)
    await world.rig.lose_requests(Command.REPLACE)
    await world.replace(quantity="12")
    await until(lambda: settled(world))
    assert world.order().quantity == 10


@case("RPL-09", "partly filled", Feature.REPLACE)
async def _(world: World) -> None:
    """The new quantity is the new total: what is filled already counts towards it."""
    await submit(world)
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.replace(quantity="12")
    await until(lambda: world.order().quantity == 12 and settled(world))
    assert world.order().remaining_quantity == 8
    await world.trade(quantity="20")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 12


@case("RPL-10", "replaced again and again", Feature.REPLACE)
async def _(world: World) -> None:
    """It stays one order, whose terms are those of the last replace."""
    await submit(world)
    for quantity in ("12", "14", "11"):
        await world.replace(quantity=quantity)
        await until(functools.partial(has_quantity, world, int(quantity)))
    await world.trade(BELOW, "11")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 11


@case("RPL-11", "replaced by others", Feature.REPLACE, Hazard.REPLACE_OUTSIDE)
async def _(world: World) -> None:
    """The new terms are known, and the order stays ours and one."""
    await submit(world)
    await world.rig.replace_outside(world.broker_id(), "12", "98")
    await until(lambda: (world.order().quantity, world.order().limit_price) == (12, 98))
    await world.trade("98", "12")
    await world.is_in(OrderState.FILLED)


@case("RPL-12", "replaced while the link is cut", Feature.REPLACE, Hazard.LINK_CUT, Hazard.REPLACE_OUTSIDE)
async def _(world: World) -> None:
    """The new terms, and a fill of the new generation, are known once it is mended."""
    await submit(world)
    await world.rig.cut_link()
    await world.rig.replace_outside(world.broker_id(), "12", BELOW)
    await world.trade(quantity="5")
    await world.rig.calm()
    await until(lambda: world.order().quantity == 12)
    await world.filled("one", "5")


@case("RPL-13", "restart after a replace", Feature.REPLACE)
async def _(world: World) -> None:
    """The order is known under its latest id, and its fills count."""
    await submit(world)
    await world.replace(quantity="12")
    await until(lambda: world.order().quantity == 12 and settled(world))
    await world.restart()
    await world.trade(quantity="12")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 12
