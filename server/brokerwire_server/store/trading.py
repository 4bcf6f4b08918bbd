"""Trading states, guard leases and equity marks in the gateway's database.

They have a connection of their own: a kill switch must not wait behind the journal's queue, nor fail with its writer.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Row, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.trading import (
    EquityMark,
    GuardLease,
    LeaseState,
    Scope,
    ScopeKind,
    StateRecord,
    TradingState,
)
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.tables import EQUITY_MARKS, GUARD_LEASES, TRADING_STATES

T = TypeVar("T")


class SqliteTradingStore:
    """Implements `store.base.TradingStore` in a database that the journal's store must have opened."""

    def __init__(self, path: Path) -> None:
        """Name the database."""
        self._path = path

    async def states(self) -> Sequence[StateRecord]:
        """Return the state of every scope that was ever set."""
        return [_record(row) for row in await self._all(TRADING_STATES)]

    async def put_state(self, record: StateRecord) -> None:
        """Store the state of a scope, in place of the former one."""
        table = TRADING_STATES
        key = (table.c.scope_kind == record.scope.kind.value) & (table.c.scope_name == record.scope.name)
        values = {
            "scope_kind": record.scope.kind.value,
            "scope_name": record.scope.name,
            "state": record.state.value,
            "principal": record.principal,
            "reason": record.reason,
            "time": record.time,
        }
        await self._run(lambda c: _replace(c, table, key, values))

    async def leases(self) -> Sequence[GuardLease]:
        """Return the leases that were not released."""
        return [_lease(row) for row in await self._all(GUARD_LEASES)]

    async def put_lease(self, lease: GuardLease) -> None:
        """Store a lease, in place of the one with its id."""
        values = {
            "lease_id": lease.lease_id,
            "scope_kind": lease.scope.kind.value,
            "scope_name": lease.scope.name,
            "ttl": lease.ttl,
            "cancel": int(lease.cancel),
            "state": lease.state.value,
            "principal": lease.principal,
            "reason": lease.reason,
            "lease_state": lease.lease_state.value,
            "create_time": lease.create_time,
            "fire_time": lease.fire_time,
        }
        await self._run(lambda c: _replace(c, GUARD_LEASES, GUARD_LEASES.c.lease_id == lease.lease_id, values))

    async def delete_lease(self, lease_id: str) -> None:
        """Forget a lease."""
        await self._run(lambda c: c.execute(delete(GUARD_LEASES).where(GUARD_LEASES.c.lease_id == lease_id)))

    async def marks(self) -> Sequence[EquityMark]:
        """Return what the losses of each account are measured from."""
        return [_mark(row) for row in await self._all(EQUITY_MARKS)]

    async def put_mark(self, mark: EquityMark) -> None:
        """Store what the losses of an account are measured from."""
        values = {
            "account_id": mark.account_id,
            "session": mark.session,
            "time": mark.time,
            "start": str(mark.start),
            "high": str(mark.high),
            "flows": str(mark.flows),
        }
        await self._run(lambda c: _replace(c, EQUITY_MARKS, EQUITY_MARKS.c.account_id == mark.account_id, values))

    async def delete_mark(self, account_id: str) -> None:
        """Forget what the losses of an account are measured from."""
        await self._run(lambda c: c.execute(delete(EQUITY_MARKS).where(EQUITY_MARKS.c.account_id == account_id)))

    async def _all(self, table: Table) -> Sequence[Row[tuple[object, ...]]]:
        return await self._run(lambda connection: connection.execute(select(table)).all())

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


def _replace(connection: Connection, table: Table, key: object, values: Mapping[str, object]) -> None:
    connection.execute(delete(table).where(key))  # type: ignore[arg-type]
    connection.execute(insert(table).values(**values))


def _scope(row: "Row[tuple[object, ...]]") -> Scope:
    return Scope(ScopeKind(row.scope_kind), row.scope_name)


def _record(row: "Row[tuple[object, ...]]") -> StateRecord:
    return StateRecord(
        scope=_scope(row), state=TradingState(row.state), principal=row.principal, time=row.time, reason=row.reason
    )


def _lease(row: "Row[tuple[object, ...]]") -> GuardLease:
    return GuardLease(
        lease_id=row.lease_id,
        scope=_scope(row),
        ttl=row.ttl,
        principal=row.principal,
        cancel=bool(row.cancel),
        state=TradingState(row.state),
        reason=row.reason,
        lease_state=LeaseState(row.lease_state),
        create_time=row.create_time,
        fire_time=row.fire_time,
    )


def _mark(row: "Row[tuple[object, ...]]") -> EquityMark:
    return EquityMark(
        account_id=row.account_id,
        session=row.session,
        time=row.time,
        start=Decimal(row.start),
        high=Decimal(row.high),
        flows=Decimal(row.flows),
    )
