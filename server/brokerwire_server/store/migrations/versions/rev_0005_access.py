"""Principals, bearer tokens and second factors."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "principals",
        _text("name"),
        _text("roles"),
        _text("scope"),
        _int("disabled"),
        _int("create_time"),
        _int("update_time"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_principals")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        _text("token_id"),
        _text("principal"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _int("create_time"),
        _int("expire_time"),
        _int("revoke_time"),
        _text("addresses"),
        _text("description"),
        _text("created_by"),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tokens_principal", "tokens", ["principal", "token_id"])
    op.create_table(
        "second_factors",
        _text("principal"),
        _int("last_step"),
        _int("failures"),
        _int("locked_until"),
        sa.PrimaryKeyConstraint("principal", name=op.f("pk_second_factors")),
        sqlite_with_rowid=False,
    )
