import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.orders import OrderState
from brokerwire_server.store.base import DatabaseInUseError, JournalCorruptError, StoreError
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import EPOCH, Chain, account, balances, changed, fill, filled, order, with_state


async def test_what_was_appended_is_read_back_after_a_restart(path: Path) -> None:
    chain = Chain()
    store = SqliteStore(path, new_epoch=lambda: EPOCH)
    await store.open()
    await store.append(chain.first)
    await store.append(chain.add(*(changed(order(n)) for n in range(20))))
    await store.close()

    again = SqliteStore(path, new_epoch=lambda: 1)
    await again.open()
    try:
        assert again.epoch == EPOCH
        assert await again.read("acc-1", 0, 100) == chain.made
        assert await again.read("acc-1", 5, 3) == chain.made[5:8]
        (head,) = await again.heads()
        assert (head.account, head.sequence, head.hash) == (account(), 21, chain.made[-1].hash)
        await again.append(chain.add(changed(order(99))))
        assert await again.first_sequence("acc-1") == 1
    finally:
        await again.close()


async def test_events_streams_the_whole_journal(store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    await store.append(chain.add(*(balances(n, time=n + 1) for n in range(5_100))))
    batches = [batch async for batch in store.events("acc-1")]
    assert [len(batch) for batch in batches] == [5_000, 101]
    assert [event for batch in batches for event in batch] == chain.made


async def test_concurrent_appends_share_commits_and_settle_in_order(store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    before = store.commits
    settled: list[int] = []
    futures = [store.append(chain.add(changed(order(n)))) for n in range(500)]
    for number, future in enumerate(futures):
        future.add_done_callback(partial(_note, settled, number))
    await asyncio.gather(*futures)
    await asyncio.sleep(0)
    assert settled == list(range(500))
    assert 1 <= store.commits - before <= 50


def _note(settled: list[int], number: int, _: object) -> None:
    settled.append(number)


async def test_appends_of_several_accounts_keep_their_own_sequences(store: SqliteStore) -> None:
    chains = [Chain(f"acc-{n}") for n in range(5)]
    futures = [store.append(chain.first) for chain in chains]
    futures += [store.append(chain.add(changed(order(n, chain.account_id)))) for n in range(10) for chain in chains]
    await asyncio.gather(*futures)
    for chain in chains:
        assert await store.read(chain.account_id, 0, 100) == chain.made
    assert [head.sequence for head in await store.heads()] == [11] * 5


async def test_a_cancelled_caller_does_not_disturb_the_others(store: SqliteStore) -> None:
    chain = Chain()
    first = store.append(chain.first)
    second = store.append(chain.add(changed(order(1))))
    first.cancel()
    await second
    assert len(await store.read("acc-1", 0, 10)) == 2


@pytest.mark.parametrize("wrong", ["gap", "repeat", "fork", "mixed"])
async def test_events_that_do_not_continue_the_journal_are_refused(store: SqliteStore, wrong: str) -> None:
    chain = Chain()
    await store.append(chain.first)
    good = chain.add(changed(order(1)))
    bad = {
        "gap": chain.add(changed(order(2))),
        "repeat": chain.first,
        "fork": Chain(opened=False).add(changed(order(1)), changed(order(2)))[1:],
        "mixed": [*good, *Chain("acc-2").first],
    }[wrong]
    with pytest.raises(StoreError, match=r"next event|two accounts|does not follow"):
        await store.append(bad)
    assert store.healthy
    await store.append(good)
    assert len(await store.read("acc-1", 0, 10)) == 2


async def test_a_closed_store_refuses_everything(store: SqliteStore) -> None:
    await store.close()
    assert not store.healthy
    with pytest.raises(StoreError, match="closed"):
        await store.append(Chain().first)
    with pytest.raises(StoreError, match="closed"):
        await store.heads()


async def test_close_writes_out_what_is_queued_and_leaves_one_file(path: Path, store: SqliteStore) -> None:
    chain = Chain()
    futures = [store.append(chain.first)] + [store.append(chain.add(changed(order(n)))) for n in range(50)]
    await store.close()
    assert all(future.done() and future.exception() is None for future in futures)
    assert sorted(file.name for file in path.parent.iterdir()) == ["brokerwire.db", "brokerwire.db.lock"]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (51,)
    connection.close()


async def test_orders_are_found_by_each_of_their_ids(store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    ended = with_state(order(1), OrderState.CANCELED)
    named = with_state(order(2), OrderState.WORKING)
    named = replace(named, broker_order_ids=("b1", "b2"))
    await store.append(chain.add(changed(order(1)), changed(order(2)), changed(ended), changed(named)))

    assert await store.get_order("acc-1", ended.order_id) == ended
    assert await store.find_order("acc-1", "client-2") == named
    assert await store.find_order("acc-1", "") is None
    assert await store.find_broker_order("acc-1", "bw-1", "") == ended
    assert await store.find_broker_order("acc-1", "", "b2") == named
    assert await store.find_broker_order("acc-1", "unknown", "b1") == named
    assert await store.find_broker_order("acc-1", "", "") is None
    assert await store.get_order("acc-2", ended.order_id) is None
    assert await store.open_orders("acc-1") == [named]
    assert sorted(await store.client_order_ids("acc-1")) == ["client-1", "client-2"]


async def test_a_second_store_in_this_process_is_refused_until_the_first_closes(path: Path, store: SqliteStore) -> None:
    second = SqliteStore(path, new_epoch=lambda: 2)
    with pytest.raises(DatabaseInUseError, match=rf"process {os.getpid()}.*stop that process"):
        await second.open()
    await store.append(Chain().first)
    await store.close()
    await second.open()
    assert len(await second.heads()) == 1
    await second.close()


async def test_a_second_process_is_refused(path: Path, store: SqliteStore) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from brokerwire_server.store.sqlite import SqliteStore\n"
        "asyncio.run(SqliteStore(Path(sys.argv[1]), new_epoch=lambda: 1).open())"
    )
    command = [sys.executable, "-c", code, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"DatabaseInUseError: {path} is in use by process {os.getpid()}" in done.stderr
    assert store.healthy


async def test_a_new_epoch_is_taken_on_request_only(path: Path) -> None:
    epochs = iter((1001, 1002))
    store = SqliteStore(path, new_epoch=lambda: next(epochs))
    seen = []
    for renew in (False, False, True, False):
        await store.open(renew_epoch=renew)
        seen.append(store.epoch)
        await store.close()
    assert seen == [1001, 1001, 1002, 1002]


async def test_the_database_is_readable_by_its_owner_alone(path: Path, store: SqliteStore) -> None:
    await store.append(Chain().first)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


async def test_open_refuses_a_journal_whose_end_was_changed(path: Path, store: SqliteStore) -> None:
    chain = Chain()
    await store.append(chain.first)
    await store.append(chain.add(filled(order(1), fill(order(1), 1), 10)))
    await store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE journal SET body = replace(body, '187.2', '18.72') WHERE sequence = 2")
    connection.close()
    with pytest.raises(JournalCorruptError, match=r"event 2 .*journal verify"):
        await store.open()
    await store.open(check_heads=False)
    assert (await store.verify("acc-1")).bad_sequence == 2
    await store.close()


@pytest.fixture
def text_file(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text("these are not the bytes you are looking for, though there are enough of them" * 20)
    return path


async def test_open_refuses_what_is_not_a_database(text_file: Path) -> None:
    content = await asyncio.to_thread(text_file.read_bytes)
    store = SqliteStore(text_file, new_epoch=lambda: 1)
    with pytest.raises(StoreError, match="can't be opened"):
        await store.open()
    assert await asyncio.to_thread(text_file.read_bytes) == content
