"""What a chain of hashes alone can't prove, signed checkpoints do; and no byte of the journal changes unnoticed."""

from __future__ import annotations

import base64
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.events import (
    GATEWAY,
    GENESIS,
    AuditOutcome,
    AuditRecorded,
    EventType,
    chain_hash,
    make_event,
)
from brokerwire_server.store import queries
from brokerwire_server.store.base import CheckpointError, JournalEnd, VaultError
from brokerwire_server.store.checkpoints import START, CheckpointFile, marks_of, read, signing_key
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.verify import Verifier
from tests.unit.store.builders import EPOCH, SECOND, Chain, changed, fill, filled, order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from brokerwire_server.store.base import Verification
    from brokerwire_server.store.sqlite import SqliteStore


async def written(store: SqliteStore) -> Chain:
    """Write five events of one account, and one of the gateway's."""
    chain = Chain()
    one = order(1)
    await store.append(chain.first)
    await store.append(chain.add(changed(one), filled(one, fill(one, 1), 10), changed(order(2)), changed(order(3))))
    record = AuditRecorded(principal="anna", action="vault.rotate", outcome=AuditOutcome.DONE, details={"a": "b"})
    own = make_event(
        account_id=GATEWAY,
        epoch=EPOCH,
        sequence=1,
        time=SECOND,
        causation="principal:anna",
        payload=record,
        previous_hash=GENESIS,
    )
    await store.append([own])
    return chain


def checked(connection: Connection, marks: Mapping[str, Mapping[int, bytes]] = {}) -> list[Verification]:
    found = []
    for account_id in sorted({*queries.ends(connection), *marks}):
        verifier = Verifier(connection, account_id, marks.get(account_id))
        while (result := verifier.step(connection)) is None:
            pass
        found.append(result)
    return found


# --- every byte ------------------------------------------------------------------------------------------------------

COLUMNS = ("account_id", "sequence", "epoch", "time", "type", "causation", "body", "previous_hash", "hash")
NUMBERS = frozenset({"sequence", "epoch", "time"})
TEXTS = frozenset({"account_id", "type", "causation"})


def flips(column: str, value: Any) -> Iterator[Any]:
    """Yield the value with each of its bytes changed in turn, as SQLite would hold it."""
    data = value.to_bytes(8, "big", signed=True) if column in NUMBERS else value.encode() if column in TEXTS else value
    for index in range(len(data)):
        for mask in (0x01,) if column == "body" else (0x01, 0x80):
            flipped = data[:index] + bytes((data[index] ^ mask,)) + data[index + 1 :]
            yield int.from_bytes(flipped, "big", signed=True) if column in NUMBERS else flipped


@pytest.mark.parametrize("column", COLUMNS)
async def test_each_byte_of_the_journal_flipped_is_found(path: Path, store: SqliteStore, column: str) -> None:
    chain = await written(store)
    await store.append(chain.add(AuditRecorded(principal="anna", action="x", outcome=AuditOutcome.DONE)))
    await store.close()
    change = f"CAST(CAST(? AS BLOB) AS {'TEXT' if column in TEXTS else 'BLOB'})"
    statement = (
        f"UPDATE OR REPLACE journal SET {column} = {'?' if column in NUMBERS else change} "  # noqa: S608
        "WHERE account_id = ? AND sequence = ?"
    )
    with writing_engine(path).connect() as connection:
        before = connection.exec_driver_sql("SELECT * FROM journal").mappings().all()
        assert all(result.ok for result in checked(connection))
        connection.rollback()
        count = 0
        for row in before:
            for value in flips(column, row[column]):
                changed_rows = connection.exec_driver_sql(statement, (value, row["account_id"], row["sequence"]))
                assert changed_rows.rowcount == 1
                bad = [result for result in checked(connection) if not result.ok]
                assert bad, (column, row["account_id"], row["sequence"], value)
                if column not in {"account_id", "sequence"}:
                    assert (bad[0].account_id, bad[0].bad_sequence) == (row["account_id"], row["sequence"])
                connection.rollback()
                count += 1
        assert count >= 14
    await store.open()


# --- what the chain alone does not show ------------------------------------------------------------------------------


def ends(store_path: Path) -> list[JournalEnd]:
    with writing_engine(store_path).connect() as connection:
        return [
            JournalEnd(account_id=name, sequence=sequence, hash=digest)
            for name, (sequence, digest) in queries.ends(connection).items()
        ]


def cut_off(path: Path, account_id: str, last: int) -> None:
    """Remove the end of a journal so well that nothing in the database shows it."""
    raw = sqlite3.connect(path)
    mine = "account_id = ? AND sequence > ?"
    for table in ("journal", "fills", "orders", "positions"):
        raw.execute(f"DELETE FROM {table} WHERE {mine}", (account_id, last))  # noqa: S608
    end = raw.execute("SELECT hash FROM journal WHERE account_id = ? AND sequence = ?", (account_id, last)).fetchone()
    raw.execute("UPDATE accounts SET head_sequence = ?, head_hash = ? WHERE account_id = ?", (last, end[0], account_id))
    raw.commit()
    raw.close()


def rewrite(path: Path, account_id: str, sequence: int) -> None:
    """Change one event, and compute all hashes from there on anew."""
    raw = sqlite3.connect(path)
    raw.execute("UPDATE journal SET causation = 'forged' WHERE account_id = ? AND sequence = ?", (account_id, sequence))
    query = "SELECT account_id, epoch, sequence, time, type, causation, body FROM journal WHERE account_id = ?"
    previous = GENESIS
    for row in raw.execute(query + " ORDER BY sequence", (account_id,)).fetchall():
        digest = chain_hash(*row, previous)
        raw.execute(
            "UPDATE journal SET previous_hash = ?, hash = ? WHERE account_id = ? AND sequence = ?",
            (previous, digest, account_id, row[2]),
        )
        previous = digest
    raw.execute("UPDATE accounts SET head_hash = ? WHERE account_id = ?", (previous, account_id))
    raw.commit()
    raw.close()


@pytest.fixture
def file(path: Path) -> CheckpointFile:
    made = CheckpointFile(path.with_name("checkpoints.jsonl"), path.with_name("checkpoint.key"))
    path.parent.mkdir(parents=True, exist_ok=True)
    made.open()
    return made


def marks(file: CheckpointFile) -> dict[str, dict[int, bytes]]:
    return marks_of(read(file.path.read_bytes(), file.public_key))


async def test_a_journal_that_was_cut_off_behind_a_checkpoint_is_found(
    path: Path, store: SqliteStore, file: CheckpointFile
) -> None:
    await written(store)
    file.write(ends(path), epoch=77, time=1)
    await store.close()
    cut_off(path, "acc-1", 3)
    with writing_engine(path).connect() as connection:
        assert all(result.ok for result in checked(connection)), "the chain alone must not show it"
        (bad,) = [result for result in checked(connection, marks(file)) if not result.ok]
    assert (bad.account_id, bad.bad_sequence) == ("acc-1", 4)
    assert "cut off" in bad.problem
    await store.open()
    assert not (await store.verify("acc-1", marks(file)["acc-1"])).ok


async def test_a_journal_that_was_removed_as_a_whole_is_found(
    path: Path, store: SqliteStore, file: CheckpointFile
) -> None:
    await written(store)
    file.write(ends(path), epoch=77, time=1)
    raw = sqlite3.connect(path)
    raw.execute("DELETE FROM journal WHERE account_id = ?", (GATEWAY,))
    raw.execute("DELETE FROM accounts WHERE account_id = ?", (GATEWAY,))
    raw.commit()
    raw.close()
    with writing_engine(path).connect() as connection:
        assert all(result.ok for result in checked(connection)), "the chain alone must not show it"
        (bad,) = [result for result in checked(connection, marks(file)) if not result.ok]
    assert (bad.account_id, bad.bad_sequence) == (GATEWAY, 1)


async def test_a_chain_that_was_computed_anew_is_found_between_two_checkpoints(
    path: Path, store: SqliteStore, file: CheckpointFile
) -> None:
    chain = await written(store)
    file.write([JournalEnd(account_id="acc-1", sequence=2, hash=chain.made[1].hash)], epoch=77, time=1)
    file.write(ends(path), epoch=77, time=2)
    await store.close()
    rewrite(path, "acc-1", 4)
    with writing_engine(path).connect() as connection:
        assert all(result.ok for result in checked(connection)), "the chain alone must not show it"
        (bad,) = [result for result in checked(connection, marks(file)) if not result.ok]
    assert bad.bad_sequence == 5
    assert "events 3 to 5" in bad.problem
    await store.open()


async def test_a_line_break_that_would_make_parts_ambiguous_is_found(path: Path, store: SqliteStore) -> None:
    await written(store)
    await store.close()
    raw = sqlite3.connect(path)
    # An entry whose causation had a line break could have it moved into the type: the hashed bytes stay the same.
    row = raw.execute("SELECT epoch, sequence, time, body FROM journal WHERE account_id = ?", (GATEWAY,)).fetchone()
    digest = chain_hash(GATEWAY, row[0], row[1], row[2], EventType.AUDIT, "one\ntwo", row[3], GENESIS)
    values = (f"{EventType.AUDIT.value}\none", "two", digest, GATEWAY)
    raw.execute("UPDATE journal SET type = ?, causation = ?, hash = ? WHERE account_id = ?", values)
    raw.execute("UPDATE accounts SET head_hash = ? WHERE account_id = ?", (digest, GATEWAY))
    raw.commit()
    raw.close()
    with writing_engine(path).connect() as connection:
        assert [result.account_id for result in checked(connection) if not result.ok] == [GATEWAY]
    await store.open(check_heads=False)


# --- the file itself -------------------------------------------------------------------------------------------------


def end(sequence: int) -> list[JournalEnd]:
    return [JournalEnd(account_id="acc-1", sequence=sequence, hash=bytes([sequence]) * 32)]


def test_checkpoints_are_chained_numbered_and_signed_over_restarts(file: CheckpointFile) -> None:
    file.write(end(1), epoch=7, time=11)
    file.write(end(2), epoch=7, time=12)
    again = CheckpointFile(file.path, file.path.with_name("checkpoint.key"))
    last = again.open()
    assert last is not None
    assert (last.number, last.time, last.epoch) == (2, 12, 7)
    again.write(end(3), epoch=7, time=13)
    found = read(file.path.read_bytes(), file.public_key)
    assert [checkpoint.number for checkpoint in found] == [1, 2, 3]
    assert found[0].previous == START
    assert marks(file) == {"acc-1": {n: bytes([n]) * 32 for n in (1, 2, 3)}}


def test_each_byte_of_the_checkpoints_flipped_is_found(file: CheckpointFile) -> None:
    for number in (1, 2):
        file.write(end(number), epoch=7, time=number)
    good = file.path.read_bytes()
    for index in range(len(good) - 1):
        for mask in (0x01, 0x20, 0x80):
            with pytest.raises(CheckpointError):
                read(good[:index] + bytes((good[index] ^ mask,)) + good[index + 1 :], file.public_key)


@pytest.mark.parametrize("keep", [[1, 2], [0, 2], [0, 2, 1], [0, 0, 1, 2]])
def test_checkpoints_that_are_missing_or_out_of_order_are_found(file: CheckpointFile, keep: list[int]) -> None:
    for number in (1, 2, 3):
        file.write(end(number), epoch=7, time=number)
    lines = file.path.read_bytes().splitlines(keepends=True)
    with pytest.raises(CheckpointError, match="line"):
        read(b"".join(lines[index] for index in keep), file.public_key)


def test_checkpoints_of_another_key_are_refused(file: CheckpointFile, tmp_path: Path) -> None:
    file.write(end(1), epoch=7, time=1)
    other = signing_key(tmp_path / "other.key")
    with pytest.raises(CheckpointError, match="line 1: not a checkpoint that this key has signed"):
        read(file.path.read_bytes(), other.public)
    with pytest.raises(CheckpointError):
        CheckpointFile(file.path, tmp_path / "other.key").open()


def test_two_checkpoints_that_contradict_each_other_prove_a_rewrite(file: CheckpointFile) -> None:
    file.write(end(1), epoch=7, time=1)
    file.write([JournalEnd(account_id="acc-1", sequence=1, hash=bytes(32))], epoch=7, time=2)
    with pytest.raises(CheckpointError, match="rewritten"):
        marks(file)


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_line_that_was_torn_by_a_crash_is_written_over(file: CheckpointFile, kept: int) -> None:
    file.write(end(1), epoch=7, time=1)
    size = file.path.stat().st_size
    file.write(end(2), epoch=7, time=2)
    content = file.path.read_bytes()
    file.path.write_bytes(content[: size + kept] if kept >= 0 else content[:kept])
    again = CheckpointFile(file.path, file.path.with_name("checkpoint.key"))
    again.open()
    again.write(end(3), epoch=7, time=3)
    assert [c.journals[0].sequence for c in read(file.path.read_bytes(), file.public_key)] == [1, 3]


def test_the_key_is_its_owners_alone_and_stays_the_same(file: CheckpointFile, tmp_path: Path) -> None:
    path = tmp_path / "some.key"
    first = signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing_key(path).public == first.public
    path.chmod(0o644)
    with pytest.raises(VaultError, match="read by others"):
        signing_key(path)
    assert file.public_key.startswith("ed25519:")
    assert len(base64.urlsafe_b64decode(first.public.removeprefix("ed25519:"))) == 32
