"""Where a received message is found, what may be done with it, and what becomes of it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.conversations.exchanges import address_of, letter, two_polls
from nhnconform.conversations.letters import Attachment
from nhnconform.conversations.office import act, actions, arrived, in_role, mailboxes, may_not, physicians, wire

if TYPE_CHECKING:
    from nhnconform.contract import AttachmentView, JournalView
    from nhnconform.conversations.letters import Kind
    from nhnconform.stage import Stage

PROFILE = ("clinic-receiving",)
CLAUSE = "requirements of the clinic, D. Receiving and handling"
PDF = b"%PDF-1.4\n% en liten fil med \xc3\xa6\xc3\xb8\xc3\xa5 og \x00\xff\n%%EOF\n"


@case(
    id="CLN-034",
    title="A received message is in a mailbox and in the patient's journal, from practitioner and institution alike",
    requirements=("R-033", "R-034"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "mailboxes", "journal"),
)
async def case_journal(sut: Stage) -> None:
    """A practitioner and an institution each write about the patient.

    Both messages are in a mailbox of the physician addressed, and the patient's journal holds one event for each.
    """
    physician, _ = physicians(sut)
    practitioner = await sut.another_counterpart(person=True)
    for by, text in ((sut.counterpart, "Fra sykehuset."), (practitioner, "Fra en kollega.")):
        sent = letter(sut, text, by=by)
        sent = await arrived(sut, text, to=physician, msg_id=sent.msg_id, sender=sent.sender)
        seen = [box.path for box in await mailboxes(sut, physician) if sent.msg_id in box.msg_ids]
        assert seen, f"the note from {by.name} is in no mailbox of {physician.id}"
        events = cast("tuple[JournalView, ...]", await sut.ask("journal", number=sut.patient.number))
        linked = [event for event in events if event.msg_id == sent.msg_id]
        assert len(linked) == 1, f"the journal holds {len(linked)} events for the note from {by.name}; one is due"


@case(
    id="CLN-035",
    title="Every main mailbox has Feedback, and each type is there under a category of its own",
    requirements=("R-035", "R-036"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "mailboxes"),
)
async def case_feedback(sut: Stage) -> None:
    """One message of each dialogue type comes in. All are in Feedback; no two types share a category."""
    physician, _ = physicians(sut)
    boxes = await mailboxes(sut, physician)
    mains = [box for box in boxes if box.role == "main"]
    assert mains, "the mailbox tree has no main mailbox"
    for main in mains:
        depth = len(main.path)
        inside = [box for box in boxes if box.role == "feedback" and box.path[:depth] == main.path]
        assert inside, f"the main mailbox {' / '.join(main.path)} has no Feedback"
    place: dict[tuple[str, ...], str] = {}
    kinds: tuple[Kind, ...] = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG")
    for kind in kinds:
        sent = await arrived(sut, f"Et eksempel på {kind}.", kind, to=physician)
        found = await mailboxes(sut, physician)
        assert any(sent.msg_id in box.msg_ids for box in found if box.role == "feedback"), f"{kind} is not in Feedback"
        categories = [box.path for box in found if box.role == "category" and sent.msg_id in box.msg_ids]
        assert len(categories) == 1, f"{kind} is in {len(categories)} categories of Feedback; one is due"
        other = place.setdefault(categories[0], kind)
        assert other == kind, f"{kind} and {other} share the category {' / '.join(categories[0])}"


@case(
    id="CLN-037",
    title="Messages from NAV and HELFO are in an inbox of their own, and in Feedback",
    requirements=("R-037",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "mailboxes"),
)
async def case_nav_helfo(sut: Stage) -> None:
    """NAV and HELFO each write a note, a hospital another: the first two are in their inbox, all in Feedback."""
    physician, _ = physicians(sut)
    sent = {}
    for name in ("NAV", "HELFO", "Sykehuset"):
        sender = replace(address_of(sut.counterpart), organisation_name=f"{name} (syntetisk)")
        sent[name] = (await arrived(sut, f"Fra {name}.", to=physician, sender=sender)).msg_id
    boxes = await mailboxes(sut, physician)
    own = {msg_id for box in boxes if box.role == "nav_helfo" for msg_id in box.msg_ids}
    feedback = {msg_id for box in boxes if box.role == "feedback" for msg_id in box.msg_ids}
    for name in ("NAV", "HELFO"):
        assert sent[name] in own, f"the note from {name} is not in the NAV/HELFO inbox"
    assert sent["Sykehuset"] not in own, "a hospital's note is in the NAV/HELFO inbox"
    for name, msg_id in sent.items():
        assert msg_id in feedback, f"the note from {name} is not in Feedback"


@case(
    id="CLN-039",
    title="The communication-type filter shows one type only",
    requirements=("R-039",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "filter"),
)
async def case_filter(sut: Stage) -> None:
    """Notes, a question and a clinical dialogue are in the mailbox. With the filter on one type only that is listed."""
    physician, _ = physicians(sut)
    sent = {
        kind: (await arrived(sut, f"Filtrer meg: {kind}.", kind, to=physician)).msg_id
        for kind in ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG")
    }
    for kind, msg_id in sent.items():
        listed = {row.msg_id for row in await sut.ask("filter", user=physician.id, type=kind)}
        assert msg_id in listed, f"with the filter on {kind} the {kind} is not listed"
        others = {other for other, one in sent.items() if one in listed} - {kind}
        assert not others, f"with the filter on {kind} {', '.join(sorted(others))} is listed too"
    everything = {row.msg_id for row in await sut.ask("filter", user=physician.id, type="all")}
    assert everything >= set(sent.values()), "without a filter not all messages are listed"


@case(
    id="CLN-040",
    title="What can be done with a message follows from its type",
    requirements=("R-040", "R-267"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "actions", "act"),
)
async def case_actions(sut: Stage) -> None:
    """A question and a note come in. The question can be answered, the note cannot; two of a type allow the same."""
    question = await arrived(sut, "Kan dere svare?", "DIALOG_FORESPORSEL")
    another = await arrived(sut, "Og på denne?", "DIALOG_FORESPORSEL")
    note = await arrived(sut, "Til orientering.")
    for one in (question, another, note):
        await act(sut, one.msg_id, "open")
    allowed = await actions(sut, question.msg_id)
    assert "answer" in allowed, f"a question allows {sorted(allowed)}, not to be answered"
    assert allowed == await actions(sut, another.msg_id), "two questions allow different things"
    assert "answer" not in await actions(sut, note.msg_id), "a note offers to be answered"


@case(
    id="CLN-041",
    title="A confirming signature needs no card, and the signed message moves to the archive",
    requirements=("R-041", "R-042"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "act", "mailboxes"),
)
async def case_sign(sut: Stage) -> None:
    """No card is in any reader. The physician signs a note with the login alone; it is in Archive and in no inbox."""
    physician, _ = physicians(sut)
    sent = await arrived(sut, "Signer når lest.", to=physician)
    await act(sut, sent.msg_id, "open", physician)
    await act(sut, sent.msg_id, "sign", physician)
    assert await in_role(sut, physician, sent.msg_id, "archive"), "the signed note is not in the archive"
    left = [box.path for box in await mailboxes(sut, physician) if box.role != "archive" and sent.msg_id in box.msg_ids]
    assert not left, f"the signed note is still in {' / '.join(left[0])}"


@case(
    id="CLN-043",
    title="A deviation is reported to the sender, as DIALOG_AVVIK about the message",
    requirements=("R-043",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=f"{CLAUSE}; table 8279 DIALOG_AVVIK",
    needs=("inbox", "actions", "act"),
)
async def case_deviation(sut: Stage) -> None:
    """A message of a type that allows it was sent to the wrong place, and the user reports that.

    The sender gets one DIALOG_AVVIK that refers to the message and says what the user wrote.
    """
    sent = None
    for kind in ("DIALOG_HELSEFAGLIG", "DIALOG_FORESPORSEL", "DIALOG_NOTAT"):
        sent = await arrived(sut, "Prøve tatt av feil pasient.", kind)
        await act(sut, sent.msg_id, "open")
        if "deviation" in await actions(sut, sent.msg_id):
            break
    else:
        raise AssertionError("no dialogue type allows a deviation to be reported")
    text = "Denne meldingen gjelder ikke vår pasient."
    done = await act(sut, sent.msg_id, "deviation", text=text)
    assert done.msg_id, "the deviation report has no MsgId"
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=done.msg_id), f"the deviation {done.msg_id}")
    document = found[0].document
    sut.evidence("deviation", document)
    sut.expect("document", document)
    content = document.decode("utf-8")
    assert 'V="DIALOG_AVVIK"' in content, "the report is no DIALOG_AVVIK"
    assert sent.msg_id in content, "the deviation does not refer to the message it is about"
    assert text in content, "the deviation does not say what the user wrote"


@case(
    id="CLN-044",
    title="What a type does not allow is refused, and nothing is sent",
    requirements=("R-044", "R-046"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "actions", "act"),
)
async def case_not_allowed(sut: Stage) -> None:
    """A user answers a note, and reports a deviation on a type without that right. Both get 409; nothing leaves."""
    refused = 0
    for kind in ("DIALOG_NOTAT", "DIALOG_HELSEFAGLIG", "DIALOG_FORESPORSEL", "DIALOG_SVAR"):
        if kind == "DIALOG_SVAR":
            sent = await arrived(sut, "Svar.", kind, question="Hva?", conversation=_thread(sut))
        else:
            sent = await arrived(sut, f"Hva er lov med {kind}?", kind)
        await act(sut, sent.msg_id, "open")
        await sut.eventually(lambda sent=sent: sut.inbox(sent.msg_id), "the message")  # type: ignore[misc]
        allowed = await actions(sut, sent.msg_id)
        for action in ("answer", "deviation"):
            if action in allowed:
                continue
            before = await wire(sut)
            refusal = await may_not(sut, sent.msg_id, action, what=f"{action} on {kind}", text="Likevel.")
            assert refusal.status == 409, f"{action} on {kind} is refused with {refusal.status}, not 409"
            after = [line for line in (await wire(sut))[len(before) :] if "/apprec/" not in line.lower()]
            assert not after, f"{action} on {kind} was refused, and yet {after[0]}"
            refused += 1
    assert refused, "every type allows everything: nothing could be refused"


@case(
    id="CLN-045",
    title="A question is answered from the inbox",
    requirements=("R-045",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=f"{CLAUSE}; HIS 1152",
    needs=("inbox", "act"),
)
async def case_answer(sut: Stage) -> None:
    """A question is opened and answered. A DIALOG_SVAR with a reference to it reaches the asker."""
    question = await arrived(sut, "Bruker pasienten blodfortynnende?", "DIALOG_FORESPORSEL")
    await act(sut, question.msg_id, "open")
    done = await act(sut, question.msg_id, "answer", text="Ja, siden i fjor.")
    assert done.msg_id, "the answer has no MsgId"
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=done.msg_id), f"the answer {done.msg_id}")
    document = found[0].document
    sut.evidence("answer", document)
    sut.expect("document", document)
    sut.expect("dialogue-answer", document, original=question.to_bytes())


@case(
    id="CLN-047",
    title="An attachment is opened as it was sent",
    requirements=("R-047",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=f"{CLAUSE}; HIS 1036:2011",
    needs=("inbox", "attachments"),
)
async def case_attachment(sut: Stage) -> None:
    """A clinical dialogue carries a PDF. The user opens it: the same bytes, the same media type."""
    sent = await arrived(
        sut,
        "Se vedlagt skjema.",
        "DIALOG_HELSEFAGLIG",
        attachments=(Attachment("application/pdf", PDF, "Skjema"),),
    )
    views = cast("tuple[AttachmentView, ...]", await sut.ask("attachments", msg_id=sent.msg_id))
    assert len(views) == 1, f"one attachment was sent and {len(views)} can be opened"
    assert views[0].mime_type == "application/pdf", f"the PDF is opened as {views[0].mime_type}"
    assert base64.b64decode(views[0].data) == PDF, "the attachment's bytes are not those that were sent"


@case(
    id="CLN-004",
    title="Messages go both ways with a practitioner and with an institution",
    requirements=("R-004",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="requirements of the clinic, A. Purpose and reach",
    needs=("inbox", "send"),
)
async def case_both_ways(sut: Stage) -> None:
    """Messages go to and from a practitioner and an institution: two out, two in, four deliveries."""
    practitioner = await sut.another_counterpart(person=True)
    for by in (sut.counterpart, practitioner):
        sent = letter(sut, f"Inn fra {by.her_id}.", by=by)
        await arrived(sut, sent.text, msg_id=sent.msg_id, sender=sent.sender)
        msg_id = await sut.send("DIALOG_NOTAT", f"Ut til {by.her_id}.", to_her_id=by.her_id)
        found = await sut.eventually(
            lambda by=by, msg_id=msg_id: by.received(msg_id=msg_id),  # type: ignore[misc]
            f"the note {msg_id} at {by.name}",
        )
        sut.evidence(f"note-{by.her_id}", found[0].document)
        sut.expect("document", found[0].document)
    await sut.wait(two_polls(sut))


def _thread(sut: Stage) -> tuple[str, str]:
    """A conversation that began before the case did."""
    first = letter(sut, "Spurt for lenge siden.").msg_id
    return first, first
