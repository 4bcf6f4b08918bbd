"""Adapters' notes on SQLite, in the gateway's database: small, rarely written, and durable when a write returns."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.store.base import StoreError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.tables import ADAPTER_NOTES

T = TypeVar("T")


class SqliteNotebook:
    """Notes by connection and key, in a database that the store must have opened. Implements `store.base.Notebook`."""

    def __init__(self, path: Path) -> None:
        """Name the database."""
        self._path = path

    async def get_note(self, connection_id: str, key: str) -> str | None:
        """Return what was noted last, or `None`. Raises `StoreError`."""
        notes = ADAPTER_NOTES.c
        query = select(notes.text).where(notes.connection_id == connection_id, notes.key == key)
        return await self._run(lambda connection: connection.execute(query).scalar_one_or_none())

    async def put_note(self, connection_id: str, key: str, text: str) -> None:
        """Note it in place of what was noted before. Raises `StoreError`."""
        statement = insert(ADAPTER_NOTES).values(connection_id=connection_id, key=key, text=text)
        statement = statement.on_conflict_do_update(index_elements=["connection_id", "key"], set_={"text": text})
        await self._run(lambda connection: connection.execute(statement))

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._call, work)

    def _call(self, work: Callable[[Connection], T]) -> T:
        engine = writing_engine(self._path)
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise StoreError(f"the database could not be used ({type(error.__cause__ or error).__name__})") from error
        finally:
            engine.dispose()
