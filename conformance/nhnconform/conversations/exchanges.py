"""Steps that several cases share: send a letter, await its receipt, watch that nothing more comes."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nhnconform.conversation import play
from nhnconform.conversations.letters import STYLES, Address, Letter, Person
from nhnconform.conversations.receipts import Receipt, read_receipt
from nhnconform.conversations.talks import tell
from nhnconform.errors import HarnessError
from nhnconform.stage import Stimulus

if TYPE_CHECKING:
    from nhnconform.attribution import Entry
    from nhnconform.conversations.letters import Kind
    from nhnconform.conversations.talks import Told
    from nhnconform.counterpart import Counterpart, Delivered, Received
    from nhnconform.stage import Stage

_styles = itertools.cycle(STYLES)


def letter(sut: Stage, text: str, kind: Kind = "DIALOG_NOTAT", **changes: Any) -> Letter:
    """A letter from this case's counterpart to the SUT's first service about this case's patient.

    Args:
        sut: the stage.
        text: what it says.
        kind: message type.
        changes: other fields of `Letter`; `by` is another counterpart of this case.
    """
    counterpart, identity, patient = changes.pop("by", sut.counterpart), sut.identity, sut.patient
    made = Letter(
        kind=kind,
        msg_id=str(uuid.uuid4()),
        gen_date=sut.now().isoformat(timespec="seconds"),
        sender=address_of(counterpart),
        receiver=own_address(sut, identity.service),
        patient=Person(patient.number, patient.given_name, patient.family_name),
        text=text,
        style=next(_styles),
    )
    return replace(made, **changes)


def address_of(counterpart: Counterpart) -> Address:
    """A counterpart's address, both levels."""
    given_name, _, family_name = counterpart.name.partition(" ")
    return Address(
        counterpart.her_id,
        counterpart.name,
        counterpart.organisation_her_id,
        counterpart.organisation_number,
        counterpart.organisation_name,
        (given_name, family_name, counterpart.hpr) if counterpart.hpr else None,
    )


def own_address(sut: Stage, her_id: int, professional: tuple[str, str, str] | None = None) -> Address:
    """An address at the SUT: one of its services, or one of those who work there (given name, family name, HPR)."""
    identity = sut.identity
    return Address(
        her_id,
        f"Tjeneste {her_id}",
        identity.her_id,
        identity.organisation_number,
        f"Virksomhet {identity.organisation_number}",
        professional,
    )


async def deliver(sut: Stage, sent: Letter, breaks: str | None = None) -> Delivered:
    """Hand a letter in, after the check that it breaks what it is meant to break."""
    document = sent.to_bytes()
    sut.evidence("stimulus", document, "in")
    return await sut.counterpart.send(Stimulus(document, breaks))


async def receipts_for(sut: Stage, msg_id: str) -> list[tuple[Received, Receipt]]:
    """Application receipts that have come for a message, oldest first."""
    found = []
    for received in await sut.counterpart.received(apprec=True):
        receipt = read_receipt(received.document)
        if receipt is not None and receipt.original == msg_id:
            found.append((received, receipt))
    return found


async def told(sut: Stage, sent: Letter, breaks: str | None = None) -> Told:
    """Send a letter, await the receipt for it and judge that; bytes of both become evidence.

    Raises:
        AssertionError: none came, or it breaks a rule.
        HarnessError: the letter breaks what it should not, or our own EDI service wrote a wrong receipt.
    """
    sut.evidence("stimulus", sent.to_bytes(), "in")
    came = await play(sut, tell(sent, breaks))
    await judge_receipt(sut, sent, came.delivered, came.document)
    return came


async def receipt_for(sut: Stage, sent: Letter, delivered: Delivered) -> Receipt:
    """Await and judge the receipt for a letter that was delivered earlier; raises as `told` does."""
    found = await sut.eventually(
        lambda: receipts_for(sut, sent.msg_id), f"an application receipt for the {sent.kind} {sent.msg_id}"
    )
    received, receipt = found[0]
    await judge_receipt(sut, sent, delivered, received.document)
    return receipt


async def judge_receipt(sut: Stage, sent: Letter, delivered: Delivered, document: bytes) -> None:
    """Judge the bytes of a receipt beside the letter it answers.

    A SUT may have the EDI service write its receipt, or upload one. What the service writes is ours to answer for.

    Raises:
        AssertionError: the SUT's receipt breaks a rule.
        HarnessError: our own service's does.
    """
    sut.evidence("receipt", document)
    try:
        sut.expect("document", document)
        sut.expect("apprec-echo", document, original=sent.to_bytes())
    except AssertionError as error:
        if await answered_by_service(sut, delivered.message_id):
            raise HarnessError(f"the EDI service's own receipt is wrong: {error}") from error
        raise


async def answered_by_service(sut: Stage, message_id: str) -> bool:
    """True when the SUT had the EDI service write the receipt (`POST …/apprec/{herId}`)."""
    return any(
        f"/{message_id.lower()}/apprec/" in entry.path.lower()
        for entry in await sut.sut_entries(endpoint="edi2", method="POST")
    )


async def marked_read(sut: Stage, message_id: str) -> list[Entry]:
    """The SUT's successful marks of a message as read."""
    return [
        entry
        for entry in await sut.sut_entries(endpoint="edi2", method="PUT")
        if f"/{message_id.lower()}/read/" in entry.path.lower() and entry.status == 204
    ]


async def taken(sut: Stage, message_id: str) -> None:
    """Wait until the SUT has taken a message off its list of unread ones."""
    await sut.eventually(lambda: marked_read(sut, message_id), f"the mark of message {message_id} as read")


def two_polls(sut: Stage) -> timedelta:
    """Long enough for a SUT to look twice."""
    return timedelta(seconds=2 * sut.poll_interval + 1)


async def sut_calls(sut: Stage, endpoint: str) -> list[Entry]:
    """The SUT's exchanges with an endpoint: this case's, and those of no single case; oldest first.

    A call that was refused before its caller was known has no client; nobody else here makes such calls.
    """
    own = await sut.sut_entries(endpoint=endpoint)
    clients = {None, *(entry.client_id for entry in await sut.sut_entries())}
    context = [entry for entry in await sut.context(endpoint=endpoint) if entry.client_id in clients]
    return sorted({entry.n: entry for entry in [*own, *context]}.values(), key=lambda entry: entry.n)
