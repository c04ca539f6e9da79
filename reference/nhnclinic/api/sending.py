"""Everything that sends: a new message, an answer, a deviation report, a failed message anew.

Each is answered when it is on disk in the outbox, and the same Idempotency-Key sends once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from nhnclinic.api import shapes
from nhnclinic.api.acting import received_for
from nhnclinic.domain import attachments, handling
from nhnclinic.domain.values import Attachment, Author, Draft, Handled, Patient, State
from nhnclinic.errors import RefusedError
from nhnclinic.store import filing, log, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from nhnclinic.api import day
    from nhnclinic.api.calls import Call

ENDED_BADLY = frozenset({State.FAILED, State.REJECTED, State.APPREC_MISSING})
"""States of a sent message in which it may be sent anew."""


async def post_message(call: Call) -> tuple[int, object]:
    """Send a message.

    An answer (DIALOG_SVAR) names the message it answers, and that one's type must allow it. Answered when it is on
    disk in the outbox.
    """
    body: shapes.MessageIn = call.body
    parent, conversation, original = _answered(call, body)
    draft = _draft(
        call,
        type=body.type,
        from_her_id=body.from_her_id,
        to_her_id=body.to_her_id,
        patient=Patient(body.patient.number, body.patient.given_name, body.patient.family_name),
        subject=body.subject,
        text=body.text,
        parent=parent,
        conversation=conversation,
        original=original,
        attachments=_files(body.attachments),
    )
    return await _send(call, draft)


async def post_answer(call: Call) -> tuple[int, object]:
    """Answer a received message, if its type allows it.

    The answer goes to its sender, about its patient, and refers to it. 409 when messages of its type cannot be
    answered.
    """
    body: day.AnswerIn = call.body
    row = received_for(call, opening=True)
    rule = handling.table(call.exchange.bench.config.handling).of(row["type"])
    if not rule.answer:
        raise RefusedError(
            409,
            "not_answerable",
            f"Messages of type {row['type'][:60]} cannot be answered here.",
            "Write a new message, or change the row of the type in the configured table of handling.",
        )
    draft = replace(_back(call, row, rule.answer), text=body.text, attachments=_files(body.attachments))
    return await _send(call, replace(draft, subject=body.subject or row["subject"]))


async def post_deviation(call: Call) -> tuple[int, object]:
    """Report to its sender that something is wrong with a received message, if its type allows it.

    The report (DIALOG_AVVIK, HIS 1151) refers to the message and is shown with it. 409 when errors in messages of its
    type are not reported.
    """
    body: day.DeviationIn = call.body
    row = received_for(call, opening=True)
    if not handling.table(call.exchange.bench.config.handling).of(row["type"]).deviation:
        raise RefusedError(
            409,
            "no_deviation",
            f"Deviations are not reported on messages of type {row['type'][:60]}.",
            "Reach the sender in another way.",
        )
    draft = replace(_back(call, row, "DIALOG_AVVIK"), text=body.text, reason=body.reason, subject="")
    return await _send(call, draft)


async def post_resend(call: Call) -> tuple[int, object]:
    """Send a failed message anew, changed or as it was.

    A new message with a new MsgId goes out; the old one stays in the log as failed, and each names the other. 409 for
    a message that has not failed, or has been sent anew already.
    """
    body: day.ResendIn = call.body
    before = _asked_before(call)
    if before is not None:
        return 201, shapes.Queued(before["msg_id"], before["state"])
    with call.exchange.bench.store.reading() as connection:
        row = outbox.sent(connection, call.path["msg_id"])
        newer = log.replaced_by(connection, row["msg_id"]) if row is not None else ""
        document = outbox.document(connection, row["id"]) if row is not None else b""
        parents = outbox.listed(connection, msg_id=row["parent"]) if row is not None and row["parent"] else ()
        original = outbox.document(connection, parents[0]["id"]) if parents else b""
    if row is None:
        raise RefusedError(
            404, "unknown_message", f"No message of ours has MsgId {call.path['msg_id']}.", "See GET /api/sent."
        )
    if row["state"] not in ENDED_BADLY:
        raise RefusedError(
            409, "not_failed", f"The message is {row['state']}, not failed.", "Write a new message if you must."
        )
    if newer:
        raise RefusedError(409, "sent_anew", f"It has been sent anew, as {newer}.", "Look at that one.")
    person = body.patient
    draft = _draft(
        call,
        type=row["type"],
        from_her_id=row["from_her_id"],
        to_her_id=body.to_her_id or row["to_her_id"],
        patient=Patient(person.number, person.given_name, person.family_name) if person is not None else _patient(row),
        subject=row["subject"] if body.subject is None else body.subject,
        text=row["text"] if body.text is None else body.text,
        parent=row["parent"],
        conversation=row["conversation"],
        original=original,
        attachments=attachments.of(document) if body.attachments is None else _files(body.attachments),
    )
    return await _send(call, replace(draft, replaces=row["msg_id"]))


def _draft(
    call: Call, *, type: str, from_her_id: int, to_her_id: int, patient: Patient, subject: str, text: str,  # noqa: A002 - the field's name
    parent: str, conversation: str, original: bytes, attachments: tuple[Attachment, ...],
) -> Draft:  # fmt: skip
    user = call.who
    author = Author(user.id, user.name, user.hpr, user.role)
    return Draft(
        type, "", from_her_id, to_her_id, patient, subject, text, author, parent, conversation, original,
        call.key, attachments,
    )  # fmt: skip


def _back(call: Call, row: RowMapping, kind: str) -> Draft:
    """A message of ours to the sender of a received one."""
    with call.exchange.bench.store.reading() as connection:
        original = outbox.document(connection, row["id"])
    return _draft(
        call,
        type=kind,
        from_her_id=row["to_her_id"],
        to_her_id=row["from_her_id"],
        patient=_patient(row),
        subject=row["subject"],
        text="",
        parent=row["msg_id"],
        conversation=row["conversation"] or row["msg_id"],
        original=original,
        attachments=(),
    )


async def _send(call: Call, draft: Draft) -> tuple[int, object]:
    before = _asked_before(call)
    if before is None:
        try:
            parcel = await call.exchange.compose(draft)
        except sa.exc.IntegrityError:
            # The same request came twice at the same time, and the other one was first.
            before = _asked_before(call)
            if before is None:
                raise
        else:
            return 201, shapes.Queued(parcel.draft.msg_id, str(State.QUEUED))
    asked = (draft.type, draft.to_her_id, draft.text, draft.patient.number)
    if asked != tuple(before[name] for name in ("type", "to_her_id", "text", "patient_number")):
        raise RefusedError(
            409,
            "key_reused",
            f"This Idempotency-Key stands for another message, {before['msg_id']}.",
            "Choose a new key for a new message.",
        )
    return 201, shapes.Queued(before["msg_id"], before["state"])


def _asked_before(call: Call) -> RowMapping | None:
    if not call.key:
        return None
    with call.exchange.bench.store.reading() as connection:
        return outbox.by_key(connection, call.key)


def _answered(call: Call, body: shapes.MessageIn) -> tuple[str, str, bytes]:
    msg_id = body.in_reply_to
    if not msg_id:
        return "", "", b""
    config = call.exchange.bench.config
    with call.exchange.bench.store.transaction() as connection:
        rows = outbox.listed(connection, msg_id=msg_id)
        if not rows:
            raise RefusedError(
                422, "unknown_message", f"No message has MsgId {msg_id[:100]}.", "Answer one of the inbox or outbox."
            )
        row = rows[0]
        if body.type == "DIALOG_SVAR" and handling.table(config.handling).of(row["type"]).answer != body.type:
            raise RefusedError(
                409,
                "not_answerable",
                f"Messages of type {row['type'][:60]} cannot be answered with DIALOG_SVAR.",
                "Write a message of another type.",
            )
        if row["direction"] == "in" and row["handling"] == Handled.NEW:
            filing.set_handling(connection, row["id"], Handled.OPEN, call.who.id, call.exchange.bench.clock.now())
        return row["msg_id"], row["conversation"] or row["msg_id"], outbox.document(connection, row["id"])


def _patient(row: RowMapping) -> Patient:
    return Patient(row["patient_number"], row["patient_given_name"], row["patient_family_name"])


def _files(given: Sequence[shapes.AttachmentIn]) -> tuple[Attachment, ...]:
    return tuple(Attachment(one.data, one.mime_type, one.description) for one in given)
