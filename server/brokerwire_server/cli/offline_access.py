"""Makes the first token without a server: on the data directory, while no gateway runs on it."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.offline import DATABASE, require_database
from brokerwire_server.domain.access import Action, Principal, PrincipalRecord, Quota, Role
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.engine.access.directory import DAY, issue
from brokerwire_server.store.access import SqliteAccess
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.keys import FileKeys
from brokerwire_server.store.lock import DatabaseLock
from brokerwire_server.store.vault import SqliteVault

OFFLINE = "offline"

T = TypeVar("T")


def create_token(
    folder: Path,
    principal: str,
    rights: dict[str, Any],
    *,
    days: int,
    addresses: tuple[str, ...],
    description: str,
) -> tuple[str, str]:
    """Make a token, and its principal where roles are given, and return it with a line for a person.

    Raises:
        CommandFailure: a gateway runs there, there is no database, or what is asked for can't be.
    """
    return _offline(
        folder,
        lambda store: _create(store, principal, rights, days=days, addresses=addresses, description=description),
    )


def remove_factor(folder: Path, principal: str) -> None:
    """Remove a second factor that nobody can show any more. Its sealed secret is of no use, and replaced by the next.

    Raises:
        CommandFailure: as `create_token` does, or there is none.
    """

    def work(store: SqliteAccess) -> None:
        if principal not in {record.principal for record in store.records().factors}:
            raise CommandFailure(f"{principal} has no second factor", "", Exit.USAGE)
        store.forget_factor(principal)

    _offline(folder, work)


def _offline(folder: Path, work: Callable[[SqliteAccess], T]) -> T:
    path = require_database(folder)
    try:
        lock = DatabaseLock(path)
        try:
            # No secret of a second factor is touched here, so no key is needed.
            return work(SqliteAccess(path, SqliteVault(folder / DATABASE, FileKeys(folder / "vault.key"))))
        finally:
            lock.release()
    except StoreError as error:
        raise CommandFailure(str(error), "a gateway that runs does this itself: leave --data-dir out") from None
    except ValueError as error:
        raise CommandFailure(str(error), "", Exit.USAGE) from None


def _create(
    store: SqliteAccess,
    name: str,
    rights: dict[str, Any],
    *,
    days: int,
    addresses: tuple[str, ...],
    description: str,
) -> tuple[str, str]:
    now = time.time_ns()
    known = {record.principal.name for record in store.records().principals}
    if name in known and rights["roles"]:
        raise CommandFailure(f"{name} is a principal already", "leave --role out", Exit.USAGE)
    if name not in known and not rights["roles"]:
        raise CommandFailure(f"no principal {name!r} here", "say what it may do: --role admin", Exit.USAGE)
    token, text = issue(
        name,
        os.urandom,
        now,
        expire_time=now + days * DAY,
        addresses=addresses,
        description=description,
        created_by=OFFLINE,
    )
    made = [] if name in known else [_record(name, rights, now)]
    store.write(*made, token)
    return text, f"token {token.token_id} of {name}, for {days} days; it is not shown again:"


def _record(name: str, rights: dict[str, Any], now: int) -> PrincipalRecord:
    quota = rights["quota"]
    principal = Principal(
        name=name,
        roles=frozenset(Role(role.upper()) for role in rights["roles"]),
        accounts=frozenset(rights["accounts"]),
        actions=frozenset(Action(action.upper()) for action in rights["actions"]),
        asset_classes=frozenset(AssetClass(each.upper()) for each in rights["asset_classes"]),
        maximum_notional=rights["maximum_notional"],
        quota=Quota(
            calls=quota.calls_per_second,
            orders=quota.orders_per_second,
            cancels=quota.cancels_per_second,
            streams=quota.streams,
        ),
    )
    return PrincipalRecord(principal=principal, create_time=now, update_time=now)
