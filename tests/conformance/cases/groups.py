from __future__ import annotations

from decimal import Decimal

from brokerwire_server.domain.orders import ExitTerms, OrderClass, OrderState, Side, TimeInForce
from tests.conformance.cases.submission import ON_ITS_WAY, TOO_MUCH
from tests.conformance.kit.case import case
from tests.conformance.kit.features import Feature
from tests.conformance.kit.rig import Command, Hazard, Word
from tests.conformance.kit.world import ABOVE, World, until

TARGET, STOP = "one.tp", "one.sl"
LOW = "95"


async def entered(world: World) -> None:
    """Submit a bracket and fill its entry."""
    await world.gateway.desk.submit(world.bracket())
    await world.trade()
    await world.is_in(OrderState.FILLED)
    await until(lambda: world.order(TARGET).state is OrderState.WORKING)


async def submit_oco(world: World) -> None:
    """Hold 10, and protect them with a target at 101 and a stop at 95."""
    await world.hold()
    await world.submit(
        side=Side.SELL,
        limit_price=ABOVE,
        time_in_force=TimeInForce.GTC,
        order_class=OrderClass.OCO,
        stop_loss=ExitTerms(stop_price=Decimal(LOW)),
    )
    await until(lambda: world.order().state in ON_ITS_WAY)


@case("GRP-01", "bracket, target reached", Feature.BRACKET)
async def _(world: World) -> None:
    """The entry brings the exits to life; the target's fill ends the stop."""
    await entered(world)
    assert not world.order(STOP).terminal
    await world.trade(ABOVE, "10")
    await world.is_in(OrderState.FILLED, TARGET)
    await world.is_in(OrderState.CANCELED, STOP)
    assert world.held() == 0


@case("GRP-02", "bracket, stopped out", Feature.BRACKET)
async def _(world: World) -> None:
    """The stop's fill ends the target."""
    await entered(world)
    await world.trade(LOW, "10")
    await world.is_in(OrderState.FILLED, STOP)
    await world.is_in(OrderState.CANCELED, TARGET)
    assert world.held() == 0


@case("GRP-03", "bracket, end of the stop not told", Feature.BRACKET, Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """A leg that was canceled without an event is found canceled, not left open."""
    await entered(world)
    await world.rig.drop_events(Word.CANCELED)
    await world.trade(ABOVE, "10")
    await world.is_in(OrderState.FILLED, TARGET)
    await world.is_in(OrderState.CANCELED, STOP)


@case("GRP-04", "bracket, entry canceled", Feature.BRACKET)
async def _(world: World) -> None:
    """An entry that ends without a fill ends its exits."""
    await world.gateway.desk.submit(world.bracket())
    await world.cancel()
    await world.all_in({OrderState.CANCELED}, "one", TARGET, STOP)


@case("GRP-05", "bracket, entry partly filled", Feature.BRACKET)
async def _(world: World) -> None:
    """The part that is filled is held, and the exits are what the broker says they are."""
    await world.gateway.desk.submit(world.bracket())
    await world.trade(quantity="4")
    await world.filled("one", "4")
    assert not world.order(TARGET).terminal
    assert not world.order(STOP).terminal


@case("GRP-06", "bracket over a restart", Feature.BRACKET)
async def _(world: World) -> None:
    """The group hangs together after it: legs keep their parent, and one exit still ends the other."""
    await entered(world)
    await world.restart()
    assert world.order(STOP).parent_order_id == world.order().order_id
    await world.trade(ABOVE, "10")
    await world.is_in(OrderState.FILLED, TARGET)
    await world.is_in(OrderState.CANCELED, STOP)


@case("GRP-07", "bracket, answer lost", Feature.BRACKET, Hazard.ANSWER_LOST)
async def _(world: World) -> None:
    """Entry and exits are all found, each as its own order."""
    await world.rig.lose_answers(Command.SUBMIT)
    await world.gateway.desk.submit(world.bracket())
    await world.all_in(ON_ITS_WAY, "one", TARGET, STOP)
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("GRP-08", "bracket refused", Feature.BRACKET)
async def _(world: World) -> None:
    """All of it is REJECTED, and nothing of it is at the broker."""
    await world.gateway.desk.submit(world.bracket(quantity=Decimal(TOO_MUCH)))
    for name in ("one", TARGET, STOP):
        await world.is_in(OrderState.REJECTED, name)
    assert (await world.rig.truth()).orders == ()


@case("GRP-09", "one cancels the other", Feature.OCO)
async def _(world: World) -> None:
    """The target's fill ends the stop, and no more is sold than is held."""
    await submit_oco(world)
    await world.trade(ABOVE, "10")
    await world.is_in(OrderState.FILLED)
    await world.is_in(OrderState.CANCELED, STOP)
    assert world.held() == 0


@case("GRP-10", "one cancels the other, stopped out", Feature.OCO)
async def _(world: World) -> None:
    """The stop's fill ends the target."""
    await submit_oco(world)
    await world.trade(LOW, "10")
    await world.is_in(OrderState.FILLED, STOP)
    await world.is_in(OrderState.CANCELED)
    assert world.held() == 0


@case("GRP-11", "one triggers the other", Feature.OTO)
async def _(world: World) -> None:
    """The exit lives once the entry is filled."""
    await world.gateway.desk.submit(world.bracket(take_profit=None, order_class=OrderClass.OTO))
    await world.trade()
    await world.is_in(OrderState.FILLED)
    await until(lambda: world.order(STOP).state in ON_ITS_WAY)
    await world.trade(LOW, "10")
    await world.is_in(OrderState.FILLED, STOP)
    assert world.held() == 0


@case("GRP-12", "bracket while the link is cut", Feature.BRACKET, Hazard.LINK_CUT)
async def _(world: World) -> None:
    """The whole life of a group that nobody watched is known once the link is mended."""
    await world.gateway.desk.submit(world.bracket())
    await world.rig.cut_link()
    await world.trade()
    await world.trade(ABOVE, "10")
    await world.rig.calm()
    await world.is_in(OrderState.FILLED)
    await world.is_in(OrderState.FILLED, TARGET)
    await world.is_in(OrderState.CANCELED, STOP)


@case("GRP-13", "bracket canceled by its target", Feature.BRACKET)
async def _(world: World) -> None:
    """Canceling one exit is what the broker makes of it, and both sides agree on the other."""
    await entered(world)
    await world.cancel(TARGET)
    await world.is_in(OrderState.CANCELED, TARGET)
    assert world.held() == 10
