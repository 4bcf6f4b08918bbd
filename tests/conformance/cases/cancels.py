from __future__ import annotations

import pytest

from brokerwire_server.domain.errors import NotFoundError
from brokerwire_server.domain.orders import OrderState, PendingAction, Side
from tests.conformance.cases.submission import ON_ITS_WAY
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import ABOVE, World, until


def settled(world: World) -> bool:
    """Tell whether no cancel is pending any more."""
    return world.order().pending_action is PendingAction.NONE


@case("CXL-01", "canceled")
async def _(world: World) -> None:
    """The order ends CANCELED, here and at the broker."""
    await world.submit()
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("CXL-02", "refused by the broker", Hazard.CANCEL_REFUSED)
async def _(world: World) -> None:
    """The order works on, the refusal is told in the broker's words, and a later cancel can succeed."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.refuse_cancels()
    await world.cancel()
    await until(lambda: settled(world))
    assert world.order().state in ON_ITS_WAY
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("CXL-03", "the fill wins", Hazard.EVENTS_LATE)
async def _(world: World) -> None:
    """A cancel that comes after the last fill is refused, and the order is FILLED."""
    await world.submit()
    await world.rig.delay_events()
    await world.trade()
    await world.cancel()
    await world.rig.calm()
    await world.is_in(OrderState.FILLED)
    assert settled(world)


@case("CXL-04", "stuck pending cancel", Hazard.CANCEL_STUCK)
async def _(world: World) -> None:
    """A cancel that was taken is not done: the order stays open, its fills count, until the broker ends it."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.hold_cancels()
    await world.cancel()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    assert not world.order().terminal
    await world.rig.calm()
    await world.is_in(OrderState.CANCELED)


@case("CXL-05", "answer lost", Hazard.ANSWER_LOST)
async def _(world: World) -> None:
    """The cancel is in doubt until the broker shows the order ended."""
    await world.submit()
    await world.rig.lose_answers(Command.CANCEL)
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("CXL-06", "request lost", Hazard.REQUEST_LOST)
async def _(world: World) -> None:
    """An order that the broker shows working, again and again, was not canceled, and works on."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.lose_requests(Command.CANCEL)
    await world.cancel()
    await until(lambda: settled(world))
    assert world.order().state in ON_ITS_WAY
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("CXL-07", "cancel of an order that nobody knows")
async def _(world: World) -> None:
    """It is an error, and nothing is sent."""
    with pytest.raises(NotFoundError):
        await world.cancel("nobody")


@case("CXL-08", "cancel all")
async def _(world: World) -> None:
    """Every open order ends, and each answer names its order."""
    await world.hold()
    for n in range(5):
        await world.submit(f"n-{n}")
    await world.submit("sale", side=Side.SELL, limit_price=ABOVE)
    answers = await world.gateway.actions.cancel_all([world.rig.account_id])
    assert {order.client_order_id for order, _ in answers} == {"sale", *(f"n-{n}" for n in range(5))}
    for order, _ in answers:
        await world.is_in(OrderState.CANCELED, order.client_order_id)
    assert world.held() == 10


@case("CXL-09", "partly filled")
async def _(world: World) -> None:
    """The filled part is kept."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.cancel()
    order = await world.is_in(OrderState.CANCELED)
    assert order.filled_quantity == 4
    assert world.held() == 4


@case("CXL-10", "canceled by others", Hazard.CANCEL_OUTSIDE)
async def _(world: World) -> None:
    """The order ends here as well."""
    await world.submit()
    await world.rig.cancel_outside(world.broker_id())
    await world.is_in(OrderState.CANCELED)


@case("CXL-11", "connection refused", Hazard.CONNECTION_REFUSED)
async def _(world: World) -> None:
    """A cancel that was provably not sent is an error, and the order works on without a pending cancel."""
    from brokerwire_server.domain.errors import UnavailableError

    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.refuse_connections(Command.CANCEL, count=0)
    with pytest.raises(UnavailableError):
        await world.cancel()
    assert settled(world)
    assert world.order().state in ON_ITS_WAY
