"""Risk policies and overrides in the gateway's database, on a connection of their own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.policies import RiskOverride, RiskPolicy
from brokerwire_server.domain.trading import Scope, ScopeKind
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.tables import RISK_OVERRIDES, RISK_POLICIES

KEPT_OVERRIDES = 1_000

T = TypeVar("T")


class SqlitePolicyStore:
    """Implements `store.base.PolicyStore` in a database that the journal's store must have opened."""

    def __init__(self, path: Path) -> None:
        """Name the database."""
        self._path = path

    async def policies(self) -> Sequence[RiskPolicy]:
        """Return the policy of every scope that has one."""
        rows = await self._run(lambda c: c.execute(select(RISK_POLICIES)).all())
        return [_policy(row) for row in rows]

    async def put_policy(self, policy: RiskPolicy) -> None:
        """Store the policy of a scope, in place of the former one."""
        key = _scope(policy.scope)
        values = {
            **key,
            "limits": msgspec.json.encode(dict(policy.limits), order="sorted").decode(),
            "version": policy.version,
            "update_time": policy.update_time,
            "updated_by": policy.updated_by,
            "reason": policy.reason,
        }
        await self._run(lambda c: _replace(c, RISK_POLICIES, key, values))

    async def overrides(self) -> Sequence[RiskOverride]:
        """Return the latest overrides, ended ones too, oldest first."""
        latest = select(RISK_OVERRIDES).order_by(RISK_OVERRIDES.c.create_time.desc()).limit(KEPT_OVERRIDES)
        rows = await self._run(lambda c: c.execute(latest).all())
        return [_override(row) for row in reversed(rows)]

    async def put_override(self, override: RiskOverride) -> None:
        """Store an override, in place of the one with its id."""
        values = {
            "override_id": override.override_id,
            "rule": override.rule,
            **_scope(override.scope),
            "reason": override.reason,
            "created_by": override.created_by,
            "create_time": override.create_time,
            "expire_time": override.expire_time,
            "revoke_time": override.revoke_time,
            "revoked_by": override.revoked_by,
        }
        key = {"override_id": override.override_id}
        await self._run(lambda c: _replace(c, RISK_OVERRIDES, key, values))

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


def _scope(scope: Scope) -> dict[str, str]:
    return {"scope_kind": scope.kind.value, "scope_name": scope.name}


def _replace(connection: Connection, table: Table, key: Mapping[str, str], values: Mapping[str, Any]) -> None:
    statement = delete(table)
    for name, value in key.items():
        statement = statement.where(table.c[name] == value)
    connection.execute(statement)
    connection.execute(insert(table).values(**values))


def _policy(row: Row[Any]) -> RiskPolicy:
    return RiskPolicy(
        scope=Scope(ScopeKind(row.scope_kind), row.scope_name),
        limits=msgspec.json.decode(row.limits, type=dict[str, str]),
        version=row.version,
        update_time=row.update_time,
        updated_by=row.updated_by,
        reason=row.reason,
    )


def _override(row: Row[Any]) -> RiskOverride:
    return RiskOverride(
        override_id=row.override_id,
        rule=row.rule,
        scope=Scope(ScopeKind(row.scope_kind), row.scope_name),
        reason=row.reason,
        created_by=row.created_by,
        create_time=row.create_time,
        expire_time=row.expire_time,
        revoke_time=row.revoke_time,
        revoked_by=row.revoked_by,
    )
