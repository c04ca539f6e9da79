"""What each request does. A handler gets the call and gives status and value; `app` does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nhnclinic.api import shapes
from nhnclinic.api.calls import LIST, LONGEST_LIST, Bytes
from nhnclinic.domain import attachments
from nhnclinic.domain.values import Patient, State
from nhnclinic.errors import RefusedError
from nhnclinic.store import filing, log, outbox, records

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from nhnclinic.api.calls import Call


async def get_messages(call: Call) -> tuple[int, object]:
    """Messages, oldest first; `direction`, `state`, `msg_id` narrow it down."""
    state = call.query.get("state", "")
    return 200, _messages(
        call,
        direction=call.choice("direction", ("in", "out")),
        states=(state,) if state else (),
        msg_id=call.query.get("msg_id", ""),
    )


async def get_message(call: Call) -> tuple[int, object]:
    """One message with its history."""
    with call.exchange.bench.store.reading() as connection:
        row = _find(call, outbox.listed(connection, msg_id=call.path["msg_id"]))
        shown = _message(row)
        shown.history = [
            shapes.Event(event["at"], event["event"], event["detail"])
            for event in records.history_of(connection, row["id"])
        ]
        shown.error = log.errors_of(connection, [row]).get(row["msg_id"], "")
        shown.replaced_by = log.replaced_by(connection, row["msg_id"])
        shown.participants = filing.participants_of(connection, row["id"])
        linked = log.linked(connection, row["msg_id"])
        shown.deviations = [msg_id for msg_id, kind in linked if kind == "DIALOG_AVVIK"]
        shown.attachments = len(attachments.of(outbox.document(connection, row["id"])))
    return 200, shown


async def get_raw(call: Call) -> tuple[int, object]:
    """The exact bytes of a message."""
    with call.exchange.bench.store.reading() as connection:
        row = _find(call, outbox.listed(connection, msg_id=call.path["msg_id"]))
        return 200, Bytes(outbox.document(connection, row["id"]), "application/xml")


async def get_inbox(call: Call) -> tuple[int, object]:
    """Received messages, oldest first."""
    return 200, _messages(call, direction="in", states=(str(State.RECEIVED),))


async def get_alerts(call: Call) -> tuple[int, object]:
    """Alerts, oldest first; `open=true` leaves out what is resolved."""
    is_open = {"true": True, "false": False}.get(call.choice("open", ("true", "false")))
    mine = call.choice("mine", ("true", "false")) == "true"
    with call.exchange.bench.store.reading() as connection:
        rows = records.all_alerts(
            connection,
            is_open=is_open,
            author=call.who.id if mine else "",
            before=call.number("before", 0),
            limit=call.number("limit", LIST, largest=LONGEST_LIST),
        )
        authors = log.authors_of(connection, {row["msg_id"] for row in rows if row["msg_id"]})
    return 200, [_alert(row, authors.get(row["msg_id"], "")) for row in rows]


async def resolve_alert(call: Call) -> tuple[int, object]:
    """Say that an alert has been seen to."""
    bench = call.exchange.bench
    alert = call.path["id"]
    if not (alert.isascii() and alert.isdigit() and len(alert) < 19):
        raise RefusedError(404, "unknown_alert", f"There is no alert {alert}.", "See GET /api/alerts.")
    with bench.store.transaction() as connection:
        row = records.resolve_alert_by_id(connection, int(alert), bench.clock.now(), call.who.id)
    if row is None:
        raise RefusedError(404, "unknown_alert", f"There is no alert {alert}.", "See GET /api/alerts.")
    return 200, _alert(row)


async def put_patient(call: Call) -> tuple[int, object]:
    """Make or change a patient."""
    body: shapes.PatientNames = call.body
    patient = Patient(call.path["number"], body.given_name, body.family_name)
    with call.exchange.bench.store.transaction() as connection:
        new = records.keep_patient(connection, patient)
    return 201 if new else 200, shapes.PatientOut(patient.number, patient.given_name, patient.family_name)


async def get_journal(call: Call) -> tuple[int, object]:
    """A patient's journal; empty for a patient nobody has written about."""
    with call.exchange.bench.store.reading() as connection:
        rows = records.journal_of(
            connection,
            call.path["number"],
            before=call.number("before", 0),
            limit=call.number("limit", LIST, largest=LONGEST_LIST),
        )
    return 200, [shapes.JournalEvent(**row) for row in rows]


async def post_poll(call: Call) -> tuple[int, object]:
    """Do now what the next look at the network would do; answered when it is done."""
    await call.exchange.poll()
    return await get_health(call)


async def get_health(call: Call) -> tuple[int, object]:
    """Is the clinic in touch with the network?"""
    pulse, bench = call.exchange.pulse, call.exchange.bench
    events = bench.book.events
    registers = [shapes.RegisterState("address_register", events.is_current, events.pulse.at, events.pulse.error)]
    if bench.gps is not None:
        gp = bench.gps.pulse
        registers.append(shapes.RegisterState("gp_register", not gp.error, gp.at, gp.error))
    return 200, shapes.Health(not pulse.error, bench.clock.now(), pulse.at, pulse.error, registers)


async def get_me(call: Call) -> tuple[int, object]:
    """Who the bearer token belongs to."""
    user = call.who
    return 200, shapes.Me(user.id, user.name, user.hpr, user.role, sorted(user.all_roles))


def _messages(call: Call, **wanted: Any) -> list[shapes.MessageOut]:
    """A list of messages, newest last: those that fit, or the ones before a message of it."""
    limit, before = call.number("limit", LIST, largest=LONGEST_LIST), call.query.get("before", "")
    with call.exchange.bench.store.reading() as connection:
        below = 0
        if before:
            known = outbox.listed(connection, msg_id=before, limit=1)
            if not known:
                raise RefusedError(
                    400, "bad_query", f"before: no message has MsgId {before}.", "Give the first one of the last list."
                )
            below = known[0]["id"]
        rows = outbox.listed(connection, **wanted, before=below, limit=limit)
    return [_message(row) for row in rows]


def _find(call: Call, rows: Any) -> RowMapping:
    if not rows:
        msg_id = call.path["msg_id"]
        raise RefusedError(404, "unknown_message", f"No message has MsgId {msg_id}.", "See GET /api/messages.")
    row: RowMapping = rows[0]
    return row


def _message(row: RowMapping) -> shapes.MessageOut:
    errors = [shapes.ErrorLine(error["code"], error["text"]) for error in row["apprec_errors"]]
    names = row["patient_number"], row["patient_given_name"], row["patient_family_name"]
    return shapes.MessageOut(
        msg_id=row["msg_id"],
        direction=row["direction"],
        type=row["type"],
        state=row["state"],
        apprec=shapes.AppRecOut(row["apprec_status"], errors) if row["apprec_status"] else None,
        from_her_id=row["from_her_id"],
        to_her_id=row["to_her_id"],
        patient=shapes.PatientOut(*names) if any(names) else None,
        subject=row["subject"],
        text=row["text"],
        parent=row["parent"],
        conversation=row["conversation"],
        transport_id=row["transport_id"],
        gen_date=row["gen_date"],
        created_at=row["created_at"],
        handling=row["handling"],
        author=row["author_id"],
        replaces=row["replaces"],
    )


def _alert(row: RowMapping, user: str = "") -> shapes.AlertOut:
    return shapes.AlertOut(
        id=row["id"],
        kind=row["kind"],
        msg_id=row["msg_id"],
        text=row["text"],
        at=row["at"],
        resolved=row["resolved_at"] is not None,
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        user=user,
    )
