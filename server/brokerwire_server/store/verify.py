"""Checks that a journal reads back as it was written: dense, chained, and agreed with by the fills' table."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from brokerwire_server.domain.events import GENESIS, EventType, chain_hash
from brokerwire_server.store import codec, queries
from brokerwire_server.store.base import JournalCorruptError, Verification
from brokerwire_server.store.tables import ACCOUNTS, FILLS, JOURNAL

BATCH = 5_000


class Finding(Exception):  # noqa: N818 - a result on its way up, not an error of ours
    """The first thing that is wrong, and where."""

    def __init__(self, sequence: int, problem: str) -> None:
        """Name the sequence of the bad event."""
        super().__init__(problem)
        self.sequence = sequence
        self.problem = problem


class Verifier:
    """Walks one account's journal in steps, so that a long check does not hold a connection."""

    def __init__(self, connection: Connection, account_id: str, marks: Mapping[int, bytes] | None = None) -> None:
        """Note where the journal ends now; what is appended later is not part of the check.

        `marks` are the hashes that events had when they were checkpointed, by sequence.
        """
        self.account_id = account_id
        self._marks = dict(marks or {})
        c = ACCOUNTS.c
        row = connection.execute(
            select(
                c.first_sequence, c.head_sequence, c.head_hash, _newest(JOURNAL, account_id), _newest(FILLS, account_id)
            ).where(c.account_id == account_id)
        ).one_or_none()
        first, head, head_hash, last_event, last_fill = row or (1, 0, GENESIS, 0, 0)
        self._first: int = first
        self._next: int = first
        self._head: int = head
        self._head_hash: bytes = head_hash
        self._hash: bytes | None = GENESIS if first == 1 else None
        self._beyond: int = max(last_event or 0, last_fill or 0)

    @property
    def head(self) -> int:
        """The sequence up to which is checked."""
        return self._head

    @property
    def checked(self) -> int:
        """How many events are checked so far."""
        return self._next - self._first

    def step(self, connection: Connection) -> Verification | None:
        """Check the next events. Returns the result when the end is reached or something is wrong."""
        try:
            return self._step(connection)
        except Finding as found:
            return self._result(found.sequence, found.problem)

    def _step(self, connection: Connection) -> Verification | None:
        limit = min(BATCH, self._head - self._next + 1)
        rows = self._rows(connection, limit) if limit > 0 else ()
        fill_ids = _fill_ids(connection, self.account_id, self._next, self._next + limit)
        for row in rows:
            self._check(row, fill_ids.get(row.sequence))
        if rows:
            return None
        self._check_end()
        return self._result(0, "")

    def _rows(self, connection: Connection, limit: int) -> Sequence[Any]:
        try:
            return queries.journal_rows(connection, self.account_id, self._next - 1, limit)
        except OperationalError as error:
            # SQLite reads any bytes as text, Python does not: the rows one by one, up to the one that is none.
            if limit == 1:
                raise Finding(self._next, f"it can't be read ({error.orig})") from error
            return self._rows(connection, 1)

    def _check(self, row: Any, fill_id: str | None) -> None:  # noqa: ANN401 - a row of the journal
        expected = self._next
        if row.sequence != expected:
            raise Finding(expected, f"event {expected} is missing (the next one stored is {row.sequence})")
        if self._hash is not None and row.previous_hash != self._hash:
            raise Finding(expected, "its previous hash is not the hash of the event before it")
        if _hash_of(row) != row.hash:
            raise Finding(expected, "its content is not what was hashed")
        if "\n" in row.account_id + row.type + row.causation:
            raise Finding(expected, "a line break in it makes its parts ambiguous")
        if self._marks.get(expected, row.hash) != row.hash:
            since = max((s for s in self._marks if s < expected), default=0) + 1
            raise Finding(expected, f"events {since} to {expected} are not those that were checkpointed: rewritten")
        stated = _stated_fill_id(row)
        if stated != fill_id:
            raise Finding(expected, f"it states fill {stated or 'none'}, the fills' table {fill_id or 'none'}")
        self._hash = row.hash
        self._next += 1

    def _check_end(self) -> None:
        last = self._next - 1
        if last < self._head:
            raise Finding(self._next, f"event {self._next} is missing (the journal ended at {self._head})")
        if (checkpointed := max(self._marks, default=0)) > last:
            raise Finding(last + 1, f"event {last + 1} is missing (checkpointed up to {checkpointed}): cut off")
        if self._head and self._hash != self._head_hash:
            raise Finding(last, "its hash is not the one noted as the end of the journal")
        if self._beyond > self._head:
            raise Finding(self._beyond, f"rows reach {self._beyond}, the journal ends at {self._head}")

    def _result(self, bad_sequence: int, problem: str) -> Verification:
        return Verification(
            account_id=self.account_id,
            verified=self._next - self._first,
            head_sequence=self._head,
            head_hash=self._head_hash,
            ok=not problem,
            bad_sequence=bad_sequence,
            problem=problem,
        )


def check_heads(connection: Connection) -> None:
    """Recompute the last event of every account. Raises `JournalCorruptError` where it is not what was written."""
    for account_id, (sequence, digest) in queries.ends(connection).items():
        rows = queries.journal_rows(connection, account_id, sequence - 1, 2)
        if not _is_head(rows, sequence, digest):
            raise JournalCorruptError(
                f"the journal of account {account_id} does not end with event {sequence} as it was written: run "
                "`brokerwire journal verify` to see where it is damaged, and restore a backup"
            )


def _is_head(rows: Sequence[Any], sequence: int, digest: bytes) -> bool:
    return len(rows) == 1 and rows[0].sequence == sequence and rows[0].hash == digest == _hash_of(rows[0])


def _newest(table: Any, account_id: str) -> Any:  # noqa: ANN401 - SQLAlchemy's tables and subqueries
    newest = select(func.max(table.c.sequence)).where(table.c.account_id == account_id)
    return newest.scalar_subquery()


def _hash_of(row: Any) -> bytes:  # noqa: ANN401 - a row of the journal
    try:
        return chain_hash(
            row.account_id, row.epoch, row.sequence, row.time, row.type, row.causation, row.body, row.previous_hash
        )
    except TypeError:
        # SQLite lets a changed column hold another type than it was made for.
        return b""


def _stated_fill_id(row: Any) -> str | None:  # noqa: ANN401 - a row of the journal
    if row.type != EventType.FILL.value:
        return None
    try:
        return codec.fill_id_of(row.body)
    except msgspec.DecodeError as error:
        raise Finding(row.sequence, f"it can't be read ({error})") from error


def _fill_ids(connection: Connection, account_id: str, start: int, end: int) -> dict[int, str]:
    c = FILLS.c
    query = select(c.sequence, c.fill_id).where(c.account_id == account_id, c.sequence >= start, c.sequence < end)
    return {row.sequence: row.fill_id for row in connection.execute(query)}
