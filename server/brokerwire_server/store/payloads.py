"""What brokers sent, as it came: kept for a while in a file of its own, so that the journal never waits for it.

A payload's id is a hash of it. The journal names the id in an event that it hashes in turn, so a payload that was
changed no longer goes by its id. Secrets are struck out before anything is kept.
"""

import asyncio
import hashlib
import logging
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from brokerwire_server.store.base import StoredPayload, StoreError

FILE = "payloads.db"
MAX_BYTES = 64 * 1024
"""Bytes of one payload that are kept; the rest is cut off."""

MAX_WAITING = 10_000
"""Payloads that wait to be written. What comes on top is dropped, and told."""

_BATCH = 500
_PRUNE_EVERY = 200
_DAY = 86_400_000_000_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payloads (
    payload_id TEXT PRIMARY KEY, time INTEGER NOT NULL, connection_id TEXT NOT NULL, about TEXT NOT NULL,
    original_length INTEGER NOT NULL, content BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_payloads_time ON payloads (time, payload_id, length(content));
"""
_INSERT = "INSERT OR IGNORE INTO payloads VALUES (?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT * FROM payloads WHERE payload_id = ?"

_Row = tuple[str, int, str, str, int, bytes]
_log = logging.getLogger(__name__)


class SqlitePayloads:
    """Payloads in an SQLite file, written by a thread of their own. Implements `store.base.Payloads`."""

    def __init__(self, path: Path, *, days: int, megabytes: int) -> None:
        """Keep payloads for some days, and no more than some megabytes of them."""
        self._path = path
        self._days = days
        self._bytes = megabytes * 1_000_000
        self._queue: SimpleQueue[_Row | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._dropped = 0
        self._failing = False

    async def open(self) -> None:
        """Make the file where it is missing, and begin to write. Raises `StoreError`."""
        try:
            await asyncio.to_thread(self._create)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self._path} can't be opened ({error})") from error
        self._thread = Thread(target=self._run, name="payload-writer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Write what waits, and end."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    def keep(self, connection_id: str, about: str, content: bytes, time: int) -> str:
        """Queue a payload and return its id; empty where it can't be kept. Never waits."""
        if self._thread is None or self._queue.qsize() >= MAX_WAITING:
            self._drop()
            return ""
        cut = content[:MAX_BYTES]
        row = ("", time, connection_id, about, len(content), cut)
        payload_id = _id(row)
        self._queue.put((payload_id, *row[1:]))
        return payload_id

    async def get(self, payload_id: str) -> StoredPayload | None:
        """Return a payload. Raises `StoreError` where it is not what its id says."""
        try:
            row = await asyncio.to_thread(self._get, payload_id)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} can't be read ({error})") from error
        if row is None:
            return None
        if _id(row) != payload_id:
            raise StoreError(f"payload {payload_id} is not what was kept: somebody changed {self._path}")
        _, time, connection_id, about, length, content = row
        return StoredPayload(
            payload_id=payload_id,
            time=time,
            connection_id=connection_id,
            about=about,
            original_length=length,
            content=content,
        )

    def _drop(self) -> None:
        self._dropped += 1
        if self._dropped & (self._dropped - 1) == 0:
            _log.warning("%d payloads of brokers were not kept: the disk is too slow for them", self._dropped)

    def _create(self) -> None:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _get(self, payload_id: str) -> _Row | None:
        with closing(self._connect()) as connection:
            row: _Row | None = connection.execute(_SELECT, (payload_id,)).fetchone()
            return row

    def _run(self) -> None:
        with closing(self._connect()) as connection:
            written = _PRUNE_EVERY
            running = True
            while running:
                rows, running = self._take()
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.executemany(_INSERT, rows)
                    written += len(rows)
                    if written >= _PRUNE_EVERY and rows:
                        written = 0
                        self._prune(connection, rows[-1][1])
                    connection.execute("COMMIT")
                    self._failing = False
                except sqlite3.Error as error:
                    self._failed(connection, error)

    def _failed(self, connection: sqlite3.Connection, error: sqlite3.Error) -> None:
        if connection.in_transaction:
            connection.rollback()
        if not self._failing:
            self._failing = True
            _log.error("payloads of brokers can't be kept (%s)", error)

    def _take(self) -> tuple[Sequence[_Row], bool]:
        rows: list[_Row] = []
        row = self._queue.get()
        while row is not None:
            rows.append(row)
            if len(rows) >= _BATCH:
                return rows, True
            try:
                row = self._queue.get_nowait()
            except Empty:
                return rows, True
        return rows, False

    def _prune(self, connection: sqlite3.Connection, now: int) -> None:
        connection.execute("DELETE FROM payloads WHERE time < ?", (now - self._days * _DAY,))
        (total,) = connection.execute("SELECT coalesce(sum(length(content)), 0) FROM payloads").fetchone()
        excess = total - self._bytes
        if excess > 0:
            # The oldest go, a tenth more than needed, so that not every payload prunes.
            excess += self._bytes // 10
            connection.execute(
                "DELETE FROM payloads WHERE payload_id IN (SELECT payload_id FROM (SELECT payload_id, "
                "sum(length(content)) OVER (ORDER BY time, payload_id) - length(content) AS before FROM payloads) "
                "WHERE before < ?)",
                (excess,),
            )
        connection.execute("PRAGMA incremental_vacuum(1000)")


def _id(row: _Row) -> str:
    _, time, connection_id, about, length, content = row
    header = f"brokerwire payload 1\n{time}\n{connection_id}\n{about}\n{length}\n".encode()
    return hashlib.sha256(header + content).hexdigest()[:40]
