"""Connections that callers made, and their sealed credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "connections",
        _text("connection_id"),
        _text("broker"),
        _text("environment"),
        _text("display_name"),
        _text("settings"),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connections")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "secrets",
        _text("kind"),
        _text("connection_id"),
        _text("field"),
        _text("key_id"),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "connection_id", "field", name=op.f("pk_secrets")),
        sqlite_with_rowid=False,
    )
