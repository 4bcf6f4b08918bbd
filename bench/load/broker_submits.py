"""Orders sent to the sandbox directly, in a closed loop: by alpaca-py in threads, or by a bare aiohttp client."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import asdict
from time import perf_counter_ns
from typing import Any

import aiohttp
import msgspec

from bench.figures import percentile
from bench.load import alpaca, bodies
from bench.load.samples import Latencies, window
from bench.machine import Meter


class _Shared:
    """What all callers share."""

    def __init__(self, run: str) -> None:
        self._ids = bodies.ids(run)
        self._lock = threading.Lock()
        self._number = 0
        self.latencies = Latencies()
        self.stopped = False

    def order(self) -> tuple[str, str]:
        """Return the next order's id and price."""
        with self._lock:
            self._number += 1
            return next(self._ids).decode(), f"90.{self._number % 100:02d}"


async def broker_submits(
    *, meter: Meter, kind: str, url: str, callers: int, seconds: float, run: str
) -> dict[str, Any]:
    """Submit resting orders for a while."""
    shared = _Shared(run)
    work = _threads(shared, url, callers) if kind == "alpaca-py" else _tasks(shared, url, callers)
    calling = [asyncio.ensure_future(one) for one in work]
    usage = await window(
        meter,
        seconds,
        lambda: setattr(shared.latencies, "open", True),
        lambda: setattr(shared.latencies, "open", False),
    )
    shared.stopped = True
    await asyncio.gather(*calling)
    times = shared.latencies.milliseconds()
    return {
        "rate": len(times) / usage.seconds,
        "p50": percentile(times, 0.5),
        "p99": percentile(times, 0.99),
        "cores": asdict(usage),
    }


def _threads(shared: _Shared, url: str, callers: int) -> Iterator[Any]:
    def call() -> None:
        client = alpaca.trading_client(url)
        while not shared.stopped:
            request = alpaca.order_request(*shared.order())
            begun = perf_counter_ns()
            client.submit_order(request)
            shared.latencies.add(begun)

    return (asyncio.to_thread(call) for _ in range(callers))


def _tasks(shared: _Shared, url: str, callers: int) -> Iterator[Any]:
    session = aiohttp.ClientSession(headers=alpaca.HEADERS, connector=aiohttp.TCPConnector(limit=callers))
    left = [callers]

    async def call() -> None:
        while not shared.stopped:
            body = msgspec.json.encode(alpaca.order_body(*shared.order()))
            begun = perf_counter_ns()
            async with session.post(f"{url}/v2/orders", data=body) as answer:
                found = msgspec.json.decode(await answer.read())
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {found}")
            shared.latencies.add(begun)
        left[0] -= 1
        if not left[0]:
            await session.close()

    return (call() for _ in range(callers))
