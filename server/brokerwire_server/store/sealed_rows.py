"""The rows of sealed values: each is one value in its place, and stays unreadable anywhere else."""

from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, select, update

from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.store.base import VaultError
from brokerwire_server.store.sealing import Place, Sealed
from brokerwire_server.store.tables import CONNECTIONS, SECRETS

CREDENTIAL, CANARY = "credential", "canary"
CANARY_PLACE = Place(kind=CANARY, field=CANARY)


class SealedRow(Struct, frozen=True, kw_only=True):
    """A sealed value and where it belongs."""

    place: Place
    record: Sealed


def any_sealed(connection: Connection) -> bool:
    """Whether anything is sealed: if so, the key that sealed it must be at hand."""
    return connection.execute(select(SECRETS.c.kind).limit(1)).first() is not None


def canary_row(connection: Connection) -> SealedRow | None:
    """Return the record that proves the key."""
    return next(_rows(connection, SECRETS.c.kind == CANARY, lambda _: CANARY_PLACE), None)


def credential_rows(connection: Connection, spec: ConnectionSpec) -> list[SealedRow]:
    """Return the parts of a connection's credential."""
    mine = and_(SECRETS.c.kind == CREDENTIAL, SECRETS.c.connection_id == spec.connection_id)
    return list(_rows(connection, mine, lambda row: credential_place(spec, row["field"])))


def secret_rows(connection: Connection, kind: str, name: str = "") -> list[SealedRow]:
    """Return the secrets of a kind, all or those of one name."""
    mine = SECRETS.c.kind == kind
    if name:
        mine = and_(mine, SECRETS.c.connection_id == name)
    return list(_rows(connection, mine, _secret_place))


def all_rows(connection: Connection) -> list[SealedRow]:
    """Return every sealed value. Raises `VaultError` where a credential has lost its connection."""
    specs = {spec.connection_id: spec for spec in map(spec_of, connection_rows(connection))}

    def place(row: RowMapping) -> Place:
        if row["kind"] == CANARY:
            return CANARY_PLACE
        if row["kind"] != CREDENTIAL:
            return _secret_place(row)
        spec = specs.get(row["connection_id"])
        if spec is None:
            text = f"a credential is stored for connection {row['connection_id']}, which is not: restore a backup"
            raise VaultError(text)
        return credential_place(spec, row["field"])

    return list(_rows(connection, SECRETS.c.kind != "", place))


def insert_row(connection: Connection, row: SealedRow) -> None:
    """Store a sealed value."""
    place, record = row.place, row.record
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


def replace_row(connection: Connection, old: SealedRow, new: Sealed) -> bool:
    """Put a record in the place of another, if that one is still there."""
    c = SECRETS.c
    same = and_(_at(old.place), c.wrapped_key == old.record.wrapped_key, c.sealed == old.record.sealed)
    values = {"key_id": new.key_id, "wrapped_key": new.wrapped_key, "sealed": new.sealed}
    return connection.execute(update(SECRETS).where(same).values(**values)).rowcount == 1


def delete_row(connection: Connection, place: Place) -> None:
    """Remove a sealed value."""
    connection.execute(delete(SECRETS).where(_at(place)))


def connection_rows(connection: Connection) -> list[RowMapping]:
    """Return the stored connections, by id."""
    return list(connection.execute(select(CONNECTIONS).order_by(CONNECTIONS.c.connection_id)).mappings())


def spec_of(row: RowMapping) -> ConnectionSpec:
    """Return what a stored connection is made from."""
    return ConnectionSpec(
        connection_id=row["connection_id"],
        broker=row["broker"],
        environment=Environment(row["environment"]),
        display_name=row["display_name"],
        settings=msgspec.json.decode(row["settings"], type=dict[str, str]),
    )


def insert_connection(connection: Connection, spec: ConnectionSpec, create_time: int, update_time: int) -> None:
    """Store a connection."""
    connection.execute(
        insert(CONNECTIONS).values(
            connection_id=spec.connection_id,
            broker=spec.broker,
            environment=spec.environment.value,
            display_name=spec.display_name,
            settings=msgspec.json.encode(spec.settings, order="sorted").decode(),
            create_time=create_time,
            update_time=update_time,
        )
    )


def delete_connection(connection: Connection, connection_id: str) -> None:
    """Remove a connection and its credential."""
    mine = SECRETS.c.connection_id == connection_id
    connection.execute(delete(SECRETS).where(SECRETS.c.kind == CREDENTIAL, mine))
    connection.execute(delete(CONNECTIONS).where(CONNECTIONS.c.connection_id == connection_id))


def credential_place(spec: ConnectionSpec, field: str) -> Place:
    """Return where a part of a connection's credential belongs."""
    return Place(
        kind=CREDENTIAL,
        connection_id=spec.connection_id,
        broker=spec.broker,
        environment=spec.environment.value,
        field=field,
    )


def _secret_place(row: RowMapping) -> Place:
    return Place(kind=row["kind"], connection_id=row["connection_id"], field=row["field"])


def _at(place: Place) -> ColumnElement[bool]:
    c = SECRETS.c
    return and_(c.kind == place.kind, c.connection_id == place.connection_id, c.field == place.field)


def _rows(
    connection: Connection, where: ColumnElement[bool], place: Callable[[RowMapping], Place]
) -> Iterator[SealedRow]:
    query = select(SECRETS).where(where).order_by(SECRETS.c.kind, SECRETS.c.connection_id, SECRETS.c.field)
    for row in connection.execute(query).mappings().all():
        record = Sealed(key_id=row["key_id"], wrapped_key=row["wrapped_key"], sealed=row["sealed"])
        yield SealedRow(place=place(row), record=record)
