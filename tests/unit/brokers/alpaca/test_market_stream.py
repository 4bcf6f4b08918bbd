"""Quotes as they change: from the sandbox's data streams, and polled where those refuse."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp

from brokerwire_server.brokers.alpaca.market_stream import StreamHosts
from tests.unit.brokers.alpaca.market import NOON, Waits, market_data, sandboxed, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from brokerwire_sandbox.alpaca import AlpacaSandbox
    from brokerwire_server.brokers.alpaca.market_data import MarketData
    from brokerwire_server.domain.market import Quote


class Reader:
    """Follows a stream of quotes and keeps the batches."""

    def __init__(self, data: MarketData, *symbols: str) -> None:
        self.batches: list[list[Quote]] = []
        self._source = data.stream_quotes(symbols)
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async for batch in self._source:
            self.batches.append(list(batch))

    @property
    def bids(self) -> list[tuple[str, str]]:
        return [(quote.symbol, str(quote.bid)) for batch in self.batches for quote in batch]

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._source.aclose()  # type: ignore[attr-defined]


@asynccontextmanager
async def reading(data: MarketData, *symbols: str) -> AsyncIterator[Reader]:
    reader = Reader(data, *symbols)
    try:
        yield reader
    finally:
        await reader.stop()


def subscribed(sandbox: AlpacaSandbox, *symbols: str) -> Any:
    return lambda: sandbox.data.stream.subscribed == sorted(symbols)


def closed_gate(sandbox: AlpacaSandbox) -> Waits:
    waits = Waits(sandbox.clock.now)
    waits.gate.clear()
    return waits


async def test_quotes_are_pushed_with_every_digit_and_the_last_trade() -> None:
    async with sandboxed() as sandbox:
        waits = closed_gate(sandbox)
        async with market_data(sandbox, waits=waits) as data, reading(data, "AAPL", "BTC/USD") as reader:
            await until(subscribed(sandbox, "AAPL", "BTC/USD"))
            sandbox.set_quote("AAPL", "187.4100001", "187.42", last="187.415")
            await until(lambda: (known := data.last_quote("AAPL")) and known.last)
            sandbox.set_quote("BTC/USD", "91250.123456789", "91251")
            await until(lambda: ("BTC/USD", "91250.123456789") in reader.bids)
            quote = data.last_quote("AAPL")
            assert quote is not None
            assert (quote.bid, quote.last, quote.time) == (Decimal("187.4100001"), Decimal("187.415"), NOON)
            assert ("AAPL", "187.4100001") in reader.bids
            assert data.stream_problems() == {}
            assert [r for r in sandbox.requests() if "snapshots" in r.path] == []


async def test_readers_share_one_connection_and_its_subscriptions_are_what_they_want() -> None:
    async with sandboxed() as sandbox, market_data(sandbox, waits=closed_gate(sandbox)) as data:
        async with reading(data, "AAPL", "MSFT") as first:
            await until(subscribed(sandbox, "AAPL", "MSFT"))
            async with reading(data, "MSFT", "TSLA") as second:
                await until(subscribed(sandbox, "AAPL", "MSFT", "TSLA"))
                assert sandbox.data.stream.connected == 1
                sandbox.set_quote("MSFT", "400", "401")
                await until(lambda: ("MSFT", "400") in first.bids and ("MSFT", "400") in second.bids)
            await until(subscribed(sandbox, "AAPL", "MSFT"))
        await until(lambda: sandbox.data.stream.connected == 0)


async def test_a_slow_reader_gets_the_latest_quote_alone() -> None:
    async with sandboxed() as sandbox, market_data(sandbox, waits=closed_gate(sandbox)) as data:
        slow = data.stream_quotes(["AAPL"])
        first = asyncio.ensure_future(anext(aiter(slow)))
        await until(subscribed(sandbox, "AAPL"))
        for cents in range(50):
            sandbox.set_quote("AAPL", f"187.{cents:02d}", "188")
        await first
        await until(lambda: (known := data.last_quote("AAPL")) and known.bid == Decimal("187.49"))
        batch = await anext(aiter(slow))
        assert [str(quote.bid) for quote in batch] == ["187.49"]
        await slow.aclose()  # type: ignore[attr-defined]


async def test_a_broken_stream_comes_back_with_its_subscriptions(caplog: pytest.LogCaptureFixture) -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data, reading(data, "AAPL") as reader:
        await until(subscribed(sandbox, "AAPL"))
        assert await sandbox.data.stream.drop() == 1
        await until(lambda: sandbox.data.stream.connected == 0)
        await until(subscribed(sandbox, "AAPL"))
        sandbox.set_quote("AAPL", "190", "191")
        await until(lambda: ("AAPL", "190") in reader.bids)
        await until(lambda: data.stream_problems() == {})
        assert sandbox.secret not in caplog.text


async def test_the_waits_between_attempts_grow_to_a_limit() -> None:
    async with sandboxed() as sandbox:
        waits = Waits(sandbox.clock.now)
        async with market_data(sandbox, waits=waits) as data, reading(data, "AAPL"):
            await until(subscribed(sandbox, "AAPL"))
            await sandbox.stop()
            await until(lambda: sum(seconds == 30 for seconds in waits.slept) >= 2)
            pauses = [seconds for seconds in waits.slept if seconds != 3.0]
            assert pauses[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
            assert "can't be reached" in data.stream_problems()["stock"]
            await sandbox.start(sandbox.host, sandbox.port)
            await until(subscribed(sandbox, "AAPL"))
            await until(lambda: data.stream_problems() == {})


async def test_while_another_connection_has_the_only_stream_quotes_are_polled_and_it_says_so() -> None:
    async with sandboxed() as sandbox:
        keys = {"APCA-API-KEY-ID": sandbox.key, "APCA-API-SECRET-KEY": sandbox.secret}
        async with aiohttp.ClientSession() as http, http.ws_connect(sandbox.url + "/v2/iex", headers=keys) as other:
            await until(lambda: sandbox.data.stream.connected == 1)
            async with market_data(sandbox) as data, reading(data, "AAPL") as reader:
                await until(lambda: "stock" in data.stream_problems())
                assert "another connection has the only data stream" in data.stream_problems()["stock"]
                sandbox.set_quote("AAPL", "190", "191")
                await until(lambda: ("AAPL", "190") in reader.bids)
                await other.close()
                await until(subscribed(sandbox, "AAPL"))
                await until(lambda: data.stream_problems() == {})


async def test_symbols_beyond_the_plan_s_limit_are_polled_and_the_others_pushed() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        sandbox.data.stream.symbols = 1
        async with reading(data, "AAPL") as first:
            await until(subscribed(sandbox, "AAPL"))
            async with reading(data, "MSFT") as second:
                await until(lambda: "too many symbols" in data.stream_problems().get("stock", ""))
                sandbox.set_quote("MSFT", "400", "401")
                sandbox.set_quote("AAPL", "190", "191")
                await until(lambda: ("MSFT", "400") in second.bids and ("AAPL", "190") in first.bids)
                assert sandbox.data.stream.subscribed == ["AAPL"]


async def test_options_are_polled() -> None:
    option = "AAPL260320C00190000"
    async with sandboxed() as sandbox, market_data(sandbox) as data, reading(data, option) as reader:
        sandbox.set_quote(option, "3.10", "3.20")
        await until(lambda: (option, "3.10") in reader.bids or (option, "3.1") in reader.bids)
        assert "polled" in data.stream_problems()["option"]


async def test_keys_that_are_refused_are_tried_again_and_work_once_they_are_good() -> None:
    async with sandboxed() as sandbox, market_data(sandbox) as data:
        sandbox.revoke_keys()
        async with reading(data, "AAPL") as reader:
            await until(lambda: "keys are refused" in data.stream_problems().get("stock", ""))
            sandbox.restore_keys()
            await until(subscribed(sandbox, "AAPL"))
            sandbox.set_quote("AAPL", "190", "191")
            await until(lambda: ("AAPL", "190") in reader.bids)


async def test_after_the_stop_nothing_is_left_running() -> None:
    async with sandboxed() as sandbox:
        async with market_data(sandbox) as data:
            reader = Reader(data, "AAPL")
            await until(subscribed(sandbox, "AAPL"))
            await data.stop()
            await reader.stop()
        await until(lambda: sandbox.data.stream.connected == 0)
        names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
        assert not {name for name in names if name.startswith(("Endpoint", "QuoteStream"))}


def test_each_data_host_has_its_streams() -> None:
    live = StreamHosts.of("https://data.alpaca.markets", "sip")
    assert live.stocks == "wss://stream.data.alpaca.markets/v2/sip"
    assert live.crypto == "wss://stream.data.alpaca.markets/v1beta3/crypto/us"
    assert StreamHosts.of("http://127.0.0.1:8080/", "iex").stocks == "ws://127.0.0.1:8080/v2/iex"
