"""Tampering with a stored journal is found, and the right event is named."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from brokerwire_server.domain.events import GENESIS, chain_hash
from brokerwire_server.store.base import Verification
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import Chain, changed, fill, filled, order


async def tampered(path: Path, store: SqliteStore, *statements: str) -> Verification:
    """Write 12 events (fills are 3, 5, 7, 9 and 11), change the file behind the store's back, verify."""
    chain = Chain()
    await store.append(chain.first)
    for number in range(1, 6):
        one = order(number)
        await store.append(chain.add(changed(one), filled(one, fill(one, number), number)))
    await store.append(chain.add(changed(order(6))))
    await store.close()
    await asyncio.to_thread(change, path, statements)
    await store.open(check_heads=False)
    return await store.verify("acc-1")


def change(path: Path, statements: tuple[str, ...]) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def test_an_untouched_journal_verifies(path: Path, store: SqliteStore) -> None:
    found = await tampered(path, store)
    assert (found.ok, found.verified, found.head_sequence, found.bad_sequence) == (True, 12, 12, 0)
    assert found.head_hash == (await store.heads())[0].hash


async def test_an_unknown_account_has_nothing_to_verify(store: SqliteStore) -> None:
    found = await store.verify("nobody")
    assert (found.ok, found.verified, found.head_hash) == (True, 0, GENESIS)


@pytest.mark.parametrize(
    ("sql", "bad", "problem"),
    [
        ("UPDATE journal SET body = CAST(replace(body, '187.2', '18.72') AS BLOB) WHERE sequence = 7", 7, "content"),
        ("UPDATE journal SET body = 'text' WHERE sequence = 4", 4, "content"),
        ("UPDATE journal SET time = time + 1 WHERE sequence = 2", 2, "content"),
        ("UPDATE journal SET causation = 'me' WHERE sequence = 12", 12, "content"),
        ("UPDATE journal SET type = 'CASH' WHERE sequence = 3", 3, "content"),
        ("UPDATE journal SET hash = zeroblob(32) WHERE sequence = 6", 6, "content"),
        ("UPDATE journal SET previous_hash = zeroblob(32) WHERE sequence = 6", 6, "previous hash"),
        ("DELETE FROM journal WHERE sequence = 1", 1, "missing"),
        ("DELETE FROM journal WHERE sequence = 8", 8, "missing"),
        ("DELETE FROM journal WHERE sequence = 12", 12, "missing"),
        ("DELETE FROM journal WHERE sequence >= 5", 5, "missing"),
        ("DELETE FROM fills WHERE sequence = 5", 5, "fills' table none"),
        ("UPDATE fills SET fill_id = 'other' WHERE sequence = 5", 5, "fills' table other"),
        ("UPDATE fills SET sequence = 4 WHERE sequence = 5", 4, "states fill none"),
        ("UPDATE fills SET sequence = 99 WHERE sequence = 11", 11, "fills' table none"),
        ("INSERT INTO fills VALUES ('acc-1', 40, 'forged', 'o', 'AAPL', 1)", 40, "the journal ends at 12"),
        ("UPDATE accounts SET head_hash = zeroblob(32)", 12, "noted as the end"),
        ("UPDATE accounts SET head_sequence = 11", 11, "noted as the end"),
    ],
)
async def test_a_change_is_found_at_its_event(path: Path, store: SqliteStore, sql: str, bad: int, problem: str) -> None:
    found = await tampered(path, store, sql)
    assert not found.ok
    assert found.bad_sequence == bad
    assert problem in found.problem
    assert found.verified <= 12


async def test_two_events_that_changed_places_are_found(path: Path, store: SqliteStore) -> None:
    found = await tampered(
        path,
        store,
        "UPDATE journal SET sequence = -6 WHERE sequence = 6",
        "UPDATE journal SET sequence = 6 WHERE sequence = 8",
        "UPDATE journal SET sequence = 8 WHERE sequence = -6",
    )
    assert (found.ok, found.bad_sequence, found.verified) == (False, 6, 5)


async def test_an_event_rewritten_with_a_hash_of_its_own_breaks_the_chain_after_it(
    path: Path, store: SqliteStore
) -> None:
    chain = Chain()
    before = chain.add(*(changed(order(n)) for n in range(1, 3)))[0]
    body = before.body.replace(b"187.25", b"999.99")
    forged = chain_hash(before.account_id, 77, before.sequence, before.time, "ORDER", "", body, before.previous_hash)
    await store.append(chain.made)
    await asyncio.to_thread(
        change,
        path,
        (f"UPDATE journal SET body = X'{body.hex()}', hash = X'{forged.hex()}' WHERE sequence = 2",),  # noqa: S608
    )
    assert (await store.verify("acc-1")).bad_sequence == 3


async def test_verifying_goes_on_while_events_arrive(store: SqliteStore) -> None:
    chain = Chain()
    chain.add(*(changed(order(n)) for n in range(300)))
    await store.append(chain.made)
    checks = [asyncio.create_task(store.verify("acc-1")) for _ in range(5)]
    for number in range(300, 320):
        await store.append(chain.add(changed(order(number))))
    for check in checks:
        found = await check
        assert found.ok, found
        assert found.verified == found.head_sequence >= 301
