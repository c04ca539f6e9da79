"""The edges of EDI 2.0: sizes, alphabets, several receivers, backlogs, and messages that it will not carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from nhnconform.case import LEAP, Basis, Level, case
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import (
    accepted,
    deliver,
    in_state,
    letter,
    look,
    no_more_receipts,
    open_alerts,
    own_address,
    receipts_for,
    two_polls,
)
from nhnconform.conversations.letters import Attachment
from nhnconform.errors import UnsupportedError
from nhnconform.stage import Stimulus

if TYPE_CHECKING:
    from nhnconform.conversations.letters import Address
    from nhnconform.stage import Stage

PROFILE = ("edi2-edges",)

LARGEST = 19_600_000
"""Bytes of an attachment whose message, twice in base64, just fits into a request of 35 MB."""

BACKLOG = 105
"""Messages: more than one page of the service's list, which has 100 at most."""

ALPHABETS = "Blåbær og «æøå» ÆØÅ – Čáhppesluohkká, 5 µg, ≥ 3 €, Łódź, Ελλάδα, 漢字, 😀"


@case(
    id="EDI-03",
    title="A message of the greatest size that EDI 2.0 carries is received",
    requirements=("EDI-03",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation: a request has 35 MB at most",
    needs=("inbox",),
    exclusive=True,
)
async def case_largest(sut: Stage) -> None:
    """A note comes with an attachment that fills the 35 MB of a request. It is filed, and answered with status 1."""
    page = Attachment("application/pdf", b"%PDF-1.7\n", "Skannet journal")
    small = letter(sut, "Skannet journal følger vedlagt.", attachments=(page,))
    sent = replace(small, attachments=(replace(page, data=page.data + bytes(LARGEST)),))
    await sut.counterpart.send(Stimulus(sent.to_bytes(), twin=small.to_bytes()))
    found = await sut.eventually(lambda: receipts_for(sut, sent.msg_id), "a receipt for the message of 35 MB")
    receipt = found[0][1]
    assert receipt.status == "1", f"the message of 35 MB was answered with status {receipt.status} {receipt.codes}"
    filed = await sut.inbox(sent.msg_id)
    assert len(filed) == 1, f"the message of 35 MB is in the inbox {len(filed)} times"


@case(
    id="EDI-04",
    title="What is sent is UTF-8, says so, and loses no character",
    requirements=("EDI-04",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="EDI 2.0 documentation: XML declaration with UTF-8; HISD 1165",
    needs=("send",),
)
async def case_alphabets(sut: Stage) -> None:
    """The user writes with Norwegian, Sámi, Greek and other letters.

    The message arrives: EDI 2.0 refuses what does not declare UTF-8 or is none. It says what was written.
    """
    msg_id = await sut.send("DIALOG_NOTAT", ALPHABETS, subject="Oppfølging")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}")
    document = found[0].document
    sut.evidence("message", document)
    assert document.removeprefix(b"\xef\xbb\xbf").startswith(b"<?xml"), "the document has no XML declaration"
    written = document.decode("utf-8")
    assert ALPHABETS in written, f"the message does not say {ALPHABETS!r} letter by letter"


async def _not_taken(sut: Stage, status: int) -> None:
    posting = {"method": "POST", "path_prefix": "/Messages"}
    async with sut.fault("edi2", "status", status=status, count=100, match=posting):
        msg_id = await sut.send("DIALOG_NOTAT", "Denne blir ikke tatt imot.", subject="Oppfølging")
        await in_state(sut, msg_id, "failed", after=f"which EDI 2.0 refused with HTTP {status}")
        alerts = await open_alerts(sut, msg_id)
        assert alerts, f"the message {msg_id} was refused with HTTP {status} and no alert tells anybody"
        await sut.wait(timedelta(minutes=30))
    refused = [entry for entry in calls.of(await sut.sut_entries(endpoint="edi2"), "post") if entry.status == status]
    assert len(refused) <= 3, f"what was refused with HTTP {status} was handed in {len(refused)} times"


@case(
    id="EDI-05",
    title="A sender that EDI 2.0 does not accept makes the message fail, visibly and once",
    requirements=("EDI-05",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 API, 403; documentation: follow up outgoing messages",
    needs=("send", "message", "alerts", LEAP),
    exclusive=True,
)
async def case_forbidden(sut: Stage) -> None:
    """EDI 2.0 answers the note with 403. Its user sees it failed and finds an alert; it is not tried for ever."""
    await _not_taken(sut, 403)


@case(
    id="EDI-06",
    title="A receiver that EDI 2.0 does not know makes the message fail, visibly and once",
    requirements=("EDI-06",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 API, 400; documentation: follow up outgoing messages",
    needs=("send", "message", "alerts", LEAP),
    exclusive=True,
)
async def case_unknown_receiver(sut: Stage) -> None:
    """EDI 2.0 answers the note with 400. Its user sees it failed and finds an alert; it is not tried for ever."""
    await _not_taken(sut, 400)


def two_services(sut: Stage) -> tuple[Address, Address]:
    """Two of the SUT's own addresses.

    Raises:
        UnsupportedError: it has one only; the case is untested.
    """
    services = sut.identity.service_her_ids
    if len(services) < 2:
        raise UnsupportedError("the SUT has one service only, and this case writes to two")
    return own_address(sut, services[0]), own_address(sut, services[1])


async def answered_by(sut: Stage, message_id: str) -> list[int]:
    """Which receivers have given a receipt that counts."""
    return [int(row["receiverHerId"]) for row in await sut.counterpart.apprecs(message_id)]


@case(
    id="EDI-07",
    title="A message to two of one's services is answered by each of them",
    requirements=("EDI-07",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: one receipt per recipient of the own organisation; Directorate's system test 11",
    needs=("inbox",),
)
async def case_two_receivers(sut: Stage) -> None:
    """A note names one service as receiver and another as copy receiver. Each gives one receipt, and no third comes."""
    first, second = two_services(sut)
    sent = letter(sut, "Til begge tjenester.", receiver=first, copies=(second,))
    delivered = await deliver(sut, sent)
    wanted = sorted((first.her_id, second.her_id))

    async def both() -> list[int]:
        found = sorted(await answered_by(sut, delivered.message_id))
        assert found == wanted, f"receipts have come from {found}; {wanted} owe one each"
        return found

    await sut.eventually(both, "a receipt from each of the two services")

    await no_more_receipts(sut, sent.msg_id, "a third receipt for two receivers", two_polls(sut), owed=2)


@case(
    id="EDI-08",
    title="Only a receiver that the message was carried to answers it",
    requirements=("EDI-08",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 API v2, receiverHerIdsSubset; HITS 1168",
    needs=("inbox",),
)
async def case_subset(sut: Stage) -> None:
    """A note names two of the SUT's services, and the service is told to carry it to the first only.

    The first gives one receipt. The SUT does not answer for the second.
    """
    first, second = two_services(sut)
    sent = letter(sut, "Bare til den ene.", receiver=first, copies=(second,))
    sut.evidence("stimulus", sent.to_bytes(), "in")
    delivered = await sut.counterpart.send(sent.to_bytes(), subset=[first.her_id])

    async def answered() -> list[int]:
        return await answered_by(sut, delivered.message_id)

    found = await sut.eventually(answered, f"a receipt of HER-id {first.her_id}")
    assert found == [first.her_id], f"a receipt was given by {found}; the message went to {first.her_id} only"
    await sut.wait(two_polls(sut))
    tried = calls.of(await sut.sut_entries(endpoint="edi2"), "answer", delivered.message_id)
    others = [f"{entry.method} {entry.path} -> {entry.status}" for entry in tried if second.her_id in entry.her_ids]
    assert not others, f"the SUT answered for HER-id {second.her_id}, which the message was not carried to: {others}"
    receipts = await receipts_for(sut, sent.msg_id)
    assert len(receipts) == 1, f"one receiver owes one receipt; {len(receipts)} came"


@case(
    id="EDI-09",
    title="A backlog of more than one page is received whole",
    requirements=("EDI-09",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="EDI 2.0 API v2, MessagesToFetch 1 to 100; v3, NotificationsToFetch",
    needs=("inbox", "settle"),
    exclusive=True,
)
async def case_backlog(sut: Stage) -> None:
    """While the SUT does not look, 105 notes come. It then receives every one of them, once, and answers each."""
    letters = [letter(sut, f"Melding {number + 1} av {BACKLOG}.") for number in range(BACKLOG)]
    for one in letters:
        await sut.counterpart.send(one.to_bytes())
    await look(sut)
    wanted = {one.msg_id for one in letters}

    async def all_there() -> bool:
        filed = [view.msg_id for view in await sut.inbox() if view.msg_id in wanted]
        doubled = sorted({one for one in filed if filed.count(one) > 1})
        assert not doubled, f"messages of the backlog are in the inbox more than once: {doubled}"
        assert len(filed) == BACKLOG, f"{len(filed)} of {BACKLOG} messages of the backlog are in the inbox"
        return True

    await sut.eventually(all_there, "the whole backlog in the inbox")


@case(
    id="EDI-17",
    title="A message that the transport rejects is followed up",
    requirements=("EDI-17",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation: rejected and abandoned messages must be handled",
    needs=("send", "message", "alerts"),
)
async def case_transport_rejects(sut: Stage) -> None:
    """The receiver's configuration refuses notes, so the transport rejects the SUT's. Its user learns of it."""
    await sut.counterpart.refuse(["DIALOG_NOTAT"])
    msg_id = await sut.send("DIALOG_NOTAT", "Mottakeren tar ikke imot notater.", subject="Oppfølging")
    await in_state(sut, msg_id, "failed", within=timedelta(hours=2), after="which the transport rejected")
    alerts = await open_alerts(sut, msg_id)
    assert len(alerts) == 1, f"one alert is due for the rejected message {msg_id}; there are {len(alerts)}"


@case(
    id="EDI-04-DECLARATION",
    title="A document without an XML declaration is received as what it is",
    requirements=("EDI-04",),
    profiles=PROFILE,
    level=Level.SHOULD,
    basis=Basis.SPECIFICATION,
    clause="XML 1.0 §4.3.3: without a declaration it is UTF-8",
    needs=("inbox",),
    exclusive=True,
)
async def case_without_declaration(sut: Stage) -> None:
    """A partner on another transport leaves the XML declaration out. The note is filed and answered with status 1."""
    sent = letter(sut, "Uten XML-deklarasjon, med æøå.")
    async with sut.fault("edi2", "document", variant="declaration", count=50, match={"method": "GET"}):
        delivered = await sut.counterpart.send(sent.to_bytes())
        await look(sut)
        filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), "the note without a declaration in the inbox")
    assert sent.text in (filed[0].text or ""), f"the inbox shows {filed[0].text!r}; it was {sent.text!r}"

    async def answers() -> list[int]:
        return await answered_by(sut, delivered.message_id)

    answered = await sut.eventually(answers, "a receipt for the note without a declaration")
    assert answered == [sent.receiver.her_id], f"one receipt is owed; receipts came from {answered}"


@case(
    id="EDI-02-AFTER",
    title="After all that, an ordinary message still comes through",
    requirements=("EDI-02",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168",
    needs=("inbox", "restart"),
    exclusive=True,
)
async def case_after_restart(sut: Stage) -> None:
    """The SUT is stopped in an orderly way and started again. The next note is filed and answered as any other."""
    await sut.restart()
    await accepted(sut, letter(sut, "Etter omstart."), about="after an orderly restart")
