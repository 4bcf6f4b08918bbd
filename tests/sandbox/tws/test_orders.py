"""What the sandbox says about orders, message by message, and what it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.tws import FillOrder, Status
from brokerwire_sandbox.tws.wire import UNSET_DOUBLE
from tests.sandbox.tws.conftest import Desk, library, until

pytestmark = pytest.mark.ibkr_libraries


def story(desk: Desk, *, since: int = 0) -> list[str]:
    """Return what was told of orders: ids, with the status where there is one."""
    shown = []
    for fields in desk.frames[since:]:
        if fields[0] == "3":
            shown.append(f"3 {fields[2]}")
        elif fields[0] == "5":
            shown.append("5")
        elif fields[0] in ("11", "59"):
            shown.append(fields[0])
        elif fields[0] == "4" and fields[2] != "-1":
            shown.append(f"4 {fields[3]}")
    return shown


@pytest.mark.parametrize(
    ("fill_order", "expected"),
    [
        (FillOrder.EXECUTION_FIRST, ["11", "5", "3 Filled", "5", "59"]),
        (FillOrder.STATUS_FIRST, ["5", "3 Filled", "11", "59"]),
        (FillOrder.COMMISSION_FIRST, ["59", "11", "5", "3 Filled"]),
        (FillOrder.NO_STATUS, ["11", "59"]),
        (FillOrder.NO_EXECUTION, ["5", "3 Filled"]),
        (FillOrder.SILENT, []),
    ],
)
async def test_a_fill_is_told_in_the_order_that_is_set(
    serve: Any, connect: Any, fill_order: FillOrder, expected: list[str]
) -> None:
    sandbox = await serve(fill_order=fill_order)
    desk = await connect(sandbox)
    aapl = await desk.stock()
    before = len(desk.frames)
    desk.market(aapl, "BUY", 1)
    await until(sandbox.executions)
    await desk.settle()
    assert story(desk, since=before) == ["5", "3 PreSubmitted", *expected]
    assert len(await desk.ib.reqExecutionsAsync()) == 1


async def test_an_order_is_filled_in_parts_by_what_is_shown(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    sandbox.set_quote("AAPL", 100, 101, 5, 4)
    trade = desk.limit(await desk.stock(), "BUY", 10, 101)
    await until(lambda: trade.filled() == 4)
    assert trade.orderStatus.status == "Submitted"
    sandbox.trade("AAPL", "100.5", 3)
    await until(lambda: trade.filled() == 7)
    sandbox.set_quote("AAPL", 100, 101)
    await until(lambda: trade.orderStatus.status == "Filled")
    assert [f.execution.cumQty for f in trade.fills] == [4, 7, 10]
    assert [f.execution.price for f in trade.fills] == [101, 100.5, 101]


async def test_a_stop_waits_for_its_trigger_and_a_trail_follows(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    stop = desk.ib.placeOrder(aapl, library.StopOrder("SELL", 1, 220, tif="GTC"))
    trail = desk.ib.placeOrder(
        aapl, library.Order(action="SELL", totalQuantity=1, orderType="TRAIL", auxPrice=5, tif="GTC")
    )
    await until(lambda: stop.orderStatus.status == trail.orderStatus.status == "PreSubmitted")
    assert stop.orderStatus.whyHeld == "trigger"
    sandbox.set_quote("AAPL", 230, "230.02")
    await until(lambda: any(f[0] == "5" and f[1] == str(trail.order.orderId) and "225.0" in f for f in desk.frames))
    sandbox.set_quote("AAPL", "224.5", "224.52")
    await until(lambda: trail.orderStatus.status == "Filled")
    assert stop.orderStatus.status == "PreSubmitted"
    sandbox.set_quote("AAPL", "219.5", "219.52")
    await until(lambda: stop.orderStatus.status == "Filled")
    assert stop.fills[0].execution.price == 219.5


async def test_ioc_and_fok_that_find_nothing_end_as_recorded(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    before = len(desk.frames)
    desk.limit(aapl, "BUY", 1, 100, tif="IOC")
    desk.limit(aapl, "BUY", 1, 100, tif="FOK")
    await desk.settle()
    said = [line for line in story(desk, since=before) if line != "5"]
    assert said == ["3 Submitted", "3 PendingCancel", "3 Cancelled", "3 Submitted", "3 Inactive"]
    assert await desk.ib.reqAllOpenOrdersAsync() == []
    assert len(await desk.ib.reqCompletedOrdersAsync(False)) == 2


async def test_an_order_in_two_places_is_reduced_or_cancelled_by_its_group(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    reduced = [desk.limit(aapl, "BUY", 10, p, ocaGroup="g1", ocaType=3) for p in (200, 190)]
    ended = [desk.limit(aapl, "BUY", 10, p, ocaGroup="g2", ocaType=1) for p in (200, 190)]
    await until(lambda: all(t.orderStatus.status == "Submitted" for t in (*reduced, *ended)))
    sandbox.set_quote("AAPL", 199, 200, 1, 4)
    await until(lambda: reduced[0].filled() == 4 and sandbox.orders()[1].quantity == 6)
    sandbox.set_quote("AAPL", 199, 200, 1, 10)
    await until(lambda: reduced[1].orderStatus.status == "Cancelled")
    await until(lambda: ended[0].filled() == 4 and ended[1].orderStatus.status == "Cancelled")
    assert ended[0].orderStatus.status == "Submitted"


async def test_changing_a_limit_order_into_a_market_order_fills_it(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    trade = desk.limit(aapl, "BUY", 1, 100, tif="DAY")
    await until(lambda: trade.orderStatus.status == "Submitted")
    desk.ib.placeOrder(aapl, library.MarketOrder("BUY", 1, orderId=trade.order.orderId, tif="DAY"))
    await until(lambda: trade.orderStatus.status == "Filled")
    assert [o.status for o in sandbox.orders()] == [Status.FILLED]


async def test_a_correction_takes_the_place_of_its_execution(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.market(await desk.stock(), "BUY", 10)
    await until(lambda: len(trade.fills) == 1)
    first = trade.fills[0].execution.execId
    new = sandbox.correct(first, quantity=8, price="228.00")
    assert new.execution_id == first[:-3] + ".02"
    await until(lambda: len(desk.told("11")) == 2)
    assert desk.told("11")[-1][14] == new.execution_id
    assert sandbox.position("AAPL") == 8
    assert await desk.positions() == {"AAPL": 8}


REFUSALS: list[tuple[str, dict[str, Any], int]] = [
    ("no such contract", {"symbol": "NOPE"}, 200),
    ("an ambiguous one", {"symbol": "IBKR0"}, 200),
    ("a price off the tick", {"lmtPrice": 100.001}, 110),
    ("no quantity", {"totalQuantity": 0}, 434),
    ("a finer quantity than the contract has", {"totalQuantity": 0.00001}, 10318),
    ("an unknown type", {"orderType": "FOO"}, 321),
    ("a type that is not done here", {"orderType": "MIT"}, 387),
    ("an unknown time in force", {"tif": "NEVER"}, 10052),
    ("a parent that is not there", {"parentId": 99}, 135),
    ("more than the account can carry", {"totalQuantity": 100_000, "lmtPrice": 228}, 201),
    ("an account of somebody else", {"account": "DU9999999"}, 201),
]


@pytest.mark.parametrize(("fields", "code"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
async def test_what_is_refused_is_told_by_its_code_and_not_kept(
    serve: Any, connect: Any, fields: dict[str, Any], code: int
) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    changed = dict(fields)
    contract = library.Stock(changed.pop("symbol", "AAPL"), "SMART", "USD")
    known = {"action": "BUY", "totalQuantity": 1, "orderType": "LMT", "lmtPrice": 100, "tif": "DAY"}
    trade = desk.ib.placeOrder(contract, library.Order(**{**known, **changed}))
    await until(lambda: desk.errors.codes() == [code])
    assert desk.told("4")[-1][2] == str(trade.order.orderId)
    assert sandbox.orders() == []


async def test_an_empty_time_in_force_is_a_notice_and_the_order_lives(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    desk.ib.placeOrder(await desk.stock(), library.LimitOrder("BUY", 1, 100))
    await until(lambda: 10349 in desk.errors.codes())
    assert [o.open for o in sandbox.orders()] == [True]


async def test_ids_are_used_once_and_done_orders_stay_done(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    filled = desk.market(aapl, "BUY", 1)
    ended = desk.limit(aapl, "BUY", 1, 100)
    desk.ib.cancelOrder(ended.order)
    await until(lambda: filled.orderStatus.status == "Filled" and ended.orderStatus.status == "Cancelled")
    client = desk.ib.client
    client.placeOrder(filled.order.orderId, aapl, filled.order)
    client.placeOrder(ended.order.orderId, aapl, ended.order)
    client.cancelOrder(filled.order.orderId)
    client.cancelOrder(ended.order.orderId)
    client.cancelOrder(4_000)
    await desk.settle()
    assert desk.errors.codes() == [202, 104, 103, 161, 10148, 10147]


async def test_a_change_that_does_not_fit_leaves_the_order_as_it_was(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    trade = desk.limit(aapl, "BUY", 5, 100)
    await until(lambda: trade.orderStatus.status == "Submitted")
    order_id = trade.order.orderId
    desk.ib.client.placeOrder(order_id, aapl, library.LimitOrder("SELL", 5, 300, tif="GTC"))
    desk.ib.client.placeOrder(order_id, aapl, library.LimitOrder("BUY", 5, 100.001, tif="GTC"))
    await desk.settle()
    assert desk.errors.codes() == [105, 110]
    (order,) = sandbox.orders()
    assert (order.open, order.ticket.number("lmtPrice")) == (True, 100)
    sandbox.set_quote("AAPL", 99, 100)
    await until(lambda: order.status is Status.FILLED)


async def test_off_hours_an_order_waits_and_says_until_when(serve: Any, connect: Any) -> None:
    sandbox = await serve(hours="xnys", start_time=1_783_166_400_000_000_000, clock_speed=0.0)
    desk = await connect(sandbox)
    trade = desk.market(await desk.stock(), "BUY", 1)
    await until(lambda: 399 in desk.errors.codes())
    assert "2026-07-06 09:30:00 US/Eastern" in desk.errors[-1][2]
    assert sandbox.orders()[0].status is Status.PRE_SUBMITTED
    sandbox.advance(2 * 86_400 + 2 * 3_600)
    sandbox.set_quote("AAPL", 100, 101)
    await until(lambda: trade.fills)


async def test_all_is_cancelled_at_once_also_what_others_placed(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk, other = await connect(sandbox, 1), await connect(sandbox, 2)
    mine, theirs = desk.limit(await desk.stock(), "BUY", 1, 100), other.limit(await other.stock(), "BUY", 1, 100)
    by_hand = sandbox.place_external_order("AAPL", "BUY", 1, order_type="LMT", limit_price=90)
    await until(lambda: mine.orderStatus.status == theirs.orderStatus.status == "Submitted")
    desk.ib.reqGlobalCancel()
    await until(lambda: mine.orderStatus.status == theirs.orderStatus.status == "Cancelled")
    assert by_hand.status is Status.CANCELLED


async def test_short_sales_and_turning_positions_just_work(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    for action, quantity, held in (("SELL", 5, -5), ("BUY", 12, 7), ("SELL", 7, 0)):
        trade = desk.market(aapl, action, quantity)
        await until(trade.isDone)
        assert sandbox.position("AAPL") == Decimal(held)
    assert [fields[5] == UNSET_DOUBLE for fields in desk.told("59")] == [True, False, False]


async def test_an_order_that_lacks_margin_may_be_shown_as_inactive(serve: Any, connect: Any) -> None:
    sandbox = await serve(rejected_inactive=True)
    desk = await connect(sandbox)
    before = len(desk.frames)
    desk.limit(await desk.stock(), "BUY", 100_000, 228)
    await until(lambda: 201 in desk.errors.codes())
    assert story(desk, since=before) == ["5", "3 Inactive", "4 201"]
    assert await desk.ib.reqAllOpenOrdersAsync() == []
    assert sandbox.executions() == []


async def test_a_short_sale_waits_for_shares_and_then_works(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    sandbox.set_shortable("AAPL", on=False)
    trade = desk.market(await desk.stock(), "SELL", 1)
    await until(lambda: 404 in desk.errors.codes())
    assert desk.told("3")[-1][2] == "PreSubmitted"
    assert desk.told("3")[-1][10] == "locate"
    sandbox.set_shortable("AAPL", on=True)
    await until(lambda: trade.fills)
    assert sandbox.position("AAPL") == -1


async def test_the_terminal_shows_prices_that_nobody_set(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    details = await desk.ib.reqContractDetailsAsync(library.Future("ES", exchange="CME"))
    desk.market(details[0].contract, "BUY", 1, outsideRth=True)
    await until(lambda: desk.told("11"))
    assert desk.told("5")[0][16] == "6050.25"
    assert 2109 in desk.errors.codes()
