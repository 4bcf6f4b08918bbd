"""Quotes, bars, chains and the calendar, from a sandbox."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.errors import InvalidRequestError, NotFoundError, UnavailableError
from brokerwire_server.domain.instruments import AssetClass, OptionType
from brokerwire_server.domain.market import Adjustment, BarQuery, BarUnit, ChainQuery, Quote, Session
from tests.unit.brokers.ibkr.readers import readers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

pytestmark = pytest.mark.ibkr_libraries

HOUR = 3_600_000_000_000
TUESDAY = 1_763_478_000_000_000_000
"""10:00 in New York, 18 November 2025."""


def bars_of(symbol: str, hours: int = 3, **changes: Any) -> BarQuery:
    fields: dict[str, Any] = {"symbol": symbol, "unit": BarUnit.MINUTE, "count": 5, "limit": 10_000}
    fields |= {"start": TUESDAY, "end": TUESDAY + hours * HOUR, "adjustment": Adjustment.SPLIT}
    return BarQuery(**{**fields, **changes})


async def read_until(stream: AsyncIterator[Sequence[Quote]], symbol: str, bid: Decimal) -> Quote:
    async with asyncio.timeout(10):
        async for batch in stream:
            for quote in batch:
                if quote.symbol == symbol and quote.bid == bid:
                    return quote
    raise AssertionError("the stream has ended")


async def test_a_quote_of_each_asset_class_is_read() -> None:
    async with readers() as at:
        future = at.contracts.named("ES").local_symbol
        call = next(c for c in at.contracts if c.security == "OPT").local_symbol.replace(" ", "")
        symbols = ["AAPL", call, future, "EUR/USD", "BTC/USD", "NOPE"]
        found = await at.market.quotes(symbols)
        assert set(found) == set(symbols) - {"NOPE"}
        quote = found["AAPL"]
        assert (quote.bid, quote.ask, quote.delayed) == (Decimal("228.49"), Decimal("228.51"), False)
        assert quote.bid_size > 0
        assert quote.time > 0
        assert all(0 < one.bid < one.ask for one in found.values())


async def test_the_latest_quote_is_at_hand_once_it_was_read() -> None:
    async with readers() as at:
        assert at.market.last_quote("AAPL") is None
        await at.market.quotes(["AAPL"])
        quote = at.market.last_quote("AAPL")
        assert quote is not None
        assert quote.bid == Decimal("228.49")


async def test_delayed_quotes_are_marked() -> None:
    async with readers(delayed_data=True) as at:
        assert (await at.market.quotes(["AAPL"]))["AAPL"].delayed
        async with aclosing(at.market.stream_quotes(["AAPL"])) as stream:  # type: ignore[type-var]
            assert (await read_until(stream, "AAPL", Decimal("228.49"))).delayed


async def test_readers_share_one_subscription_and_the_last_one_ends_it() -> None:
    async with readers() as at:
        async with (
            aclosing(at.market.stream_quotes(["AAPL", "MSFT"])) as one,  # type: ignore[type-var]
            aclosing(at.market.stream_quotes(["AAPL"])) as other,  # type: ignore[type-var]
        ):
            await read_until(one, "AAPL", Decimal("228.49"))
            await read_until(other, "AAPL", Decimal("228.49"))
            at.sandbox.set_quote("AAPL", Decimal(230), Decimal("230.02"))
            for stream in (one, other):
                assert (await read_until(stream, "AAPL", Decimal(230))).ask == Decimal("230.02")
            assert at.asked("reqMktData") == 2
            assert at.market.last_quote("AAPL") is not None
        assert await eventually(lambda: at.asked("2") == 2)


async def eventually(condition: object) -> bool:
    assert callable(condition)
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
    return True


async def test_a_stream_goes_on_after_a_reconnect_and_its_old_price_does_not_stand_in_between() -> None:
    async with readers() as at, aclosing(at.market.stream_quotes(["AAPL"])) as stream:  # type: ignore[type-var]
        await read_until(stream, "AAPL", Decimal("228.49"))
        at.session.disconnect("gone")
        assert at.market.last_quote("AAPL") is None
        await at.session.connect(5.0)
        at.sandbox.set_quote("AAPL", Decimal(231), Decimal("231.02"))
        await read_until(stream, "AAPL", Decimal(231))


async def test_what_is_not_known_is_told_while_somebody_reads_it() -> None:
    async with readers() as at:
        async with aclosing(at.market.stream_quotes(["NOPE", "AAPL"])) as stream:  # type: ignore[type-var]
            await read_until(stream, "AAPL", Decimal("228.49"))
            assert at.market.stream_problems() == {"NOPE": "Interactive Brokers does not know it"}
        assert at.market.stream_problems() == {}


async def test_without_a_session_there_are_no_quotes_but_an_error() -> None:
    async with readers() as at:
        at.session.disconnect("gone")
        with pytest.raises(UnavailableError):
            await at.market.quotes(["AAPL"])


async def test_bars_are_those_of_the_time_asked_for_in_the_order_asked_for() -> None:
    async with readers() as at:
        query = bars_of("AAPL")
        found = await at.history.bars(query)
        assert found
        starts = [bar.start for bar in found]
        assert starts == sorted(set(starts))
        assert all(query.start <= start < query.end for start in starts)
        assert all(bar.low <= bar.open <= bar.high and bar.volume >= 0 for bar in found)
        newest = await at.history.bars(bars_of("AAPL", newest_first=True, limit=3))
        assert [bar.start for bar in newest] == sorted((bar.start for bar in newest), reverse=True)
        assert len(newest) == 3
        assert newest[0].start >= starts[-1]


async def test_a_long_time_is_read_in_pieces_without_a_seam() -> None:
    async with readers() as at:
        found = await at.history.bars(bars_of("EUR/USD", hours=48, count=1, adjustment=Adjustment.RAW))
        assert at.asked("reqHistoricalData") == 2
        gaps = {after.start - before.start for before, after in pairwise(found)}
        assert gaps == {60 * 1_000_000_000}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"count": 7}, "timeframe.count"),
        ({"adjustment": Adjustment.RAW}, "adjustment"),
        ({"adjustment": Adjustment.ALL}, "adjustment"),
        ({"start": 1}, "start_time"),
    ],
)
async def test_bars_that_the_broker_does_not_have_are_refused(changes: dict[str, Any], field: str) -> None:
    async with readers() as at:
        with pytest.raises(InvalidRequestError) as caught:
            await at.history.bars(bars_of("AAPL", **changes))
        assert caught.value.violations[0].field == field
        assert at.asked("reqHistoricalData") == 0


async def test_bars_of_the_unknown_are_not_found() -> None:
    async with readers() as at:
        with pytest.raises(NotFoundError):
            await at.history.bars(bars_of("NOPE"))


async def test_a_chain_has_the_contracts_that_match() -> None:
    async with readers() as at:
        every = await at.reference.option_chain(ChainQuery(underlying="AAPL"))
        listed = {c.local_symbol.replace(" ", "") for c in at.contracts if c.security == "OPT"}
        assert {entry.instrument.symbol for entry in every} == listed
        first = min(entry.instrument.option.expiration for entry in every if entry.instrument.option)
        query = ChainQuery(
            underlying="AAPL",
            type=OptionType.PUT,
            last_expiration=first,
            min_strike=Decimal(200),
            max_strike=Decimal(210),
        )
        some = await at.reference.option_chain(query)
        terms = [entry.instrument.option for entry in some]
        assert {(t.type, t.expiration) for t in terms if t} == {(OptionType.PUT, first)}
        assert sorted(t.strike for t in terms if t) == [200, 205, 210]
        with pytest.raises(NotFoundError):
            await at.reference.option_chain(ChainQuery(underlying="NOPE"))


async def test_a_search_brings_instruments_with_their_rules() -> None:
    async with readers() as at:
        found = await at.reference.search("AAP", 5)
        assert [d.instrument.symbol for d in found] == ["AAPL"]
        assert found[0].tick_at(Decimal(228)) == Decimal("0.01")
        assert await at.reference.search("  ", 5) == ()
        with pytest.raises(InvalidRequestError):
            await at.reference.search("AAPL\0X", 5)


async def test_an_instrument_is_found_by_symbol_and_class() -> None:
    async with readers() as at:
        details = await at.reference.instrument("EUR/USD", AssetClass.FOREX)
        assert details is not None
        assert details.instrument.base_currency == "EUR"
        assert await at.reference.instrument("NOPE", AssetClass.EQUITY) is None
        at.session.disconnect("gone")
        with pytest.raises(UnavailableError):
            await at.reference.instrument("MSFT", AssetClass.EQUITY)


async def test_the_calendar_is_new_york_s() -> None:
    async with readers() as at:
        days = await at.reference.trading_days("2026-11-25", "2026-11-30")
        assert [(day.date, day.half_day) for day in days] == [
            ("2026-11-25", False), ("2026-11-27", True), ("2026-11-30", False),
        ]  # fmt: skip
        assert (await at.reference.market_clock()).session in set(Session)
        with pytest.raises(InvalidRequestError):
            await at.reference.trading_days("1900-01-01", "1900-01-02")
