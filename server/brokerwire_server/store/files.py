"""What happens to a database file before it is written: made, migrated, checked, recovered."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from brokerwire_server.store.connections import connect_writer, writing_engine
from brokerwire_server.store.migrate import migrate
from brokerwire_server.store.tables import META
from brokerwire_server.store.verify import check_heads as check

EPOCH = "epoch"


def create_file(path: Path) -> None:
    """Make the database's folder and file where they are missing, readable by their owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def prepare(path: Path, new_epoch: Callable[[], int], *, check_heads: bool, renew_epoch: bool) -> int:
    """Migrate and check in one transaction, and return the epoch of the database's history."""
    with writing_engine(path).begin() as connection:
        migrate(connection)
        if check_heads:
            check(connection)
        return _epoch(connection, new_epoch, renew=renew_epoch)


def recover(path: Path) -> sqlite3.Connection:
    """Connect after a failed write, and settle what it left behind.

    The kernel forgets a failed fsync: the next one succeeds without having written. So nothing is synced again;
    the whole log is copied into the database by a checkpoint, whose own syncs cover what it wrote.

    Raises:
        sqlite3.Error: the disk still refuses, or a long read keeps the log in use.
    """
    connection = connect_writer(path)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("reads are still running on it")
    except BaseException:
        connection.close()
        raise
    return connection


def _epoch(connection: Connection, new_epoch: Callable[[], int], *, renew: bool) -> int:
    stored = connection.execute(select(META.c.value).where(META.c.key == EPOCH)).scalar()
    if stored is not None and not renew:
        return int(stored)
    epoch = new_epoch()
    values = insert(META).values(key=EPOCH, value=str(epoch))
    connection.execute(values.on_conflict_do_update(set_={"value": str(epoch)}))
    return epoch
