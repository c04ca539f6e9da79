"""Deliveries, received messages, and the receipts owed for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.domain.values import Answer, Delivery, Fault, Notice, Receipt, State
from nhnclinic.store.records import faults_from_json, faults_to_json
from nhnclinic.store.tables import deliveries, messages, receipts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping


def known(connection: Connection, notice: Notice) -> Delivery | None:
    """The delivery that was kept for this notice, without its bytes."""
    row = connection.execute(_select(with_raw=False).where(*_same(notice))).mappings().first()
    return None if row is None else _delivery(row)


def is_finished(connection: Connection, row: int) -> bool:
    """True when nothing is left to do for a delivery."""
    return bool(connection.execute(sa.select(deliveries.c.finished).where(deliveries.c.id == row)).scalar_one())


def announce(connection: Connection, notice: Notice, at: datetime) -> bool:
    """Remember that a document waits to be fetched; False when that was known."""
    if known(connection, notice) is not None:
        return False
    connection.execute(sa.insert(deliveries).values(**_new(notice, at), raw=b"", done=""))
    return True


def keep(connection: Connection, delivery: Delivery, at: datetime) -> Delivery:
    """Keep a delivery's bytes; the one that is already there when it was kept before."""
    before = known(connection, delivery.notice)
    if before is not None and "persist" in before.done:
        return replace(before, raw=delivery.raw, done=before.done | delivery.done, resumed=True)
    done = delivery.done | {"persist"}
    kept = {"raw": delivery.raw, "done": " ".join(sorted(done)), "taken_at": at}
    if before is not None:
        connection.execute(sa.update(deliveries).where(deliveries.c.id == before.row).values(**kept))
        return replace(delivery, row=before.row, done=done)
    result = connection.execute(sa.insert(deliveries).values(**{**_new(delivery.notice, at), **kept}))
    return replace(delivery, row=_new_row(result), done=done)


def _new(notice: Notice, at: datetime) -> dict[str, Any]:
    return {
        "transport_id": notice.transport_id,
        "her_id": notice.her_id,
        "sender_her_id": notice.sender_her_id,
        "is_apprec": notice.is_apprec,
        "taken_at": at,
        "finished": False,
        "attempts": 0,
    }


def record(connection: Connection, delivery: Delivery, *done: str, finished: bool = False) -> Delivery:
    """Record steps as done, with what they found; the delivery with these steps."""
    made = replace(delivery, done=delivery.done | set(done))
    if made.row is not None:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == made.row)
            .values(
                done=" ".join(sorted(made.done)), message_id=made.message, finished=finished, attempts=0, due_at=None
            )
        )
    return made


def postpone(connection: Connection, row: int, attempts: int, due_at: datetime) -> None:
    """Try again then."""
    connection.execute(sa.update(deliveries).where(deliveries.c.id == row).values(attempts=attempts, due_at=due_at))


def finish(connection: Connection, row: int) -> None:
    """Nothing is left to do."""
    connection.execute(sa.update(deliveries).where(deliveries.c.id == row).values(finished=True, due_at=None))


def unfinished(connection: Connection, now: datetime, limit: int = 200) -> list[int]:
    """Rows of deliveries whose work is not done and may be tried now, oldest first; at most `limit` of them."""
    query = sa.select(deliveries.c.id).where(*_open(now)).order_by(deliveries.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def still_unfinished(connection: Connection, row: int, now: datetime) -> Delivery | None:
    """The delivery with its bytes, unless somebody has seen to it meanwhile."""
    query = _select(with_raw=True).where(deliveries.c.id == row, *_open(now))
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    delivery = _delivery(found)
    return replace(delivery, resumed=bool(delivery.done))  # before it was kept, nobody was answered


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (deliveries.c.finished.is_(False), sa.or_(deliveries.c.due_at.is_(None), deliveries.c.due_at <= now))


def next_due(connection: Connection) -> datetime | None:
    """When the next postponed delivery is due."""
    query = sa.select(sa.func.min(deliveries.c.due_at)).where(deliveries.c.finished.is_(False))
    due: datetime | None = connection.execute(query).scalar()
    return due


def message_by_identity(connection: Connection, identity: str) -> RowMapping | None:
    """The message that counts as the same."""
    query = sa.select(messages.c.id, messages.c.document, messages.c.state).where(messages.c.identity == identity)
    return connection.execute(query).mappings().first()


def insert_message(connection: Connection, **values: Any) -> int:
    """A new received message; its row."""
    filled = {"direction": "in", "attempts": 0, "apprec_errors": [], **values}
    return _new_row(connection.execute(sa.insert(messages).values(**filled)))


def set_state(connection: Connection, message: int, state: State) -> None:
    """A received message is `received` or `rejected`."""
    connection.execute(sa.update(messages).where(messages.c.id == message).values(state=str(state)))


def set_answer(connection: Connection, message: int, status: Answer, faults: Iterable[Fault]) -> None:
    """What we answered to a received message."""
    connection.execute(
        sa.update(messages)
        .where(messages.c.id == message)
        .values(apprec_status=str(status), apprec_errors=faults_to_json(faults))
    )


def owe(
    connection: Connection, *, message: int, her_id: int, transport_id: str, status: Answer, faults: Iterable[Fault]
) -> bool:
    """Owe an AppRec for this own recipient of a message, unless one is or was owed; True when it is new."""
    same = (receipts.c.message_id == message, receipts.c.her_id == her_id)
    if connection.execute(sa.select(receipts.c.id).where(*same)).first() is not None:
        return False
    connection.execute(
        sa.insert(receipts).values(
            message_id=message,
            her_id=her_id,
            transport_id=transport_id,
            status=str(status),
            errors=faults_to_json(faults),
            state="owed",
        )
    )
    return True


def owed(connection: Connection, message: int, her_id: int) -> Receipt | None:
    """The AppRec that is still owed to the sender of a message for one own recipient."""
    row = (
        connection.execute(
            sa.select(receipts, messages.c.document)
            .join(messages, messages.c.id == receipts.c.message_id)
            .where(receipts.c.message_id == message, receipts.c.her_id == her_id, receipts.c.state == "owed")
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return Receipt(
        row=row["id"],
        message=row["message_id"],
        transport_id=row["transport_id"],
        her_id=row["her_id"],
        status=Answer(row["status"]),
        faults=faults_from_json(row["errors"]),
        document=row["document"],
    )


def set_receipt(connection: Connection, receipt: int, state: str) -> None:
    """The AppRec is `sent`, or has `failed` for good."""
    connection.execute(sa.update(receipts).where(receipts.c.id == receipt).values(state=state))


def _same(notice: Notice) -> tuple[sa.ColumnElement[bool], ...]:
    return (deliveries.c.transport_id == notice.transport_id, deliveries.c.her_id == notice.her_id)


def _select(*, with_raw: bool) -> sa.Select[Any]:
    columns = [column for column in deliveries.c if with_raw or column.name != "raw"]
    return sa.select(*columns)


def _delivery(row: RowMapping) -> Delivery:
    notice = Notice(row["transport_id"], row["her_id"], row["sender_her_id"], is_apprec=row["is_apprec"])
    return Delivery(
        notice=notice,
        raw=row.get("raw", b""),
        row=row["id"],
        done=frozenset(row["done"].split()),
        attempts=row["attempts"],
        message=row["message_id"],
    )


def _new_row(result: sa.CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    assert key is not None, "an insert of one row gives its key"
    return int(key[0])
