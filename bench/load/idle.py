"""Idle streams: opened, caught up, and then silent. What does each cost in memory?"""

import asyncio
from dataclasses import asdict
from typing import Any

from bench.load.samples import until
from bench.load.subscribers import check, close, subscribe
from bench.machine import Meter, resident_kib

SETTLE = 1.0
WARM_UP_STREAMS = 50
TIMEOUT = 60.0


async def idle(*, meter: Meter, door: str, address: str, count: int, per_connection: int) -> dict[str, Any]:
    """Return what `count` streams add to the server's resident memory, in KiB per stream."""
    warm = await subscribe(door, address, WARM_UP_STREAMS, per_connection)
    await until(lambda: all(one.caught_up for one in warm), TIMEOUT, "the first streams")
    close(warm)
    await asyncio.sleep(SETTLE)
    before = resident_kib(meter.server)
    meter.start()
    streams = await subscribe(door, address, count, per_connection)
    await until(lambda: all(one.caught_up or one.failure for one in streams), TIMEOUT, "the streams to open")
    usage = meter.stop()
    check(streams)
    await asyncio.sleep(SETTLE)
    after = resident_kib(meter.server)
    close(streams)
    return {"before": before, "after": after, "each": (after - before) / count, "cores": asdict(usage)}
