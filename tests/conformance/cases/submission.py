from __future__ import annotations

import asyncio

import pytest

from brokerwire_server.domain.connections import BreakType
from brokerwire_server.domain.errors import ConflictError, InvalidRequestError
from brokerwire_server.domain.orders import OrderState, OrderType, Side, StateReason
from brokerwire_server.engine.drafts import broker_client_order_id
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import World, until

ON_ITS_WAY = (OrderState.ACCEPTED, OrderState.WORKING)
TOO_MUCH = "900000"
"""More shares than any of the rigs' accounts can pay for."""


async def sent_once(world: World, client_order_id: str = "one") -> None:
    """Check that one submission, and no more, reached the broker."""
    requests = (await world.rig.truth()).requests
    count = requests.get(world.broker_id(client_order_id), 0)
    assert count == 1, f"{client_order_id} was submitted {count} times"


async def in_doubt_then_working(world: World) -> None:
    """Submit; the outcome is in doubt, comes to light, and the order was sent once."""
    order = await world.submit()
    assert order.state in (OrderState.INDETERMINATE, *ON_ITS_WAY)
    await until(lambda: world.order().state in ON_ITS_WAY)
    await sent_once(world)


async def in_doubt_for_good(world: World) -> None:
    """Submit; nothing proves what became of the order, so it stays in doubt, is shown as a break, and is not resent."""
    world.doubtful.add("one")
    world.breaks.add(BreakType.UNRESOLVED_ORDER)
    order = await world.submit()
    assert order.state is OrderState.INDETERMINATE
    await until(lambda: [brk.type for brk in world.open_breaks()] == [BreakType.UNRESOLVED_ORDER])
    assert world.order().state is OrderState.INDETERMINATE
    again = await world.submission()
    assert again.deduplicated


@case("SUB-01", "accepted")
async def _(world: World) -> None:
    """The order is answered as accepted, durable by then, and at the broker once."""
    order = await world.submit()
    assert order.state in ON_ITS_WAY
    stored = await world.gateway.store.find_order(world.rig.account_id, "one")
    assert stored is not None
    assert stored.version >= order.version
    await sent_once(world)


@case("SUB-02", "refused by the broker")
async def _(world: World) -> None:
    """A refusal is an answer: REJECTED, with the reason in our words and the broker's."""
    order = await world.submit(quantity=TOO_MUCH)
    assert order.state is OrderState.REJECTED
    assert order.state_reason is StateReason.INSUFFICIENT_BUYING_POWER
    assert order.broker_message


@case("SUB-03", "answer lost after acceptance", Hazard.ANSWER_LOST)
async def _(world: World) -> None:
    """The order is in doubt until the broker shows it, and is never sent again."""
    await world.rig.lose_answers(Command.SUBMIT)
    await in_doubt_then_working(world)


@case("SUB-04", "server error after acceptance", Hazard.ERROR_AFTER)
async def _(world: World) -> None:
    """An error that the order survived is doubt, not a refusal, and no reason to send it again."""
    await world.rig.fail_after(Command.SUBMIT)
    await in_doubt_then_working(world)


@case("SUB-05", "server error without acceptance", Hazard.ERROR_BEFORE)
async def _(world: World) -> None:
    """Nothing proves that the order is not there: it stays in doubt, is shown as a break, and is not sent again."""
    await world.rig.fail_before(Command.SUBMIT)
    await in_doubt_for_good(world)
    assert (await world.rig.truth()).requests.get(world.broker_id(), 0) <= 1


@case("SUB-06", "no answer, and no acceptance", Hazard.REQUEST_LOST)
async def _(world: World) -> None:
    """Absence from the broker's list proves nothing: the order stays in doubt, and is not sent again."""
    await world.rig.lose_requests(Command.SUBMIT)
    await in_doubt_for_good(world)
    assert (await world.rig.truth()).orders == ()


@case("SUB-07", "connection refused once", Hazard.CONNECTION_REFUSED)
async def _(world: World) -> None:
    """What was provably not sent is tried again, under the same id."""
    await world.rig.refuse_connections(Command.SUBMIT)
    order = await world.submit()
    assert order.state in ON_ITS_WAY
    await sent_once(world)


@case("SUB-08", "connection refused for good", Hazard.CONNECTION_REFUSED)
async def _(world: World) -> None:
    """The order ends REJECTED as not sent, not in doubt."""
    await world.rig.refuse_connections(Command.SUBMIT, count=0)
    order = await world.submit()
    assert (order.state, order.state_reason) == (OrderState.REJECTED, StateReason.NOT_SENT)
    assert (await world.rig.truth()).orders == ()


@case("SUB-09", "same id, same content")
async def _(world: World) -> None:
    """The same order is returned, and nothing is sent."""
    first = await world.submit()
    again = await world.submission()
    assert again.deduplicated
    assert again.order.order_id == first.order_id
    await sent_once(world)


@case("SUB-10", "same id, other content")
async def _(world: World) -> None:
    """It is a conflict without side effect."""
    await world.submit()
    with pytest.raises(ConflictError):
        await world.submit(quantity="11")
    await sent_once(world)


@case("SUB-11", "same id from many callers at once")
async def _(world: World) -> None:
    """They share one order and one answer."""
    answers = await asyncio.gather(*(world.submission() for _ in range(20)))
    assert len({answer.order.order_id for answer in answers}) == 1
    assert sum(not answer.deduplicated for answer in answers) == 1
    await sent_once(world)


@case("SUB-12", "batch with a refusal in it")
async def _(world: World) -> None:
    """Each order of a batch has its own outcome, in the order of the batch."""
    requests = [world.request(f"n-{n}", quantity=TOO_MUCH if n == 3 else "1") for n in range(8)]
    answers = await world.gateway.desk.submit_batch(requests)
    states = [getattr(answer, "order").state for answer in answers]  # noqa: B009
    assert [state is OrderState.REJECTED for state in states] == [n == 3 for n in range(8)]
    assert len((await world.rig.truth()).orders) == 7


@case(
    "SUB-13",
    "look-ups find nothing for a while",
    Hazard.ANSWER_LOST,
    Hazard.LOOK_UP_LAGS,
    Hazard.FEED_MUTE,
    sweeping=False,
)
async def _(world: World) -> None:
    """A 404 is not proof: the order stays in doubt, and is adopted when the broker shows it."""
    await world.rig.mute()
    await world.rig.hide_orders()
    await world.rig.lose_answers(Command.SUBMIT)
    order = await world.submit()
    assert order.state is OrderState.INDETERMINATE
    await until(world.open_breaks)
    assert world.order().state is OrderState.INDETERMINATE
    await world.rig.calm()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await sent_once(world)


@case("SUB-14", "answer lost while reads fail", Hazard.ANSWER_LOST, Hazard.READS_FAIL, Hazard.FEED_MUTE)
async def _(world: World) -> None:
    """A look-up that fails proves nothing either; doubt ends when the broker can be read again."""
    await world.submit("earlier")
    await world.rig.mute()
    await world.rig.lose_answers(Command.SUBMIT)
    await world.rig.fail_reads()
    order = await world.submit()
    assert order.state is OrderState.INDETERMINATE
    await asyncio.sleep(0.2)
    assert world.order().state is OrderState.INDETERMINATE
    await world.rig.calm()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await sent_once(world)


@case("SUB-15", "an order that the capabilities rule out")
async def _(world: World) -> None:
    """It is refused before anything is journaled or sent, and its id is free for the corrected one."""
    with pytest.raises(InvalidRequestError):
        await world.submit(limit_price="99.001")
    assert (await world.rig.truth()).requests == {}
    assert (await world.submit()).state in ON_ITS_WAY


@case("SUB-16", "the caller goes away", Hazard.ANSWER_LATE)
async def _(world: World) -> None:
    """The order lives on, and is what its events say."""
    await world.rig.hold_answers(Command.SUBMIT)
    caller = world.submitting()
    await until(lambda: world.book.orders.by_client_id("one") and world.order().state in ON_ITS_WAY)
    caller.cancel()
    await asyncio.wait([caller])
    await world.rig.calm()
    assert (await world.submission()).deduplicated
    await sent_once(world)


@case("SUB-17", "market order that fills at once")
async def _(world: World) -> None:
    """Its fills and its end are known, however they relate to the answer."""
    await world.hold("10", "one")
    assert world.order().state is OrderState.FILLED
    assert world.order().type is OrderType.MARKET
    assert world.held() == 10


@case("SUB-18", "answers lost of many orders", Hazard.ANSWER_LOST)
async def _(world: World) -> None:
    """Each is found once; none is placed twice, none is lost."""
    await world.rig.lose_answers(Command.SUBMIT, count=0, probability="0.5")
    await asyncio.gather(*(world.submit(f"n-{n}", quantity="1") for n in range(40)))
    await until(lambda: all(world.order(f"n-{n}").state in ON_ITS_WAY for n in range(40)))
    for n in range(40):
        await sent_once(world, f"n-{n}")


@case("SUB-19", "an id that another order has at the broker, as is known", Hazard.ORDER_OUTSIDE)
async def _(world: World) -> None:
    """The other order stays what it is, an order from outside; ours is refused, and nothing of ours is placed."""
    derived = broker_client_order_id(world.rig.account_id, "one")
    await world.rig.place_outside(Side.BUY, "3", "98", client_id=derived)
    await until(lambda: world.book.orders.by_broker_ids(derived, ""))
    await refused_for_its_id(world)
    await world.trade("98", "3")
    await until(lambda: world.held() == 3)


async def refused_for_its_id(world: World) -> None:
    """Submit an order whose id another one has at the broker: it is not placed, and not taken for the other."""
    try:
        order = await world.submit()
    except ConflictError:
        return
    assert (order.state, order.quantity, order.filled_quantity) == (OrderState.REJECTED, 10, 0)


@case("SUB-20", "answer and events lost", Hazard.ANSWER_LOST, Hazard.EVENTS_LOST, sweeping=False)
async def _(world: World) -> None:
    """Without an answer, an event or a sweep, the look-up by our id finds the order."""
    await world.rig.drop_events()
    await world.rig.lose_answers(Command.SUBMIT)
    await in_doubt_then_working(world)


@case("SUB-21", "an id that another order has at the broker, unknown to us", Hazard.ORDER_OUTSIDE, Hazard.FEED_MUTE)
async def _(world: World) -> None:
    """Ours is refused; the other order is not taken for ours, and is adopted once it is known."""
    derived = broker_client_order_id(world.rig.account_id, "one")
    await world.rig.mute()
    await world.rig.place_outside(Side.BUY, "3", "98", client_id=derived)
    await refused_for_its_id(world)
