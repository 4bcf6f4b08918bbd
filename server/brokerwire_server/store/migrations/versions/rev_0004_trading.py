"""Trading states, guard leases, and what losses are measured from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "trading_states",
        _text("scope_kind"),
        _text("scope_name"),
        _text("state"),
        _text("principal"),
        _text("reason"),
        _int("time"),
        sa.PrimaryKeyConstraint("scope_kind", "scope_name", name=op.f("pk_trading_states")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "guard_leases",
        _text("lease_id"),
        _text("scope_kind"),
        _text("scope_name"),
        _int("ttl"),
        _int("cancel"),
        _text("state"),
        _text("principal"),
        _text("reason"),
        _text("lease_state"),
        _int("create_time"),
        _int("fire_time"),
        sa.PrimaryKeyConstraint("lease_id", name=op.f("pk_guard_leases")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "equity_marks",
        _text("account_id"),
        _text("session"),
        _int("time"),
        _text("start"),
        _text("high"),
        _text("flows"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_equity_marks")),
        sqlite_with_rowid=False,
    )
