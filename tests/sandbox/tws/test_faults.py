"""Faults on demand: what is lost, doubled, late, out of order; links and terminals that come and go."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.tws import FaultPlan, FaultRule, Kind, Status, Target
from tests.sandbox.tws.conftest import library, until

pytestmark = pytest.mark.ibkr_libraries


def plan(target: Target, kind: Kind, **fields: Any) -> FaultPlan:
    return FaultPlan(rules=(FaultRule(target=target, kind=kind, **fields),))


async def test_a_lost_request_places_nothing_and_says_nothing(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.LOSE_REQUEST, count=1))
    desk.market(await desk.stock(), "BUY", 1)
    await desk.settle()
    assert sandbox.orders() == []
    assert desk.told("3", "5", "11") == []
    assert sandbox.fault_counts()[0].struck == 1


async def test_a_lost_answer_hides_an_order_that_lives(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.LOSE_ANSWER, order_ref="hidden"))
    desk.limit(await desk.stock(), "BUY", 1, 100, orderRef="hidden")
    await desk.settle()
    assert desk.told("3", "5") == []
    (found,) = await desk.ib.reqOpenOrdersAsync()
    assert found.order.orderRef == "hidden"


async def test_only_a_burst_loses_orders(serve: Any, connect: Any) -> None:
    sandbox = await serve(pacing=0)
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.LOSE_REQUEST, burst=20))
    for _ in range(30):
        desk.limit(aapl, "BUY", 1, 100)
    await desk.settle()
    assert 0 < len(sandbox.orders()) < 20


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Kind.DROP, ["3", "5", "3", "5"]), (Kind.DUPLICATE, ["3", "11", "11", "5", "3", "5"])],
)
async def test_callbacks_are_dropped_or_doubled_by_kind(
    serve: Any, connect: Any, kind: Kind, expected: list[str]
) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.EXEC_DETAILS, kind))
    before = len(desk.frames)
    desk.market(aapl, "BUY", 1)
    await until(lambda: desk.told("59"))
    told = [f[0] for f in desk.frames[before + 1 :] if f[0] in ("3", "5", "11")]
    assert told == expected if kind is Kind.DUPLICATE else sorted(told) == sorted(expected)


async def test_a_callback_overtakes_another(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.EXEC_DETAILS, Kind.REORDER))
    before = len(desk.frames)
    desk.market(aapl, "BUY", 1)
    await until(lambda: desk.told("59"))
    assert [f[0] for f in desk.frames[before:]] == ["5", "3", "5", "11", "3", "5", "59"]


async def test_a_late_callback_comes_all_the_same(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.COMMISSION_REPORT, Kind.DELAY, delay=0.05))
    desk.market(aapl, "BUY", 1)
    await until(lambda: desk.told("11"))
    await desk.settle()
    assert desk.told("59") == []
    await until(lambda: desk.told("59"))


@pytest.mark.parametrize(
    ("kind", "first"),
    [(Kind.STATUS_FIRST, "5"), (Kind.COMMISSION_FIRST, "59"), (Kind.NO_STATUS, "11")],
)
async def test_single_fills_are_told_in_another_order(serve: Any, connect: Any, kind: Kind, first: str) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.FILL, kind, count=1))
    before = len(desk.frames)
    desk.market(aapl, "BUY", 1)
    await until(lambda: desk.told("59"))
    assert [f[0] for f in desk.frames[before:]][2] == first


async def test_ends_that_never_come_leave_the_rest(serve: Any, dial: Any) -> None:
    sandbox = await serve()
    sandbox.set_faults(
        FaultPlan(
            rules=(
                FaultRule(target=Target.EXEC_DETAILS_END, kind=Kind.DROP),
                FaultRule(target=Target.COMPLETED_ORDERS_END, kind=Kind.DROP),
            )
        )
    )
    wire = await dial(sandbox)
    wire.say("7", "3", "1", "0", "", "", "", "", "", "")
    wire.say("99", "0")
    wire.say("49", "1")
    assert not {"55", "102"} & {f[0] for f in await wire.hear_until("49")}


async def test_one_change_makes_two_orders_that_both_live(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    trade = desk.limit(aapl, "BUY", 5, 100, orderRef="twice")
    await until(lambda: trade.orderStatus.status == "Submitted")
    sandbox.set_faults(plan(Target.MODIFY_ORDER, Kind.SPLIT_ORDER, count=1))
    trade.order.lmtPrice = 101
    desk.ib.placeOrder(aapl, trade.order)
    await until(lambda: len(sandbox.orders()) == 2)
    old, new = sandbox.orders()
    assert old.open
    assert new.open
    assert (old.order_id, old.permanent_id) != (new.order_id, new.permanent_id)
    assert old.order_id == new.order_id
    seen = {f[25] for f in desk.told("5")}
    assert seen == {str(old.permanent_id), str(new.permanent_id)}
    for order in (new, old):
        desk.ib.client.cancelOrder(trade.order.orderId)
        await until(lambda order=order: order.status is Status.CANCELLED)  # type: ignore[misc]


async def test_a_broken_link_hides_fills_and_keeps_commands(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    working = desk.limit(aapl, "BUY", 3, 200)
    await until(lambda: working.orderStatus.status == "Submitted")
    sandbox.lose_link()
    await until(lambda: 1100 in desk.errors.codes())
    before = len(desk.frames)
    for _ in range(3):
        sandbox.trade("AAPL", 199, 1)
    desk.market(aapl, "BUY", 1)
    await desk.settle()
    assert len(sandbox.executions()) == 3
    assert [f[0] for f in desk.frames[before:] if f[0] in ("3", "5", "11", "59")] == []
    assert await desk.ib.reqExecutionsAsync() == []
    assert len(await desk.ib.reqOpenOrdersAsync()) == 1
    sandbox.set_quote("AAPL", 228, 229)
    sandbox.restore_link()
    await until(lambda: 1102 in desk.errors.codes())
    await until(lambda: len(sandbox.executions()) == 4)
    assert len(await desk.ib.reqExecutionsAsync()) == 4
    assert sandbox.position("AAPL") == 4


async def test_subscriptions_are_gone_where_data_was_lost(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    ticker = desk.ib.reqMktData(await desk.stock(), "", False, False)
    await until(lambda: ticker.bid == 228.49)
    sandbox.lose_link(2110)
    sandbox.restore_link(data_lost=True)
    await until(lambda: desk.errors.codes() == [2110, 1101])
    sandbox.set_quote("AAPL", 100, 101)
    await desk.settle()
    assert ticker.bid == 228.49


async def test_after_a_restart_ids_may_begin_again(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.limit(await desk.stock(), "BUY", 1, 100)
    await until(lambda: trade.orderStatus.status == "Submitted")
    await sandbox.restart(ids_rolled_back=True)
    await until(lambda: not desk.ib.isConnected())
    again = await connect(sandbox)
    assert again.told("9")[0] == ["9", "1", "1"]
    assert len(again.ib.openTrades()) == 1


async def test_the_daily_reset_forgets_the_day(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.market(await desk.stock(), "BUY", 1)
    await until(trade.isDone)
    sandbox.daily_reset()
    await until(lambda: desk.errors.codes() == [1100, 1102])
    assert await desk.ib.reqExecutionsAsync() == []
    assert await desk.ib.reqCompletedOrdersAsync(False) == []
    assert await desk.positions() == {"AAPL": 1}


async def test_what_nobody_asked_for_is_lost_and_answers_still_come(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.CALLBACK, Kind.DROP, unasked=True))
    desk.market(aapl, "BUY", 1)
    await desk.settle()
    assert desk.told("3", "5", "11", "59") == []
    assert len(await desk.ib.reqExecutionsAsync()) == 1


async def test_a_stalled_terminal_says_all_of_it_later(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    sandbox.stall_stream()
    trade = desk.ib.placeOrder(library.Stock("AAPL", "SMART", "USD"), library.MarketOrder("BUY", 1, tif="DAY"))
    await until(sandbox.executions)
    assert desk.told("3", "5", "11") == []
    sandbox.stall_stream(on=False)
    await until(trade.isDone)


async def test_a_cancel_that_is_held_lets_a_fill_through(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.limit(await desk.stock(), "BUY", 5, 200)
    await until(lambda: trade.orderStatus.status == "Submitted")
    sandbox.hold("cancel")
    desk.ib.client.cancelOrder(trade.order.orderId)
    await until(lambda: trade.orderStatus.status == "PendingCancel")
    desk.ib.client.cancelOrder(trade.order.orderId)
    await until(lambda: 10148 in desk.errors.codes())
    sandbox.trade("AAPL", 199, 2)
    await until(lambda: trade.filled() == 2)
    assert desk.told("3")[-1][2] == "PendingCancel"
    assert sandbox.release("cancel") == 1
    await until(lambda: desk.told("3")[-1][2:5] == ["Cancelled", "2", "3"])


@pytest.mark.parametrize("stage", ["new", "replace"])
async def test_orders_and_changes_wait_where_their_stage_is_held(serve: Any, connect: Any, stage: str) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    trade = None
    if stage == "replace":
        trade = desk.limit(aapl, "BUY", 5, 100)
        await until(sandbox.orders)
    sandbox.hold(stage)
    order = library.LimitOrder("BUY", 7, 100, tif="GTC")
    if trade is not None:
        order.orderId = trade.order.orderId
    desk.ib.placeOrder(aapl, order)
    await desk.settle()
    assert [o.quantity for o in sandbox.orders()] == ([] if trade is None else [5])
    assert sandbox.release(stage) == 1
    assert [o.quantity for o in sandbox.orders()] == [7]


async def test_the_broker_fills_late_changes_expires_and_says_what_nobody_knows(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.limit(await desk.stock(), "BUY", 5, 100)
    await until(lambda: trade.orderStatus.status == "Submitted")
    permanent_id = trade.order.permId
    sandbox.replace_order(permanent_id, 6, "101")
    await until(lambda: "101.0" in desk.told("5")[-1])
    sandbox.mark_order(permanent_id, "Pondering")
    await until(lambda: desk.told("3")[-1][2] == "Pondering")
    sandbox.expire_order(permanent_id)
    await until(lambda: desk.told("3")[-1][2] == "Cancelled")
    sandbox.fill_order(permanent_id, 2, "100.5")
    await until(lambda: desk.told("59"))
    assert desk.told("3")[-1][2:4] == ["Cancelled", "2"]
    assert sandbox.position("AAPL") == 2
    sandbox.send_raw_frame("999", "what", "is", "this")
    await until(lambda: desk.told("999"))


async def test_a_mute_terminal_says_nothing_and_a_reset_ends_the_connection(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    sandbox.mute_stream()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.ib.reqCurrentTimeAsync(), 0.05)
    assert desk.ib.isConnected()
    sandbox.mute_stream(on=False)
    await desk.settle()
    assert sandbox.drop_stream() == 1
    await until(lambda: not desk.ib.isConnected())


@pytest.mark.parametrize(("kind", "placed"), [(Kind.ABORT_BEFORE, 0), (Kind.ABORT_AFTER, 1)])
async def test_the_socket_breaks_before_or_after_the_order_was_taken(
    serve: Any, connect: Any, kind: Kind, placed: int
) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    sandbox.set_faults(plan(Target.PLACE_ORDER, kind, count=1))
    desk.limit(aapl, "BUY", 1, 100)
    await until(lambda: not desk.ib.isConnected())
    assert len(sandbox.orders()) == placed
    assert desk.told("3", "5") == []


async def test_an_order_is_rejected_after_it_was_taken(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.limit(await desk.stock(), "BUY", 1, 100)
    await until(lambda: trade.orderStatus.status == "Submitted")
    sandbox.reject_order(trade.order.permId, "Exchange is closed.")
    await until(lambda: 201 in desk.errors.codes())
    assert desk.told("3")[-1][2] == "Inactive"


async def test_the_same_seed_strikes_the_same_orders(serve: Any, connect: Any) -> None:
    struck = []
    for _ in range(2):
        sandbox = await serve(pacing=0)
        desk = await connect(sandbox)
        aapl = await desk.stock()
        rule = FaultRule(target=Target.PLACE_ORDER, kind=Kind.LOSE_REQUEST, probability=Decimal("0.5"))
        sandbox.set_faults(FaultPlan(rules=(rule,), seed=7))
        for number in range(20):
            desk.ib.placeOrder(aapl, library.LimitOrder("BUY", 1, 100, tif="DAY", orderRef=str(number)))
        await desk.settle()
        struck.append([o.ticket.text("orderRef") for o in sandbox.orders()])
    assert struck[0] == struck[1]
    assert 0 < len(struck[0]) < 20
