"""What the market data tests share: a sandbox, the adapter's half on it, and a server that misbehaves."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from brokerwire_sandbox.alpaca import AlpacaSandbox, Hours, SandboxSettings
from brokerwire_server.brokers.alpaca.market_data import MarketData, MarketSettings
from brokerwire_server.brokers.base import Tools
from brokerwire_server.domain.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
NOON = int(datetime(2026, 3, 4, 17, tzinfo=UTC).timestamp()) * SECOND
"""Noon in New York on Wednesday, 4 March 2026."""


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


class Waits:
    """Real time, but for the waiting: a sleep ends when the test says so, or at once."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.slept: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.tools = Tools(now=now, monotonic=time.monotonic, sleep=self.sleep, random=lambda: 1.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.gate.wait()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def sandboxed(**settings: Any) -> AsyncIterator[AlpacaSandbox]:
    chosen = {"start_time": NOON, "clock_speed": 0, "rate_limit": 0, "hours": Hours.XNYS, **settings}
    async with AlpacaSandbox(SandboxSettings(**chosen)) as running:
        yield running


@asynccontextmanager
async def market_data(
    sandbox: AlpacaSandbox, feed: str = "iex", waits: Waits | None = None
) -> AsyncIterator[MarketData]:
    waits = waits or Waits(sandbox.clock.now)
    settings = MarketSettings(base_url=sandbox.url, data_url=sandbox.url, data_feed=feed)
    data = MarketData(settings, Secret(sandbox.key), Secret(sandbox.secret), waits.tools)
    try:
        yield data
    finally:
        await data.stop()


@asynccontextmanager
async def answering(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Serve every path by one handler; yields the URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def pointed_at(url: str, feed: str = "iex") -> AsyncIterator[MarketData]:
    settings = MarketSettings(base_url=url, data_url=url, data_feed=feed)
    data = MarketData(settings, Secret("PKTEST"), Secret("very-secret"), Waits(time.time_ns).tools)
    try:
        yield data
    finally:
        await data.stop()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)
