"""Where messages are found again: mailboxes, the message log, what a user has sent, a patient's overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.api import day, shapes
from nhnclinic.api.calls import LONGEST_PAGE
from nhnclinic.domain import handling
from nhnclinic.domain.values import Handled
from nhnclinic.errors import RefusedError
from nhnclinic.store import filing, log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from nhnclinic.api.calls import Call

FEEDBACK = ("feedback", "Tilbakemelding", "feedback")
ARCHIVE = ("archive", "Arkiv", "archive")
_PREVIEW = 20
"""Messages of each tab in a patient's whole overview."""


async def get_mailboxes(call: Call) -> tuple[int, object]:
    """The user's tree of mailboxes: each main mailbox with Feedback, the inboxes beside it, and the archive.

    Shows what is for the user, or everything to users with access to all messages.
    """
    bench = call.exchange.bench
    table = handling.table(bench.config.handling)
    beside = [(one.id, one.title, one.id) for one in table.inboxes]
    with bench.store.reading() as connection:
        view = filing.view_of(connection, call.who.id)
        boxes = [
            day.MailboxOut(
                her_id,
                _name(call, her_id),
                [
                    day.InboxOut(id_, title, role, filing.count(connection, view, her_id, *_place(id_)))
                    if id_ in {"feedback", "archive"}
                    else day.InboxOut(id_, title, role, filing.count(connection, view, her_id, "inbox", inbox=id_))
                    for id_, title, role in (FEEDBACK, *beside, ARCHIVE)
                ],
            )
            for her_id in (service.her_id for service in bench.config.services)
        ]
    return 200, boxes


async def get_mailbox(call: Call) -> tuple[int, object]:
    """A page of an inbox, newest first; `type` shows one communication type only."""
    bench = call.exchange.bench
    table = handling.table(bench.config.handling)
    her_id, inbox, limit = call.path["her_id"], call.path["inbox"], call.number("limit", 50, largest=LONGEST_PAGE)
    if her_id not in {str(service.her_id) for service in bench.config.services}:
        raise RefusedError(404, "unknown_mailbox", f"There is no mailbox {her_id}.", "See GET /api/mailboxes.")
    if inbox not in {"feedback", "archive", *(one.id for one in table.inboxes)}:
        raise RefusedError(404, "unknown_inbox", f"There is no inbox {inbox}.", "See GET /api/mailboxes.")
    beside = inbox if inbox not in {"feedback", "archive"} else ""
    with bench.store.reading() as connection:
        rows = filing.lying(
            connection,
            filing.view_of(connection, call.who.id),
            int(her_id),
            *_place(inbox),
            kind=call.query.get("type", ""),
            inbox=beside,
            before=call.number("cursor", 0),
            limit=limit,
        )
    return 200, day.BoxPage([_box_row(table, row) for row in rows], _next(rows, limit))


async def get_log(call: Call) -> tuple[int, object]:
    """The message log: every message with status, time, counterpart, and what went wrong; newest first."""
    limit = call.number("limit", 50, largest=LONGEST_PAGE)
    query = call.query
    with call.exchange.bench.store.reading() as connection:
        rows = log.page(
            connection,
            before=call.number("cursor", 0),
            limit=limit,
            counterpart=call.number("counterpart", 0),
            direction=call.choice("direction", ("in", "out")),
            state=query.get("state", ""),
            type=query.get("type", ""),
            patient_number=query.get("patient", ""),
            author_id=query.get("author", ""),
        )
        return 200, day.Page(log_rows(connection, rows), _next(rows, limit))


async def get_sent(call: Call) -> tuple[int, object]:
    """What the user has sent, newest first; `user` names another one."""
    limit = call.number("limit", 50, largest=LONGEST_PAGE)
    author = call.query.get("user", "") or call.who.id
    with call.exchange.bench.store.reading() as connection:
        rows = log.page(connection, before=call.number("cursor", 0), limit=limit, author_id=author)
        return 200, day.Page(log_rows(connection, rows), _next(rows, limit))


async def get_correspondence(call: Call) -> tuple[int, object]:
    """A patient's overview of all sent and received messages, grouped by type; every group is there.

    Each tab names the one after it (the tab key) and the one before it; at the ends they go round.
    """
    table = handling.table(call.exchange.bench.config.handling)
    with call.exchange.bench.store.reading() as connection:
        return 200, [_tab(call, connection, table, place, _PREVIEW, 0) for place in range(len(table.tabs))]


async def get_tab(call: Call) -> tuple[int, object]:
    """One tab of a patient's overview, page by page."""
    table = handling.table(call.exchange.bench.config.handling)
    ids = [tab.id for tab in table.tabs]
    if call.path["tab"] not in ids:
        raise RefusedError(404, "unknown_tab", f"There is no tab {call.path['tab']}.", f"Tabs: {', '.join(ids)}.")
    limit, before = call.number("limit", 50, largest=LONGEST_PAGE), call.number("cursor", 0)
    with call.exchange.bench.store.reading() as connection:
        return 200, _tab(call, connection, table, ids.index(call.path["tab"]), limit, before)


def _tab(call: Call, connection: Connection, table: handling.Table, place: int, limit: int, before: int) -> day.TabOut:
    tab, count = table.tabs[place], len(table.tabs)
    others = tab is handling.OTHER
    types = tuple(table.types) if others else table.types_of(tab.id)
    rows = log.of_patient(connection, call.path["number"], types, before=before, limit=limit, others=others)
    return day.TabOut(
        tab.id,
        tab.title,
        table.tabs[(place + 1) % count].id,
        table.tabs[(place - 1) % count].id,
        log_rows(connection, rows),
        _next(rows, limit),
    )


def _place(inbox: str) -> tuple[str]:
    return (filing.ARCHIVE,) if inbox == "archive" else (filing.INBOX,)


def _next(rows: Sequence[RowMapping], limit: int) -> str:
    return str(rows[-1]["id"]) if len(rows) == limit else ""


def _name(call: Call, her_id: int) -> str:
    config = call.exchange.bench.config
    own = [one.name for one in config.services if one.her_id == her_id and one.name]
    return next(iter([*own, *(user.name for user in config.users if user.her_id == her_id)]), f"HER-id {her_id}")


def _person(row: RowMapping) -> shapes.PatientOut | None:
    names = row["patient_number"], row["patient_given_name"], row["patient_family_name"]
    return shapes.PatientOut(*names) if any(names) else None


def _box_row(table: handling.Table, row: RowMapping) -> day.BoxRow:
    rule = table.of(row["type"])
    return day.BoxRow(
        msg_id=row["msg_id"],
        category=rule.title,
        title=row["subject"] or row["text"][:80] or rule.title,
        type=row["type"],
        handling=row["handling"],
        at=row["created_at"],
        counterpart=row["from_her_id"],
        patient=_person(row),
        subject=row["subject"],
        needs_signature=rule.sign and row["handling"] != Handled.ARCHIVED,
    )


def log_rows(connection: Connection, rows: Sequence[RowMapping]) -> list[day.LogRow]:
    """Messages as lists show them."""
    errors = log.errors_of(connection, rows)
    return [
        day.LogRow(
            msg_id=row["msg_id"],
            direction=row["direction"],
            type=row["type"],
            status=row["state"],
            at=row["created_at"],
            counterpart=row["from_her_id"] if row["direction"] == "in" else row["to_her_id"],
            patient=_person(row),
            subject=row["subject"],
            author=row["author_id"],
            error=errors.get(row["msg_id"], ""),
            apprec=_apprec(row),
            handling=row["handling"],
            replaces=row["replaces"],
        )
        for row in rows
    ]


def _apprec(row: RowMapping) -> shapes.AppRecOut | None:
    errors = [shapes.ErrorLine(error["code"], error["text"]) for error in row["apprec_errors"]]
    return shapes.AppRecOut(row["apprec_status"], errors) if row["apprec_status"] else None
