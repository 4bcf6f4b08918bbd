"""alpaca-py's own data streams against the sandbox, and what the protocol says besides."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
from alpaca.data.live.crypto import CryptoDataStream
from alpaca.data.live.stock import StockDataStream

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

START = 1_772_643_600_000_000_000
MINUTE = 60_000_000_000


@pytest.fixture
async def sandbox() -> AsyncIterator[AlpacaSandbox]:
    async with AlpacaSandbox(SandboxSettings(start_time=START, clock_speed=0)) as running:
        yield running


@asynccontextmanager
async def running(stream: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(stream._run_forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stream.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def socket(sandbox: AlpacaSandbox, path: str = "/v2/iex", **headers: str) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.url + path, headers=headers) as ws:
        yield ws


async def told(ws: Any) -> Any:
    (message,) = json.loads((await ws.receive(timeout=10)).data)
    return message


def url(sandbox: AlpacaSandbox, path: str) -> str:
    return sandbox.url.replace("http", "ws", 1) + path


async def test_alpaca_py_streams_quotes_trades_and_bars_of_stocks(sandbox: AlpacaSandbox) -> None:
    stream = StockDataStream(sandbox.key, sandbox.secret, url_override=url(sandbox, "/v2/iex"))
    seen: list[Any] = []

    async def take(item: Any) -> None:
        seen.append(item)

    stream.subscribe_quotes(take, "AAPL")
    stream.subscribe_trades(take, "AAPL")
    stream.subscribe_bars(take, "*")
    async with running(stream):
        await until(lambda: sandbox.data.stream.subscribed == ["AAPL"])
        sandbox.set_quote("AAPL", "187.40", "187.42", last="187.41")
        sandbox.set_quote("MSFT", "400", "401")
        sandbox.set_time(START + MINUTE)
        sandbox.set_quote("AAPL", "187.50", "187.52")
        await until(lambda: len(seen) >= 4)
    quote, trade, bar, later = seen[:4]
    assert (quote.symbol, quote.bid_price, quote.ask_price) == ("AAPL", 187.40, 187.42)
    assert (quote.timestamp.timestamp(), trade.price) == (START / 1e9, 187.41)
    assert (bar.symbol, bar.close) == ("AAPL", 187.41)
    assert later.bid_price == 187.5


async def test_alpaca_py_streams_crypto(sandbox: AlpacaSandbox) -> None:
    stream = CryptoDataStream(sandbox.key, sandbox.secret, url_override=url(sandbox, "/v1beta3/crypto/us"))
    seen: list[Any] = []

    async def take(item: Any) -> None:
        seen.append(item)

    stream.subscribe_quotes(take, "BTC/USD")
    async with running(stream):
        await until(lambda: sandbox.data.stream.subscribed == ["BTC/USD"])
        sandbox.set_quote("BTC/USD", "91250.5", "91251")
        await until(lambda: seen)
    assert (seen[0].symbol, seen[0].bid_price) == ("BTC/USD", 91250.5)


async def test_in_json_numbers_and_times_keep_every_digit(sandbox: AlpacaSandbox) -> None:
    keys = {"APCA-API-KEY-ID": sandbox.key, "APCA-API-SECRET-KEY": sandbox.secret}
    async with socket(sandbox, **keys) as ws:
        assert [(await told(ws))["msg"] for _ in range(2)] == ["connected", "authenticated"]
        await ws.send_json({"action": "subscribe", "quotes": ["AAPL"]})
        assert (await told(ws))["quotes"] == ["AAPL"]
        sandbox.set_time(START + 123_456_789)
        sandbox.set_quote("AAPL", "187.40", "187.4200001")
        text = (await ws.receive(timeout=10)).data
        assert '"ap":187.4200001' in text
        assert '17:00:00.123456789Z"' in text
        await ws.send_json({"action": "unsubscribe", "quotes": ["AAPL"]})
        assert (await told(ws))["quotes"] == []


async def test_a_second_connection_too_many_symbols_and_wrong_keys_are_told_by_code(sandbox: AlpacaSandbox) -> None:
    auth = {"action": "auth", "key": sandbox.key, "secret": sandbox.secret}
    async with socket(sandbox) as first, socket(sandbox) as second, socket(sandbox) as third:
        for ws in (first, second, third):
            assert (await told(ws))["msg"] == "connected"
        await first.send_json({"action": "subscribe", "quotes": ["AAPL"]})
        assert (await told(first))["code"] == 401
        await first.send_json(auth)
        assert (await told(first))["msg"] == "authenticated"
        await first.send_json({"action": "subscribe", "quotes": [f"S{n}" for n in range(31)]})
        assert (await told(first))["code"] == 405
        await first.send_str("nonsense")
        assert (await told(first))["code"] == 400
        await second.send_json(auth)
        assert (await told(second)) == {"T": "error", "code": 406, "msg": "connection limit exceeded"}
        await third.send_json(auth | {"secret": "wrong"})
        assert (await told(third))["code"] == 402
    async with socket(sandbox, "/v2/sip") as ws:
        await told(ws)
        await ws.send_json(auth)
        assert (await told(ws))["code"] == 409


async def test_msgpack_is_spoken_to_whoever_asks_for_it(sandbox: AlpacaSandbox) -> None:
    async with socket(sandbox, **{"Content-Type": "application/msgpack"}) as ws:
        assert msgspec.msgpack.decode((await ws.receive(timeout=10)).data) == [{"T": "success", "msg": "connected"}]
