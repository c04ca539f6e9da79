"""Where we are in the service's stream of notifications; HER-ids of ten digits; what is due is found by one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HER_IDS = (("messages", "from_her_id"), ("messages", "to_her_id"), ("deliveries", "her_id"),
           ("deliveries", "sender_her_id"), ("receipts", "her_id"))  # fmt: skip


def upgrade() -> None:
    """Add them. SQLite's integers are wide enough as they are."""
    op.create_table(
        "positions",
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("messages_due", "messages", ["due_at"], sqlite_where=sa.text("due_at IS NOT NULL"),
                    postgresql_where=sa.text("due_at IS NOT NULL"))  # fmt: skip
    op.create_index("messages_transport", "messages", ["transport_id"])
    op.drop_index("ix_messages_due_at", "messages")
    if op.get_bind().dialect.name == "postgresql":
        for table, column in HER_IDS:
            op.alter_column(table, column, type_=sa.BigInteger)
