"""The journal and its projections."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _create(
    table: str, key: tuple[str, ...], *columns: sa.Column[str] | sa.Column[int] | sa.Column[bytes], rowid: bool = False
) -> None:
    constraint = sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}"))
    op.create_table(table, *columns, constraint, sqlite_with_rowid=rowid)


def _index(name: str, table: str, columns: list[str], *, unique: bool = False, where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _create("meta", ("key",), _text("key"), _text("value"))
    _create_journal()
    _create_orders()
    _create_fills()
    _create_states()


def _create_journal() -> None:
    _create(
        "journal",
        ("account_id", "sequence"),
        _text("account_id"),
        _int("sequence"),
        _int("epoch"),
        _int("time"),
        _text("type"),
        _text("causation"),
        _blob("body"),
        _blob("previous_hash"),
        _blob("hash"),
        rowid=True,
    )
    _create(
        "accounts",
        ("account_id",),
        _text("account_id"),
        _int("first_sequence"),
        _int("head_sequence"),
        _blob("head_hash"),
        _int("account_sequence"),
        _int("state_sequence"),
    )


def _create_orders() -> None:
    _create(
        "orders",
        ("account_id", "order_id"),
        _text("account_id"),
        _text("order_id"),
        _text("client_order_id"),
        _text("broker_client_order_id"),
        _text("parent_order_id"),
        _text("state"),
        _int("terminal"),
        _text("symbol"),
        _int("create_time"),
        _int("sequence"),
    )
    given = "client_order_id <> ''"
    _index("ux_orders_client", "orders", ["account_id", "client_order_id"], unique=True, where=given)
    by_time = ["create_time", "order_id"]
    _index("ix_orders_time", "orders", ["account_id", *by_time, "symbol"])
    _index("ix_orders_open", "orders", ["account_id", *by_time], where="terminal = 0")
    _index("ix_orders_parent", "orders", ["account_id", "parent_order_id"], where="parent_order_id <> ''")
    _index("ix_orders_broker_client", "orders", ["account_id", "broker_client_order_id"])
    _create(
        "broker_order_ids",
        ("account_id", "broker_order_id"),
        _text("account_id"),
        _text("broker_order_id"),
        _text("order_id"),
    )


def _create_fills() -> None:
    _create(
        "fills",
        ("account_id", "sequence"),
        _text("account_id"),
        _int("sequence"),
        _text("fill_id"),
        _text("order_id"),
        _text("symbol"),
        _int("execution_time"),
    )
    by_time = ["execution_time", "sequence"]
    _index("ux_fills_id", "fills", ["account_id", "fill_id"], unique=True)
    _index("ix_fills_time", "fills", ["account_id", *by_time, "symbol"])
    _index("ix_fills_order", "fills", ["account_id", "order_id", *by_time])
    _create(
        "activities",
        ("account_id", "sequence"),
        _text("account_id"),
        _int("sequence"),
        _text("activity_id"),
        _text("type"),
        _int("time"),
    )
    _index("ix_activities_time", "activities", ["account_id", "time", "sequence"])


def _create_states() -> None:
    _create(
        "positions",
        ("account_id", "symbol"),
        _text("account_id"),
        _text("symbol"),
        _int("closed"),
        _int("sequence"),
    )
    _create(
        "breaks",
        ("account_id", "break_id"),
        _text("account_id"),
        _text("break_id"),
        _int("open"),
        _int("sequence"),
    )
    _index("ix_breaks_open", "breaks", ["account_id", "sequence"], where="open = 1")
    _create(
        "account_history",
        ("account_id", "minute"),
        _text("account_id"),
        _int("minute"),
        _int("time"),
        _text("equity"),
        _text("cash"),
        _text("profit_loss"),
    )
