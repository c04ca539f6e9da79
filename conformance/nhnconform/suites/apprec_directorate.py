"""The Directorate's test cases for application receipts, as far as dialogue messages over EDI 2.0 can play them.

Which official case is played by which case of ours, and why the others are not scored, stands in
`nhnconform/profiles/apprec-directorate.toml`.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from nhnconform.case import Basis, Level, case
from nhnconform.conversations.exchanges import (
    address_of,
    deliver,
    in_state,
    letter,
    look,
    no_more_receipts,
    open_alerts,
    own_address,
    receipt_for,
    receipts_for,
    rejected,
    taken,
    told,
    two_polls,
)
from nhnconform.conversations.heads import as_letter
from nhnconform.conversations.letters import Address, Person, apprec_of
from nhnconform.stage import Stimulus

if TYPE_CHECKING:
    from nhnconform.conversations.letters import Letter
    from nhnconform.stage import Stage

PROFILE = ("apprec",)
NOBODY = 99_999_997
"""A HER-id that nobody has."""


async def _answered(sut: Stage, message_id: str) -> list[tuple[str, list[str]]]:
    """Status and codes of the receipts that count for a message."""
    return [
        (str(row["appRecStatus"]), [str(one["errorCode"]) for one in row.get("appRecErrorList") or ()])
        for row in await sut.counterpart.apprecs(message_id)
    ]


async def _refused(sut: Stage, sent: Letter, message_id: str, code: str, what: str) -> None:
    """One receipt counts: status 2 with that code; and the message is not in the inbox. `what` names the message."""
    found = await sut.eventually(lambda: _answered(sut, message_id), f"a receipt for {sent.msg_id}")
    assert len(found) == 1, f"one receiver owes one receipt; {len(found)} count"
    status, codes = found[0]
    assert status == "Rejected", f"{what} was answered with {status}"
    assert code in codes, f"the reason is {code}; the receipt says {', '.join(codes) or 'nothing'}"
    filed = await sut.inbox(sent.msg_id)
    assert not filed, f"a rejected message ({code}) must not be in the inbox"


@case(
    id="APP-08",
    title="A rejection says in words what is wrong",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: Error/OT; Directorate's unit test 8",
    needs=("inbox",),
)
async def case_words(sut: Stage) -> None:
    """A note has a MsgId that is no UUID. Beside the code the receipt has a text (OT) for whoever reads it."""
    sent = letter(sut, "Notat med ugyldig id.", msg_id=f"melding-{sut.counterpart.her_id}-08")
    came = await told(sut, sent, "MH-01")
    assert came.receipt.codes, f"the rejection has no code; its status is {came.receipt.status}"
    assert any(text.strip() for text in came.receipt.texts), f"nothing is said beside {', '.join(came.receipt.codes)}"


@case(
    id="APP-10",
    title="A copy receiver answers as a copy receiver",
    requirements=("EDI-07",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: Role COP; Directorate's system test 10",
    needs=("inbox",),
)
async def case_copy(sut: Stage) -> None:
    """A note goes to somebody else, with the SUT's service as copy receiver. Its one receipt has role COP."""
    main = address_of(await sut.another_counterpart())
    own = own_address(sut, sut.identity.service)
    sent = letter(sut, "Kopi til orientering.", receiver=main, copies=(own,))
    sut.evidence("stimulus", sent.to_bytes(), "in")
    delivered = await sut.counterpart.send(sent.to_bytes())
    found = await sut.eventually(lambda: receipts_for(sut, sent.msg_id), "a receipt of the copy receiver")
    receipt = found[0][1]
    assert receipt.status == "1", f"a faultless message was answered with status {receipt.status} {receipt.codes}"
    assert receipt.role == "COP", f"the copy receiver answers in role {receipt.role or '(none)'}; it is COP"
    await taken(sut, delivered.message_id)


@case(
    id="APP-13",
    title="A second receipt for the same message changes nothing",
    requirements=("EDI-15",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168; Directorate's system test 13",
    needs=("send", "message", "alerts"),
)
async def case_second_receipt(sut: Stage) -> None:
    """By a fault of the receiver's, two positive receipts come for one note. It is delivered, and nobody is alarmed."""
    msg_id = await sut.send("DIALOG_NOTAT", "To kvitteringer kommer.", subject="Oppfølging")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}")
    await sut.counterpart.apprec(found[0], "Ok")
    await in_state(sut, msg_id, "delivered")
    again = apprec_of(
        as_letter(found[0].document), ident=str(uuid.uuid4()), gen_date=sut.now().isoformat(timespec="seconds")
    )
    sut.evidence("second receipt", again, "in")
    delivered = await sut.counterpart.send(again)
    await taken(sut, delivered.message_id)
    await sut.wait(two_polls(sut))
    await in_state(sut, msg_id, "delivered")
    alerts = await open_alerts(sut, msg_id)
    assert not alerts, f"a second positive receipt raised an alert: {alerts[0].text}"


@case(
    id="APP-18",
    title="A message that names no service or person here is rejected with E21",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E21 (can); Directorate's system test 18",
    needs=("inbox",),
)
async def case_no_level_2(sut: Stage) -> None:
    """A note gives the SUT's organisation as receiver, and no HER-id at level 2. It is answered with status 2, E21."""
    sent = letter(sut, "Uten HER-id på nivå 2.", levels=(1,))
    delivered = await deliver(sut, sent, "MH-04")
    await _refused(sut, sent, delivered.message_id, "E21", "a message without a HER-id at level 2")


async def _to_the_organisation(sut: Stage, receiver: Address, what: str) -> None:
    sent = letter(sut, "Til en som ikke er her.", receiver=receiver)
    sut.evidence("stimulus", sent.to_bytes(), "in")
    delivered = await sut.counterpart.send_to(sent.to_bytes(), [sut.identity.her_id], sent.kind)
    await _refused(sut, sent, delivered.message_id, "E21", f"a message to {what}")


@case(
    id="APP-19",
    title="A message to somebody who does not work here is rejected with E21",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E21 (can); Directorate's system test 19, receive tests WRONG_ADDRESSEE",
    needs=("inbox",),
)
async def case_unknown_person(sut: Stage) -> None:
    """A note reaches the organisation and names a physician whom it does not have. It is rejected with E21."""
    await _to_the_organisation(
        sut, own_address(sut, NOBODY, ("Ukjent", "Lege", "900000006")), "somebody who does not work here"
    )


@case(
    id="APP-20",
    title="A message to a service that is not here is rejected with E21",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E21 (can); Directorate's system test 20",
    needs=("inbox",),
)
async def case_unknown_service(sut: Stage) -> None:
    """A note reaches the organisation and names a service that it does not have. It is rejected with E21."""
    await _to_the_organisation(sut, own_address(sut, NOBODY), "a service that is not here")


@case(
    id="APP-21",
    title="A message to somebody else's organisation is not answered",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: no receipt for others' messages; Directorate's system test 21",
    needs=("inbox",),
)
async def case_foreign(sut: Stage) -> None:
    """A note reaches the SUT by mistake: both levels name others. No receipt is given, and it is in no inbox."""
    stranger = Address(NOBODY, "Annen tjeneste", NOBODY + 1, "999999999", "Annen virksomhet")
    sent = letter(sut, "Kom feil.", receiver=replace(stranger, organisation_number=sut.counterpart.organisation_number))
    sut.evidence("stimulus", sent.to_bytes(), "in")
    delivered = await sut.counterpart.send_to(sent.to_bytes(), [sut.identity.service], sent.kind)
    await taken(sut, delivered.message_id)

    async def answers() -> list[tuple[str, list[str]]]:
        return await _answered(sut, delivered.message_id)

    await sut.never(answers, "a receipt for somebody else's message", within=two_polls(sut))
    assert not await sut.inbox(sent.msg_id), "somebody else's message is in the inbox"


@case(
    id="APP-26",
    title="Each of several faults is named",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: an error for each concrete fault; Directorate's unit test 7, system test 26",
    needs=("inbox",),
)
async def case_two_faults(sut: Stage) -> None:
    """A note has a MsgId that is no UUID and a patient who is not identified. The receipt names E10 and E36."""
    nobody = Person(None, sut.patient.given_name, sut.patient.family_name)
    sent = letter(sut, "To feil.", msg_id=f"melding-{sut.counterpart.her_id}-26", patient=nobody)
    came = await rejected(sut, sent, breaks="MH-01+MH-08", code="E10")
    assert "E36" in came.receipt.codes, f"the receipt names {', '.join(came.receipt.codes)} and not E36"


@case(
    id="APP-33",
    title="A document of an unknown schema is rejected with T10",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, T10 (can); Directorate's system test 33",
    needs=("inbox",),
)
async def case_unknown_schema(sut: Stage) -> None:
    """A note's business document is of a namespace that nobody knows. It is rejected with T10."""
    strange = letter(sut, "Ukjent skjema.", namespace="http://www.kith.no/xmlstds/dialog/2099-01-01")
    await rejected(sut, strange, breaks="DM-01+DM-05+SCHEMA", code="T10")


@case(
    id="APP-34",
    title="A document that is not well-formed is rejected with T01, and hurts nobody",
    requirements=("EDI-13",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, T01 (can); Directorate's system tests 16 and 34, receive tests SYNTAX",
    needs=("inbox",),
    exclusive=True,
)
async def case_malformed(sut: Stage) -> None:
    """A document ends in the middle. It is rejected with T01, and the next note is answered as any other."""
    sent = letter(sut, "Denne er avkortet.")
    async with sut.fault("edi2", "document", variant="cut", count=50, match={"method": "GET"}):
        delivered = await sut.counterpart.send(sent.to_bytes())
        await look(sut)
        found = await sut.eventually(lambda: _answered(sut, delivered.message_id), "a receipt for the cut document")
    status, codes = found[0]
    assert (status, codes) == ("Rejected", ["T01"]), f"a cut document was answered with {status} {codes}"
    assert not await sut.inbox(sent.msg_id), "a cut document is in the inbox"
    after = letter(sut, "Denne er hel.")
    receipt = await receipt_for(sut, after, await deliver(sut, after))
    assert receipt.status == "1", f"the note after the cut one was answered with status {receipt.status}"


@case(
    id="APP-41",
    title="A rejected message that comes again is ignored",
    requirements=("EDI-11",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, duplicates; Directorate's system test 41",
    needs=("inbox",),
)
async def case_rejected_twice(sut: Stage) -> None:
    """A note with an unidentified patient is handed in twice. The first is rejected, the second is not answered."""
    nobody = Person(None, sut.patient.given_name, sut.patient.family_name)
    sent = letter(sut, "Avvist to ganger?", patient=nobody)
    await rejected(sut, sent, breaks="MH-08", code="E36")
    second = await sut.counterpart.send(Stimulus(sent.to_bytes(), "MH-08"))
    await taken(sut, second.message_id)

    await no_more_receipts(sut, sent.msg_id, "a second receipt for the rejected message", two_polls(sut))
