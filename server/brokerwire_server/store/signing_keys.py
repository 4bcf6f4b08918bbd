"""The registered signing keys, in the gateway's database."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec.structs import asdict
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.signing import SigningKey
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.tables import SIGNING_KEYS

T = TypeVar("T")


class SqliteSigningKeys:
    """Keys in the gateway's database, which the store must have opened. Implements `store.base.SigningKeys`."""

    def __init__(self, path: Path) -> None:
        """Name the database."""
        self._path = path

    async def load(self) -> list[SigningKey]:
        """Return all keys by id. Raises `StoreError`."""
        return await asyncio.to_thread(self._call, _load)

    async def put(self, key: SigningKey) -> None:
        """Store a key in place of the one with its id. Raises `StoreError`."""
        await asyncio.to_thread(self._call, lambda connection: _put(connection, key))

    def _call(self, work: Callable[[Connection], T]) -> T:
        engine = writing_engine(self._path)
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise StoreError(f"the database could not be used ({type(error.__cause__ or error).__name__})") from error
        finally:
            engine.dispose()


def _load(connection: Connection) -> list[SigningKey]:
    rows = connection.execute(select(SIGNING_KEYS).order_by(SIGNING_KEYS.c.key_id)).mappings()
    return [SigningKey(**row) for row in rows]


def _put(connection: Connection, key: SigningKey) -> None:
    connection.execute(delete(SIGNING_KEYS).where(SIGNING_KEYS.c.key_id == key.key_id))
    connection.execute(insert(SIGNING_KEYS).values(asdict(key)))
