"""What adapters must not forget over a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "adapter_notes",
        _text("connection_id"),
        _text("key"),
        _text("text"),
        sa.PrimaryKeyConstraint("connection_id", "key", name=op.f("pk_adapter_notes")),
        sqlite_with_rowid=False,
    )
