"""One durable row per order, as simple as it gets: a thread writes all that wait in one transaction."""

import asyncio
import sqlite3
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

MAX_BATCH = 1024
SWITCH_INTERVAL = 0.0001
"""As in the gateway: with Python's default the thread waits long for the interpreter, which would lower the floor."""

_Row = tuple[str, str, bytes]


class DurableRows:
    """SQLite in WAL mode with `synchronous=FULL`; one table with the caller's id as its key."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: SimpleQueue[tuple[_Row, asyncio.Future[None]]] = SimpleQueue()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA wal_autocheckpoint = 4096")
        self._connection.execute(
            "CREATE TABLE orders (account_id TEXT, client_order_id TEXT, body BLOB,"
            " PRIMARY KEY (account_id, client_order_id)) WITHOUT ROWID"
        )
        sys.setswitchinterval(SWITCH_INTERVAL)
        Thread(target=self._run, daemon=True).start()

    def insert(self, account_id: str, client_order_id: str, body: bytes) -> "asyncio.Future[None]":
        """Write a row; the future is done when it is on the disk."""
        future = self._loop.create_future()
        self._queue.put(((account_id, client_order_id, body), future))
        return future

    def _run(self) -> None:
        while True:
            jobs = [self._queue.get()]
            jobs += [self._queue.get() for _ in range(min(self._queue.qsize(), MAX_BATCH))]
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [row for row, _ in jobs])
            self._connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_settle, [future for _, future in jobs])


def _settle(futures: "list[asyncio.Future[None]]") -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
