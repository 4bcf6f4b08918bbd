"""Trading states, leases and marks in the database: they are there for whoever opens it next."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.trading import (
    EVERYTHING,
    EquityMark,
    GuardLease,
    LeaseState,
    Scope,
    ScopeKind,
    StateRecord,
    TradingState,
)
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.trading import SqliteTradingStore

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.store.sqlite import SqliteStore

RECORD = StateRecord(
    scope=Scope(ScopeKind.ACCOUNT, "a"), state=TradingState.HALTED, principal="ada", time=7, reason="why 'not'"
)
LEASE = GuardLease(lease_id="l", scope=EVERYTHING, ttl=3, principal="ada", cancel=True, create_time=1)
MARK = EquityMark(
    account_id="a", session="2026-11-26", time=1, start=Decimal("10.50"), high=Decimal(11), flows=Decimal(-1)
)


async def test_states_are_kept_one_per_scope(store: SqliteStore, path: Path) -> None:
    later = replace(RECORD, state=TradingState.ACTIVE, principal="grace", time=8)
    everything = replace(RECORD, scope=EVERYTHING)
    for record in (RECORD, everything, later):
        await store.trading.put_state(record)
    found = await SqliteTradingStore(path).states()
    assert sorted(found, key=lambda record: str(record.scope)) == [later, everything]


async def test_leases_are_kept_until_they_are_released(store: SqliteStore, path: Path) -> None:
    fired = replace(LEASE, lease_state=LeaseState.FIRED, state=TradingState.REDUCE_ONLY, fire_time=9)
    await store.trading.put_lease(LEASE)
    assert await SqliteTradingStore(path).leases() == [LEASE]
    await store.trading.put_lease(fired)
    assert await SqliteTradingStore(path).leases() == [fired]
    await store.trading.delete_lease("l")
    assert await SqliteTradingStore(path).leases() == []


async def test_marks_are_kept_exactly(store: SqliteStore, path: Path) -> None:
    await store.trading.put_mark(MARK)
    (found,) = await SqliteTradingStore(path).marks()
    assert (found, str(found.start)) == (MARK, "10.50")
    await store.trading.delete_mark("a")
    assert await SqliteTradingStore(path).marks() == []


async def test_a_database_that_can_not_be_written_is_a_store_error(store: SqliteStore, path: Path) -> None:
    await store.close()
    await asyncio.to_thread(path.unlink)
    with pytest.raises(StoreError, match="could not be used"):
        await store.trading.put_state(RECORD)
