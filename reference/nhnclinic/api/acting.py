"""What users do with received messages: open, sign, archive, forward, look at attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.api import day
from nhnclinic.api.calls import Bytes
from nhnclinic.domain import attachments, handling
from nhnclinic.domain.values import Attachment, Handled
from nhnclinic.errors import RefusedError
from nhnclinic.store import filing, outbox, people, records

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from nhnclinic.api.calls import Call


async def get_actions(call: Call) -> tuple[int, object]:
    """What may be done with a received message.

    It follows from the message's type, by the table of handling.
    """
    with call.exchange.bench.store.reading() as connection:
        row = _received(call, connection)
        allowed = _is_for(connection, row, call.who.id)
    rule = handling.table(call.exchange.bench.config.handling).of(row["type"])
    waiting = rule.sign and row["handling"] != Handled.ARCHIVED
    return 200, day.Rights(row["msg_id"], row["type"], row["handling"], list(rule.actions), waiting, allowed)


async def post_open(call: Call) -> tuple[int, object]:
    """Open a received message: from new to open. Opening it again changes nothing."""
    row = received_for(call, opening=True)
    with call.exchange.bench.store.reading() as connection:
        return 200, _handled(_again(connection, row))


async def post_sign(call: Call) -> tuple[int, object]:
    """Give a received message its confirming signature, which archives it.

    The signature is the user's login; no card is asked for. 409 when messages of its type need none, or it has one.
    """
    row = received_for(call)
    if not handling.table(call.exchange.bench.config.handling).of(row["type"]).sign:
        raise RefusedError(
            409,
            "no_signature_needed",
            f"Messages of type {row['type'][:60]} need no signature.",
            "Archive it when you are done with it.",
        )
    return _archive(call, row, "signed")


async def post_archive(call: Call) -> tuple[int, object]:
    """Be done with a received message that needs no signature. 409 when it needs one, or is archived."""
    row = received_for(call)
    if handling.table(call.exchange.bench.config.handling).of(row["type"]).sign:
        raise RefusedError(
            409, "signature_needed", f"Messages of type {row['type'][:60]} must be signed.", "Sign it: it is archived."
        )
    return _archive(call, row, "archived")


async def post_forward(call: Call) -> tuple[int, object]:
    """Forward an open message to others at the clinic.

    Without participants, or before it is confirmed, nothing happens. The one who forwards stops being participant,
    the others stay; for those it goes to it is new. Nothing leaves the clinic. 403 for users whom the message is not
    for and who have no access to all messages, 409 for messages that are not open.
    """
    body: day.ForwardIn = call.body
    bench, user = call.exchange.bench, call.who.id
    with bench.store.transaction() as connection:
        row = _mine(call, connection)
        if row["handling"] != Handled.OPEN:
            raise RefusedError(
                409,
                "not_open",
                f"The message is {row['handling']}; only open messages can be forwarded.",
                "Open it first." if row["handling"] == Handled.NEW else "It is done with.",
            )
        if body.confirm and not body.to:
            raise RefusedError(
                422, "no_participant", "Nobody was chosen to forward to.", "Choose from GET /api/forward-targets."
            )
        there = filing.participants_of(connection, row["id"])
        chosen = _chosen(call, connection, body.to)
        after = list(dict.fromkeys([*(one for one in there if one != user or user in chosen), *chosen]))
        if not body.to or not body.confirm:
            step = "Confirm to forward." if body.to else "Choose participants: see GET /api/forward-targets."
            return 200, day.Forwarded(done=False, participants=after if body.to else there, next=step)
        now = bench.clock.now()
        filing.hand_over(connection, row["id"], user, chosen, now)
        filing.set_handling(connection, row["id"], Handled.NEW, user, now)
        records.remember(connection, row["id"], now, "forwarded", f"by {user} to {', '.join(body.to)}")
        return 200, day.Forwarded(done=True, participants=filing.participants_of(connection, row["id"]), next="")


async def get_targets(call: Call) -> tuple[int, object]:
    """Whom a message can be forwarded to: every position, group, and function in a group."""
    with call.exchange.bench.store.reading() as connection:
        return 200, _targets(call, connection)


async def get_attachments(call: Call) -> tuple[int, object]:
    """The attachments of a message, in or out."""
    return 200, [
        day.AttachmentOut(number, one.mime_type, one.description, len(one.content))
        for number, one in enumerate(_attachments(call), 1)
    ]


async def get_attachment(call: Call) -> tuple[int, object]:
    """Open an attachment: its bytes as they came, under its own media type."""
    found, number = _attachments(call), call.path["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 6 and 1 <= int(number) <= len(found)):
        raise RefusedError(
            404, "unknown_attachment", f"The message has {len(found)} attachments, no number {number}.", "List them."
        )
    one = found[int(number) - 1]
    return 200, Bytes(one.content, one.mime_type)


def received_for(call: Call, *, opening: bool = False) -> RowMapping:
    """The received message of the path, which the user may act on; with `opening` it is new no longer.

    Raises:
        RefusedError: (404) there is none, (403) it is for others.
    """
    bench = call.exchange.bench
    with bench.store.transaction() as connection:
        row = _mine(call, connection)
        if opening and row["handling"] == Handled.NEW:
            now = bench.clock.now()
            filing.set_handling(connection, row["id"], Handled.OPEN, call.who.id, now)
            records.remember(connection, row["id"], now, "opened", f"by {call.who.id}")
        return row


def _received(call: Call, connection: Connection) -> RowMapping:
    row = filing.received(connection, call.path["msg_id"])
    if row is None:
        raise RefusedError(
            404, "unknown_message", f"No received message has MsgId {call.path['msg_id']}.", "See GET /api/inbox."
        )
    return row


def _mine(call: Call, connection: Connection) -> RowMapping:
    row = _received(call, connection)
    if not _is_for(connection, row, call.who.id):
        raise RefusedError(
            403,
            "not_yours",
            "The message is for others, and you have no access to all messages.",
            "Ask one of its participants to forward it, or the administrator for access to all messages.",
        )
    return row


def _is_for(connection: Connection, row: RowMapping, user: str) -> bool:
    return user in filing.participants_of(connection, row["id"]) or filing.sees_all(connection, user)


def _again(connection: Connection, row: RowMapping) -> RowMapping:
    found = filing.received(connection, row["msg_id"])
    assert found is not None, "messages are never taken away"
    return found


def _handled(row: RowMapping) -> day.HandledOut:
    return day.HandledOut(row["msg_id"], row["handling"], row["handled_by"], row["handled_at"])


def _archive(call: Call, row: RowMapping, event: str) -> tuple[int, object]:
    bench = call.exchange.bench
    with bench.store.transaction() as connection:
        fresh = _again(connection, row)
        if fresh["handling"] == Handled.ARCHIVED:
            raise RefusedError(
                409, "archived", f"It was archived by {fresh['handled_by']}.", "Nothing is left to be done."
            )
        now = bench.clock.now()
        filing.set_handling(connection, row["id"], Handled.ARCHIVED, call.who.id, now)
        records.remember(connection, row["id"], now, event, f"by {call.who.id}")
        return 200, _handled(_again(connection, row))


def _attachments(call: Call) -> tuple[Attachment, ...]:
    with call.exchange.bench.store.reading() as connection:
        rows = outbox.listed(connection, msg_id=call.path["msg_id"])
        if not rows:
            raise RefusedError(
                404, "unknown_message", f"No message has MsgId {call.path['msg_id']}.", "See GET /api/messages."
            )
        return attachments.of(outbox.document(connection, rows[0]["id"]))


def _targets(call: Call, connection: Connection) -> list[day.Target]:
    users = [user for user in call.exchange.bench.config.users if user.all_roles != {"operator"}]
    found = [day.Target(f"position:{one.id}", "position", one.position or one.name, [one.id]) for one in users]
    known = {user.id for user in users}
    for group, name, inside in people.all_groups(connection):
        staff = [(user, function) for user, function in inside if user in known]
        found.append(day.Target(f"group:{group}", "group", name, [user for user, _ in staff]))
        for function in sorted({function for _, function in staff if function}):
            holders = [user for user, held in staff if held == function]
            found.append(day.Target(f"function:{group}:{function}", "function", f"{function} ({name})", holders))
    return found


def _chosen(call: Call, connection: Connection, to: list[str]) -> list[str]:
    known = {target.id: target for target in _targets(call, connection)}
    for one in to:
        if one not in known or not known[one].members:
            raise RefusedError(
                422,
                "unknown_target",
                f"{one!r} is nobody to forward to.",
                "See GET /api/forward-targets; a group needs members.",
            )
    return list(dict.fromkeys(user for one in to for user in known[one].members))
