from __future__ import annotations

from brokerwire_server.domain.orders import OrderState, OrderType, Side
from tests.conformance.kit.case import case
from tests.conformance.kit.features import Feature
from tests.conformance.kit.rig import Hazard, Word
from tests.conformance.kit.world import ABOVE, World, until


@case("FIL-01", "many partial fills")
async def _(world: World) -> None:
    """They add up to the order, one by one, and to its average price."""
    await world.submit(quantity="25")
    for n in range(25):
        await world.trade("99" if n % 2 else "98.5", "1")
    await world.is_in(OrderState.FILLED)
    assert len(world.book.recent_fills()) == 25
    truth = (await world.rig.truth()).orders[0]
    assert world.order().filled_cost == sum(quantity * price for quantity, price in truth.executions)


@case("FIL-02", "bust while the order works", Hazard.BUST)
async def _(world: World) -> None:
    """The execution is taken back, from the order and from the position, and stays in the journal."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.rig.bust(world.broker_id())
    await world.filled("one", "0")
    assert world.held() == 0


@case("FIL-03", "bust after the order has ended", Hazard.BUST)
async def _(world: World) -> None:
    """The position is corrected, whatever the order's state."""
    await world.submit()
    await world.trade(quantity="4")
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)
    await world.rig.bust(world.broker_id())
    await until(lambda: world.held() == 4)


@case("FIL-04", "correction of a price", Hazard.CORRECTION)
async def _(world: World) -> None:
    """The new price counts, for the order and for the cash."""
    await world.submit()
    await world.trade()
    await world.is_in(OrderState.FILLED)
    cash = world.book.cash
    await world.rig.correct(world.broker_id(), "98.5")
    await until(lambda: world.order().filled_cost == 985)
    assert world.held() == 10
    assert world.book.cash - cash == 5


@case("FIL-05", "bust of a fill that the stream lost", Hazard.BUST, Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """In whatever order execution and bust become known, they end in nothing."""
    await world.submit()
    await world.rig.drop_events(Word.FILL)
    await world.trade(quantity="4")
    await world.rig.calm()
    await world.rig.bust(world.broker_id())
    await world.filled("one", "0")
    await world.sweep()
    assert world.held() == 0


@case("FIL-06", "bust after a restart", Hazard.BUST)
async def _(world: World) -> None:
    """A bust finds the execution that was recorded in an earlier run."""
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.restart()
    await world.rig.bust(world.broker_id())
    await until(lambda: world.held() == 0)


@case("FIL-07", "late fill on a canceled order", Hazard.LATE_FILL)
async def _(world: World) -> None:
    """It is recorded as late and moves the position; the order stays CANCELED."""
    await world.submit()
    await world.cancel()
    await world.is_in(OrderState.CANCELED)
    await world.rig.fill_late(world.broker_id(), "4", "99")
    await until(lambda: world.held() == 4)
    assert world.order().state is OrderState.CANCELED
    assert [fill.late for fill in world.book.recent_fills()] == [True]


@case("FIL-08", "late fill that the stream lost", Hazard.LATE_FILL, Hazard.EVENTS_LOST)
async def _(world: World) -> None:
    """A sweep finds it although its order has ended long since."""
    await world.submit()
    await world.cancel()
    await world.is_in(OrderState.CANCELED)
    await world.rig.drop_events(Word.FILL)
    await world.rig.fill_late(world.broker_id(), "4", "99")
    await until(lambda: world.held() == 4)


@case("FIL-09", "bought and sold")
async def _(world: World) -> None:
    """The position is closed, and cash and profit are what the executions say."""
    await world.hold("10")
    await world.submit("sale", side=Side.SELL, limit_price=ABOVE)
    await world.trade(ABOVE, "10")
    await world.is_in(OrderState.FILLED, "sale")
    assert world.held() == 0


@case("FIL-10", "sold short and covered", Feature.SHORT)
async def _(world: World) -> None:
    """The position goes below zero and back."""
    await world.submit("short", side=Side.SELL_SHORT, limit_price=ABOVE)
    await world.trade(ABOVE, "10")
    await until(lambda: world.held() == -10)
    await world.submit("cover", side=Side.BUY_TO_COVER, type=OrderType.MARKET, limit_price=None)
    await until(lambda: world.held() == 0)


@case("FIL-11", "many orders filled at once")
async def _(world: World) -> None:
    """Each fill is its own order's."""
    for n in range(10):
        await world.submit(f"n-{n}", quantity=str(n + 1))
    await world.trade(quantity="55")
    for n in range(10):
        await world.is_in(OrderState.FILLED, f"n-{n}")
    assert world.held() == 55


@case("FIL-12", "correction that a sweep shows first", Hazard.CORRECTION, Hazard.EVENTS_LATE)
async def _(world: World) -> None:
    """The corrected execution is not taken for another one, before its event comes and after."""
    await world.submit()
    await world.trade()
    await world.is_in(OrderState.FILLED)
    await world.sweep()
    await world.rig.delay_events()
    await world.rig.correct(world.broker_id(), "98.5")
    await world.sweep()
    assert world.held() == 10
    await world.rig.calm()
    await until(lambda: world.order().filled_cost == 985)
