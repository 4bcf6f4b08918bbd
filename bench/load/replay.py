"""Fan-out from the shared end of the journal in memory: nothing is produced meanwhile, so only delivery is measured."""

from dataclasses import asdict
from time import perf_counter
from typing import Any

from bench.load.fan_out import EVENTS_PER_ORDER, TIMEOUT
from bench.load.samples import until
from bench.load.session import Session
from bench.load.subscribers import check, close, subscribe
from bench.machine import Meter

BATCH = 100


async def replay(
    *, meter: Meter, door: str, grpc: str, address: str, count: int, events: int, run: str
) -> dict[str, Any]:
    """Make `events`, then have `count` subscribers resume from before them, all at once."""
    first = await subscribe(door, address, 1, per_connection=1, skip_snapshot=True)
    await until(lambda: first[0].caught_up, TIMEOUT, "a stream to open")
    session = await Session.open(grpc, run, BATCH, resting=False)
    while session.sent * EVENTS_PER_ORDER < events:
        session.send()
        await until(lambda: session.under_way == 0 or bool(session.failure), TIMEOUT, "results")
    made = session.sent * EVENTS_PER_ORDER
    await until(lambda: first[0].events == made, TIMEOUT, "the events")
    if session.failure:
        raise RuntimeError(session.failure)
    close(first)
    session.close()
    meter.start()
    begun = perf_counter()
    subscribers = await subscribe(door, address, count, per_connection=1, resume_token=first[0].token)
    await until(lambda: all(one.events >= made or one.failure for one in subscribers), TIMEOUT, "the events")
    seconds = perf_counter() - begun
    usage = meter.stop()
    check(subscribers)
    close(subscribers)
    delivered = sum(one.events for one in subscribers)
    if delivered != made * count:
        raise RuntimeError(f"{delivered} events were delivered, not {made * count}")
    return {
        "delivered": delivered / seconds,
        "cpu": usage.server * usage.seconds / delivered * 1e6,
        "per_message": delivered / sum(one.messages for one in subscribers),
        "bytes": sum(one.size for one in subscribers) / delivered,
        "cores": asdict(usage),
    }
