"""Sending: draft, ready, address, build, store; then transport; then status, apprec and deadline until it is settled.

The first five run inside the user's request, who is answered when `store` has committed. A message keeps its MsgId
however often it is transmitted. A POST whose answer was lost may have counted, and EDI 2.0 cannot be asked for a
message by its MsgId (version 2 lists receivers' unread messages only). So before a POST is repeated the clinic looks
for news, which settles it when the receiver's AppRec is there already, or, in version 3, a notification of the message
itself, whose MsgId the service then tells. Otherwise it is sent again, and the receiver's duplicate control makes one
message of the two.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nhnclinic.domain import alerts
from nhnclinic.domain.settling import MISSING
from nhnclinic.domain.values import Answer, Outcome, Outgoing, Parcel, State
from nhnclinic.errors import RefusedError, TransportError
from nhnclinic.exchange import setting
from nhnclinic.exchange.health import pause
from nhnclinic.exchange.parts import Step, step
from nhnclinic.store import outbox, records

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from nhnclinic.exchange.bench import Bench


LOST = frozenset({"Rejected", "Abandoned"})
"""Transport states from which a message does not come back by itself: refused by the other side, resends used up."""


async def draft(bench: Bench, parcel: Parcel) -> Parcel:
    """The message gets the MsgId it keeps."""
    given = parcel.draft
    return parcel if given.msg_id else replace(parcel, draft=replace(given, msg_id=bench.parts.new_id()))


async def ready(bench: Bench, parcel: Parcel) -> Parcel:
    """Is there anything that keeps it from being sent? Raises `RefusedError` with all of it."""
    problems = bench.parts.problems(parcel.draft)
    own = {service.her_id for service in bench.config.services}
    if parcel.draft.from_her_id not in own:
        names = ", ".join(map(str, sorted(own)))
        problems = (*problems, f"HER-id {parcel.draft.from_her_id} is no service of this clinic: send from {names}.")
    if problems:
        raise RefusedError(422, "not_ready", "The message is not ready to be sent.", " ".join(problems))
    await setting.require(bench, parcel.draft.type, parcel.draft.author.id)
    return parcel


async def address(bench: Bench, parcel: Parcel) -> Parcel:
    """Look both parties up. Raises `RefusedError` for a party nobody can be reached at."""
    sender = await bench.book.party(parcel.draft.from_her_id)
    receiver = await bench.book.party(parcel.draft.to_her_id)
    if not receiver.active:
        raise RefusedError(
            422,
            "deactivated",
            f"HER-id {receiver.her_id} ({receiver.name}) has been deactivated in the address register.",
            "Look the receiver up again.",
        )
    if receiver.kind == "Organization":
        raise RefusedError(
            422,
            "not_addressable",
            f"HER-id {receiver.her_id} is an organisation, not a service or a person (HIS 1153, AD2.2).",
            "Send to one of its services.",
        )
    settings = bench.config.organisation
    names = {service.her_id: service.name for service in bench.config.services}
    sender = replace(
        sender,
        name=names.get(sender.her_id) or sender.name,
        organisation_name=settings.name or sender.organisation_name,
        organisation_number=settings.number,
    )
    return replace(parcel, sender=sender, receiver=receiver)


async def build(bench: Bench, parcel: Parcel) -> Parcel:
    """Write the document."""
    now = bench.clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return replace(parcel, document=bench.parts.build(parcel, now, bench.config), gen_date=now)


async def store(bench: Bench, parcel: Parcel) -> Parcel:
    """Commit it to the outbox. From here on it will be sent, or somebody is told why not."""
    now = bench.clock.now()
    with bench.store.transaction() as connection:
        row = outbox.keep(connection, parcel, now)
        records.remember(connection, row, now, "queued", f"by {parcel.draft.author.id}")
    return replace(parcel, row=row)


async def transport(bench: Bench, message: Outgoing) -> Outgoing:
    """Hand it over, and write down what the transport calls it.

    That it was begun is written down first: whoever goes on after a death in between, this process or another one,
    knows then that the service may have the message.
    """
    with bench.store.transaction() as connection:
        outbox.change(connection, message.row, attempts=message.attempts + 1)
    try:
        transport_id = await bench.transport.post(message.document)
    except TransportError as error:
        return _not_handed_over(bench, message, error)
    now = bench.clock.now()
    look = bench.parts.next_look(message.gen_date, now, limit_of(bench))
    with bench.store.transaction() as connection:
        state = outbox.load(connection, message.row).state
        # The AppRec may be here before the answer to our POST.
        becomes = State.SENT if state is State.QUEUED else state
        due_at = look if becomes is State.SENT else None
        outbox.change(connection, message.row, state=str(becomes), transport_id=transport_id, attempts=0, due_at=due_at)
        records.remember(connection, message.row, now, "sent", transport_id)
        return outbox.load(connection, message.row)


def _not_handed_over(bench: Bench, message: Outgoing, error: TransportError) -> Outgoing:
    now, attempts = bench.clock.now(), message.attempts + 1
    too_late = bench.parts.is_overdue(message.gen_date, now, limit_of(bench))
    with bench.store.transaction() as connection:
        if error.retry and not too_late:
            due_at = now + pause(bench.parts.back_off, attempts, bench.seed(f"message:{message.row}"), error)
            outbox.change(connection, message.row, attempts=attempts, due_at=due_at)
            records.remember(connection, message.row, now, f"not sent, attempt {attempts}", str(error))
        else:
            outbox.change(connection, message.row, state=str(State.FAILED), attempts=attempts, due_at=None)
            records.remember(connection, message.row, now, "failed", str(error))
            _alert(connection, "not_sent" if error.retry else "refused", message, now, str(error))
        return outbox.load(connection, message.row)


async def status(bench: Bench, message: Outgoing) -> Outgoing:
    """Ask the transport what has become of it; no answer is no news."""
    if message.transport_id is None:
        return message
    try:
        reports = await bench.transport.status(message.transport_id)
        mine = next((report for report in reports if report.her_id == message.to_her_id), None)
        if mine is None:
            return message
        if mine.status is not None:
            return await _answered(bench, message, mine.status)
    except TransportError as error:
        with bench.store.transaction() as connection:
            records.remember(connection, message.row, bench.clock.now(), "status unknown", str(error))
        return message
    if mine.delivery in LOST and message.state is not State.FAILED:
        with bench.store.transaction() as connection:
            outbox.change(connection, message.row, state=str(State.FAILED), due_at=None)
            records.remember(connection, message.row, bench.clock.now(), f"transport {mine.delivery.lower()}")
            detail = f"the transport says {mine.delivery}"
            _alert(connection, "transport_rejected", message, bench.clock.now(), detail)
            return outbox.load(connection, message.row)
    return message


async def _answered(bench: Bench, message: Outgoing, answer: Answer) -> Outgoing:
    """The AppRec counts at the transport though its document has not come: fetch its errors and settle."""
    assert message.transport_id is not None, "the caller has looked"
    given = await bench.transport.receipts(message.transport_id)
    faults = next((one.faults for one in given if one.her_id == message.to_her_id), ())
    outcome = Outcome(message.msg_id, message.to_her_id, answer, faults, "status")
    await step(bench.parts, "apprec").run(bench, outcome)
    with bench.store.reading() as connection:
        return outbox.load(connection, message.row)


async def deadline(bench: Bench, message: Outgoing) -> Outgoing:
    """Alert once when no AppRec came in time; else say when to look again."""
    now, limit = bench.clock.now(), limit_of(bench)
    with bench.store.transaction() as connection:
        message = outbox.load(connection, message.row)
        if message.state not in {State.SENT, State.APPREC_MISSING}:
            return message
        outbox.change(connection, message.row, due_at=bench.parts.next_look(message.gen_date, now, limit))
        if message.state is State.SENT and bench.parts.is_overdue(message.gen_date, now, limit):
            outbox.change(connection, message.row, state=str(State.APPREC_MISSING))
            records.remember(connection, message.row, now, "no apprec in time")
            hours = round(limit.total_seconds() / 3600)
            _alert(connection, MISSING, message, now, f"{hours} hours have passed since it was written")
        return outbox.load(connection, message.row)


async def apprec(bench: Bench, outcome: Outcome) -> Outcome:
    """Apply the news that a receiver answered; the same news twice changes nothing."""
    now = bench.clock.now()
    with bench.store.transaction() as connection:
        message = outbox.by_msg_id(connection, outcome.msg_id)
        if message is None:
            records.raise_alert(
                connection,
                key=f"receipt_unknown:{outcome.msg_id[:200]}:{outcome.her_id}",
                kind="receipt_unknown",
                text=alerts.text("receipt_unknown", f"MsgId {outcome.msg_id[:100]}", alerts.describe(outcome.faults)),
                at=now,
            )
            return outcome
        settled = bench.parts.settle(message.state, outcome)
        if settled is None:
            return outcome
        detail = alerts.describe(outcome.faults)
        if settled.state is not message.state:
            outbox.set_outcome(connection, message.row, settled.state, outcome)
        records.remember(connection, message.row, now, settled.event, detail)
        if settled.resolves:
            records.resolve_alert(connection, f"{settled.resolves}:{message.row}", now, "the receipt came")
        if settled.alert:
            _alert(connection, settled.alert, message, now, detail)
    return outcome


COMPOSING: tuple[Step[Parcel], ...] = (
    Step("draft", draft),
    Step("ready", ready),
    Step("address", address),
    Step("build", build),
    Step("store", store, recorded=True),
)
CARRYING: tuple[Step[Outgoing], ...] = (Step("transport", transport, recorded=True),)
FOLLOWING: tuple[Step[Outgoing], ...] = (Step("status", status), Step("deadline", deadline, recorded=True))
SETTLING: tuple[Step[Outcome], ...] = (Step("apprec", apprec, recorded=True),)


def limit_of(bench: Bench) -> timedelta:
    """How long a message may wait for its AppRec."""
    return timedelta(hours=bench.config.deadlines.apprec_hours)


def _alert(connection: Connection, kind: str, message: Outgoing, now: datetime, detail: str) -> None:
    records.raise_alert(
        connection,
        key=f"{kind}:{message.row}",
        kind=kind,
        msg_id=message.msg_id,
        text=alerts.text(kind, f"{message.type} to HER-id {message.to_her_id} (MsgId {message.msg_id})", detail),
        at=now,
    )
