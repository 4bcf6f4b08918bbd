"""The statements that write the tables: built and compiled by SQLAlchemy Core, run on the driver's cursor.

One statement writes many rows (`VALUES (...), (...)`). The driver gives up the interpreter lock at every step of a
statement and must win it back from a busy event loop, so a step per row would cost far more than the rows do.
"""

import sqlite3
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Table, case, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert

from brokerwire_server.store import tables
from brokerwire_server.store.projections import Row, Rows

MAX_ROWS = 64
"""Rows per statement. Larger sets are cut into powers of two, so that few statements need preparing."""

_DIALECT = sqlite.dialect(paramstyle="qmark")


def write(cursor: sqlite3.Cursor, rows: Rows) -> None:
    """Insert or update all rows, in the transaction that is open."""
    for table, values in rows.by_table():
        if values:
            _write_table(cursor, table, values)


def _write_table(cursor: sqlite3.Cursor, table: Table, values: Iterable[Row]) -> None:
    rows = list(values)
    start = 0
    while start < len(rows):
        size = min(MAX_ROWS, 1 << ((len(rows) - start).bit_length() - 1))
        parameters = tuple(chain.from_iterable(rows[start : start + size]))
        cursor.execute(compile_insert(table, size), parameters)
        start += size


@cache
def compile_insert(table: Table, size: int) -> str:
    """Return the SQL that writes `size` rows, with one `?` per column in the table's order."""
    row = dict.fromkeys(table.columns.keys())
    statement = sqlite.insert(table).values([row] * size)
    return str(_on_conflict(table, statement).compile(dialect=_DIALECT))


def _on_conflict(table: Table, insert: Insert) -> Insert:
    """Add what happens where the row exists: journal, fills and activities may never meet one.

    Only the primary key is a row met again. Any other unique index that is hit (a client order id that names a second
    order) is an error, so the key is always spelt out.
    """
    new = insert.excluded
    where = None
    if table is tables.ACCOUNTS:
        changes = _advanced(new)
    elif table.name in _MUTABLE:
        changes = {name: new[name] for name in _MUTABLE[table.name]}
    else:
        return insert
    if table is tables.BROKER_ORDER_IDS:
        # Every state of an order names its broker ids again; most of these writes find nothing to do.
        where = table.c.order_id != new.order_id
    key = [column.name for column in table.primary_key]
    return insert.on_conflict_do_update(index_elements=key, set_=changes, where=where)


def _advanced(new: Any) -> dict[str, Any]:  # noqa: ANN401 - SQLAlchemy's own type for `excluded`
    def latest(name: str) -> Any:  # noqa: ANN401
        return case((new[name] > literal_column("0"), new[name]), else_=tables.ACCOUNTS.c[name])

    return {
        "head_sequence": new.head_sequence,
        "head_hash": new.head_hash,
        "account_sequence": latest("account_sequence"),
        "state_sequence": latest("state_sequence"),
    }


_MUTABLE: dict[str, tuple[str, ...]] = {
    # An order's ids, symbol and time of creation never change; leaving them out spares their indices a write.
    "orders": ("state", "terminal", "sequence"),
    "broker_order_ids": ("order_id",),
    "positions": ("closed", "sequence"),
    "breaks": ("open", "sequence"),
    "account_history": ("time", "equity", "cash", "profit_loss"),
}
