from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.errors import UnavailableError
from brokerwire_server.domain.events import GapPhase, SourceGap
from brokerwire_server.domain.orders import OrderState, StateReason
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Hazard
from tests.conformance.kit.world import World, until

if TYPE_CHECKING:
    from brokerwire_server.domain.connections import Connection


def connection(world: World) -> Connection:
    """Return the state of the account's link."""
    return world.account.link.connection


async def down(world: World) -> None:
    """Cut the link and wait until that is known."""
    await world.rig.cut_link()
    await until(lambda: connection(world).link is not LinkState.UP)


async def up(world: World) -> None:
    """Mend the link and wait until that is known and the gap is closed."""
    await world.rig.calm()
    await until(lambda: connection(world).link is LinkState.UP and not world.account.gap_from)


@case("LNK-01", "link cut and mended", Hazard.LINK_CUT)
async def _(world: World) -> None:
    """The connection says so in words, and the journal shows the gap and its end."""
    await down(world)
    assert connection(world).detail
    await up(world)
    await world.gateway.settled(world.rig.account_id)
    events = await world.gateway.store.read(world.rig.account_id, 0, 10_000)
    phases = [event.payload.phase for event in events if isinstance(event.payload, SourceGap)]
    assert phases[-2:] == [GapPhase.OPENED, GapPhase.RECONCILED]


@case("LNK-02", "fills while the link is cut", Hazard.LINK_CUT)
async def _(world: World) -> None:
    """They are known once it is mended."""
    await world.submit()
    await down(world)
    await world.trade(quantity="4")
    await world.trade(quantity="6")
    await up(world)
    await world.is_in(OrderState.FILLED)
    assert world.held() == 10


@case("LNK-03", "expiry while the link is cut", Hazard.LINK_CUT, Hazard.EXPIRY)
async def _(world: World) -> None:
    """The end is known once it is mended, with the part that was filled before."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await down(world)
    await world.rig.expire()
    await up(world)
    await world.is_in(OrderState.EXPIRED)
    assert world.order().filled_quantity == 4


@case("LNK-04", "cancel by others while the link is cut", Hazard.LINK_CUT, Hazard.CANCEL_OUTSIDE)
async def _(world: World) -> None:
    """The end is known once it is mended."""
    await world.submit()
    await down(world)
    await world.rig.cancel_outside(world.broker_id())
    await up(world)
    await world.is_in(OrderState.CANCELED)


@case("LNK-05", "rejection while the link is cut", Hazard.LINK_CUT, Hazard.REJECTED_LATER)
async def _(world: World) -> None:
    """The rejection is known once it is mended."""
    await world.submit()
    await down(world)
    await world.rig.reject(world.broker_id())
    await up(world)
    await world.is_in(OrderState.REJECTED)


@case("LNK-06", "the link comes and goes", Hazard.LINK_CUT)
async def _(world: World) -> None:
    """No fill is lost or doubled over several reconnects."""
    await world.submit(quantity="8")
    for _ in range(4):
        await down(world)
        await world.trade(quantity="1")
        await up(world)
        await world.trade(quantity="1")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 8


@case("LNK-07", "orders while the link is cut", Hazard.LINK_CUT)
async def _(world: World) -> None:
    """An order is placed, or known not to be sent; either way it is so at the broker, and once."""
    await down(world)
    try:
        order = await world.submit()
    except UnavailableError:
        pass  # The instrument could not be looked up: nothing is journaled, nothing sent.
    else:
        assert order.state is not OrderState.REJECTED or order.state_reason is StateReason.NOT_SENT
    await up(world)


@case("LNK-08", "the broker restarts", Hazard.BROKER_RESTARTS)
async def _(world: World) -> None:
    """Working orders and fills outlive it, and the link is up again by itself."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.rig.restart()
    await until(lambda: connection(world).link is LinkState.UP and not world.account.gap_from)
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)


@case("LNK-09", "fills while the link is being mended", Hazard.LINK_CUT)
async def _(world: World) -> None:
    """What is executed between the new subscription and the sweep is counted once."""
    await world.submit(quantity="30")
    await down(world)
    mending = asyncio.get_running_loop().create_task(up(world))
    for _ in range(30):
        await world.trade(quantity="1")
        await asyncio.sleep(0)
    await mending
    await world.is_in(OrderState.FILLED)
    assert world.held() == 30
