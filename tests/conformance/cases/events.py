from __future__ import annotations

from brokerwire_server.domain.orders import OrderState
from tests.conformance.cases.submission import ON_ITS_WAY, sent_once
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import BELOW, World, until


@case("EVT-01", "acceptance before the answer", Hazard.ANSWER_LATE, sweeping=False)
async def _(world: World) -> None:
    """The order is known to work before its answer comes, which changes nothing any more."""
    await world.rig.hold_answers(Command.SUBMIT)
    answer = world.submitting()
    await until(lambda: world.book.orders.by_client_id("one") and world.order().state in ON_ITS_WAY)
    await world.rig.calm()
    assert (await answer).order.state in ON_ITS_WAY


@case("EVT-02", "fill before the answer", Hazard.ANSWER_LATE, sweeping=False)
async def _(world: World) -> None:
    """A fill that beats the answer is an order's fill like any other, and the answer shows it."""
    await world.rig.hold_answers(Command.SUBMIT)
    answer = world.submitting()
    await until(lambda: world.book.orders.by_client_id("one") and world.order().state in ON_ITS_WAY)
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.rig.calm()
    assert (await answer).order.filled_quantity == 4
    assert world.order().state is OrderState.PARTIALLY_FILLED


@case("EVT-03", "end before the answer", Hazard.ANSWER_LATE, sweeping=False)
async def _(world: World) -> None:
    """An order that ended before its answer came stays ended."""
    await world.rig.hold_answers(Command.SUBMIT)
    answer = world.submitting()
    await until(lambda: world.book.orders.by_client_id("one") and world.order().state in ON_ITS_WAY)
    await world.trade()
    await world.is_in(OrderState.FILLED)
    await world.rig.calm()
    assert (await answer).order.state is OrderState.FILLED
    assert world.order().state is OrderState.FILLED


@case("EVT-04", "events instead of an answer", Hazard.ANSWER_LOST, sweeping=False)
async def _(world: World) -> None:
    """An event with our id is proof: doubt ends with it, and its fills count."""
    await world.rig.lose_answers(Command.SUBMIT)
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await sent_once(world)


@case("EVT-05", "every event twice", Hazard.EVENTS_TWICE)
async def _(world: World) -> None:
    """The second time, an event changes nothing."""
    await world.rig.duplicate_events()
    await world.submit()
    await world.trade(quantity="4")
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)
    assert world.held() == 10


@case("EVT-06", "events in another order", Hazard.EVENTS_SHUFFLED)
async def _(world: World) -> None:
    """The same events end in the same state, in whatever order they come."""
    await world.rig.reorder_events()
    await world.submit()
    for quantity in ("1", "2", "3", "4"):
        await world.trade(quantity=quantity)
    await world.is_in(OrderState.FILLED)
    await world.submit("two")
    await world.cancel("two")
    await world.is_in(OrderState.CANCELED, "two")


@case("EVT-07", "events after a sweep has said it", Hazard.EVENTS_LATE)
async def _(world: World) -> None:
    """A fill that a sweep and then the stream report is one fill, and an end is one end."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.delay_events()
    await world.trade()
    await world.filled("one", "10")
    await world.rig.calm()
    await world.sweep()
    assert world.held() == 10


@case("EVT-08", "the stream alone", sweeping=False)
async def _(world: World) -> None:
    """While nothing goes wrong, the stream tells everything at once, and sweeps find nothing to add."""
    await world.submit()
    await world.trade(quantity="3")
    await world.filled("one", "3")
    await world.cancel()
    await world.is_in(OrderState.CANCELED)
    await world.submit("two", limit_price=BELOW)
    await world.trade()
    await world.is_in(OrderState.FILLED, "two")
    sources = {fill.source.value for fill in world.book.recent_fills()}
    assert sources == {"PUSH"}
