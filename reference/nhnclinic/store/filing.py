"""Where received messages lie: one row for each user a message is for, and one for those who see all.

The row of `EVERYBODY` is what users with access to all messages see; the others are the participants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from nhnclinic.domain import handling
from nhnclinic.domain.concerned import participants
from nhnclinic.domain.values import Handled
from nhnclinic.store.tables import filings, grants, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from nhnclinic.config import Config
    from nhnclinic.domain.values import Delivery

EVERYBODY = "*"
INBOX, ARCHIVE = "inbox", "archive"


def file_received(connection: Connection, config: Config, delivery: Delivery, row: int, at: datetime) -> None:
    """Put a message that was accepted into the mailbox of the party it came to, for those whom it is for."""
    head, her_id = delivery.opened.head, delivery.notice.her_id
    assert head is not None, "what is accepted was read"
    table = handling.table(config.handling)
    parent = head.conversation.parent if head.conversation is not None else ""
    users = participants(head, her_id, config.users, _author(connection, parent))
    connection.execute(sa.update(messages).where(messages.c.id == row).values(handling=str(Handled.NEW)))
    common = {
        "message_id": row,
        "mailbox": her_id,
        "box": INBOX,
        "inbox": table.inbox_of(head.type.v, head.sender.name),
        "type": head.type.v,
        "at": at,
    }
    connection.execute(sa.insert(filings), [{**common, "user_id": user} for user in (EVERYBODY, *users)])


def received(connection: Connection, msg_id: str) -> RowMapping | None:
    """The received message of that MsgId, without its bytes; the newest when several senders use the same."""
    query = (
        sa.select(*(column for column in messages.c if column.name != "document"))
        .where(messages.c.msg_id == msg_id, messages.c.direction == "in", messages.c.state == "received")
        .order_by(messages.c.id.desc())
    )
    return connection.execute(query).mappings().first()


def participants_of(connection: Connection, message: int) -> list[str]:
    """Ids of the users whom a message is for."""
    query = sa.select(filings.c.user_id).where(filings.c.message_id == message, filings.c.user_id != EVERYBODY)
    return list(connection.execute(query.order_by(filings.c.id)).scalars())


def sees_all(connection: Connection, user: str) -> bool:
    """True when the user has access to all messages of the clinic."""
    return connection.execute(sa.select(grants.c.user_id).where(grants.c.user_id == user)).first() is not None


def view_of(connection: Connection, user: str) -> str:
    """Under which user's filings a user finds messages."""
    return EVERYBODY if sees_all(connection, user) else user


def set_handling(connection: Connection, message: int, state: Handled, by: str, at: datetime) -> None:
    """How far the clinic has come with a message; what is archived leaves the inboxes."""
    values = {"handling": str(state), "handled_by": by, "handled_at": at}
    connection.execute(sa.update(messages).where(messages.c.id == message).values(**values))
    if state is Handled.ARCHIVED:
        connection.execute(sa.update(filings).where(filings.c.message_id == message).values(box=ARCHIVE))


def hand_over(connection: Connection, message: int, forwarder: str, to: Iterable[str], at: datetime) -> None:
    """Make others participants in place of the forwarder; the other participants stay."""
    place = connection.execute(sa.select(filings).where(filings.c.message_id == message)).mappings().all()
    common = {name: place[0][name] for name in ("message_id", "mailbox", "box", "inbox", "type")}
    there = {row["user_id"] for row in place}
    targets = list(dict.fromkeys(to))
    if forwarder not in targets:
        connection.execute(sa.delete(filings).where(filings.c.message_id == message, filings.c.user_id == forwarder))
    fresh = [{**common, "user_id": user, "at": at} for user in targets if user not in there]
    if fresh:
        connection.execute(sa.insert(filings), fresh)


def lying(
    connection: Connection, view: str, mailbox: int, box: str, *, kind: str = "", inbox: str = "",
    before: int = 0, limit: int = 50,
) -> Sequence[RowMapping]:  # fmt: skip
    """Messages in a box, newest first; `kind` a type, `inbox` one beside Feedback, `before` a row to go on below."""
    query = (
        sa.select(*(column for column in messages.c if column.name != "document"))
        .join(filings, filings.c.message_id == messages.c.id)
        .where(*_in(view, mailbox, box, kind, inbox))
        .order_by(filings.c.message_id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(filings.c.message_id < before)
    return connection.execute(query).mappings().all()


def count(connection: Connection, view: str, mailbox: int, box: str, *, inbox: str = "", most: int = 1000) -> int:
    """How many messages lie there; counting stops at `most`, so that it costs the same however many there are."""
    some = sa.select(filings.c.id).where(*_in(view, mailbox, box, "", inbox)).limit(most).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _in(view: str, mailbox: int, box: str, kind: str, inbox: str) -> list[sa.ColumnElement[bool]]:
    narrowed = [(filings.c.type == kind) if kind else None, (filings.c.inbox == inbox) if inbox else None]
    where = [filings.c.user_id == view, filings.c.mailbox == mailbox, filings.c.box == box]
    return where + [one for one in narrowed if one is not None]


def _author(connection: Connection, msg_id: str) -> str:
    if not msg_id:
        return ""
    query = sa.select(messages.c.author_id).where(messages.c.identity == f"out:{msg_id.lower()}")
    return connection.execute(query).scalar() or ""
