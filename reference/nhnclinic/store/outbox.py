"""Messages the clinic sends: from the outbox to their AppRec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.domain.values import Outcome, Outgoing, Parcel, State
from nhnclinic.store.records import faults_to_json
from nhnclinic.store.tables import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

WAITING = (State.QUEUED, State.SENT, State.APPREC_MISSING)
"""States in which a message may still become something else by itself."""


def by_key(connection: Connection, key: str) -> RowMapping | None:
    """The message that an earlier request of the same key made."""
    wanted = ("msg_id", "state", "type", "to_her_id", "text", "patient_number")
    query = sa.select(*(messages.c[name] for name in wanted)).where(messages.c.request_key == key)
    return connection.execute(query).mappings().first()


def keep(connection: Connection, parcel: Parcel, at: datetime) -> int:
    """Put a built message into the outbox; its row."""
    draft = parcel.draft
    result = connection.execute(
        sa.insert(messages).values(
            identity=f"out:{draft.msg_id.lower()}",
            direction="out",
            msg_id=draft.msg_id,
            type=draft.type,
            state=str(State.QUEUED),
            from_her_id=draft.from_her_id,
            to_her_id=draft.to_her_id,
            patient_number=draft.patient.number,
            patient_given_name=draft.patient.given_name,
            patient_family_name=draft.patient.family_name,
            subject=draft.subject,
            text=draft.text,
            parent=draft.parent,
            conversation=draft.conversation,
            document=parcel.document,
            gen_date=parcel.gen_date,
            created_at=at,
            request_key=draft.key or None,
            attempts=0,
            author_id=draft.author.id,
            replaces=draft.replaces,
            due_at=at,
            apprec_errors=[],
        )
    )
    key = result.inserted_primary_key
    assert key is not None, "an insert of one row gives its key"
    return int(key[0])


def due(connection: Connection, states: Iterable[State], now: datetime, limit: int = 200) -> list[int]:
    """Rows of messages in these states whose time has come, the longest waiting first; at most `limit` of them."""
    query = (
        sa.select(messages.c.id)
        .where(
            messages.c.due_at <= now,
            messages.c.direction == "out",
            # Appending nothing keeps planners off the index by state, in which a year's sent messages lie.
            messages.c.state.concat("").in_([str(state) for state in states]),
        )
        .order_by(messages.c.due_at, messages.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def still_due(connection: Connection, row: int, states: Iterable[State], now: datetime) -> Outgoing | None:
    """The message, unless somebody has seen to it meanwhile."""
    query = sa.select(*_COLUMNS).where(
        messages.c.id == row, messages.c.due_at <= now, messages.c.state.in_([str(state) for state in states])
    )
    found = connection.execute(query).mappings().first()
    return None if found is None else _outgoing(found)


def next_due(connection: Connection) -> datetime | None:
    """When the next outgoing message wants attention."""
    query = (
        sa.select(messages.c.due_at)
        .where(messages.c.due_at.is_not(None), messages.c.direction == "out")
        .order_by(messages.c.due_at)
        .limit(1)
    )
    when: datetime | None = connection.execute(query).scalar()
    return when


def is_unsure(connection: Connection) -> bool:
    """True while there is a queued message: one that was handed over may be among them, if the answer was lost."""
    query = sa.select(messages.c.id).where(
        messages.c.direction == "out", messages.c.state == str(State.QUEUED), messages.c.due_at.is_not(None)
    )
    return connection.execute(query.limit(1)).first() is not None


def by_transport_id(connection: Connection, transport_id: str) -> Outgoing | None:
    """A message of ours by what the transport calls it."""
    query = sa.select(*_COLUMNS).where(messages.c.transport_id == transport_id, messages.c.direction == "out")
    found = connection.execute(query).mappings().first()
    return None if found is None else _outgoing(found)


def load(connection: Connection, row: int) -> Outgoing:
    """A message by its row."""
    return _outgoing(connection.execute(sa.select(*_COLUMNS).where(messages.c.id == row)).mappings().one())


def by_msg_id(connection: Connection, msg_id: str) -> Outgoing | None:
    """A message of ours by its MsgId, in whatever case it is echoed."""
    row = connection.execute(sa.select(*_COLUMNS).where(messages.c.identity == f"out:{msg_id.lower()}"))
    found = row.mappings().first()
    return None if found is None else _outgoing(found)


def sent(connection: Connection, msg_id: str) -> RowMapping | None:
    """A message of ours as the interface shows it, by its MsgId in whatever case."""
    query = sa.select(*(column for column in messages.c if column.name != "document"))
    return connection.execute(query.where(messages.c.identity == f"out:{msg_id.lower()}")).mappings().first()


def change(connection: Connection, row: int, **values: Any) -> None:
    """Change columns of a message."""
    connection.execute(sa.update(messages).where(messages.c.id == row).values(**values))


def set_outcome(connection: Connection, row: int, state: State, outcome: Outcome) -> None:
    """A receiver has answered: nothing is awaited any more."""
    change(
        connection,
        row,
        state=str(state),
        apprec_status=str(outcome.status),
        apprec_errors=faults_to_json(outcome.faults),
        due_at=None,
    )


def listed(
    connection: Connection,
    *,
    direction: str = "",
    states: Sequence[str] = (),
    msg_id: str = "",
    before: int = 0,
    limit: int = 1000,
) -> Sequence[RowMapping]:
    """Messages for the interface, newest last; the newest `limit` of them, or of those below the row `before`."""
    query = sa.select(*(column for column in messages.c if column.name != "document"))
    if direction:
        query = query.where(messages.c.direction == direction)
    if states:
        query = query.where(messages.c.state.in_(states))
    if msg_id:
        query = query.where(sa.func.lower(messages.c.msg_id) == msg_id.lower())
    if before:
        query = query.where(messages.c.id < before)
    rows = connection.execute(query.order_by(messages.c.id.desc()).limit(limit)).mappings().all()
    return rows[::-1]


def document(connection: Connection, row: int) -> bytes:
    """The exact bytes of a message."""
    found: bytes = connection.execute(sa.select(messages.c.document).where(messages.c.id == row)).scalar_one()
    return found


_COLUMNS = tuple(
    messages.c[name]
    for name in (
        "id",
        "msg_id",
        "type",
        "state",
        "from_her_id",
        "to_her_id",
        "document",
        "gen_date",
        "transport_id",
        "attempts",
    )
)


def _outgoing(row: RowMapping) -> Outgoing:
    return Outgoing(
        row=row["id"],
        msg_id=row["msg_id"],
        type=row["type"],
        state=State(row["state"]),
        from_her_id=row["from_her_id"],
        to_her_id=row["to_her_id"],
        document=row["document"],
        gen_date=row["gen_date"],
        transport_id=row["transport_id"],
        attempts=row["attempts"],
    )
