"""Connections: versions, client ids, what is told before the rest, who hears of what, pacing, modes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from brokerwire_sandbox.tws import Status
from tests.sandbox.tws.conftest import library, until

pytestmark = pytest.mark.ibkr_libraries


@pytest.mark.parametrize(("offered", "agreed"), [("v157..178", 173), ("v100..163", 163), ("v157..200 +PACEAPI", 173)])
async def test_both_sides_agree_on_the_highest_version_they_speak(
    serve: Any, dial: Any, offered: str, agreed: int
) -> None:
    wire = await dial(await serve(server_version=173), versions=offered)
    assert wire.version == agreed


async def test_a_client_that_is_too_new_or_speaks_something_else_is_left(serve: Any) -> None:
    sandbox = await serve(server_version=160)
    for opening in (b"API\0\0\0\0\x09v163..178", b"GET / HTTP/1.1\r\n\r\n", b"API\0\0\0\0\x03abc"):
        reader, writer = await asyncio.open_connection(sandbox.host, sandbox.port)
        writer.write(opening)
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert sandbox.clients == ()


async def test_a_client_id_is_used_once_at_a_time(serve: Any, dial: Any) -> None:
    sandbox = await serve()
    first = await dial(sandbox, 3)
    await first.hear_until("9")
    second = await dial(sandbox, 3)
    assert (await second.hear())[2:4] == ["-1", "326"]
    with pytest.raises(EOFError):
        await second.hear()
    await first.close()
    await until(lambda: sandbox.clients == ())
    third = await dial(sandbox, 3)
    assert (await third.hear_until("9"))[-1] == ["9", "1", "1"]


async def test_open_orders_are_told_before_accounts_and_the_next_id(serve: Any, connect: Any, dial: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox, 4)
    trade = desk.limit(await desk.stock(), "BUY", 1, 100)
    await until(lambda: trade.orderStatus.status == "Submitted")
    desk.ib.disconnect()
    await until(lambda: sandbox.clients == ())
    wire = await dial(sandbox, 4)
    heard = [fields[0] for fields in await wire.hear_until("9")]
    assert heard == ["5", "3", "53", "15", "9"]


async def test_farm_notices_follow_and_several_accounts_are_one_list(serve: Any, dial: Any) -> None:
    wire = await dial(await serve(accounts=("DU1", "DU2")))
    heard = await wire.hear_until("4")
    assert heard[0] == ["15", "1", "DU1,DU2"]
    assert (await wire.hear())[3] == "2106"
    assert (await wire.hear())[3] == "2158"


async def test_each_client_hears_of_its_own_orders_and_may_ask_for_all(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    one, two = await connect(sandbox, 1), await connect(sandbox, 2)
    trade = one.limit(await one.stock(), "BUY", 1, 100)
    await until(lambda: trade.orderStatus.status == "Submitted")
    await two.settle()
    assert two.told("3", "5") == []
    assert await two.ib.reqOpenOrdersAsync() == []
    (seen,) = await two.ib.reqAllOpenOrdersAsync()
    assert (seen.order.clientId, seen.order.permId) == (1, trade.order.permId)
    two.ib.client.cancelOrder(trade.order.orderId)
    await until(lambda: 10147 in two.errors.codes())
    assert sandbox.orders()[0].open


async def test_the_master_hears_of_everything(serve: Any, connect: Any) -> None:
    sandbox = await serve(master_client_id=9)
    master, other = await connect(sandbox, 9), await connect(sandbox, 2)
    other.market(await other.stock(), "BUY", 1)
    await until(lambda: master.told("59"))
    assert master.told("11")[0][22] == "2"


async def test_orders_by_hand_are_bound_by_client_zero(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    before = sandbox.place_external_order("AAPL", "BUY", 1, order_type="LMT", limit_price=100)
    watcher = await connect(sandbox, 5)
    (seen,) = await watcher.ib.reqAllOpenOrdersAsync()
    assert (seen.order.orderId, seen.order.clientId) == (0, 0)
    zero = await connect(sandbox, 0)
    zero.ib.client.reqAutoOpenOrders(True)
    await until(lambda: before.order_id == -1)
    assert zero.told("100")[0] == ["100", str(before.permanent_id), "0", "-1"]
    sandbox.place_external_order("AAPL", "BUY", 1, order_type="LMT", limit_price=101)
    await until(lambda: any(fields[1] == "-2" for fields in zero.told("5")))
    zero.ib.client.cancelOrder(-1)
    await until(lambda: before.status is Status.CANCELLED)
    watcher.ib.client.reqAutoOpenOrders(True)
    await until(lambda: 327 in watcher.errors.codes())


async def test_read_only_refuses_orders_and_looking_at_them(serve: Any, dial: Any) -> None:
    sandbox = await serve(read_only=True)
    wire = await dial(sandbox)
    await wire.hear_until("9")
    wire.say("8", "1", "1")
    wire.say("5", "1")
    wire.say("99", "0")
    wire.say("61", "1")
    refused = [f for f in await wire.hear_until("62") if f[0] == "4" and f[3] == "321"]
    assert [f[2] for f in refused] == ["-1", "2147483647", "2147483647"]
    assert "Read-Only mode" in refused[0][4]


async def test_too_many_messages_are_warned_of_and_then_the_end(serve: Any, dial: Any) -> None:
    sandbox = await serve()
    wire = await dial(sandbox)
    await wire.hear_until("9")
    for _ in range(60):
        wire.say("49", "1")
    heard = await wire.hear_rest()
    codes = [f[3] for f in heard if f[0] == "4"]
    assert codes[-2:] == ["0", "100"]
    assert sandbox.worst_rate == 51
    assert sum(f[0] == "49" for f in heard) == 49


async def test_a_message_that_can_not_be_read_is_told_so_and_nothing_is_placed(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    bad = [
        library.LimitOrder("BUY", 1, 100, orderRef="a\0b"),
        library.LimitOrder("BUY", 1, float("nan")),
        library.LimitOrder("BUY", 1, 100, parentId=2_548_181_185),
    ]
    for order in bad:
        desk.ib.placeOrder(aapl, order)
    await until(lambda: desk.errors.codes() == [320] * 3)
    assert all(request_id == -1 for request_id, code, _ in desk.errors if code == 320)
    assert sandbox.orders() == []


async def test_an_order_id_beyond_32_bits_is_refused(serve: Any, dial: Any) -> None:
    wire = await dial(await serve())
    await wire.hear_until("9")
    wire.say("3", "2548181185")
    heard = await wire.hear()
    while heard[3] in ("2104", "2106", "2158"):
        heard = await wire.hear()
    assert heard[2:4] == ["-1", "320"]
    assert 'For input string: "2548181185"' in heard[4]
