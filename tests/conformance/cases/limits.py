from __future__ import annotations

from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.orders import OrderState
from tests.conformance.cases.submission import ON_ITS_WAY
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import ASK, BID, SYMBOL, World, until
from tests.conformance.rigs.paper import PaperRig


@case("LIM-01", "submission refused for the rate", Hazard.THROTTLED)
async def _(world: World) -> None:
    """The order ends up placed once, or known not to be; it is not in doubt for good and not lost."""
    await world.rig.throttle(Command.SUBMIT)
    await world.submit()
    await until(lambda: world.order().state in (*ON_ITS_WAY, OrderState.REJECTED))
    assert len((await world.rig.truth()).orders) == (world.order().state in ON_ITS_WAY)


@case("LIM-02", "cancel while the rate is used up", Hazard.RATE_LOW)
async def _(world: World) -> None:
    """A cancel has precedence: what is kept back for cancels is not spent on submissions and sweeps."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.use_up_rate()
    await world.submit("last")
    submissions = [world.submitting(f"n-{n}") for n in range(30)]
    await world.cancel()
    await world.is_in(OrderState.CANCELED)
    await world.rig.calm()
    for submission in submissions:
        order = (await submission).order
        assert order.state in (*ON_ITS_WAY, OrderState.REJECTED)


@case("LIM-03", "after the limit", Hazard.THROTTLED)
async def _(world: World) -> None:
    """Trading goes on by itself when the limit is over."""
    await world.submit("first")
    await world.rig.throttle(Command.SUBMIT)
    await world.submit()
    await world.rig.calm()
    await until(lambda: world.account.link.connection.link is LinkState.UP)
    await world.submit("two")
    await until(lambda: world.order("two").state in ON_ITS_WAY)
    await world.trade(quantity="30")
    await world.is_in(OrderState.FILLED, "two")


@case("LIM-04", "the limit in words", Hazard.THROTTLED)
async def _(world: World) -> None:
    """The connection says that the rate is used up, what that means, and that it is over when it is."""
    link = world.account.link
    await world.rig.throttle(Command.SUBMIT)
    await world.submit()
    await until(lambda: link.connection.link is LinkState.DEGRADED, lambda: f"{link.connection}")
    assert "rate" in link.connection.detail
    await world.rig.calm()
    await until(lambda: link.connection.link is LinkState.UP, lambda: f"{link.connection}")


async def refused(world: World) -> None:
    """Wait until the connection says that its credentials are refused, and what to do."""
    link = world.account.link
    await until(
        lambda: link.connection.link is LinkState.AUTH_REQUIRED and "RotateCredentials" in link.connection.detail,
        lambda: f"{link.connection}",
    )


@case("KEY-01", "credentials revoked in mid-session", Hazard.CREDENTIALS_REVOKED)
async def _(world: World) -> None:
    """The connection says so in words a person can act on, and working orders are left as they are."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.revoke_credentials()
    await refused(world)
    assert world.order().state in ON_ITS_WAY


@case("KEY-02", "credentials good again", Hazard.CREDENTIALS_REVOKED)
async def _(world: World) -> None:
    """The connection recovers without a restart, and what happened meanwhile is known."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.revoke_credentials()
    await refused(world)
    await world.trade(quantity="4")
    await world.rig.calm()
    await until(lambda: world.account.link.connection.link is LinkState.UP)
    await world.filled("one", "4")


@case("KEY-03", "submission with revoked credentials", Hazard.CREDENTIALS_REVOKED)
async def _(world: World) -> None:
    """A refused credential proves that nothing was placed: the order is REJECTED, not in doubt."""
    await world.submit("earlier")
    await world.rig.revoke_credentials()
    await world.submit()
    await until(lambda: world.order().state is OrderState.REJECTED, lambda: f"{world.order()}")
    assert len((await world.rig.truth()).orders) == 1


@case("KEY-04", "start with credentials that are refused", Hazard.CREDENTIALS_REVOKED)
async def _(world: World) -> None:
    """The gateway starts, says what is wrong, serves what it knows, and recovers by itself."""
    await world.submit()
    await world.stop()
    await world.rig.revoke_credentials()
    await world.start(up=False)
    await refused(world)
    assert world.gateway.healthy
    assert not world.order().terminal
    await world.rig.calm()
    await until(lambda: world.account.link.connection.link is LinkState.UP)
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("KEY-05", "credentials revoked beside a good connection", Hazard.CREDENTIALS_REVOKED)
async def _(world: World) -> None:
    """The other connection's health is untouched, and it trades on."""
    neighbour = PaperRig()
    world.neighbours = [neighbour.adapter]
    await world.restart()
    await neighbour.quote(SYMBOL, BID, ASK)
    await world.rig.revoke_credentials()
    await refused(world)
    assert world.gateway.healthy
    assert world.gateway.connections.get("paper").connection.link is LinkState.UP
    order = await world.submit(account_id=neighbour.account_id)
    assert order.state in ON_ITS_WAY
