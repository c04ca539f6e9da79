"""The tables. One row of `messages` is one message for ever; the other tables hang on it.

What is unique here is what makes "nothing twice" true: a message by its identity (sender and MsgId), a delivery by
transport id and own recipient, an AppRec by message and own recipient, a journal event by message, an alert by key, a
filing by message and user.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(sa.TypeDecorator[datetime]):
    """A point in time: aware datetime in Python, whole microseconds since 1970 in the database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """To the database."""
        del dialect
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Any) -> datetime | None:
        """From the database."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


HER_ID = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
"""A HER-id as documents may have it: up to ten digits."""

metadata = sa.MetaData()

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False, unique=True),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("msg_id", sa.Text, nullable=False, index=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("from_her_id", HER_ID),
    sa.Column("to_her_id", HER_ID),
    sa.Column("patient_number", sa.Text, nullable=False, default=""),
    sa.Column("patient_given_name", sa.Text, nullable=False, default=""),
    sa.Column("patient_family_name", sa.Text, nullable=False, default=""),
    sa.Column("subject", sa.Text, nullable=False, default=""),
    sa.Column("text", sa.Text, nullable=False, default=""),
    sa.Column("parent", sa.Text, nullable=False, default=""),
    sa.Column("conversation", sa.Text, nullable=False, default=""),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("gen_date", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("request_key", sa.Text, unique=True),
    sa.Column("transport_id", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due_at", Instant),
    sa.Column("apprec_status", sa.Text),
    sa.Column("apprec_errors", sa.JSON, nullable=False, default=list),
    sa.Column("author_id", sa.Text, nullable=False, default=""),
    sa.Column("replaces", sa.Text, nullable=False, default=""),
    sa.Column("handling", sa.Text, nullable=False, default=""),
    sa.Column("handled_at", Instant),
    sa.Column("handled_by", sa.Text, nullable=False, default=""),
    sa.Index("messages_transport", "transport_id"),
    sa.Index("messages_state", "state", "id"),
    sa.Index("messages_author", "author_id"),
    sa.Index("messages_replaces", "replaces"),
    sa.Index("messages_parent", "parent"),
    sa.Index("messages_type", "type"),
    sa.Index("messages_sender", "from_her_id"),
    sa.Index("messages_receiver", "to_her_id"),
    sa.Index("messages_patient", "patient_number", "type", "id"),
)
sa.Index("messages_msg_id", sa.func.lower(messages.c.msg_id))
sa.Index(
    "messages_due",
    messages.c.due_at,
    sqlite_where=messages.c.due_at.is_not(None),
    postgresql_where=messages.c.due_at.is_not(None),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("transport_id", sa.Text, nullable=False),
    sa.Column("her_id", HER_ID, nullable=False),
    sa.Column("sender_her_id", HER_ID),
    sa.Column("is_apprec", sa.Boolean, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
    sa.Column("done", sa.Text, nullable=False, default=""),
    sa.Column("finished", sa.Boolean, nullable=False, default=False),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due_at", Instant),
    sa.UniqueConstraint("transport_id", "her_id"),
    sa.Index("deliveries_open", "finished", "due_at"),
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("her_id", HER_ID, nullable=False),
    sa.Column("transport_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("errors", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.UniqueConstraint("message_id", "her_id"),
)

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

patients = sa.Table(
    "patients",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False, unique=True),
    sa.Column("patient_number", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Index("journal_patient", "patient_number", "id"),
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, default=""),
)

setup = sa.Table(
    "setup",
    metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("msg_id", sa.Text, nullable=False, default="", index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("resolved_by", sa.Text, nullable=False, default=""),
)
sa.Index(
    "alerts_open",
    alerts.c.id,
    sqlite_where=alerts.c.resolved_at.is_(None),
    postgresql_where=alerts.c.resolved_at.is_(None),
)

filings = sa.Table(
    "filings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("mailbox", sa.BigInteger, nullable=False),
    sa.Column("box", sa.Text, nullable=False),
    sa.Column("inbox", sa.Text, nullable=False, default=""),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("message_id", "user_id"),
    sa.Index("filings_box", "user_id", "mailbox", "box", "message_id"),
    sa.Index("filings_type", "user_id", "mailbox", "box", "type", "message_id"),
    sa.Index("filings_inbox", "user_id", "mailbox", "box", "inbox", "message_id"),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("function", sa.Text, nullable=False, default=""),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, default=""),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
