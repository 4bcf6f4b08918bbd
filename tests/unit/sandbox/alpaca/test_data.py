"""alpaca-py's own data clients against the sandbox: unchanged, but for the URL."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.enums import Adjustment, DataFeed, OptionsFeed
from alpaca.data.historical.corporate_actions import CorporateActionsClient
from alpaca.data.historical.crypto import CryptoHistoricalDataClient
from alpaca.data.historical.option import OptionHistoricalDataClient
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.data.requests import (
    CorporateActionsRequest,
    CryptoBarsRequest,
    CryptoLatestBarRequest,
    CryptoLatestQuoteRequest,
    CryptoLatestTradeRequest,
    CryptoSnapshotRequest,
    OptionBarsRequest,
    OptionChainRequest,
    OptionLatestQuoteRequest,
    OptionLatestTradeRequest,
    OptionSnapshotRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockSnapshotRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import ContractType
from alpaca.trading.requests import GetCalendarRequest, GetOptionContractsRequest

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SECOND = 1_000_000_000
NOON = int(datetime(2026, 3, 4, 17, tzinfo=UTC).timestamp()) * SECOND
"""Noon in New York, 4 March 2026: in March, because the clocks change on the 8th."""


@pytest.fixture
async def sandbox() -> AsyncIterator[AlpacaSandbox]:
    async with AlpacaSandbox(SandboxSettings(start_time=NOON, clock_speed=0, rate_limit=0)) as running:
        yield running


class Sdk:
    """alpaca-py's clients."""

    def __init__(self, sandbox: AlpacaSandbox) -> None:
        keys = {"api_key": sandbox.key, "secret_key": sandbox.secret}
        url: dict[str, Any] = {**keys, "url_override": sandbox.url}
        self.stocks = StockHistoricalDataClient(**url)
        self.crypto = CryptoHistoricalDataClient(**url)
        self.options = OptionHistoricalDataClient(**url)
        self.actions = CorporateActionsClient(**url)
        self.trading = TradingClient(**url)

    def close(self) -> None:
        for client in (self.stocks, self.crypto, self.options, self.actions, self.trading):
            client._session.close()


@pytest.fixture
def sdk(sandbox: AlpacaSandbox) -> Any:
    made = Sdk(sandbox)
    yield made
    made.close()


async def call(work: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(work, *arguments)


def trade(sandbox: AlpacaSandbox, minutes: int, price: str, symbol: str = "AAPL") -> None:
    """Let a symbol trade so many minutes after noon."""
    sandbox.set_time(NOON + minutes * 60 * SECOND)
    at = Decimal(price)
    sandbox.set_quote(symbol, at - Decimal("0.01"), at + Decimal("0.01"), last=at, bid_size=300, ask_size=200)


async def test_latest_values_of_stocks(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    trade(sandbox, 1, "187.42")
    both = ["AAPL", "MSFT"]
    quotes = await call(sdk.stocks.get_stock_latest_quote, StockLatestQuoteRequest(symbol_or_symbols=both))
    trades = await call(sdk.stocks.get_stock_latest_trade, StockLatestTradeRequest(symbol_or_symbols=both))
    bars = await call(sdk.stocks.get_stock_latest_bar, StockLatestBarRequest(symbol_or_symbols="AAPL"))
    snapshots = await call(sdk.stocks.get_stock_snapshot, StockSnapshotRequest(symbol_or_symbols=both))
    assert set(quotes) == {"AAPL", "MSFT"}
    assert (quotes["AAPL"].bid_price, quotes["AAPL"].bid_size, quotes["AAPL"].ask_size) == (187.41, 300, 200)
    assert quotes["AAPL"].timestamp == datetime(2026, 3, 4, 17, 1, tzinfo=UTC)
    assert {symbol: t.price for symbol, t in trades.items()} == {"AAPL": 187.42}
    assert (bars["AAPL"].close, bars["AAPL"].timestamp) == (187.42, datetime(2026, 3, 4, 17, 1, tzinfo=UTC))
    assert snapshots["AAPL"].latest_trade.price == snapshots["AAPL"].minute_bar.close == 187.42
    assert snapshots["AAPL"].daily_bar.high >= 187.42
    assert snapshots["MSFT"].latest_trade is None


async def test_bars_are_made_of_the_prices_that_were_shown(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    for minute, price in ((1, "100"), (1, "103"), (2, "101"), (7, "99")):
        trade(sandbox, minute, price)
    start = datetime(2026, 3, 4, 17, 1, tzinfo=UTC)

    async def bars(amount: int, unit: TimeFrameUnit, **more: Any) -> list[Any]:
        terms: dict[str, Any] = {"symbol_or_symbols": "AAPL", "timeframe": TimeFrame(amount, unit), "start": start}
        found = await call(sdk.stocks.get_stock_bars, StockBarsRequest(**(terms | more)))
        return list(found.data.get("AAPL", []))

    minutes = await bars(1, TimeFrameUnit.Minute)
    assert [(b.open, b.high, b.low, b.close) for b in minutes] == [
        (100, 103, 100, 103),
        (101, 101, 101, 101),
        (99, 99, 99, 99),
    ]
    assert [b.close for b in await bars(1, TimeFrameUnit.Minute, sort="desc", limit=2)] == [99, 101]
    five = await bars(5, TimeFrameUnit.Minute, start=start - timedelta(minutes=1))
    assert [(b.timestamp.minute, b.high, b.close) for b in five][-1] == (5, 99, 99)
    until = await bars(1, TimeFrameUnit.Minute, end=start + timedelta(minutes=1))
    assert [b.close for b in until] == [103, 101]


async def test_days_begin_at_new_york_s_midnight_across_the_change_of_clocks(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    for days in (0, 4, 8):
        trade(sandbox, days * 1440, str(100 + days))
    terms: dict[str, Any] = {"symbol_or_symbols": "AAPL", "start": datetime(2026, 3, 1, tzinfo=UTC)}
    daily = await call(sdk.stocks.get_stock_bars, StockBarsRequest(timeframe=TimeFrame.Day, **terms))
    assert [(b.timestamp.day, b.timestamp.hour) for b in daily.data["AAPL"]] == [(4, 5), (8, 5), (12, 4)]
    weekly = await call(
        sdk.stocks.get_stock_bars, StockBarsRequest(timeframe=TimeFrame(1, TimeFrameUnit.Week), **terms)
    )
    assert [(b.timestamp.day, b.close) for b in weekly.data["AAPL"]] == [(2, 104), (9, 108)]
    monthly = await call(
        sdk.stocks.get_stock_bars, StockBarsRequest(timeframe=TimeFrame(3, TimeFrameUnit.Month), **terms)
    )
    assert monthly.data.get("AAPL", []) == []


async def test_a_split_adjusts_the_bars_before_it(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    trade(sandbox, 1, "400")
    sandbox.data.paths.add_action(
        "forward_splits",
        symbol="AAPL",
        cusip="0",
        new_rate=4,
        old_rate=1,
        ex_date="2026-03-05",
        process_date="2026-03-05",
    )
    trade(sandbox, 1440, "100")
    terms: dict[str, Any] = {
        "symbol_or_symbols": "AAPL",
        "timeframe": TimeFrame.Minute,
        "start": datetime(2026, 3, 4, 17, 1, tzinfo=UTC),
    }
    raw = await call(sdk.stocks.get_stock_bars, StockBarsRequest(**terms))
    split = await call(sdk.stocks.get_stock_bars, StockBarsRequest(**terms, adjustment=Adjustment.SPLIT))
    assert [b.close for b in raw.data["AAPL"]] == [400, 100]
    assert [b.close for b in split.data["AAPL"]] == [100, 100]


async def test_crypto_has_the_same(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    trade(sandbox, 1, "91250.5", symbol="BTC/USD")
    one = {"symbol_or_symbols": "BTC/USD"}
    quote = await call(sdk.crypto.get_crypto_latest_quote, CryptoLatestQuoteRequest(**one))
    last = await call(sdk.crypto.get_crypto_latest_trade, CryptoLatestTradeRequest(**one))
    minute = await call(sdk.crypto.get_crypto_latest_bar, CryptoLatestBarRequest(**one))
    snapshot = await call(sdk.crypto.get_crypto_snapshot, CryptoSnapshotRequest(**one))
    start = datetime(2026, 3, 4, 17, 1, tzinfo=UTC)
    terms: dict[str, Any] = {**one, "timeframe": TimeFrame.Minute, "start": start}
    bars = await call(sdk.crypto.get_crypto_bars, CryptoBarsRequest(**terms))
    assert (quote["BTC/USD"].ask_price, last["BTC/USD"].price) == (91250.51, 91250.5)
    assert minute["BTC/USD"].close == snapshot["BTC/USD"].latest_trade.price == bars.data["BTC/USD"][0].close == 91250.5


async def test_options_have_contracts_quotes_chains_and_greeks(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    wanted = GetOptionContractsRequest(underlying_symbols=["AAPL"], expiration_date_lte="2026-03-31", limit=100)
    contracts = (await call(sdk.trading.get_option_contracts, wanted)).option_contracts
    symbol = contracts[0].symbol
    quote = await call(sdk.options.get_option_latest_quote, OptionLatestQuoteRequest(symbol_or_symbols=symbol))
    trades = await call(sdk.options.get_option_latest_trade, OptionLatestTradeRequest(symbol_or_symbols=symbol))
    snapshot = await call(sdk.options.get_option_snapshot, OptionSnapshotRequest(symbol_or_symbols=[symbol]))
    bars = await call(sdk.options.get_option_bars, OptionBarsRequest(symbol_or_symbols=symbol, timeframe=TimeFrame.Day))
    chain = await call(sdk.options.get_option_chain, OptionChainRequest(underlying_symbol="AAPL"))
    near = await call(
        sdk.options.get_option_chain,
        OptionChainRequest(underlying_symbol="AAPL", expiration_date_lte="2026-03-31", type=ContractType.CALL),
    )
    assert quote[symbol].ask_price > quote[symbol].bid_price > 0
    assert trades == {}
    assert bars.data == {}
    assert 0 < abs(snapshot[symbol].greeks.delta) < 1
    assert snapshot[symbol].implied_volatility == 0.3
    assert len(chain) == 88
    assert {c.symbol for c in contracts if c.type == "call"} == set(near)
    deltas = [near[s].greeks.delta for s in sorted(near)]
    assert deltas == sorted(deltas, reverse=True)


async def test_corporate_actions_are_filtered_by_day_symbol_and_type(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    add = sandbox.data.paths.add_action
    for number in range(3):
        day = f"2026-03-1{number}"
        add(
            "cash_dividends",
            symbol="AAPL",
            cusip="0",
            rate=0.26,
            special=False,
            foreign=False,
            ex_date=day,
            process_date=day,
        )
    add("name_changes", old_symbol="FB", old_cusip="1", new_symbol="META", new_cusip="2", process_date="2026-03-11")

    async def found(**terms: Any) -> dict[str, int]:
        asked = CorporateActionsRequest(start=date(2026, 3, 1), end=date(2026, 3, 31), **terms)
        return {k: len(v) for k, v in (await call(sdk.actions.get_corporate_actions, asked)).data.items()}

    assert await found() == {"cash_dividends": 3, "name_changes": 1}
    assert await found(symbols=["META"]) == {"name_changes": 1}
    assert await found(types=["cash_dividend"]) == {"cash_dividends": 3}
    raw = await call(sdk.actions.get, "/corporate-actions", {"start": "2026-03-01", "end": "2026-03-31", "limit": "2"})
    assert (len(raw["corporate_actions"]["cash_dividends"]), raw["next_page_token"]) == (2, "2")


async def test_the_calendar_and_the_clock_answer(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    days = await call(sdk.trading.get_calendar, GetCalendarRequest(start=date(2026, 3, 2), end=date(2026, 3, 6)))
    clock = await call(sdk.trading.get_clock)
    assert len(days) == 5
    assert clock.timestamp.astimezone(UTC) == datetime(2026, 3, 4, 17, tzinfo=UTC)


async def test_paid_feeds_wrong_symbols_and_wrong_keys_are_refused(sandbox: AlpacaSandbox, sdk: Sdk) -> None:
    sip = StockLatestQuoteRequest(symbol_or_symbols="AAPL", feed=DataFeed.SIP)
    opra = OptionLatestQuoteRequest(symbol_or_symbols="AAPL260320C00150000", feed=OptionsFeed.OPRA)
    for method, request, words in (
        (sdk.stocks.get_stock_latest_quote, sip, "subscription does not permit"),
        (sdk.options.get_option_latest_quote, opra, "OPRA"),
        (sdk.stocks.get_stock_latest_quote, StockLatestQuoteRequest(symbol_or_symbols="NO SUCH"), "invalid symbol"),
    ):
        with pytest.raises(APIError, match=words):
            await call(method, request)
    sandbox.data.set_plan(plus=True)
    assert "AAPL" in await call(sdk.stocks.get_stock_latest_quote, sip)
    sandbox.revoke_keys()
    with pytest.raises(APIError) as refused:
        await call(sdk.stocks.get_stock_latest_quote, sip)
    assert refused.value.status_code == 401
