"""What every part of the store writes: history, alerts, patients, the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.domain.values import Fault, Patient
from nhnclinic.store.tables import alerts, history, journal, messages, patients, positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping


def faults_to_json(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """AppRec errors as they are stored and shown."""
    return [{"code": fault.code, "text": fault.text} for fault in faults]


def faults_from_json(rows: Iterable[dict[str, str]]) -> tuple[Fault, ...]:
    """The other way."""
    return tuple(Fault(row["code"], row["text"]) for row in rows)


def remember(connection: Connection, message: int, at: datetime, event: str, detail: str = "") -> None:
    """One line of a message's history."""
    connection.execute(sa.insert(history).values(message_id=message, at=at, event=event, detail=detail))


def history_of(connection: Connection, message: int) -> Sequence[RowMapping]:
    """A message's history, oldest first."""
    rows = connection.execute(sa.select(history).where(history.c.message_id == message).order_by(history.c.id))
    return rows.mappings().all()


def position(connection: Connection, stream: str) -> int:
    """The number of the last notice of a stream that was attended to; 0 before the first."""
    found: int | None = connection.execute(sa.select(positions.c.offset).where(positions.c.stream == stream)).scalar()
    return found or 0


def set_position(connection: Connection, stream: str, offset: int, at: datetime) -> None:
    """Everything up to this number has been attended to. It never goes back."""
    if offset <= position(connection, stream):
        return
    changed = connection.execute(sa.update(positions).where(positions.c.stream == stream).values(offset=offset, at=at))
    if not changed.rowcount:
        connection.execute(sa.insert(positions).values(stream=stream, offset=offset, at=at))


def raise_alert(connection: Connection, *, key: str, kind: str, text: str, at: datetime, msg_id: str = "") -> bool:
    """Raise an alert once: an alert of the same key is not raised again, resolved or not. True when it is new."""
    if connection.execute(sa.select(alerts.c.id).where(alerts.c.key == key)).first() is not None:
        return False
    connection.execute(sa.insert(alerts).values(key=key, kind=kind, msg_id=msg_id, text=text, at=at, resolved_by=""))
    return True


def resolve_alert(connection: Connection, key: str, at: datetime, by: str) -> None:
    """Resolve the alert of that key, if it is there and open."""
    connection.execute(
        sa.update(alerts)
        .where(alerts.c.key == key, alerts.c.resolved_at.is_(None))
        .values(resolved_at=at, resolved_by=by)
    )


def resolve_alert_by_id(connection: Connection, alert: int, at: datetime, by: str) -> RowMapping | None:
    """Resolve an alert for a user (again is fine); the alert, or None when there is none."""
    connection.execute(
        sa.update(alerts)
        .where(alerts.c.id == alert, alerts.c.resolved_at.is_(None))
        .values(resolved_at=at, resolved_by=by)
    )
    return connection.execute(sa.select(alerts).where(alerts.c.id == alert)).mappings().first()


def all_alerts(
    connection: Connection, *, is_open: bool | None = None, author: str = "", before: int = 0, limit: int = 1000
) -> Sequence[RowMapping]:
    """Alerts, oldest first, the newest `limit` of them, or of those below the row `before`.

    Args:
        connection: to read with.
        is_open: only open, or only resolved ones.
        author: only those about messages that this user wrote.
        before: a row.
        limit: how many at most.
    """
    query = sa.select(alerts).order_by(alerts.c.id.desc()).limit(limit)
    if is_open is not None:
        query = query.where(alerts.c.resolved_at.is_(None) if is_open else alerts.c.resolved_at.is_not(None))
    if author:
        wrote = sa.select(messages.c.id).where(
            messages.c.msg_id == alerts.c.msg_id, messages.c.author_id == author, messages.c.direction == "out"
        )
        query = query.where(alerts.c.msg_id != "", wrote.exists())
    if before:
        query = query.where(alerts.c.id < before)
    return connection.execute(query).mappings().all()[::-1]


def keep_patient(connection: Connection, patient: Patient) -> bool:
    """Make or change a patient; True when new."""
    changed = connection.execute(
        sa.update(patients)
        .where(patients.c.number == patient.number)
        .values(given_name=patient.given_name, family_name=patient.family_name)
    )
    if changed.rowcount:
        return False
    connection.execute(
        sa.insert(patients).values(
            number=patient.number, given_name=patient.given_name, family_name=patient.family_name
        )
    )
    return True


def patient(connection: Connection, number: str) -> Patient | None:
    """The patient with that number."""
    row = connection.execute(sa.select(patients).where(patients.c.number == number)).mappings().first()
    return None if row is None else Patient(row["number"], row["given_name"], row["family_name"])


def file_in_journal(connection: Connection, *, message: int, number: str, at: datetime, title: str) -> None:
    """One event on a patient's journal; a message has at most one."""
    connection.execute(sa.insert(journal).values(message_id=message, patient_number=number, at=at, title=title))


def journal_of(connection: Connection, number: str, *, before: int = 0, limit: int = 1000) -> Sequence[RowMapping]:
    """A patient's journal, oldest first, with what the messages behind it say.

    The newest `limit` events, or of those below the row `before`.
    """
    query: sa.Select[Any] = (
        sa.select(
            journal.c.id,
            journal.c.at,
            journal.c.title,
            messages.c.msg_id,
            messages.c.type,
            messages.c.direction,
            messages.c.text,
        )
        .join(messages, messages.c.id == journal.c.message_id)
        .where(journal.c.patient_number == number)
        .order_by(journal.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(journal.c.id < before)
    return connection.execute(query).mappings().all()[::-1]
