"""The vault on SQLite: stored connections with their credentials, and other secrets, sealed in the gateway's database.

A canary is sealed with the first secret. Where it does not open at start, the key is not the one that sealed the rest,
and the gateway must not go on: a new key would make what is stored unreadable for ever.

Nothing waits for a key service inside a transaction, because that would hold up the journal: values are sealed first
and written then. One lock keeps whoever seals apart from a rotation, so that no record is left under a key that goes.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar

from sqlalchemy import Connection, RowMapping, event
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.secrets import Secret
from brokerwire_server.store import sealed_rows as rows
from brokerwire_server.store.base import Rotation, StoredConnection, StoreError, VaultError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.sealed_rows import CANARY, CANARY_PLACE, CREDENTIAL, SealedRow
from brokerwire_server.store.sealing import KeyProvider, Place, Sealed, rewrap, seal, unseal

_SONG = "the key is the right one"

T = TypeVar("T")


class Keys(Protocol):
    """Where the key-encryption keys come from. `source` names the place for a person."""

    source: str

    def load(self) -> KeyProvider | None:
        """Return the keys, or `None` where there are none yet."""

    def create(self) -> KeyProvider:
        """Make a key. Only for a database that has nothing sealed."""

    def renew(self) -> KeyProvider:
        """Begin a rotation: make a new key that seals from now on, beside the old ones, durably.

        Where a person or a service makes the keys, the one that seals now counts as the new one.
        """

    def retire(self) -> None:
        """End a rotation: drop every key but the one that seals. Nothing is sealed under the others any more."""


class SqliteVault:
    """Secrets in the gateway's database, which the store must have opened. Implements `store.base.Vault`."""

    def __init__(self, path: Path, keys: Keys) -> None:
        """Name the database and where the keys come from."""
        self._path = path
        self._keys = keys
        self._changing = Lock()

    # --- connections ---------------------------------------------------------------------------------------------

    async def open(self) -> list[StoredConnection]:
        """Prove the key and return what is stored, by id. Raises `VaultError` or `StoreError`."""
        return await asyncio.to_thread(self._open)

    async def put(self, stored: StoredConnection) -> None:
        """Store a connection in place of the one with its id. Raises `VaultError` or `StoreError`."""
        spec = stored.spec
        values = {rows.credential_place(spec, field): secret for field, secret in stored.credential.items()}

        def write(connection: Connection) -> None:
            rows.delete_connection(connection, spec.connection_id)
            rows.insert_connection(connection, spec, stored.create_time, stored.update_time)

        await asyncio.to_thread(self._seal, values, write)

    async def delete(self, connection_id: str) -> None:
        """Destroy a connection and its credential; the bytes are overwritten. Raises `StoreError`."""
        await self._run(lambda connection: rows.delete_connection(connection, connection_id))

    # --- other secrets -------------------------------------------------------------------------------------------

    async def put_secret(self, kind: str, name: str, field: str, secret: Secret) -> None:
        """Seal a secret in place of the one there. Raises `VaultError` or `StoreError`."""
        place = _place(kind, name, field)
        await asyncio.to_thread(self._seal, {place: secret}, lambda connection: rows.delete_row(connection, place))

    async def get_secret(self, kind: str, name: str, field: str) -> Secret | None:
        """Open a secret, `None` where there is none. Raises `VaultError` or `StoreError`."""
        return (await self.secrets(kind, name)).get((name, field))

    async def secrets(self, kind: str, name: str = "") -> Mapping[tuple[str, str], Secret]:
        """Open the secrets of a kind, of all names or of one, by name and field. Raises as `get_secret` does."""
        _place(kind, "any", "any")
        return await asyncio.to_thread(self._secrets, kind, name)

    async def delete_secret(self, kind: str, name: str, field: str) -> None:
        """Destroy a secret, if it is there; the bytes are overwritten. Raises `StoreError`."""
        place = _place(kind, name, field)
        await self._run(lambda connection: rows.delete_row(connection, place))

    def _secrets(self, kind: str, name: str) -> dict[tuple[str, str], Secret]:
        with self._changing:
            found = self._call(lambda connection: rows.secret_rows(connection, kind, name))
            if not found:
                return {}
            keys = self._proven(self._call(rows.canary_row))
            return {(r.place.connection_id, r.place.field): Secret(unseal(r.record, r.place, keys)) for r in found}

    # --- rotation ------------------------------------------------------------------------------------------------

    async def rotate(self, *, data_keys: bool) -> Rotation:
        """Seal everything under a new key. Raises `VaultError` or `StoreError`; then run it again: nothing is lost."""
        return await asyncio.to_thread(self.rotate_now, data_keys=data_keys)

    def rotate_now(self, *, data_keys: bool = False) -> Rotation:
        """Seal everything under a new key; with `data_keys`, every value under a new data key as well. Blocks.

        Step by step, and an interruption between any two loses nothing: the new key is there durably beside the old
        ones; each record is put under it, while readers open whichever version they find; and when no record is left
        under another key, the old ones are dropped.
        """
        with self._changing:
            if not self._call(rows.any_sealed):
                return Rotation(count=0, key_id="")
            self._proven(self._call(rows.canary_row))
            keys = self._keys.renew()
            found = self._call(rows.all_rows)
            renewed = [(row, _renewed(row, keys, data_keys=data_keys)) for row in found]
            self._call(lambda connection: _swap(connection, renewed))
            present = renewed[0][1].key_id
            left = [row for row in self._call(rows.all_rows) if row.record.key_id != present]
            if left:
                raise VaultError(f"{len(left)} sealed values changed meanwhile: rotate again; every key is kept so far")
            self._keys.retire()
            return Rotation(count=len(renewed) - 1, key_id=present)

    # --- sealing -------------------------------------------------------------------------------------------------

    def _seal(self, values: Mapping[Place, Secret], before: Callable[[Connection], None]) -> None:
        """Seal values, and write them in one transaction in which `before` has made room for them."""
        with self._changing:
            made: list[SealedRow] = []
            if self._call(rows.any_sealed):
                keys = self._proven(self._call(rows.canary_row))
            else:
                keys = self._keys.load() or self._keys.create()
                made.append(SealedRow(place=CANARY_PLACE, record=seal(_SONG, CANARY_PLACE, keys)))
            made += [SealedRow(place=p, record=seal(secret.reveal(), p, keys)) for p, secret in values.items()]

            def write(connection: Connection) -> None:
                before(connection)
                for row in made:
                    rows.insert_row(connection, row)

            self._call(write)

    def _open(self) -> list[StoredConnection]:
        with self._changing:
            found = self._call(_connections)
            keys = self._proven(self._call(rows.canary_row)) if self._call(rows.any_sealed) else None
            return [_stored(row, sealed, keys) for row, sealed in found]

    def _proven(self, canary: SealedRow | None) -> KeyProvider:
        """Return the keys, once the canary has sung. Raises `VaultError`."""
        keys = self._keys.load()
        if keys is None:
            raise VaultError(
                f"credentials are stored, but there is no key in {self._keys.source}: bring it back from a backup "
                '(see docs/operations.md, "When the key is lost"). No new key is made, for it could not open them'
            )
        if canary is None or unseal(canary.record, CANARY_PLACE, keys) != _SONG:
            raise VaultError("the canary that proves the key is missing: restore a backup of the whole data directory")
        return keys

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


def _place(kind: str, name: str, field: str) -> Place:
    if kind in {CREDENTIAL, CANARY} or not (kind and name and field):
        raise VaultError(f"{kind!r} is not a kind of secret that is kept by name")
    return Place(kind=kind, connection_id=name, field=field)


def _connections(connection: Connection) -> list[tuple[RowMapping, list[SealedRow]]]:
    found = rows.connection_rows(connection)
    return [(row, rows.credential_rows(connection, rows.spec_of(row))) for row in found]


def _stored(row: RowMapping, sealed: Iterable[SealedRow], keys: KeyProvider | None) -> StoredConnection:
    return StoredConnection(
        spec=rows.spec_of(row),
        credential={s.place.field: Secret(unseal(s.record, s.place, keys)) for s in sealed} if keys else {},
        create_time=row["create_time"],
        update_time=row["update_time"],
    )


def _renewed(row: SealedRow, keys: KeyProvider, *, data_keys: bool) -> Sealed:
    if data_keys:
        return seal(unseal(row.record, row.place, keys), row.place, keys)
    return rewrap(row.record, row.place, keys)


def _swap(connection: Connection, renewed: Iterable[tuple[SealedRow, Sealed]]) -> None:
    for row, record in renewed:
        rows.replace_row(connection, row, record)
