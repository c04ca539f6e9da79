"""Documents beside the dialogue messages: what comes in is typed and filed, what goes out is of its standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.contract import SendRequest
from nhnconform.conversation import play
from nhnconform.conversations.exchanges import deliver, letter, receipt_for
from nhnconform.conversations.office import arrived, mailboxes, physicians, wire
from nhnconform.conversations.talks import hear_and_accept

if TYPE_CHECKING:
    from nhnconform.contract import JournalView
    from nhnconform.conversations.letters import Kind
    from nhnconform.stage import Stage

PROFILE = ("clinic-documents",)
TEXTS: dict[Kind, str] = {
    "SVAR_LAB": "Lav hemoglobin, bør følges opp.",
    "SVAR_RTG": "Ingen fraktur.",
    "HENVISNING": "Ber om vurdering av kne.",
    "EPIKRISE": "Utskrevet i god form.",
}
OUT: dict[Kind, str] = {
    "HENVISNING": "Smerter i høyre kne siden i fjor.",
    "EPIKRISE": "Behandlet, kontroll hos fastlege.",
}


@case(
    id="CLN-003",
    title="Lab answer, radiology answer, referral and discharge summary come in, referral and discharge summary go out",
    requirements=("R-003",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="requirements of the clinic, A. Purpose and reach; HIS 80822:2014, HIS 80517:2014, HIS 80226:2014",
    needs=("inbox", "message", "journal", "send"),
)
async def case_content_span(sut: Stage) -> None:
    """The counterpart sends one of each, and two are written back.

    Each that comes in is accepted, shown as what it is, about its patient, and is in her journal; each that goes out
    is a document of its standard that says what the user wrote, and is delivered and shown as what it is.
    """
    expected: dict[str, Kind] = {}
    for kind, text in TEXTS.items():
        sent = letter(sut, text, kind)
        receipt = await receipt_for(sut, sent, await deliver(sut, sent))
        assert receipt.status == "1", f"the {kind} is answered with status {receipt.status}"
        expected[sent.msg_id] = kind
    for kind, text in OUT.items():
        heard, _ = await play(sut, hear_and_accept(kind, text))
        sut.evidence(kind, heard.received.document)
        sut.expect("document", heard.received.document)
        content = heard.received.document.decode("utf-8")
        assert f'V="{kind}"' in content, f"what arrived is no {kind}"
        assert text in content, f"the {kind} does not say what the user wrote"
        expected[heard.msg_id] = kind
    events = cast("tuple[JournalView, ...]", await sut.ask("journal", number=sut.patient.number))
    filed = [event.msg_id for event in events]
    for msg_id, kind in expected.items():
        view = await sut.message(msg_id)
        assert view is not None, f"the {kind} {msg_id} is not shown"
        assert view.type == kind, f"a {kind} is shown as {view.type}"
        assert view.patient == sut.patient.number, f"the {kind} is shown about {view.patient}"
        if view.direction == "in":
            assert TEXTS[kind] in (view.text or ""), f"the {kind} opens with the text {view.text!r}"
            times = filed.count(msg_id)
            assert times == 1, f"the journal holds {times} events for the {kind}; one is due"


@case(
    id="CLN-038",
    title="A care message is in an inbox of its own, and in Feedback",
    requirements=("R-036", "R-038"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="requirements of the clinic, D. Receiving and handling; HIS 80704:2014",
    needs=("inbox", "mailboxes"),
)
async def case_care(sut: Stage) -> None:
    """A message on an admission (LOG_INNLAGT) and a note come in: the first is in the inbox for care, both in Feedback.

    In Feedback the two are in categories of their own.
    """
    physician, _ = physicians(sut)
    care = await arrived(sut, "Innlagt fra legevakt.", "LOG_INNLAGT", to=physician)
    note = await arrived(sut, "Ikke pleie og omsorg.", to=physician)
    boxes = await mailboxes(sut, physician)
    own = {msg_id for box in boxes if box.role == "plo" for msg_id in box.msg_ids}
    feedback = {msg_id for box in boxes if box.role == "feedback" for msg_id in box.msg_ids}
    assert care.msg_id in own, "the care message is not in the inbox for care messages"
    assert note.msg_id not in own, "a note is in the inbox for care messages"
    for sent in (care, note):
        assert sent.msg_id in feedback, f"the {sent.kind} is not in Feedback"
    shared = [box.path for box in boxes if box.role == "category" and {care.msg_id, note.msg_id} <= set(box.msg_ids)]
    assert not shared, f"a care message and a note share the category {' / '.join(shared[0])}"


@case(
    id="CLN-074",
    title="A requisition is version 1.6 and has no copy receiver; who asks for one is refused",
    requirements=("R-074",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="requirements of the clinic, F. Failure, log and patient overview; HIS 80821:2014",
    needs=("send",),
)
async def case_requisition(sut: Stage) -> None:
    """A user asks for a copy of a requisition to somebody else: 400, and nothing leaves.

    Without it the requisition goes out as Rekvisisjon 1.6 to one receiver.
    """
    other = await sut.another_counterpart()
    wish = SendRequest(
        type="REQ_LAB",
        to_her_id=sut.counterpart.her_id,
        patient=sut.patient,
        text="Trett og slapp.",
        subject="Hemoglobin",
        copy_to=(other.her_id,),
    )
    before = await wire(sut)
    refusal = await sut.refused("send", wish, what="a copy receiver of a requisition")
    assert refusal.status == 400, f"a copy receiver is refused with {refusal.status}; the field must not exist (400)"
    assert len(await wire(sut)) == len(before), "the requisition was refused, and yet something was handed in"
    msg_id = await sut.send("REQ_LAB", "Trett og slapp.", subject="Hemoglobin")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the requisition {msg_id}")
    document = found[0].document
    sut.evidence("requisition", document)
    sut.expect("document", document)
    content = document.decode("utf-8")
    assert "rekvisisjon/2012-02-15" in content, "the requisition is not of version 1.6"
    assert "Hemoglobin" in content, "the requisition does not say what is to be examined"
    assert str(other.her_id) not in content, "the requisition names somebody besides its receiver"
