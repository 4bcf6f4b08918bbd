"""The thread that owns the writing connection, and group commit.

The event loop puts appends on a queue; the thread takes all that wait, writes them in one transaction, commits, and
tells the loop once. While a commit waits for the disk the next batch gathers.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from time import perf_counter

from brokerwire_server.domain.events import Event
from brokerwire_server.store import statements
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.projections import project

MAX_BATCH = 1024
"""Appends per commit: bounds how long the first of them waits for the last."""

SWITCH_INTERVAL = 0.0001
"""Seconds after which the interpreter takes the lock from a thread that computes.

With Python's default of 5 ms a saturated event loop keeps the writer from the interpreter for seconds
(docs/decisions/0003-journal-writer-thread.md).
"""

Done = Callable[[StoreError | None], None]
"""Told on the event loop what became of an append."""

_Job = tuple[Sequence[Event], Done]


class Writer:
    """Writes appends in the order they are submitted in. After one failure it fails everything, and stays so."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        loop: asyncio.AbstractEventLoop,
        on_failure: Callable[[StoreError], None],
        on_commit: Callable[[float, int], None] | None = None,
    ) -> None:
        """Take over the connection and start. `on_failure` is called on the loop, once.

        `on_commit` is told, in this thread, the seconds that each commit took and the events in it.
        """
        self.failure: StoreError | None = None
        self.commits = 0
        self._connection = connection
        self._loop = loop
        self._on_failure = on_failure
        self._on_commit = on_commit
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        if sys.getswitchinterval() > SWITCH_INTERVAL:
            sys.setswitchinterval(SWITCH_INTERVAL)
        self._thread = Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def submit(self, events: Sequence[Event], done: Done) -> None:
        """Queue events; `done` is called on the loop when they are durable, or have failed."""
        self._queue.put((events, done))

    def stop(self) -> None:
        """Write what is queued, close the connection and end the thread. Blocks; submit nothing after it."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            jobs, running = self._take()
            if jobs:
                self._settle(jobs, self._write(jobs))
        self._connection.close()

    def _take(self) -> tuple[list[_Job], bool]:
        jobs: list[_Job] = []
        job = self._queue.get()
        for _ in range(min(self._queue.qsize(), MAX_BATCH)):
            if job is None:
                break
            jobs.append(job)
            job = self._queue.get()
        if job is not None:
            jobs.append(job)
        return jobs, job is not None

    def _write(self, jobs: Sequence[_Job]) -> StoreError | None:
        if self.failure is not None:
            return self.failure
        try:
            self._commit([event for events, _ in jobs for event in events])
        except Exception as error:
            # Whatever it was, the journal can't be trusted to take more.
            self._roll_back()
            self.failure = StoreError(
                f"the journal could not be written ({error}); nothing more is accepted until the store is reopened. "
                "Check the disk's space and health, then restart the server"
            )
            self.failure.__cause__ = error
        return self.failure

    def _commit(self, events: Sequence[Event]) -> None:
        started = perf_counter()
        rows = project(events)
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        statements.write(cursor, rows)
        cursor.execute("COMMIT")
        self.commits += 1
        if self._on_commit is not None:
            self._on_commit(perf_counter() - started, len(events))

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.rollback()
        except sqlite3.Error:
            # The transaction ends with the connection; nothing is written through this one again.
            self._connection.close()

    def _settle(self, jobs: Sequence[_Job], error: StoreError | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._resolve, [done for _, done in jobs], error)
        except RuntimeError:
            # The loop was closed under the store: nobody is left to be told.
            return

    def _resolve(self, waiting: Sequence[Done], error: StoreError | None) -> None:
        for done in waiting:
            done(None if error is None else StoreError(str(error)))
        if error is not None:
            callback, self._on_failure = self._on_failure, _ignore
            callback(error)


def _ignore(error: StoreError) -> None:
    """Take no notice: the failure has been told."""
