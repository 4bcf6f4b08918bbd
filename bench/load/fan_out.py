"""Fan-out: one session makes events, many subscribers take them.

Every order makes three events in the journal: submitted, working, canceled (IOC), so that open orders do not pile up.
At full speed, batches are sent as long as the slowest subscriber is not too far behind, so that all of them stay live.
"""

import asyncio
from dataclasses import asdict
from time import perf_counter
from typing import Any

from bench.figures import percentile
from bench.load.samples import until, window
from bench.load.session import Session
from bench.load.subscribers import Subscriber, check, close, subscribe
from bench.machine import Meter

EVENTS_PER_ORDER = 3
FULL_SPEED_LAG = 4_096
"""Events that the slowest subscriber may be behind the source at full speed."""

TIMEOUT = 30.0


class _Source:
    """Makes events through a session."""

    def __init__(self, session: Session, subscribers: list[Subscriber]) -> None:
        self._session = session
        self._subscribers = subscribers
        self.stopped = False

    async def at_rate(self, events: float, orders: int) -> None:
        """Make so many events a second, by batches of `orders` at even intervals."""
        interval = EVENTS_PER_ORDER * orders / events
        due = perf_counter()
        while not self.stopped:
            while due <= perf_counter():
                self._session.send()
                due += interval
            await asyncio.sleep(max(due - perf_counter(), 0))

    async def at_full_speed(self) -> None:
        """Make events as fast as all subscribers take them."""
        while not self.stopped:
            slowest = min((one.events for one in self._subscribers), default=self._session.answered * EVENTS_PER_ORDER)
            made = self._session.sent * EVENTS_PER_ORDER
            if made - slowest < FULL_SPEED_LAG and self._session.under_way < FULL_SPEED_LAG // EVENTS_PER_ORDER:
                self._session.send()
            else:
                await asyncio.sleep(0.001)


async def fan_out(
    *,
    meter: Meter,
    door: str,
    grpc: str,
    address: str,
    count: int,
    per_connection: int = 1,
    rate: float,
    orders: int,
    seconds: float,
    run: str,
) -> dict[str, Any]:
    """Measure `count` subscribers at `rate` events a second (0: full speed).

    Orders come in a gRPC session at `grpc`, in batches of `orders`.
    """
    subscribers = await subscribe(door, address, count, per_connection, skip_snapshot=True)
    await until(lambda: all(one.caught_up for one in subscribers), TIMEOUT, "the streams to open")
    session = await Session.open(grpc, run, orders, resting=False)
    source = _Source(session, subscribers)
    making = asyncio.create_task(source.at_rate(rate, orders) if rate else source.at_full_speed())
    latencies: list[int] = []
    counts: list[tuple[int, int, int, int]] = []

    def look() -> None:
        totals = [sum(values) for values in zip(*((s.events, s.messages, s.size) for s in subscribers), strict=True)]
        counts.append((session.answered, *(totals or (0, 0, 0))))

    def opened() -> None:
        look()
        for one in subscribers:
            one.latencies = latencies

    def closed() -> None:
        look()
        for one in subscribers:
            one.latencies = None

    usage = await window(meter, seconds, opened, closed)
    source.stopped = True
    await making
    await _settled(session, subscribers)
    close(subscribers)
    session.close()
    answered, delivered, messages, size = (after - before for before, after in zip(*counts, strict=True))
    times = [value / 1e6 for value in latencies]
    return {
        "made": answered * EVENTS_PER_ORDER / usage.seconds,
        "delivered": delivered / usage.seconds,
        "per_message": delivered / max(messages, 1),
        "bytes": size / max(delivered, 1),
        "p50": percentile(times, 0.5),
        "p99": percentile(times, 0.99),
        "server_seconds": usage.server,
        "latencies": len(times),
        "cores": asdict(usage),
    }


async def _settled(session: Session, subscribers: list[Subscriber]) -> None:
    """Wait for the last events, and see that every subscriber had every event once."""
    await until(lambda: session.under_way == 0 or bool(session.failure), TIMEOUT, "the last results")
    if session.failure:
        raise RuntimeError(session.failure)
    events = session.sent * EVENTS_PER_ORDER
    try:
        await until(lambda: all(one.events >= events or one.failure for one in subscribers), TIMEOUT, "the last events")
    finally:
        check(subscribers)
    if {one.events for one in subscribers} - {events}:
        await asyncio.sleep(1)
        got = sorted({one.events for one in subscribers})
        raise RuntimeError(f"subscribers got from {got[0]} to {got[-1]} events, not {events}")
