"""The clinic's day: whom a message is for and where it lies, groups, grants, their log, drafts; indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("messages_author", ["author_id"]),
    ("messages_replaces", ["replaces"]),
    ("messages_parent", ["parent"]),
    ("messages_type", ["type"]),
    ("messages_sender", ["from_her_id"]),
    ("messages_receiver", ["to_her_id"]),
    ("messages_patient", ["patient_number", "type"]),
)


def upgrade() -> None:
    """Add them. Messages received before this have no participants: whoever has access to all messages sees them."""
    for name in ("author_id", "replaces", "handling", "handled_by"):
        op.add_column("messages", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("messages", sa.Column("handled_at", sa.BigInteger))
    op.execute("UPDATE messages SET handling = 'new' WHERE state = 'received'")
    for name, columns in INDEXES:
        op.create_index(name, "messages", columns)
    op.create_index("ix_alerts_msg_id", "alerts", ["msg_id"])
    op.create_table(
        "filings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("mailbox", sa.BigInteger, nullable=False),
        sa.Column("box", sa.Text, nullable=False),
        sa.Column("inbox", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("message_id", "user_id"),
        sa.Index("filings_box", "user_id", "mailbox", "box", "message_id"),
        sa.Index("filings_type", "user_id", "mailbox", "box", "type", "message_id"),
        sa.Index("filings_inbox", "user_id", "mailbox", "box", "inbox", "message_id"),
    )
    op.execute(
        "INSERT INTO filings (message_id, user_id, mailbox, box, inbox, type, at) "
        "SELECT id, '*', to_her_id, 'inbox', '', type, created_at FROM messages "
        "WHERE state = 'received' AND to_her_id IS NOT NULL"
    )
    op.create_table("groups", sa.Column("id", sa.Text, primary_key=True), sa.Column("name", sa.Text, nullable=False))
    op.create_table(
        "members",
        sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("function", sa.Text, nullable=False),
    )
    op.create_table(
        "grants",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "drafts",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
