from __future__ import annotations

import asyncio

from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.orders import OrderState, PendingAction
from tests.conformance.cases.submission import ON_ITS_WAY, in_doubt_then_working
from tests.conformance.kit.case import case
from tests.conformance.kit.rig import Command, Hazard
from tests.conformance.kit.world import World, until


@case("WIR-01", "unknown status", Hazard.STATUS_UNKNOWN)
async def _(world: World) -> None:
    """A status that nobody has heard of is not an end: the order stays open, the word is kept, and fills count."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.show_unknown_status(world.broker_id())
    await world.sweep()
    assert not world.order().terminal
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("WIR-02", "unknown kind of event", Hazard.EVENT_UNKNOWN, sweeping=False)
async def _(world: World) -> None:
    """The stream survives it, and the next event counts."""
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.send_unknown_event(world.broker_id())
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("WIR-03", "unknown fields", Hazard.FIELDS_UNKNOWN)
async def _(world: World) -> None:
    """Nothing breaks on a field that was added since."""
    await world.rig.add_unknown_fields()
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.sweep()
    await world.cancel()
    await world.is_in(OrderState.CANCELED)


@case("WIR-04", "broken frame in the stream", Hazard.FRAME_BROKEN)
async def _(world: World) -> None:
    """The stream survives it or starts again, and nothing is lost."""
    await world.submit()
    await world.rig.send_broken_frame()
    await world.trade()
    await world.is_in(OrderState.FILLED)


@case("WIR-05", "broken answer after acceptance", Hazard.ANSWER_BROKEN)
async def _(world: World) -> None:
    """An answer that can't be read is doubt, resolved by what the broker shows."""
    await world.rig.break_answers(Command.SUBMIT)
    await in_doubt_then_working(world)


@case("WIR-06", "HTML from a proxy after acceptance", Hazard.ANSWER_HTML)
async def _(world: World) -> None:
    """A page of HTML is doubt, resolved by what the broker shows."""
    await world.rig.answer_html(Command.SUBMIT)
    await in_doubt_then_working(world)


@case("WIR-07", "HTML from a proxy to a cancel", Hazard.ANSWER_HTML)
async def _(world: World) -> None:
    """The cancel is in doubt, and settled by what the broker shows."""
    await world.submit()
    await world.rig.answer_html(Command.CANCEL)
    await world.cancel()
    await world.is_in(OrderState.CANCELED)
    assert world.order().pending_action is PendingAction.NONE


async def sweep_in_vain(world: World) -> None:
    """Sweep a few times; whatever goes wrong, nothing changes and nothing is suspected."""
    for _ in range(3):
        await world.sweep()
    assert world.order().state in ON_ITS_WAY
    assert world.held() == 10
    assert not world.open_breaks()


@case("WIR-08", "reads fail while orders work", Hazard.READS_FAIL)
async def _(world: World) -> None:
    """A sweep that fails is not a sweep that found nothing: orders and positions stay as they are."""
    await world.hold()
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.fail_reads()
    await sweep_in_vain(world)


@case("WIR-09", "HTML to reads while orders work", Hazard.READS_HTML)
async def _(world: World) -> None:
    """Neither is a page of HTML an empty account."""
    await world.hold()
    await world.submit()
    await until(lambda: world.order().state in ON_ITS_WAY)
    await world.rig.read_html()
    await sweep_in_vain(world)


@case("WIR-10", "the broker's clock is ahead", Hazard.CLOCK_SKEWED, Hazard.FEED_MUTE)
async def _(world: World) -> None:
    """Nothing is taken for old or new by our clock: orders and fills are known all the same."""
    await world.rig.skew_clock(120)
    await _day(world)


@case("WIR-11", "the broker's clock is behind", Hazard.CLOCK_SKEWED, Hazard.FEED_MUTE)
async def _(world: World) -> None:
    """Nothing is missed because it seems to be of before we asked."""
    await world.rig.skew_clock(-120)
    await _day(world)


async def _day(world: World) -> None:
    await world.submit()
    await world.trade(quantity="4")
    await world.filled("one", "4")
    await world.rig.mute()
    await world.trade(quantity="6")
    await world.is_in(OrderState.FILLED)
    await world.submit("two")
    await world.cancel("two")
    await world.is_in(OrderState.CANCELED, "two")


@case("WIR-12", "the stream ends at once, again and again", Hazard.LINK_CUT)
async def _(world: World) -> None:
    """The adapter goes on trying, and the first connection that lasts brings everything up to date."""
    await world.submit()
    await world.rig.cut_link()
    await asyncio.sleep(0.3)
    await world.trade()
    await world.rig.calm()
    await world.is_in(OrderState.FILLED)
    assert world.account.link.connection.link is LinkState.UP
