"""A sample's window of time: what happens outside of it is not counted."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from time import perf_counter_ns

from bench.machine import Meter, Usage

WARM_UP = 0.3
"""Seconds of load before a sample begins."""


class Latencies:
    """Latencies of what ends while the window is open, in nanoseconds."""

    def __init__(self) -> None:
        self.values: list[int] = []
        self.open = False
        self.done = False

    def add(self, begun: int) -> None:
        """Count one that ends now."""
        if self.open:
            self.values.append(perf_counter_ns() - begun)

    def milliseconds(self) -> list[float]:
        """Return them in milliseconds."""
        return [value / 1e6 for value in self.values]


async def window(meter: Meter, seconds: float, opened: Callable[[], None], closed: Callable[[], None]) -> Usage:
    """Warm up, open the window for `seconds`, and return who used the processors in it."""
    await asyncio.sleep(WARM_UP)
    gc.collect()
    gc.disable()
    try:
        meter.start()
        opened()
        await asyncio.sleep(seconds)
        closed()
        return meter.stop()
    finally:
        gc.enable()


async def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until a condition holds. Raises `TimeoutError`."""
    for _ in range(int(seconds / 0.005)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError(f"waited {seconds:g} s for {what}")


Job = Callable[..., Awaitable[dict[str, object]]]
