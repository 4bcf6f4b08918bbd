"""Risk policies, and overrides of soft rules."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "risk_policies",
        _text("scope_kind"),
        _text("scope_name"),
        _text("limits"),
        _int("version"),
        _int("update_time"),
        _text("updated_by"),
        _text("reason"),
        sa.PrimaryKeyConstraint("scope_kind", "scope_name", name=op.f("pk_risk_policies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "risk_overrides",
        _text("override_id"),
        _text("rule"),
        _text("scope_kind"),
        _text("scope_name"),
        _text("reason"),
        _text("created_by"),
        _int("create_time"),
        _int("expire_time"),
        _int("revoke_time"),
        _text("revoked_by"),
        sa.PrimaryKeyConstraint("override_id", name=op.f("pk_risk_overrides")),
        sqlite_with_rowid=False,
    )
