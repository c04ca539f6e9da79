"""The message log and a patient's overview: pages of messages, newest first, each found by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.store.tables import alerts, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, RowMapping

_SHOWN = tuple(column for column in messages.c if column.name != "document")


def page(
    connection: Connection, *, before: int = 0, limit: int = 50, counterpart: int = 0, **equal: str
) -> Sequence[RowMapping]:
    """Messages, newest first.

    Args:
        connection: to read with.
        before: a row to go on below.
        limit: of the page.
        counterpart: HER-id of the other party.
        equal: columns and what they must be; those with an empty text are not asked for.
    """
    wanted = [messages.c[name] == value for name, value in equal.items() if value]
    if not counterpart:
        return connection.execute(_page([*wanted], before, limit)).mappings().all()
    # One look by the sender's index, one by the receiver's.
    sides = (("in", messages.c.from_her_id), ("out", messages.c.to_her_id))
    rows = [
        row
        for direction, column in sides
        for row in connection.execute(
            _page([*wanted, messages.c.direction == direction, column == counterpart], before, limit)
        ).mappings()
    ]
    return sorted(rows, key=lambda row: -row["id"])[:limit]


def of_patient(
    connection: Connection, number: str, types: Iterable[str], *, before: int = 0, limit: int = 50, others: bool = False
) -> Sequence[RowMapping]:
    """A patient's messages of these types, or with `others` of all other types; newest first."""
    listed = tuple(types)
    # What we rejected belongs to nobody's record; what others rejected was ours.
    kept = sa.or_(messages.c.direction == "out", messages.c.state != "rejected")
    wanted = [one for one in _types_of(connection, number) if one not in listed] if others else listed
    # One look by the index for each type: its newest lie together.
    rows = [
        row
        for one in wanted
        for row in connection.execute(
            _page([messages.c.patient_number == number, messages.c.type == one, kept], before, limit)
        ).mappings()
    ]
    return sorted(rows, key=lambda row: -row["id"])[:limit]


def _types_of(connection: Connection, number: str) -> list[str]:
    """The types of a patient's messages: from each one to the next in the index, past however many there are."""
    found: list[str] = []
    query = sa.select(sa.func.min(messages.c.type)).where(messages.c.patient_number == number)
    one: str | None = connection.execute(query).scalar()
    while one is not None:
        found.append(one)
        one = connection.execute(query.where(messages.c.type > one)).scalar()
    return found


def errors_of(connection: Connection, rows: Sequence[RowMapping]) -> dict[str, str]:
    """By MsgId of those of these messages that failed: the newest alert about each."""
    failed = [row["msg_id"] for row in rows if row["state"] in {"failed", "rejected", "apprec_missing"}]
    if not failed:
        return {}
    query = sa.select(alerts.c.msg_id, alerts.c.text).where(alerts.c.msg_id.in_(failed)).order_by(alerts.c.id)
    return {row.msg_id: row.text for row in connection.execute(query)}


def linked(connection: Connection, msg_id: str) -> list[tuple[str, str]]:
    """MsgId and type of the messages of ours that refer to a message."""
    query = sa.select(messages.c.msg_id, messages.c.type).where(
        messages.c.parent == msg_id, messages.c.direction == "out"
    )
    return [(row.msg_id, row.type) for row in connection.execute(query.order_by(messages.c.id).limit(100))]


def replaced_by(connection: Connection, msg_id: str) -> str:
    """MsgId of the message that was sent in place of this one; empty when none was."""
    query = sa.select(messages.c.msg_id).where(messages.c.replaces == msg_id)
    return connection.execute(query.order_by(messages.c.id.desc()).limit(1)).scalar() or ""


def authors_of(connection: Connection, msg_ids: Iterable[str]) -> dict[str, str]:
    """By MsgId: who wrote these messages of ours."""
    query = sa.select(messages.c.msg_id, messages.c.author_id).where(
        messages.c.msg_id.in_(list(msg_ids)), messages.c.direction == "out"
    )
    return {row.msg_id: row.author_id for row in connection.execute(query)}


def _page(where: Sequence[sa.ColumnElement[bool]], before: int, limit: int) -> sa.Select[Any]:
    query = sa.select(*_SHOWN).where(*where).order_by(messages.c.id.desc()).limit(limit)
    return query.where(messages.c.id < before) if before else query
