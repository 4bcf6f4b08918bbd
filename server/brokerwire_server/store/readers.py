"""Reading off the event loop: a few threads, each with a connection that can only read."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.store.base import StoreError
from brokerwire_server.store.connections import reading_engine

T = TypeVar("T")

SIZE = 4
"""Reads at the same time. More would only compete for the interpreter with the event loop."""


class Readers:
    """A pool of reading connections. Each piece of work sees one committed state of the database per statement."""

    def __init__(self, path: Path) -> None:
        """Connect on first use."""
        self._engine = reading_engine(path, SIZE)
        self._threads = ThreadPoolExecutor(SIZE, thread_name_prefix="journal-reader")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a thread. Raises `StoreError` where the database can't be read."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, work)

    def close(self) -> None:
        """End the threads and close the connections. Blocks until running reads have ended."""
        self._threads.shutdown()
        self._engine.dispose()

    def _call(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise StoreError(f"the database could not be read ({error})") from error
