"""Principals, tokens and second factors in the gateway's database."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.access import (
    Action,
    FactorRecord,
    Principal,
    PrincipalRecord,
    Quota,
    Role,
    TokenRecord,
)
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.store.base import AccessRecords, StoreError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.tables import FACTORS, PRINCIPALS, TOKENS
from brokerwire_server.store.vault import SqliteVault

SECOND_FACTOR = "second_factor"
"""The kind of sealed secrets that belong to second factors."""

_FIELD = "totp"

T = TypeVar("T")


class _Scope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the roles of a principal are narrowed by, as stored."""

    accounts: list[str] = []
    actions: list[Action] = []
    asset_classes: list[AssetClass] = []
    maximum_notional: Decimal | None = None
    quota: Quota = Quota()


class SqliteAccess:
    """Implements `store.base.AccessStore`; the store must have opened the database.

    Without the event loop, for the offline command line, `records` and `write` do the same and block.
    """

    def __init__(self, path: Path, vault: SqliteVault) -> None:
        """Name the database, and the vault that seals the secrets of second factors."""
        self._path = path
        self._vault = vault

    async def open(self) -> AccessRecords:
        """Return what is stored. Raises `VaultError` where secrets are stored that don't open, or `StoreError`."""
        records = await asyncio.to_thread(self.records)
        secrets = await self._vault.secrets(SECOND_FACTOR) if records.factors else {}
        return msgspec.structs.replace(records, secrets={name: secret for (name, _), secret in secrets.items()})

    async def put_principal(self, record: PrincipalRecord) -> None:
        """Store a principal in place of the one with its name."""
        await asyncio.to_thread(self.write, record)

    async def put_token(self, record: TokenRecord) -> None:
        """Store a token in place of the one with its id."""
        await asyncio.to_thread(self.write, record)

    async def put_factor(self, record: FactorRecord, secret: Secret | None = None) -> None:
        """Store what is remembered of a second factor and, where it is a new one, seal its secret."""
        if secret is not None:
            await self._vault.put_secret(SECOND_FACTOR, record.principal, _FIELD, secret)
        await asyncio.to_thread(self.write, record)

    async def delete_principal(self, name: str) -> None:
        """Remove a principal, with its tokens and its second factor."""
        await self.delete_factor(name)
        await asyncio.to_thread(self._call, lambda connection: _delete_principal(connection, name))

    async def delete_factor(self, name: str) -> None:
        """Remove a principal's second factor and destroy its secret."""
        await asyncio.to_thread(self.forget_factor, name)
        await self._vault.delete_secret(SECOND_FACTOR, name, _FIELD)

    # --- blocking --------------------------------------------------------------------------------------------------

    def records(self) -> AccessRecords:
        """Return what is stored but the secrets. Blocks; raises `StoreError`."""
        return self._call(_read)

    def write(self, *records: PrincipalRecord | TokenRecord | FactorRecord) -> None:
        """Store records, all or none. Blocks; raises `StoreError`."""

        def put(connection: Connection) -> None:
            for record in records:
                _put(connection, record)

        self._call(put)

    def forget_factor(self, name: str) -> None:
        """Remove what is remembered of a second factor, but its secret. Blocks; raises `StoreError`."""
        self._call(lambda connection: connection.execute(delete(FACTORS).where(FACTORS.c.principal == name)))

    def _call(self, work: Callable[[Connection], T]) -> T:
        engine = writing_engine(self._path)
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            # Its text has the statement's values.
            raise StoreError(f"the database could not be used ({type(error.__cause__ or error).__name__})") from None
        finally:
            engine.dispose()


def _read(connection: Connection) -> AccessRecords:
    return AccessRecords(
        principals=[_principal(row) for row in connection.execute(select(PRINCIPALS).order_by(PRINCIPALS.c.name))],
        tokens=[_token(row) for row in connection.execute(select(TOKENS).order_by(TOKENS.c.token_id))],
        factors=[FactorRecord(**row._mapping) for row in connection.execute(select(FACTORS))],
    )


def _put(connection: Connection, record: PrincipalRecord | TokenRecord | FactorRecord) -> None:
    match record:
        case PrincipalRecord():
            _upsert(connection, PRINCIPALS, _principal_values(record))
        case TokenRecord():
            addresses = msgspec.json.encode(record.addresses).decode()
            _upsert(connection, TOKENS, {**msgspec.structs.asdict(record), "addresses": addresses})
        case FactorRecord():
            _upsert(connection, FACTORS, msgspec.structs.asdict(record))


def _upsert(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    connection.execute(insert(table).values(values).on_conflict_do_update(set_=values))


def _delete_principal(connection: Connection, name: str) -> None:
    connection.execute(delete(TOKENS).where(TOKENS.c.principal == name))
    connection.execute(delete(PRINCIPALS).where(PRINCIPALS.c.name == name))


def _principal_values(record: PrincipalRecord) -> dict[str, Any]:
    principal = record.principal
    scope = _Scope(
        accounts=sorted(principal.accounts),
        actions=sorted(principal.actions),
        asset_classes=sorted(principal.asset_classes),
        maximum_notional=principal.maximum_notional,
        quota=principal.quota,
    )
    return {
        "name": principal.name,
        "roles": msgspec.json.encode(sorted(principal.roles)).decode(),
        "scope": msgspec.json.encode(scope).decode(),
        "disabled": int(record.disabled),
        "create_time": record.create_time,
        "update_time": record.update_time,
    }


def _principal(row: Row[Any]) -> PrincipalRecord:
    scope = msgspec.json.decode(row.scope, type=_Scope)
    principal = Principal(
        name=row.name,
        roles=frozenset(msgspec.json.decode(row.roles, type=list[Role])),
        accounts=frozenset(scope.accounts),
        actions=frozenset(scope.actions),
        asset_classes=frozenset(scope.asset_classes),
        maximum_notional=scope.maximum_notional,
        quota=scope.quota,
    )
    return PrincipalRecord(
        principal=principal,
        disabled=bool(row.disabled),
        create_time=row.create_time,
        update_time=row.update_time,
    )


def _token(row: Row[Any]) -> TokenRecord:
    values = dict(row._mapping)
    values["addresses"] = tuple(msgspec.json.decode(values["addresses"], type=list[str]))
    return TokenRecord(**values)
