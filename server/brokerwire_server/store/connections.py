"""Connections to an SQLite database: how they are opened, and the settings that durability rests on."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event

BUSY_TIMEOUT = 5.0
"""Seconds to wait for a lock that another program holds on the file (a shell, a backup)."""

CHECKPOINT_PAGES = 4096
"""How long the write-ahead log gets before a commit moves it into the database: 16 MB."""

STATEMENT_CACHE = 256

_CACHE = -32768
_SPILLING_CACHE = -512
_RESERVED_MEGABYTES = 16


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes: a commit returns when the write-ahead log is on the disk."""
    connection = _connect(path, "rw")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # Only macOS knows these two: its fsync alone doesn't reach the disk.
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size = {_CACHE}")
    return connection


def reserve_log(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Let the write-ahead log have its full size from the start, and return the connection.

    A commit into space that the file has already takes about half the time of one that makes the file longer, which is
    a change to the file system too. A large insertion that is taken back leaves the space and nothing else.
    """
    try:
        connection.execute(f"PRAGMA cache_size = {_SPILLING_CACHE}")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE log_space (bytes)")
        for _ in range(_RESERVED_MEGABYTES):
            connection.execute("INSERT INTO log_space VALUES (zeroblob(1000000))")
    except sqlite3.Error:
        # A disk that has no room for this has none for the journal either, and is told of when it matters.
        pass
    finally:
        if connection.in_transaction:
            connection.rollback()
        connection.execute(f"PRAGMA cache_size = {_CACHE}")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that can only read."""
    connection = _connect(path, "ro")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -8192")
    return connection


def writing_engine(path: Path) -> Engine:
    """Return an engine for the work around start-up; its transactions hold the write lock and include DDL."""
    engine = create_engine(
        "sqlite+pysqlite://", creator=lambda: connect_writer(path), poolclass=NullPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reading_engine(path: Path, size: int) -> Engine:
    """Return an engine with a pool of `size` reading connections."""
    return create_engine(
        "sqlite+pysqlite://",
        creator=lambda: connect_reader(path),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_reset_on_return=None,
    )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENT_CACHE,
    )
