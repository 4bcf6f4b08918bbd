"""A write that fails: everything queued fails, nothing is half-written, and the store says so."""

import asyncio
import resource
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.orders import OrderState
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import EPOCH, SECOND, Chain, changed, fill, filled, order, with_state


def run_sql(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(sql)
    connection.close()


async def fail_at(path: Path, sequence: int) -> None:
    await asyncio.to_thread(
        run_sql,
        path,
        f"CREATE TRIGGER broken BEFORE INSERT ON journal WHEN new.sequence = {sequence} "
        "BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END",
    )


async def test_the_failed_batch_and_everything_after_it_fail(path: Path, store: SqliteStore) -> None:
    chain = Chain()
    told: list[StoreError] = []
    store._on_unhealthy = told.append
    await store.append(chain.first)
    await store.append(chain.add(changed(order(1))))
    await fail_at(path, 5)

    futures = [store.append(chain.add(changed(order(n)))) for n in range(2, 8)]
    results = await asyncio.gather(*futures, return_exceptions=True)
    assert isinstance(results[-1], StoreError)
    first_bad = next(n for n, result in enumerate(results) if result is not None)
    assert all(isinstance(result, StoreError) for result in results[first_bad:])
    assert not store.healthy
    assert len(told) == 1
    assert "the disk is gone" in str(told[0])
    with pytest.raises(StoreError, match="the disk is gone"):
        await store.append(chain.add(changed(order(9))))

    (head,) = await store.heads()
    events = await store.read("acc-1", 0, 100)
    assert head.sequence == len(events) == 2 + first_bad
    assert events == chain.made[: head.sequence]
    assert len(await store.client_order_ids("acc-1")) == head.sequence - 1
    assert (await store.verify("acc-1")).ok


async def test_an_append_is_written_whole_or_not_at_all(path: Path, store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    await fail_at(path, 150)
    with pytest.raises(StoreError):
        await store.append(chain.add(*(changed(order(n)) for n in range(200))))
    assert len(await store.read("acc-1", 0, 1000)) == 1
    assert await store.open_orders("acc-1") == []


async def test_reopen_goes_on_where_the_journal_really_ends(path: Path, store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    await fail_at(path, 2)
    lost = chain.add(changed(order(1)))
    with pytest.raises(StoreError):
        await store.append(lost)
    await asyncio.to_thread(run_sql, path, "DROP TRIGGER broken")
    await store.reopen()
    assert store.healthy
    assert [head.sequence for head in await store.heads()] == [1]
    await store.append(lost)
    assert (await store.verify("acc-1")).verified == 2


async def append_until_it_fails(store: SqliteStore, chain: Chain) -> tuple[int, StoreError]:
    for number in range(1000):
        try:
            await store.append(chain.add(changed(order(number))))
        except StoreError as error:
            return number + 1, error
    raise AssertionError("the disk was never full")


@pytest.mark.serial
async def test_a_full_disk_fails_the_append_and_space_lets_it_reopen(store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        acked, error = await append_until_it_fails(store, chain)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "could not be written" in str(error)
    assert not store.healthy
    assert acked > 10
    await store.reopen()
    (head,) = await store.heads()
    assert head.sequence == acked
    assert (await store.verify("acc-1")).ok
    await store.append(chain.made[acked : acked + 1])
    assert store.healthy


@pytest.mark.parametrize("again_later", [False, True])
async def test_a_fill_id_is_unique_for_ever(store: SqliteStore, again_later: bool) -> None:
    chain, one = Chain(), order(1)
    await store.append(chain.first)
    first = chain.add(filled(one, fill(one, 1, fill_id="x-1"), 10))
    if again_later:
        await store.append(first)
        first = []
    ended = with_state(one, OrderState.FILLED)
    with pytest.raises(StoreError, match="fill_id"):
        await store.append([*first, *chain.add(filled(ended, fill(one, 2, fill_id="x-1"), 20))])
    assert (await store.get_fill("acc-1", "x-1") is not None) == again_later
    assert not store.healthy


async def test_a_client_order_id_means_one_order_for_ever(store: SqliteStore) -> None:
    chain, one = Chain(), order(1)
    other = replace(one, order_id="other", create_time=SECOND)
    await store.append(chain.first)
    await store.append(chain.add(changed(one)))
    with pytest.raises(StoreError, match="client_order_id"):
        await store.append(chain.add(changed(other)))
    assert await store.find_order("acc-1", "client-1") == one


async def test_the_same_fill_id_in_two_accounts_is_two_fills(store: SqliteStore) -> None:
    for account_id in ("acc-1", "acc-2"):
        chain, one = Chain(account_id), order(1, account_id)
        await store.append(chain.first)
        await store.append(chain.add(filled(one, fill(one, 1, fill_id="same"), 10)))
        found = await store.get_fill(account_id, "same")
        assert found is not None
        assert found.account_id == account_id
    assert store.healthy
    assert store.epoch == EPOCH
