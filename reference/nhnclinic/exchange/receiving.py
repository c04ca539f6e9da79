"""Receiving: take, persist, acknowledge, open, validate, decide, file, receipt.

What the store remembers: `persist` (the bytes are ours), `acknowledge` (written down with `file`; to mark a document
read twice does no harm), `file` (message, journal and owed AppRec in one transaction) and `receipt` (the AppRec is
given). A process that dies anywhere in between is followed by one that begins at the first of these not remembered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nhnclinic.domain import alerts, contents
from nhnclinic.domain.judging import sender_of
from nhnclinic.domain.values import Answer, Delivery, Fault, Outcome, Receipt, State, Verdict
from nhnclinic.errors import TransportError
from nhnclinic.exchange.parts import Step, step
from nhnclinic.store import filing, inbox, records
from nhnwire import codes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from nhnclinic.domain.values import Decision
    from nhnclinic.exchange.bench import Bench
    from nhnwire.apprec import AppRec


async def take(bench: Bench, delivery: Delivery) -> Delivery:
    """Fetch the document's bytes, unless they are here already."""
    if delivery.raw:
        return delivery
    return replace(delivery, raw=await bench.transport.document(delivery.notice.transport_id))


async def persist(bench: Bench, delivery: Delivery) -> Delivery:
    """Commit the bytes to disk. From here on the document cannot be lost."""
    with bench.store.transaction() as connection:
        return inbox.keep(connection, delivery, bench.clock.now())


async def acknowledge(bench: Bench, delivery: Delivery) -> Delivery:
    """Mark it read, so that it is not offered again."""
    await bench.transport.mark_read(delivery.notice.transport_id, delivery.notice.her_id)
    return replace(delivery, done=delivery.done | {"acknowledge"})


async def open_(bench: Bench, delivery: Delivery) -> Delivery:
    """Find out what it is."""
    return replace(delivery, opened=bench.parts.recognise(delivery.raw))


async def validate(bench: Bench, delivery: Delivery) -> Delivery:
    """Find out what is wrong with it."""
    return replace(delivery, faults=bench.parts.find_faults(delivery.opened, delivery.raw))


async def decide(bench: Bench, delivery: Delivery) -> Delivery:
    """Accept, reject, or neither."""
    own = frozenset(service.her_id for service in bench.config.services)
    decision = bench.parts.decide(delivery.opened, delivery.faults, delivery.notice, own)
    return replace(delivery, decision=decision)


async def file(bench: Bench, delivery: Delivery) -> Delivery:
    """Put it where it belongs, once: journal and inbox, or the message an AppRec answers; and owe the AppRec."""
    decision = delivery.decision
    assert decision is not None, "the step `decide` comes before `file`"
    if decision.verdict is Verdict.RECEIPT:
        return await _file_receipt(bench, delivery)
    with bench.store.transaction() as connection:
        filed = _file_message(bench, connection, delivery, decision)
        return inbox.record(connection, filed, "file")


async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
    """Give the AppRec that is owed, exactly once.

    A POST whose answer was lost may have counted. So whenever this work is resumed, the transport is asked first
    whether an AppRec of this recipient already counts.
    """
    return await give_receipt(bench, delivery, _by_endpoint)


async def _by_endpoint(bench: Bench, owed: Receipt) -> None:
    await bench.transport.post_apprec(owed.transport_id, owed.her_id, owed.status, owed.faults)


async def give_receipt(bench: Bench, delivery: Delivery, give: Callable[[Bench, Receipt], Awaitable[None]]) -> Delivery:
    """The bookkeeping around an AppRec; `give` hands it over, in whatever way."""
    if delivery.message is None:
        return _finished(bench, delivery)
    # Copies of a message share one receipt: another process may be giving it for another copy just now.
    with bench.store.claim(f"receipt:{delivery.message}:{delivery.notice.her_id}") as ours:
        if not ours:
            raise TransportError("another process is giving this AppRec")
        return await _give_owed(bench, delivery, delivery.message, give)


async def _give_owed(
    bench: Bench, delivery: Delivery, message: int, give: Callable[[Bench, Receipt], Awaitable[None]]
) -> Delivery:
    with bench.store.reading() as connection:
        owed = inbox.owed(connection, message, delivery.notice.her_id)
    if owed is None:
        return _finished(bench, delivery)
    try:
        # Owed since before this delivery began, it may have been given without an answer: ask first.
        if not (delivery.resumed or delivery.duplicate) or not await _counts(bench, owed):
            await give(bench, owed)
    except TransportError as error:
        if error.retry:
            raise
        return _receipt_failed(bench, delivery, owed, str(error))
    with bench.store.transaction() as connection:
        inbox.set_receipt(connection, owed.row, "sent")
        now = bench.clock.now()
        records.remember(connection, owed.message, now, f"apprec {owed.status} given", alerts.describe(owed.faults))
        return inbox.record(connection, delivery, "receipt", finished=True)


RECEIVING: tuple[Step[Delivery], ...] = (
    Step("take", take),
    Step("persist", persist, recorded=True),
    Step("acknowledge", acknowledge, recorded=True),
    Step("open", open_),
    Step("validate", validate),
    Step("decide", decide),
    Step("file", file, recorded=True),
    Step("receipt", receipt, recorded=True),
)


async def _counts(bench: Bench, owed: Receipt) -> bool:
    given = await bench.transport.receipts(owed.transport_id)
    return any(progress.her_id == owed.her_id and progress.status is not None for progress in given)


def _finished(bench: Bench, delivery: Delivery) -> Delivery:
    with bench.store.transaction() as connection:
        return inbox.record(connection, delivery, "receipt", finished=True)


def _receipt_failed(bench: Bench, delivery: Delivery, owed: Receipt, reason: str) -> Delivery:
    with bench.store.transaction() as connection:
        inbox.set_receipt(connection, owed.row, "failed")
        now = bench.clock.now()
        records.remember(connection, owed.message, now, "apprec could not be given", reason)
        records.raise_alert(
            connection,
            key=f"receipt_failed:{owed.row}",
            kind="receipt_failed",
            text=alerts.text("receipt_failed", f"transport id {owed.transport_id}", reason),
            at=now,
        )
        return inbox.record(connection, delivery, "receipt", finished=True)


async def _file_receipt(bench: Bench, delivery: Delivery) -> Delivery:
    received = delivery.opened.apprec
    assert received is not None, "a receipt was recognised"
    await step(bench.parts, "apprec").run(bench, outcome_of(received))
    with bench.store.transaction() as connection:
        return inbox.record(connection, delivery, "file")


def outcome_of(received: AppRec) -> Outcome:
    """What an AppRec document says of the message it answers."""
    status = {"1": Answer.OK, "2": Answer.REJECTED, "3": Answer.PARTLY}.get(received.status.v)
    # An unknown status is not a yes: the sender must look into it.
    return Outcome(
        msg_id=received.original.id,
        her_id=received.sender_her_id,
        status=status or Answer.REJECTED,
        faults=tuple(Fault(error.v, error.ot or error.dn or "") for error in received.errors),
        source="apprec",
    )


def _file_message(bench: Bench, connection: Connection, delivery: Delivery, decision: Decision) -> Delivery:
    now = bench.clock.now()
    identity = bench.parts.identity(delivery.opened, delivery.notice)
    before = inbox.message_by_identity(connection, identity)
    if before is None:
        row = _new_message(bench, connection, delivery, decision, identity)
    else:
        row = before["id"]
        records.remember(connection, row, now, "arrived again", delivery.notice.transport_id)
        if bytes(before["document"]) != delivery.raw:
            _alert(connection, "differs", delivery, now, "")
        if decision.verdict is Verdict.ACCEPT and before["state"] == State.REJECTED:
            _import_after_all(bench, connection, delivery, row)
    if decision.verdict is not Verdict.SILENT:
        inbox.owe(
            connection,
            message=row,
            her_id=delivery.notice.her_id,
            transport_id=delivery.notice.transport_id,
            status=Answer.REJECTED if decision.verdict is Verdict.REJECT else Answer.OK,
            faults=decision.faults if decision.verdict is Verdict.REJECT else (),
        )
    return replace(delivery, message=row, duplicate=before is not None)


def _new_message(bench: Bench, connection: Connection, delivery: Delivery, decision: Decision, identity: str) -> int:
    now, head, opened = bench.clock.now(), delivery.opened.head, delivery.opened
    accepted = decision.verdict is Verdict.ACCEPT
    patient = head.patient if head is not None else None
    subject, text = contents.of(delivery.opened)
    conversation = head.conversation if head is not None else None
    row = inbox.insert_message(
        connection,
        identity=identity,
        msg_id=head.msg_id if head is not None else "",
        type=head.type.v if head is not None else "",
        state=str(State.RECEIVED if accepted else State.REJECTED),
        from_her_id=sender_of(opened, delivery.notice),
        to_her_id=delivery.notice.her_id,
        patient_number=_patient_number(delivery),
        patient_given_name=(patient.given_name if patient is not None else "") or "",
        patient_family_name=(patient.family_name if patient is not None else "") or "",
        subject=subject,
        text=text,
        parent=conversation.parent if conversation is not None else "",
        conversation=conversation.conversation if conversation is not None else "",
        document=delivery.raw,
        gen_date=head.gen_date if head is not None else now,
        created_at=now,
    )
    records.remember(connection, row, now, "received" if accepted else "rejected", decision.reason)
    if accepted:
        inbox.set_answer(connection, row, Answer.OK, ())
        _file_in_journal(connection, delivery, row, now)
        filing.file_received(connection, bench.config, delivery, row, now)
    elif decision.verdict is Verdict.REJECT:
        inbox.set_answer(connection, row, Answer.REJECTED, decision.faults)
        _alert(connection, "rejected_incoming", delivery, now, decision.reason)
    else:
        _alert(connection, "unreadable", delivery, now, decision.reason)
    return row


def _import_after_all(bench: Bench, connection: Connection, delivery: Delivery, row: int) -> None:
    """One own recipient rejected the message, another accepts it: then the clinic has it."""
    now = bench.clock.now()
    inbox.set_state(connection, row, State.RECEIVED)
    inbox.set_answer(connection, row, Answer.OK, ())
    records.remember(connection, row, now, "received", f"for HER-id {delivery.notice.her_id}")
    _file_in_journal(connection, delivery, row, now)
    filing.file_received(connection, bench.config, delivery, row, now)


def _file_in_journal(connection: Connection, delivery: Delivery, row: int, now: datetime) -> None:
    """One event in the patient's journal, whether or not the patient is known here."""
    head, number = delivery.opened.head, _patient_number(delivery)
    if head is None or not number:
        return
    subject, text = contents.of(delivery.opened)
    title = f"{codes.name('8279', head.type.v) or head.type.v}: {subject or text[:80]}"
    records.file_in_journal(connection, message=row, number=number, at=now, title=title)


def _patient_number(delivery: Delivery) -> str:
    head = delivery.opened.head
    patient = head.patient if head is not None else None
    return patient.idents[0].id.strip() if patient is not None and patient.idents else ""


def _alert(connection: Connection, kind: str, delivery: Delivery, now: datetime, detail: str) -> None:
    head = delivery.opened.head
    records.raise_alert(
        connection,
        key=f"{kind}:{delivery.notice.transport_id}:{delivery.notice.her_id}",
        kind=kind,
        msg_id=head.msg_id if head is not None else "",
        text=alerts.text(kind, f"transport id {delivery.notice.transport_id}", detail),
        at=now,
    )
