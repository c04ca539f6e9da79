"""What is at hand while a treatment note is written: the paperclip, its search, and the drafts that it opens.

Journal-linked types are those that have a shortcut (`help.toml`), so that paperclip and shortcuts open the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.api import day, finding, shapes
from nhnclinic.api.helping import pages
from nhnclinic.domain import handling
from nhnclinic.errors import RefusedError
from nhnclinic.store import log, records

if TYPE_CHECKING:
    from nhnclinic.api.calls import Call

_SHOWN = 50
"""Messages of each type that the paperclip shows; the patient's overview has all."""


async def get_paperclip(call: Call) -> tuple[int, object]:
    """Open the paperclip: for each journal-linked type the patient's messages, and where a new one is begun.

    `q` searches (ALT+): types whose title holds the text, and messages in whose subject or text it stands.
    """
    table, number = handling.table(call.exchange.bench.config.handling), call.path["number"]
    sought = call.query.get("q", "").strip().casefold()
    clips = []
    with call.exchange.bench.store.reading() as connection:
        for one in pages().shortcut:
            title = table.of(one.opens).title
            rows = log.of_patient(connection, number, (one.opens,), limit=_SHOWN)
            fits = not sought or sought in title.casefold()
            if not fits:
                rows = [row for row in rows if sought in f"{row['subject']} {row['text']}".casefold()]
            if fits or rows:
                opens = f"/api/patients/{number}/editor/{one.opens}"
                clips.append(day.Clip(one.opens, title, one.keys, opens, finding.log_rows(connection, rows)))
    return 200, clips


async def get_editor(call: Call) -> tuple[int, object]:
    """Begin a message of a journal-linked type about a patient: the draft that paperclip and shortcut open.

    Nothing is kept by it. 404 for a type that is not journal-linked, and for a patient whom nobody has registered.
    """
    bench, code = call.exchange.bench, call.path["type"]
    if code not in {one.opens for one in pages().shortcut}:
        raise RefusedError(
            404, "unknown_type", f"{code[:60]} is no journal-linked type.", "See GET /api/shortcuts for those that are."
        )
    with bench.store.reading() as connection:
        patient = records.patient(connection, call.path["number"])
    if patient is None:
        raise RefusedError(
            404, "unknown_patient", f"Nobody here has the number {call.path['number'][:60]}.", "Register the patient."
        )
    rule = handling.table(bench.config.handling).of(code)
    shown = shapes.PatientOut(patient.number, patient.given_name, patient.family_name)
    return 200, day.EditorOut(code, rule.title, shown, bench.config.services[0].her_id, rule.autosave)
