"""The vault on SQLite: stored connections, and their credentials sealed in the gateway's database.

A canary is sealed with the first credential. Where it does not open at start, the key is not the one that sealed the
rest, and the gateway must not go on: a new key would make what is stored unreadable for ever.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, delete, event, insert, select
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.store.base import StoredConnection, StoreError, VaultError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.sealing import Keyring, Place, Sealed, rewrap, seal, unseal
from brokerwire_server.store.tables import CONNECTIONS, SECRETS

CREDENTIAL, CANARY = "credential", "canary"
_CANARY = Place(kind=CANARY, field=CANARY)
_SONG = "the key is the right one"

T = TypeVar("T")


class Keys(Protocol):
    """Where the key-encryption keys come from. `source` names the place for a person."""

    source: str

    def load(self) -> Keyring | None:
        """Return the keys, or `None` where there are none yet."""

    def create(self) -> Keyring:
        """Make a key. Only for a database that has nothing sealed."""


class SqliteVault:
    """Stored connections in the gateway's database, which the store must have opened. Implements `store.base.Vault`."""

    def __init__(self, path: Path, keys: Keys) -> None:
        """Name the database and where the keys come from."""
        self._path = path
        self._keys = keys

    async def open(self) -> list[StoredConnection]:
        """Prove the key and return what is stored, by id. Raises `VaultError` or `StoreError`."""
        return await self._run(self._open)

    async def put(self, stored: StoredConnection) -> None:
        """Store a connection in place of the one with its id. Raises `VaultError` or `StoreError`."""
        await self._run(lambda connection: self._put(connection, stored))

    async def delete(self, connection_id: str) -> None:
        """Destroy a connection and its credential; the bytes are overwritten. Raises `StoreError`."""
        await self._run(lambda connection: _remove(connection, connection_id))

    async def secrets(self, kind: str) -> dict[tuple[str, str], Secret]:
        """Return the secrets of a kind that belongs to no connection, by owner and field. Raises as `open` does."""
        return await self._run(lambda connection: self._secrets(connection, kind))

    async def put_secret(self, kind: str, owner: str, field: str, secret: Secret) -> None:
        """Seal a secret that belongs to no connection in place of the former one. Raises as `put` does."""
        await self._run(lambda connection: self._put_secret(connection, kind, owner, field, secret))

    async def delete_secrets(self, kind: str, owner: str) -> None:
        """Destroy an owner's secrets of a kind that belongs to no connection. Raises `StoreError`."""
        await self._run(lambda connection: _remove_secrets(connection, kind, owner))

    def rewrap(self) -> int:
        """Wrap every data key anew under the present key, and return how many. For the offline command; blocks."""
        return self._call(self._rewrap)

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._call, work)

    def _call(self, work: Callable[[Connection], T]) -> T:
        engine = writing_engine(self._path)
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete = ON"))
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            # Its text has the statement's values.
            raise StoreError(f"the database could not be used ({type(error.__cause__ or error).__name__})") from None
        finally:
            engine.dispose()

    def _open(self, connection: Connection) -> list[StoredConnection]:
        rows = connection.execute(select(CONNECTIONS).order_by(CONNECTIONS.c.connection_id)).all()
        if not connection.execute(select(SECRETS.c.kind).limit(1)).first():
            return [_stored(row, {}) for row in rows]
        keys = self._proven(connection)
        return [_stored(row, self._credential(connection, _spec(row), keys)) for row in rows]

    def _proven(self, connection: Connection) -> Keyring:
        """Return the keys, once the canary has sung. Raises `VaultError`."""
        keys = self._keys.load()
        if keys is None:
            raise VaultError(
                f"credentials are stored, but there is no key in {self._keys.source}: bring it back from a backup "
                '(see docs/operations.md, "When the key is lost"). No new key is made, for it could not open them'
            )
        records = list(_records(connection, CANARY, ""))
        if not records or unseal(records[0][1], _CANARY, keys) != _SONG:
            raise VaultError("the canary that proves the key is missing: restore a backup of the whole data directory")
        return keys

    def _credential(self, connection: Connection, spec: ConnectionSpec, keys: Keyring) -> dict[str, Secret]:
        records = _records(connection, CREDENTIAL, spec.connection_id)
        return {field: Secret(unseal(record, _place(spec, field), keys)) for field, record in records}

    def _put(self, connection: Connection, stored: StoredConnection) -> None:
        keys = self._keys_to_seal(connection)
        spec = stored.spec
        _remove(connection, spec.connection_id)
        connection.execute(
            insert(CONNECTIONS).values(
                connection_id=spec.connection_id,
                broker=spec.broker,
                environment=spec.environment.value,
                display_name=spec.display_name,
                settings=msgspec.json.encode(spec.settings, order="sorted").decode(),
                create_time=stored.create_time,
                update_time=stored.update_time,
            )
        )
        for field, secret in stored.credential.items():
            place = _place(spec, field)
            _insert(connection, place, seal(secret.reveal(), place, keys))

    def _secrets(self, connection: Connection, kind: str) -> dict[tuple[str, str], Secret]:
        places = list(_others(connection, kind))
        if not places:
            return {}
        keys = self._proven(connection)
        return {(place.connection_id, place.field): Secret(unseal(record, place, keys)) for place, record in places}

    def _put_secret(self, connection: Connection, kind: str, owner: str, field: str, secret: Secret) -> None:
        keys = self._keys_to_seal(connection)
        _remove_secrets(connection, kind, owner)
        place = Place(kind=kind, connection_id=owner, field=field)
        _insert(connection, place, seal(secret.reveal(), place, keys))

    def _keys_to_seal(self, connection: Connection) -> Keyring:
        if connection.execute(select(SECRETS.c.kind).limit(1)).first():
            return self._proven(connection)
        keys = self._keys.load() or self._keys.create()
        _insert(connection, _CANARY, seal(_SONG, _CANARY, keys))
        return keys

    def _rewrap(self, connection: Connection) -> int:
        if not connection.execute(select(SECRETS.c.kind).limit(1)).first():
            return 0
        keys = self._proven(connection)
        places = [(_CANARY, record) for _, record in _records(connection, CANARY, "")]
        for row in connection.execute(select(CONNECTIONS)).all():
            spec = _spec(row)
            places += [(_place(spec, f), r) for f, r in _records(connection, CREDENTIAL, spec.connection_id)]
        places += _others(connection)
        renewed = [(place, rewrap(record, place, keys)) for place, record in places]
        connection.execute(delete(SECRETS))
        for place, record in renewed:
            _insert(connection, place, record)
        return len(renewed) - 1


def _place(spec: ConnectionSpec, field: str) -> Place:
    return Place(
        kind=CREDENTIAL,
        connection_id=spec.connection_id,
        broker=spec.broker,
        environment=spec.environment.value,
        field=field,
    )


def _spec(row: "object") -> ConnectionSpec:
    mapping = row._mapping  # type: ignore[attr-defined]
    return ConnectionSpec(
        connection_id=mapping["connection_id"],
        broker=mapping["broker"],
        environment=Environment(mapping["environment"]),
        display_name=mapping["display_name"],
        settings=msgspec.json.decode(mapping["settings"], type=dict[str, str]),
    )


def _stored(row: "object", credential: dict[str, Secret]) -> StoredConnection:
    mapping = row._mapping  # type: ignore[attr-defined]
    return StoredConnection(
        spec=_spec(row),
        credential=credential,
        create_time=mapping["create_time"],
        update_time=mapping["update_time"],
    )


def _records(connection: Connection, kind: str, connection_id: str) -> Iterable[tuple[str, Sealed]]:
    c = SECRETS.c
    query = select(c.field, c.key_id, c.wrapped_key, c.sealed).where(c.kind == kind, c.connection_id == connection_id)
    for row in connection.execute(query.order_by(c.field)).all():
        yield row.field, Sealed(key_id=row.key_id, wrapped_key=row.wrapped_key, sealed=row.sealed)


def _others(connection: Connection, kind: str = "") -> Iterable[tuple[Place, Sealed]]:
    """Yield what is sealed of a kind that belongs to no connection, or of every such kind."""
    c = SECRETS.c
    which = c.kind == kind if kind else c.kind.not_in((CREDENTIAL, CANARY))
    for row in connection.execute(select(SECRETS).where(which).order_by(c.kind, c.connection_id, c.field)).all():
        place = Place(kind=row.kind, connection_id=row.connection_id, field=row.field)
        yield place, Sealed(key_id=row.key_id, wrapped_key=row.wrapped_key, sealed=row.sealed)


def _insert(connection: Connection, place: Place, record: Sealed) -> None:
    connection.execute(
        insert(SECRETS).values(
            kind=place.kind,
            connection_id=place.connection_id,
            field=place.field,
            key_id=record.key_id,
            wrapped_key=record.wrapped_key,
            sealed=record.sealed,
        )
    )


def _remove(connection: Connection, connection_id: str) -> None:
    mine = SECRETS.c.connection_id == connection_id
    connection.execute(delete(SECRETS).where(SECRETS.c.kind == CREDENTIAL, mine))
    connection.execute(delete(CONNECTIONS).where(CONNECTIONS.c.connection_id == connection_id))


def _remove_secrets(connection: Connection, kind: str, owner: str) -> None:
    connection.execute(delete(SECRETS).where(SECRETS.c.kind == kind, SECRETS.c.connection_id == owner))
