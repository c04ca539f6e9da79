"""Lists that cost the same however much there is: indexes in the order in which pages are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the indexes."""
    op.create_index("messages_msg_id", "messages", [sa.text("lower(msg_id)")])
    op.drop_index("ix_messages_state", "messages")
    op.create_index("messages_state", "messages", ["state", "id"])
    op.drop_index("messages_patient", "messages")
    op.create_index("messages_patient", "messages", ["patient_number", "type", "id"])
    op.drop_index("ix_journal_patient_number", "journal")
    op.create_index("journal_patient", "journal", ["patient_number", "id"])
    is_open = sa.text("resolved_at IS NULL")
    op.create_index("alerts_open", "alerts", ["id"], sqlite_where=is_open, postgresql_where=is_open)
