"""Market data through alpaca-py, against the sandbox and against a server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from brokerwire_server.domain.errors import (
    BrokerwireError,
    InvalidRequestError,
    OverloadedError,
    UnavailableError,
    UnsupportedError,
)
from brokerwire_server.domain.instruments import OptionType
from brokerwire_server.domain.market import (
    ActionQuery,
    Adjustment,
    Bar,
    BarQuery,
    BarUnit,
    ChainQuery,
    CorporateActionType,
    Session,
)
from tests.unit.brokers.alpaca.market import MINUTE, NOON, answering, at, market_data, pointed_at, sandboxed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brokerwire_sandbox.alpaca import AlpacaSandbox


def query(**changes: Any) -> BarQuery:
    terms: dict[str, Any] = {
        "symbol": "AAPL",
        "unit": BarUnit.MINUTE,
        "count": 1,
        "start": NOON,
        "end": NOON + 60 * MINUTE,
        "limit": 100,
    }
    return BarQuery(**(terms | changes))


def trade(sandbox: AlpacaSandbox, minute: int, price: str, symbol: str = "AAPL") -> None:
    sandbox.set_time(NOON + minute * MINUTE)
    sandbox.set_quote(symbol, price, price, last=price)


def closes(bars: Sequence[Bar]) -> list[str]:
    return [str(bar.close) for bar in bars]


# --- quotes ---


async def test_quotes_of_stocks_crypto_and_options_are_exact_and_have_their_last_trade() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        sandbox.set_quote("AAPL", "187.4101", "187.42", bid_size=300, last="187.4155")
        sandbox.set_quote("BTC/USD", "91250.123456789", "91251")
        quotes = await data.quotes(["AAPL", "BTC/USD", "AAPL260320C00190000", "AAPL"])
        aapl, coin, option = (quotes[s] for s in ("AAPL", "BTC/USD", "AAPL260320C00190000"))
        assert (aapl.bid, aapl.bid_size, aapl.last, aapl.time) == (Decimal("187.4101"), 300, Decimal("187.4155"), NOON)
        assert (coin.bid, coin.last) == (Decimal("91250.123456789"), 0)
        assert option.ask > option.bid > 0
        assert (aapl.delayed, option.delayed) == (False, True)
        assert data.last_quote("AAPL") == aapl
        assert data.last_quote("MSFT") is None


async def test_symbols_that_are_unknown_or_malformed_are_left_out_of_an_answer() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        assert set(await data.quotes(["AAPL", "ZZZZ", "not-a-symbol", "MSFT"])) == {"AAPL", "MSFT"}
        assert await data.quotes(["not-a-symbol"]) == {}


async def test_no_digit_is_lost_on_the_way() -> None:
    long = "0.1000000000000000055511151231257827"
    quote = f'{{"bp":{long},"bs":1e-9,"ap":1,"as":3,"t":"2026-03-04T17:00:00.123456789Z"}}'

    async def handle(_: web.Request) -> web.Response:
        return web.Response(text=f'{{"AAPL":{{"latestQuote":{quote}}}}}', content_type="application/json")

    async with answering(handle) as url, pointed_at(url) as data:
        found = (await data.quotes(["AAPL"]))["AAPL"]
        assert (found.bid, found.bid_size) == (Decimal(long), Decimal("0.000000001"))
        assert found.time % 1_000_000_000 == 123_456_789


# --- history ---


async def test_bars_are_those_within_the_interval_whose_end_is_outside_of_it() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        for minute, price in ((1, "100"), (2, "101"), (3, "102"), (4, "103")):
            trade(sandbox, minute, price)
        start, end = NOON + 2 * MINUTE, NOON + 4 * MINUTE
        assert closes(await data.bars(query(start=start, end=end))) == ["101", "102"]
        assert closes(await data.bars(query(start=start + 1, end=end + 1))) == ["102", "103"]
        assert closes(await data.bars(query(start=start, newest_first=True, limit=2))) == ["103", "102"]
        (first,) = await data.bars(query(start=NOON + 1, end=NOON + MINUTE + 1))
        assert (first.start, first.high, first.trade_count) == (NOON + MINUTE, 100, 1)


async def test_bars_come_for_crypto_and_options_too_and_adjusted_for_stocks() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        trade(sandbox, 1, "91250.5", "BTC/USD")
        trade(sandbox, 1, "400")
        split = {"new_rate": 4, "old_rate": 1, "ex_date": "2026-03-05", "process_date": "2026-03-05"}
        sandbox.data.paths.add_action("forward_splits", symbol="AAPL", cusip="0", **split)
        trade(sandbox, 1440, "100")
        span = {"start": NOON + 1, "end": NOON + 1441 * MINUTE}
        assert closes(await data.bars(query(symbol="BTC/USD", **span))) == ["91250.5"]
        assert closes(await data.bars(query(**span))) == ["400", "100"]
        assert closes(await data.bars(query(adjustment=Adjustment.SPLIT, **span))) == ["100", "100"]
        assert await data.bars(query(symbol="AAPL260320C00190000", **span)) == []


async def test_a_length_that_alpaca_lacks_is_refused_with_those_it_has() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        with pytest.raises(InvalidRequestError, match="no bars of 5 months") as refused:
            await data.bars(query(unit=BarUnit.MONTH, count=5))
        assert refused.value.violations[0].supported == ("1", "2", "3", "6", "12")


async def test_a_chain_joins_contracts_with_what_they_trade_at() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        whole = await data.option_chain(ChainQuery(underlying="AAPL"))
        strikes = sorted({e.instrument.option.strike for e in whole if e.instrument.option})
        low, high = strikes[3], strikes[6]
        wanted = ChainQuery(
            underlying="AAPL", type=OptionType.PUT, last_expiration="2026-03-31", min_strike=low, max_strike=high
        )
        chain = await data.option_chain(wanted)
        assert len(whole) == 88
        terms = [e.instrument.option for e in chain if e.instrument.option]
        assert [t.strike for t in terms] == strikes[3:7]
        assert {(t.type, t.expiration, t.multiplier) for t in terms} == {(OptionType.PUT, "2026-03-20", Decimal(100))}
        one = chain[0]
        assert one.quote is not None
        assert one.greeks is not None
        assert one.greeks.delta is not None
        assert (one.quote.delayed, one.implied_volatility, one.open_interest) == (True, Decimal("0.3"), 100)
        assert -1 < one.greeks.delta < 0
        assert await data.option_chain(ChainQuery(underlying="ZZZZ")) == []


async def test_corporate_actions_are_found_by_day_symbol_and_type() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        add = sandbox.data.paths.add_action
        add("cash_dividends", symbol="AAPL", rate=0.26, special=False, process_date="2026-03-10", ex_date="2026-03-09")
        add("name_changes", old_symbol="FB", new_symbol="META", process_date="2026-04-01")
        add("whole_new_things", symbol="AAPL", process_date="2026-03-11", colour="red")
        (dividend, other), (renamed,) = (
            await data.corporate_actions(ActionQuery(first_date="2026-03-01", symbols=("AAPL",))),
            await data.corporate_actions(
                ActionQuery(first_date="2026-03-01", types=(CorporateActionType.NAME_CHANGE,))
            ),
        )
        assert (dividend.type, dividend.cash_rate) == (CorporateActionType.CASH_DIVIDEND, Decimal("0.26"))
        assert (dividend.ex_date, dividend.details) == ("2026-03-09", {"special": "false"})
        assert (renamed.symbol, renamed.new_symbol) == ("FB", "META")
        assert (other.type, other.broker_type) == (CorporateActionType.OTHER, "whole_new_things")
        assert other.details == {"colour": "red"}
        assert await data.corporate_actions(ActionQuery(first_date="2026-03-12", last_date="2026-03-31")) == []


async def test_past_values_of_the_account_leave_deposits_out_of_the_gain() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        sandbox.set_time(NOON + 10 * MINUTE)
        sandbox.add_activity("CSD", "5000")
        sandbox.set_time(NOON + 11 * MINUTE)
        sandbox.set_time(NOON + 20 * MINUTE)
        points = await data.portfolio_history(NOON, NOON + 21 * MINUTE, 5 * MINUTE)
        assert {p.equity for p in points} == {100_000, 105_000}
        assert {p.profit_loss for p in points} == {0}
        assert {p.cash for p in points} == {None}


# --- market hours ---


async def test_trading_days_have_new_york_s_hours_holidays_and_half_days() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        before, after = await data.trading_days("2026-03-06", "2026-03-09")
        assert (before.date, before.open) == ("2026-03-06", at("2026-03-06T14:30:00"))
        assert (after.date, after.open) == ("2026-03-09", at("2026-03-09T13:30:00"))
        assert (after.pre_open, after.post_close) == (at("2026-03-09T08:00:00"), at("2026-03-10T00:00:00"))
        (half,) = await data.trading_days("2026-11-26", "2026-11-27")
        assert (half.date, half.half_day, half.close) == ("2026-11-27", True, at("2026-11-27T18:00:00"))
        assert before.half_day is False


@pytest.mark.parametrize(
    ("time", "session"),
    [
        ("2026-03-04T13:00:00", Session.PRE_MARKET),
        ("2026-03-04T17:00:00", Session.REGULAR),
        ("2026-03-04T22:00:00", Session.POST_MARKET),
        ("2026-03-05T02:00:00", Session.CLOSED),
        ("2026-03-07T17:00:00", Session.CLOSED),
    ],
)
async def test_the_clock_knows_the_extended_hours(time: str, session: Session) -> None:
    async with sandboxed(start_time=at(time)) as sandbox, market_data(sandbox) as data:
        clock = await data.clock()
        assert (clock.time, clock.session, clock.is_open) == (at(time), session, session is Session.REGULAR)
        assert clock.next_open > clock.time


# --- when it goes wrong ---


async def test_a_feed_outside_of_the_plan_is_explained() -> None:
    async with sandboxed() as sandbox, market_data(sandbox, "sip") as data:
        with pytest.raises(UnsupportedError, match="your Alpaca plan has no SIP data: set data_feed = iex") as refused:
            await data.quotes(["AAPL"])
        assert refused.value.metadata["field"] == "data_feed"
        sandbox.data.set_plan(plus=True)
        assert (await data.quotes(["AAPL260320C00190000"]))["AAPL260320C00190000"].delayed is False


async def test_refused_keys_say_so_and_never_show_themselves(caplog: pytest.LogCaptureFixture) -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        sandbox.revoke_keys()
        with pytest.raises(UnavailableError, match="refuses the keys") as refused:
            await data.quotes(["AAPL"])
        assert refused.value.metadata["link"] == "AUTH_REQUIRED"
        assert sandbox.secret not in f"{refused.value!r} {refused.value.metadata} {caplog.text} {data!r}"
        sandbox.restore_keys()
        assert await data.quotes(["AAPL"])


async def test_a_used_up_rate_limit_is_told_at_once_with_the_time_to_wait() -> None:
    async with sandboxed(rate_limit=200) as sandbox, market_data(sandbox) as data:
        sandbox.exhaust_rate_limit()
        with pytest.raises(OverloadedError) as refused:
            await data.trading_days("2026-03-02", "2026-03-06")
        assert refused.value.reason == "BROKER_RATE_LIMIT"
        assert refused.value.retry_after is not None
        assert 1 <= refused.value.retry_after <= 60
        limited = [r for r in sandbox.requests() if r.status == 429]
        assert len(limited) == 1


def html(status: int) -> web.Response:
    return web.Response(status=status, text="<html>Bad Gateway</html>", content_type="text/html")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (lambda: html(502), "BROKER_UNAVAILABLE"),
        (lambda: html(200), "BROKER_PROTOCOL_ERROR"),
        (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "BROKER_PROTOCOL_ERROR"),
        (
            lambda: web.Response(text='{"AAPL": {"latestQuote": {"bp": 1', content_type="application/json"),
            "BROKER_PROTOCOL_ERROR",
        ),
        (lambda: web.json_response([1, 2]), "BROKER_PROTOCOL_ERROR"),
        (lambda: web.Response(text='{"AAPL":{"latestQuote":{"bp":1e999999}}}'), "BROKER_PROTOCOL_ERROR"),
        (lambda: web.json_response({"AAPL": {"latestQuote": {"bp": 1, "t": "soon"}}}), "BROKER_PROTOCOL_ERROR"),
        (lambda: web.json_response({"message": "internal server error"}, status=500), "BROKER_UNAVAILABLE"),
    ],
    ids=["html 502", "html 200", "redirect", "cut off", "list", "huge number", "no time", "500"],
)
async def test_an_answer_that_can_t_be_used_is_an_error_in_our_words(
    response: Callable[[], web.Response], reason: str
) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        return response()

    async with answering(handle) as url, pointed_at(url) as data:
        with pytest.raises(BrokerwireError) as failed:
            await data.quotes(["AAPL"])
        assert failed.value.reason == reason
        assert failed.value.metadata["broker"] == "alpaca"


async def test_a_host_that_is_not_there_is_unavailable() -> None:
    async with pointed_at("http://127.0.0.1:1") as data:
        with pytest.raises(UnavailableError, match="no connection"):
            await data.clock()


async def test_a_server_that_hangs_blocks_neither_the_loop_nor_the_end() -> None:
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def handle(_: web.Request) -> web.Response:
        asked.set()
        await let_go.wait()
        return web.json_response({})

    async with answering(handle) as url, pointed_at(url) as data:
        call = asyncio.create_task(data.quotes(["AAPL"]))
        await asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await data.stop()
        with pytest.raises(UnavailableError, match="closed"):
            await data.quotes(["AAPL"])
        hanging = [thread for thread in threading.enumerate() if thread.name.startswith("alpaca-data")]
        assert all(thread.daemon for thread in hanging)
        let_go.set()


async def test_reading_pages_ends_when_the_answer_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from brokerwire_server.brokers.alpaca import market_clients

    async def handle(request: web.Request) -> web.Response:
        rows = [{"id": "1", "symbol": "AAPL", "process_date": "2026-03-10"}]
        return web.json_response({"corporate_actions": {"redemptions": rows}, "next_page_token": "again"})

    monkeypatch.setattr(market_clients, "CALL_SECONDS", 0.3)
    async with answering(handle) as url, pointed_at(url) as data:
        with pytest.raises(UnavailableError, match="no answer in time"):
            await data.corporate_actions(ActionQuery(first_date="2026-03-01"))


async def test_several_calls_run_side_by_side() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        answers = await asyncio.gather(*(data.quotes(["AAPL", "MSFT"]) for _ in range(20)))
        assert all(set(answer) == {"AAPL", "MSFT"} for answer in answers)


def test_alpaca_py_and_pandas_are_not_loaded_before_they_are_needed() -> None:
    code = (
        "import sys, brokerwire_server.brokers.alpaca.market_data\n"
        "print([m for m in ('alpaca', 'pandas') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == []
