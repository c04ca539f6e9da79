"""What went wrong is seen, corrected and sent anew; everything is found again in the log and at the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.contract import ResendRequest
from nhnconform.conversation import play
from nhnconform.conversations.office import arrived
from nhnconform.conversations.talks import hear_and_accept, hear_and_reject

if TYPE_CHECKING:
    from nhnconform.contract import Group, LogRow, Sent
    from nhnconform.stage import Stage

PROFILE = ("clinic-log",)
CLAUSE = "requirements of the clinic, F. Failure, log and patient overview"


async def log(sut: Stage) -> dict[str, LogRow]:
    """The message log by MsgId."""
    return {row.msg_id: row for row in cast("tuple[LogRow, ...]", await sut.ask("log"))}


@case(
    id="CLN-065",
    title="A failed message is corrected and sent anew under a new MsgId",
    requirements=("R-065", "R-068"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("send", "message", "resend", "log"),
)
async def case_resend(sut: Stage) -> None:
    """The receiver rejects a note. The user finds it in the log, corrects it and sends it anew.

    The new one has a MsgId of its own, says the corrected text and is delivered; the old one stays in the log, failed.
    """
    came, _ = await play(sut, hear_and_reject("DIALOG_NOTAT", "Feil tekst.", "E35", "Pasienten finnes ikke"))
    old = came.msg_id
    row = (await log(sut)).get(old)
    assert row is not None, f"the failed note {old} is not in the log"
    assert "E35" in row.error, f"the log shows {row.error!r} for the note that was rejected with E35"
    sent = cast("Sent", await sut.ask("resend", ResendRequest(text="Rettet tekst."), msg_id=old))
    sut.claim.add(msg_ids=[sent.msg_id])
    assert sent.msg_id != old, "the corrected message has the MsgId of the failed one"
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=sent.msg_id), f"the note {sent.msg_id}")
    sut.evidence("corrected", found[0].document)
    sut.expect("document", found[0].document)
    assert "Rettet tekst." in found[0].document.decode("utf-8"), "the message sent anew does not say the new text"
    await sut.counterpart.apprec(found[0])

    async def delivered() -> bool:
        view = await sut.message(sent.msg_id)
        return view is not None and view.state == "delivered"

    await sut.eventually(delivered, "the corrected note as delivered")
    rows = await log(sut)
    assert rows[old].status in {"rejected", "failed"}, f"the failed note stands in the log as {rows[old].status}"
    assert rows[sent.msg_id].status == "delivered", f"the new note stands in the log as {rows[sent.msg_id].status}"


@case(
    id="CLN-066",
    title="The message log has every message with status, time and counterpart, and the error of what failed",
    requirements=("R-066", "R-067"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("send", "inbox", "message", "log"),
)
async def case_log(sut: Stage) -> None:
    """A note is received, one is delivered, one is rejected, one is on its way. The log shows each as what it is."""
    received = await arrived(sut, "Inn i loggen.")
    accepted, _ = await play(sut, hear_and_accept("DIALOG_NOTAT", "Levert."))
    rejected, _ = await play(sut, hear_and_reject("DIALOG_NOTAT", "Avvist.", "X99", "Annen feil"))
    waiting = await sut.send("DIALOG_NOTAT", "På vei.", subject="Oppfølging")
    rows = await log(sut)
    expected = {
        received.msg_id: ("in", {"received"}),
        accepted.msg_id: ("out", {"delivered"}),
        rejected.msg_id: ("out", {"rejected", "failed"}),
        waiting: ("out", {"queued", "sent"}),
    }
    for msg_id, (direction, states) in expected.items():
        row = rows.get(msg_id)
        assert row is not None, f"the log does not have the message {msg_id}"
        assert row.direction == direction, f"{msg_id} stands in the log as {row.direction}"
        assert row.status in states, f"{msg_id} stands in the log as {row.status}, not {' or '.join(sorted(states))}"
        assert row.at, f"the log has no time for {msg_id}"
        assert row.counterpart == sut.counterpart.her_id, f"the log names {row.counterpart} as the other party"
    assert "X99" in rows[rejected.msg_id].error, "the log does not show the error of the rejected note"
    assert not rows[accepted.msg_id].error, f"a delivered note shows the error {rows[accepted.msg_id].error!r}"


@case(
    id="CLN-069",
    title="The patient's overview has all messages of the patient and of nobody else, by type, in full",
    requirements=("R-069", "R-070", "R-073"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("send", "inbox", "message", "correspondence"),
)
async def case_overview(sut: Stage) -> None:
    """A note and a question come in about the patient, one note goes out; another patient's note comes in too.

    The overview has the three, grouped by type, and not the fourth; each can be opened with its text.
    """
    note = await arrived(sut, "Notat om pasienten.")
    question = await arrived(sut, "Spørsmål om pasienten?", "DIALOG_FORESPORSEL")
    out = await sut.send("DIALOG_NOTAT", "Svar om pasienten.")
    other = await sut.another_patient()
    stranger = await arrived(sut, "Om en annen.", patient=other)
    groups = cast("tuple[Group, ...]", await sut.ask("correspondence", number=sut.patient.number))
    where = {msg_id: group.title for group in groups for msg_id in group.msg_ids}
    for msg_id in (note.msg_id, question.msg_id, out):
        assert msg_id in where, f"the overview does not have the message {msg_id}"
    assert stranger.msg_id not in where, "the overview has another patient's message"
    assert where[note.msg_id] != where[question.msg_id], "a note and a question are in one group"
    view = await sut.message(note.msg_id)
    assert view is not None, "a message of the overview cannot be opened"
    assert note.text in (view.text or ""), f"the message opens with the text {view.text!r}"


@case(
    id="CLN-072",
    title="The tab key goes from each group of the overview to the next, and round",
    requirements=("R-071", "R-072"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "correspondence", "next_tab"),
)
async def case_tabs(sut: Stage) -> None:
    """A note and a question are there. From each group the tab key shows what the next group's name shows.

    E-dialogues, e-consultations, lab requisitions and lab results have a group each, with something in it or not.
    """
    await arrived(sut, "Notat i en fane.")
    await arrived(sut, "Spørsmål i en fane?", "DIALOG_FORESPORSEL")
    groups = cast("tuple[Group, ...]", await sut.ask("correspondence", number=sut.patient.number))
    titles = {group.title for group in groups}
    assert len(titles) == len(groups), "two groups of the overview have one title"
    for words in (("dialog", "e-dialog"), ("konsultasjon",), ("rekvisisjon",), ("laboratoriesvar", "labsvar")):
        assert any(word in title.lower() for title in titles for word in words), f"no group is for {words[0]}"
    for place, group in enumerate(groups):
        by_name = groups[(place + 1) % len(groups)]
        by_key = cast("Group", await sut.ask("next_tab", number=sut.patient.number, title=group.title))
        assert by_key == by_name, f"from {group.title} the tab key goes to {by_key.title}, not to {by_name.title}"
