"""A whole engine on a real database, with a scripted broker behind it."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.engine.seams import Seams
from brokerwire_server.store.sqlite import SqliteStore
from tests.support.scripted_broker import ScriptedBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from brokerwire_server.domain.policies import RiskPolicy

SPEED = 50
"""How many seconds of the engine's waiting pass in one real one."""


def fast_seams(seed: int = 1) -> Seams:
    """Return real time with waiting sped up, and seeded randomness."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    return Seams(now=time.time_ns, monotonic=lambda: time.monotonic() * SPEED, sleep=sleep, rng=random.Random(seed))


async def start_gateway(
    path: Path,
    *brokers: ScriptedBroker,
    sweeps: SweepTimes | None = None,
    policies: Sequence[RiskPolicy] = (),
) -> Gateway:
    """Return a running gateway whose sweeps come only when asked for, unless `sweeps` says otherwise."""
    store = SqliteStore(path, new_epoch=lambda: 42)
    times = sweeps or SweepTimes(working=1e9, idle=1e9)
    gateway = Gateway(store, brokers, seams=fast_seams(), sweeps=times, policies=policies)
    await gateway.start()
    return gateway


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def crash(gateway: Gateway) -> None:
    """Stop a gateway as abruptly as one can within a process: no goodbye, nothing settled."""
    await gateway.tasks.finish(0.0)
    await gateway.store.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "brokerwire.db"


@pytest.fixture
def broker() -> ScriptedBroker:
    return ScriptedBroker()


@pytest.fixture
async def gateway(database: Path, broker: ScriptedBroker) -> AsyncIterator[Gateway]:
    running = await start_gateway(database, broker)
    yield running
    await running.stop(grace=1.0)
