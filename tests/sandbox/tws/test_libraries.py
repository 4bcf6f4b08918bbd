"""The real `IB` class of ib_async or ib_insync, unchanged, against the sandbox."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.tws import TimeForm
from tests.sandbox.tws.conftest import library, until

pytestmark = pytest.mark.ibkr_libraries

VERSIONS = (157, 158, 160, 162, 163, 164, 166, 169, 170, 173, 176, 177, 178)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_day_of_trading_at_every_layout(serve: Any, connect: Any, version: int) -> None:
    sandbox = await serve(server_version=version)
    desk = await connect(sandbox)
    assert desk.ib.client.serverVersion() == min(version, desk.ib.client.MaxClientVersion)
    assert desk.ib.managedAccounts() == ["DU1234567"]
    aapl = await desk.stock()
    assert (aapl.conId, aapl.primaryExchange) == (265598, "NASDAQ")

    bought = desk.market(aapl, "BUY", 100, orderRef="first")
    await until(lambda: bought.fills and bought.fills[0].commissionReport.commission)
    assert bought.orderStatus.status == "Filled"
    execution = bought.fills[0].execution
    assert (execution.shares, execution.price, execution.orderRef) == (100, 228.51, "first")
    assert bought.fills[0].commissionReport.commission == 1.0

    resting = desk.limit(aapl, "BUY", 10, 200)
    await until(lambda: resting.orderStatus.status == "Submitted")
    permanent_id = resting.order.permId
    resting.order.lmtPrice, resting.order.totalQuantity = 201, 12
    desk.ib.placeOrder(aapl, resting.order)
    await until(lambda: sandbox.orders()[-1].quantity == 12)
    assert sandbox.orders()[-1].permanent_id == permanent_id
    desk.ib.cancelOrder(resting.order)
    await until(lambda: resting.orderStatus.status == "Cancelled")
    assert desk.errors.codes() == [202]

    assert await desk.positions() == {"AAPL": 100}
    assert desk.ib.positions()[0].avgCost == 228.52
    assert [f.execution.execId for f in await desk.ib.reqExecutionsAsync()] == [execution.execId]
    done = await desk.ib.reqCompletedOrdersAsync(False)
    assert {(t.order.permId, t.orderStatus.status) for t in done} == {
        (bought.order.permId, "Filled"),
        (permanent_id, "Cancelled"),
    }


async def test_a_what_if_tells_margins_and_places_nothing(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    state = await desk.ib.whatIfOrderAsync(await desk.stock(), library.MarketOrder("BUY", 100, tif="DAY"))
    assert (state.initMarginBefore, state.initMarginChange) == ("0.00", "6855.00")
    assert (state.commission, state.commissionCurrency) == (1.0, "USD")
    assert sandbox.orders() == []


async def test_a_bracket_works_as_a_family(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    trades = [desk.ib.placeOrder(aapl, o) for o in desk.ib.bracketOrder("BUY", 5, 228, 240, 220, tif="GTC")]
    entry, profit, loss = trades
    await until(lambda: all(t.order.permId for t in trades))
    assert entry.orderStatus.status == "Submitted"
    assert (profit.orderStatus.status, profit.orderStatus.whyHeld) == ("PreSubmitted", "child")
    assert (loss.orderStatus.status, loss.orderStatus.whyHeld) == ("PreSubmitted", "child,trigger")
    sandbox.set_quote("AAPL", "227.99", "228.00")
    await until(lambda: entry.orderStatus.status == "Filled" and profit.orderStatus.status == "Submitted")
    assert loss.orderStatus.whyHeld == "trigger"
    sandbox.set_quote("AAPL", "240.00", "240.02")
    await until(lambda: profit.orderStatus.status == "Filled" and loss.orderStatus.status == "Cancelled")
    assert sandbox.position("AAPL") == 0


async def test_an_order_that_is_not_transmitted_waits_in_silence(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    trade = desk.market(aapl, "BUY", 1, transmit=False)
    await desk.ib.reqCurrentTimeAsync()
    assert trade.orderStatus.status in ("PendingSubmit", "ApiPending")
    assert not sandbox.executions()
    assert await desk.ib.reqAllOpenOrdersAsync() == []
    trade.order.transmit = True
    desk.ib.placeOrder(aapl, trade.order)
    await until(lambda: trade.orderStatus.status == "Filled")


async def test_accounts_show_money_positions_and_currencies(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    (pair,) = await desk.ib.qualifyContractsAsync(library.Forex("EURUSD"))
    trade = desk.market(pair, "BUY", 10_000)
    await until(lambda: trade.orderStatus.status == "Filled")
    await until(lambda: any(v.tag == "CashBalance" and v.currency == "EUR" for v in desk.ib.accountValues()))
    cash = {v.currency: v.value for v in desk.ib.accountValues() if v.tag == "CashBalance"}
    assert cash == {"EUR": "10000.00", "USD": "989147.50", "BASE": "999997.50"}
    summary = {v.tag: v.value for v in await desk.ib.accountSummaryAsync() if v.currency == "USD"}
    assert summary["NetLiquidation"] == "999997.50"
    assert Decimal(summary["InitMarginReq"]) == Decimal("325.50")
    (item,) = desk.ib.portfolio()
    assert (item.contract.localSymbol, item.position) == ("EUR.USD", 10_000)


async def test_profit_is_told_for_the_account_and_one_holding(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.market(await desk.stock(), "BUY", 100)
    await until(lambda: trade.orderStatus.status == "Filled")
    whole = desk.ib.reqPnL("DU1234567")
    single = desk.ib.reqPnLSingle("DU1234567", "", 265598)
    sandbox.set_quote("AAPL", "238.51", "238.53")
    await until(lambda: whole.unrealizedPnL == 1000 and single.unrealizedPnL == 1000)
    assert (single.position, single.value) == (100, 23_852)


async def test_ticks_stream_and_a_snapshot_ends(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    ticker = desk.ib.reqMktData(aapl, "", False, False)
    await until(lambda: ticker.ask == 228.51)
    sandbox.set_quote("AAPL", "100", "100.02", 3, 4)
    await until(lambda: (ticker.bid, ticker.bidSize, ticker.ask, ticker.askSize) == (100, 3, 100.02, 4))
    assert ticker.low == 100.01
    desk.ib.cancelMktData(aapl)
    (once,) = await desk.ib.reqTickersAsync(await desk.stock("MSFT"))
    assert (once.bid, once.ask) == (421.89, 421.91)


async def test_delayed_ticks_come_where_there_is_no_subscription(serve: Any, connect: Any) -> None:
    sandbox = await serve(delayed_data=True)
    desk = await connect(sandbox)
    aapl = await desk.stock()
    desk.ib.reqMktData(aapl, "", False, False)
    await until(lambda: 10089 in desk.errors.codes())
    desk.ib.reqMarketDataType(3)
    ticker = desk.ib.reqMktData(await desk.stock("SPY"), "", False, False)
    await until(lambda: ticker.bid == 590.29)
    assert ticker.marketDataType == 3
    assert 10167 in desk.errors.codes()


async def test_an_option_chain_its_greeks_and_a_spread(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    chains = await desk.ib.reqSecDefOptParamsAsync("AAPL", "", "STK", 265598)
    chain = next(c for c in chains if c.exchange == "SMART")
    assert 230.0 in chain.strikes
    options = [library.Option("AAPL", chain.expirations[0], strike, "C", "SMART") for strike in (230, 240)]
    low, high = await desk.ib.qualifyContractsAsync(*options)
    ticker = desk.ib.reqMktData(low, "", False, False)
    await until(lambda: ticker.modelGreeks is not None)
    assert 0 < ticker.modelGreeks.delta < 1
    legs = [
        library.ComboLeg(conId=low.conId, ratio=1, action="BUY", exchange="SMART"),
        library.ComboLeg(conId=high.conId, ratio=1, action="SELL", exchange="SMART"),
    ]
    spread = library.Contract(secType="BAG", symbol="AAPL", exchange="SMART", currency="USD", comboLegs=legs)
    trade = desk.limit(spread, "BUY", 2, 50)
    await until(lambda: len(trade.fills) == 3)
    assert trade.orderStatus.status == "Filled"
    assert await desk.positions() == {low.localSymbol: 2, high.localSymbol: -2}


async def test_futures_and_coins_trade(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    details = await desk.ib.reqContractDetailsAsync(library.Future("MES", exchange="CME"))
    assert [d.contract.multiplier for d in details] == ["5", "5"]
    future = desk.market(details[0].contract, "SELL", 1)
    (coin,) = await desk.ib.qualifyContractsAsync(library.Crypto("BTC", "PAXOS", "USD"))
    order = library.MarketOrder("BUY", 0, tif="IOC", cashQty=9_700.5)
    bought = desk.ib.placeOrder(coin, order)
    await until(lambda: future.orderStatus.status == "Filled" and bought.orderStatus.status == "Filled")
    assert sandbox.position("BTC") == Decimal("0.1")


async def test_bars_and_searches_are_answered(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    aapl = await desk.stock()
    days = await desk.ib.reqHistoricalDataAsync(aapl, "20260410 16:00:00 US/Eastern", "10 D", "1 day", "TRADES", True)
    assert len(days) in (9, 10)
    hours = await desk.ib.reqHistoricalDataAsync(aapl, "20260410-20:00:00", "1 D", "1 hour", "TRADES", True)
    assert all(b.low <= min(b.open, b.close) <= max(b.open, b.close) <= b.high for b in hours)
    found = await desk.ib.reqMatchingSymbolsAsync("AAP")
    assert [d.contract.symbol for d in found] == ["AAPL"]
    assert [(i.lowEdge, i.increment) for i in await desk.ib.reqMarketRuleAsync(26)] == [(0, 0.01)]


@pytest.mark.parametrize("form", [TimeForm.ZONED, TimeForm.DASH])
async def test_execution_times_are_those_of_the_clock(serve: Any, connect: Any, form: TimeForm) -> None:
    sandbox = await serve(time_form=form, start_time=1_776_108_424_000_000_000, clock_speed=0.0)
    desk = await connect(sandbox)
    if form is TimeForm.DASH:
        desk.ib.TimezoneTWS = "UTC"
    trade = desk.market(await desk.stock(), "BUY", 1)
    await until(lambda: trade.fills)
    assert trade.fills[0].execution.time.timestamp() == 1_776_108_424


async def test_a_reconnected_client_finds_its_orders(serve: Any, connect: Any) -> None:
    sandbox = await serve()
    desk = await connect(sandbox)
    trade = desk.limit(await desk.stock(), "BUY", 10, 200, orderRef="mine")
    await until(lambda: trade.orderStatus.status == "Submitted")
    permanent_id = trade.order.permId
    desk.ib.disconnect()
    await until(lambda: not sandbox.clients)
    again = await connect(sandbox)
    (found,) = again.ib.openTrades()
    assert (found.order.permId, found.order.orderRef) == (permanent_id, "mine")
    assert again.ib.client.getReqId() > trade.order.orderId
    again.ib.cancelOrder(found.order)
    await until(lambda: found.orderStatus.status == "Cancelled")
