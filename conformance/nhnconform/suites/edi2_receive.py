"""What a SUT does with what it receives over EDI 2.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnconform.case import Basis, Level, case
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import (
    accepted,
    deliver,
    letter,
    marked_read,
    no_more_receipts,
    rejected,
    taken,
    told,
    two_polls,
)
from nhnconform.conversations.letters import Person
from nhnconform.conversations.receipts import read_receipt

if TYPE_CHECKING:
    from nhnconform.stage import Stage

PROFILE = ("edi2-receive",)


@case(
    id="EDI-12",
    title="A note is filed and answered with a positive AppRec 1.0",
    requirements=("EDI-12", "R-001"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168; HIS 80415:2004; EDI 2.0 API v2, POST …/apprec",
    needs=("inbox",),
)
async def case_apprec_ok(sut: Stage) -> None:
    """A colleague sends a faultless note.

    It is in the inbox with its text and patient, it is marked as read, and the sender gets one receipt with status
    1 whose identifiers echo and mirror the note's.
    """
    await accepted(sut, letter(sut, "Pasienten er utskrevet i dag."))


@case(
    id="EDI-12-HELSEFAGLIG",
    title="A clinical dialogue is filed and answered with a positive AppRec 1.1",
    requirements=("EDI-12", "R-001"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168; HIS 80415:2012; HIS 1077",
    needs=("inbox",),
)
async def case_apprec_ok_clinical(sut: Stage) -> None:
    """The municipality starts a clinical dialogue. It is filed, and the receipt is of version 1.1, as its type asks."""
    await accepted(sut, letter(sut, "Vi trenger oppdatert legemiddelliste.", "DIALOG_HELSEFAGLIG"))


@case(
    id="EDI-27",
    title="GenDate with seven decimals is understood",
    requirements=("EDI-27",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HIS 80601 GenDate (xs:dateTime); HITS 1168 IssueDate",
    needs=("inbox",),
)
async def case_gen_date(sut: Stage) -> None:
    """A system writes its time with seven decimals, as real ones do.

    The note is accepted, and the receipt repeats the time as it was written.
    """
    sent = letter(sut, "Time hos spesialist er bestilt.")
    instant, offset = sent.gen_date[:19], sent.gen_date[19:]
    await accepted(sut, letter(sut, sent.text, gen_date=f"{instant}.0004155{offset}"))


@case(
    id="EDI-11",
    title="The same message twice is filed once and answered once",
    requirements=("EDI-11",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, duplicates; EDI 2.0 documentation",
    needs=("inbox",),
)
async def case_duplicate(sut: Stage) -> None:
    """A note is handed in twice with the same MsgId.

    Both deliveries are taken, the inbox shows one message, and the sender gets one receipt.
    """
    sent = letter(sut, "Svar på henvisning er sendt.")
    receipt = (await told(sut, sent)).receipt
    assert receipt.status == "1", f"a faultless message was answered with status {receipt.status} {receipt.codes}"
    second = await deliver(sut, sent)
    await taken(sut, second.message_id)
    filed = await sut.inbox(sent.msg_id)
    assert len(filed) == 1, f"one message was sent twice and is in the inbox {len(filed)} times"

    await no_more_receipts(sut, sent.msg_id, "a second receipt for the same MsgId", two_polls(sut))
    filed = await sut.inbox(sent.msg_id)
    assert len(filed) == 1, f"one message was sent twice and is in the inbox {len(filed)} times"


@case(
    id="EDI-13-E10",
    title="A MsgId that is no UUID is rejected with E10",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, when to reject; table 8221",
    needs=("inbox",),
)
async def case_reject_msg_id(sut: Stage) -> None:
    """A note comes with a MsgId that is not a UUID. It is answered with status 2 and E10, and is not filed."""
    faulty = letter(sut, "Notat med ugyldig id.", msg_id=f"melding-{sut.counterpart.her_id}")
    await rejected(sut, faulty, breaks="MH-01", code="E10")


@case(
    id="EDI-13-E36",
    title="A patient who is not identified is rejected with E36",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, when to reject; table 8221",
    needs=("inbox",),
)
async def case_reject_patient(sut: Stage) -> None:
    """A note names its patient without number, birth date or sex. It is answered with status 2 and E36, not filed."""
    nobody = Person(None, sut.patient.given_name, sut.patient.family_name)
    await rejected(sut, letter(sut, "Hvem gjelder dette?", patient=nobody), breaks="MH-08", code="E36")


@case(
    id="EDI-13-T02",
    title="A document that is not valid by its schema is rejected with T02",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, when to reject (may); table 8221",
    needs=("inbox",),
)
async def case_reject_schema(sut: Stage) -> None:
    """A note carries an element that MsgHead does not have. It is answered with status 2 and T02, and is not filed."""
    sent = letter(sut, "Notat med ukjent element.")
    prefix = f"{sent.style.prefix}:" if sent.style.prefix else ""
    strange = letter(sut, sent.text, style=sent.style, extra=f"<{prefix}Ukjent>x</{prefix}Ukjent>")
    await rejected(sut, strange, breaks="SCHEMA", code="T02")


@case(
    id="EDI-14",
    title="A receipt is never answered with a receipt",
    requirements=("EDI-14",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation, error 1100; HITS 1168",
    needs=("send",),
)
async def case_no_receipt_for_receipts(sut: Stage) -> None:
    """The SUT sends a note and gets a receipt.

    It takes the receipt, and neither asks EDI 2.0 to answer it nor uploads an answer.
    """
    msg_id = await sut.send("DIALOG_NOTAT", "Kvittering ønskes ikke kvittert.", subject="Oppfølging")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}")
    apprec_id = await sut.counterpart.apprec(found[0], "Ok")

    async def answers() -> list[str]:
        asked = [
            f"{entry.method} {entry.path} -> {entry.status}"
            for entry in calls.of(await sut.sut_entries(endpoint="edi2"), "answer", apprec_id)
        ]
        receipts = [read_receipt(one.document) for one in await sut.counterpart.received(apprec=True)]
        return asked + [f"uploaded a receipt for {one.original}" for one in receipts if one is not None]

    await sut.never(answers, "a receipt for a receipt", within=2 * two_polls(sut))
    if not await marked_read(sut, apprec_id):
        view = await sut.message(msg_id) if sut.driver.supports(["message"]) else None
        assert view is None or view.state == "delivered", f"the receipt was not taken; the note is {view.state}"
