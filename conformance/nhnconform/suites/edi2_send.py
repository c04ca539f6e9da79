"""What a SUT sends over EDI 2.0, and what its user learns of the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnconform.case import Basis, Level, case
from nhnconform.conversation import play
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import letter, sut_calls, two_polls
from nhnconform.conversations.talks import hear, hear_and_accept, hear_and_reject

if TYPE_CHECKING:
    from nhnconform.conversations.letters import Kind
    from nhnconform.conversations.talks import Heard
    from nhnconform.stage import Stage

PROFILE = ("edi2-send",)


async def heard(sut: Stage, kind: Kind, text: str) -> Heard:
    """The SUT's user writes to the counterpart; what arrived becomes evidence."""
    came = await play(sut, hear(kind, text))
    sut.evidence("message", came.received.document)
    return came


@case(
    id="EDI-01",
    title="Every call carries the mandatory headers and a proof for this very call",
    requirements=("EDI-01", "R-001"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="EDI 2.0 API v2, headers; RFC 9449 §4",
    needs=("send",),
)
async def case_headers(sut: Stage) -> None:
    """The SUT sends a note and looks after it for a while.

    Every call that it makes to EDI 2.0 names an API version and the calling system, and brings a token of scheme
    DPoP with a valid proof.
    """
    await heard(sut, "DIALOG_NOTAT", "Kontroll om tre måneder.")
    await sut.wait(3 * two_polls(sut) / 2)
    calls = await sut_calls(sut, "edi2")
    assert calls, "the SUT made no call to EDI 2.0 although its message arrived"
    for entry in calls:
        sut.expect("edi-request", await sut.request_bytes(entry))


async def _goes_out(sut: Stage, kind: Kind, text: str) -> None:
    came = await heard(sut, kind, text)
    msg_id, received = came.msg_id, came.received
    sut.expect("document", received.document)
    content = received.document.decode("utf-8")
    assert sut.patient.number in content, f"the message does not name its patient {sut.patient.number}"
    assert text in content, f"the message does not say what was written: {text!r}"
    assert str(sut.counterpart.her_id) in content, f"the message does not name its receiver {sut.counterpart.her_id}"
    await sut.wait(two_polls(sut))
    posts = [entry for entry in calls.of(await sut.sut_entries(endpoint="edi2"), "post") if entry.status in calls.TAKEN]
    assert len(posts) == 1, f"one message was written and {len(posts)} were handed in"
    assert received.msg_id == msg_id, f"MsgId {received.msg_id} arrived, the SUT told its user {msg_id}"


@case(
    id="EDI-02",
    title="A dialogue note goes out once, complete and valid",
    requirements=("EDI-02", "R-001"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HIS 80601, HIS 80603:2006, HIS 1153; EDI 2.0 API v2, POST /Messages",
    needs=("send",),
)
async def case_note(sut: Stage) -> None:
    """The user writes a note.

    The receiver gets one MsgHead 1.2 with a Dialogmelding 1.0 that names both parties at both levels, the patient
    and the text, valid by schema and by the rules beyond it.
    """
    await _goes_out(sut, "DIALOG_NOTAT", "Blodtrykk 128/82, ny kontroll om et halvt år.")


@case(
    id="EDI-02-HELSEFAGLIG",
    title="A clinical dialogue goes out once, complete and valid",
    requirements=("EDI-02", "R-001"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HIS 1077, HIS 80603:2017",
    needs=("send",),
)
async def case_clinical(sut: Stage) -> None:
    """The user starts a clinical dialogue. The receiver gets a Dialogmelding 1.1 with theme, heading and text."""
    await _goes_out(sut, "DIALOG_HELSEFAGLIG", "Kan dere vurdere oppfølging hjemme?")


@case(
    id="EDI-15-POSITIVE",
    title="A positive receipt makes the message delivered, and nobody is alarmed",
    requirements=("EDI-15",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation, follow up outgoing messages; HITS 1168",
    needs=("send", "message", "alerts"),
)
async def case_positive_receipt(sut: Stage) -> None:
    """The receiver answers a note with status 1. The SUT shows it as delivered and raises no alert."""
    came, _ = await play(sut, hear_and_accept("DIALOG_NOTAT", "Epikrise er sendt i posten."))
    sut.evidence("message", came.received.document)
    alerts = [alert for alert in await sut.alerts(came.msg_id) if not alert.resolved]
    assert not alerts, f"a delivered message raised an alert: {alerts[0].text}"


@case(
    id="EDI-15",
    title="A negative receipt is shown with its code and raises an alert",
    requirements=("EDI-15", "R-063", "R-064"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation, follow up outgoing messages; HITS 1168",
    needs=("send", "message", "alerts"),
)
async def case_negative_receipt(sut: Stage) -> None:
    """The receiver rejects a note with E35.

    The SUT shows the message as rejected with that code, and its user finds one alert that names the code.
    """
    why = "Pasienten finnes ikke i mottakersystemet"
    came, view = await play(sut, hear_and_reject("DIALOG_NOTAT", "Prøvesvar følger.", "E35", why))
    msg_id = came.msg_id
    sut.evidence("message", came.received.document)
    codes = [one.code for one in view.apprec.errors] if view.apprec else []
    assert codes == ["E35"], f"the receipt it shows carries {codes or 'no error'}, not E35"
    texts = [one.text for one in view.apprec.errors] if view.apprec else []
    assert any(why in text for text in texts), f"the receipt it shows does not say why: {texts}"
    alerts = [alert for alert in await sut.alerts(msg_id) if not alert.resolved]
    assert len(alerts) == 1, f"one alert is due for {msg_id}; there are {len(alerts)}"
    assert "E35" in alerts[0].text, f"the alert does not name the code E35: {alerts[0].text!r}"


@case(
    id="DLG-01",
    title="A question is answered in the same conversation",
    requirements=("R-001",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HIS 1152, HISD 80903; HIS 80601 ConversationRef",
    needs=("answer", "inbox"),
)
async def case_answer(sut: Stage) -> None:
    """The counterpart asks a question and the user answers it.

    The answer is a DIALOG_SVAR that refers to the question twice, as parent and as conversation, and copies it.
    """
    question = letter(sut, "Hvilke legemidler bruker pasienten nå?", "DIALOG_FORESPORSEL")
    sut.evidence("question", question.to_bytes(), "in")
    await sut.counterpart.send(question.to_bytes())
    await sut.eventually(lambda: sut.inbox(question.msg_id), f"the question {question.msg_id} in the SUT's inbox")
    answer = await sut.answer(question.msg_id, "Ingen faste legemidler.")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=answer), f"the answer {answer}")
    document = found[0].document
    sut.evidence("answer", document)
    sut.expect("document", document)
    sut.expect("dialogue-answer", document, original=question.to_bytes())
    await sut.never(
        lambda: _others(sut, answer), f"a second message for the one answer {answer}", within=two_polls(sut)
    )


async def _others(sut: Stage, answer: str) -> list[str]:
    received = await sut.counterpart.received(apprec=False)
    return [one.msg_id or one.message_id for one in received if one.msg_id != answer] + (
        [answer] if sum(one.msg_id == answer for one in received) > 1 else []
    )
