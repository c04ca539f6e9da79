"""Steps that several cases share: send a letter, await its receipt, watch that nothing more comes."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nhnconform.conversation import play
from nhnconform.conversations import calls
from nhnconform.conversations.letters import STYLES, Address, Letter, Person
from nhnconform.conversations.receipts import Receipt, read_receipt
from nhnconform.conversations.talks import tell
from nhnconform.errors import HarnessError, SutRefusalError
from nhnconform.stage import Stimulus

if TYPE_CHECKING:
    from nhnconform.attribution import Entry
    from nhnconform.contract import Alert, MessageView, Patient
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
    counterpart, identity = changes.pop("by", sut.counterpart), sut.identity
    patient: Person | Patient = changes.pop("patient", sut.patient)
    made = Letter(
        kind=kind,
        msg_id=str(uuid.uuid4()),
        gen_date=sut.now().isoformat(timespec="seconds"),
        sender=address_of(counterpart),
        receiver=own_address(sut, identity.service),
        patient=patient
        if isinstance(patient, Person)
        else Person(patient.number, patient.given_name, patient.family_name),
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


async def no_more_receipts(sut: Stage, msg_id: str, what: str, within: timedelta, *, owed: int = 1) -> None:
    """Give further receipts for a message the time to come, and fail when one does; `what` names it."""

    async def more() -> list[str]:
        return [receipt.ident for _, receipt in (await receipts_for(sut, msg_id))[owed:]]

    await sut.never(more, what, within=within)


async def told(sut: Stage, sent: Letter, breaks: str | None = None, *, about: str = "") -> Told:
    """Send a letter, await the receipt for it and judge that; bytes of both become evidence.

    Args:
        sut: the stage.
        sent: the letter.
        breaks: the rule it breaks on purpose.
        about: what is particular about it, for the failure text.

    Raises:
        AssertionError: none came, or it breaks a rule.
        HarnessError: the letter breaks what it should not, or our own EDI service wrote a wrong receipt.
    """
    sut.evidence("stimulus", sent.to_bytes(), "in")
    try:
        came = await play(sut, tell(sent, breaks))
    except AssertionError as error:
        raise AssertionError(f"{about}: {error}" if about else str(error)) from error
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
    """True when the SUT had the EDI service write the receipt."""
    return bool(calls.of(await sut.sut_entries(endpoint="edi2"), "answer", message_id))


async def marked_read(sut: Stage, message_id: str) -> list[Entry]:
    """The SUT's successful marks of a message as read."""
    marks = calls.of(await sut.sut_entries(endpoint="edi2"), "mark", message_id)
    return [entry for entry in marks if entry.status == 204]


async def taken(sut: Stage, message_id: str) -> None:
    """Wait until the SUT has taken a message off its list of unread ones."""
    await sut.eventually(lambda: marked_read(sut, message_id), f"the mark of message {message_id} as read")


async def look(sut: Stage) -> None:
    """Have the SUT look at the network; it may say that this did not go well."""
    try:
        await sut.settle()
    except SutRefusalError:
        return


async def accepted(sut: Stage, sent: Letter, *, about: str = "") -> Told:
    """Send a faultless letter: it is answered with status 1, filed once with its text and patient, and taken."""
    came = await told(sut, sent, about=about)
    receipt = came.receipt
    assert receipt.status == "1", f"a faultless message was answered with status {receipt.status} {receipt.codes}"
    filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the message {sent.msg_id} in the inbox")
    assert len(filed) == 1, f"the message is in the inbox {len(filed)} times"
    view = filed[0]
    assert sent.text in (view.text or ""), f"the inbox shows the text {view.text!r}; it was {sent.text!r}"
    assert view.patient == sent.patient.number, f"the inbox shows patient {view.patient}; it was {sent.patient.number}"
    await taken(sut, came.delivered.message_id)
    return came


async def rejected(sut: Stage, sent: Letter, *, breaks: str, code: str) -> Told:
    """Send a letter that breaks a rule: it is answered with status 2 and that code of table 8221, and not filed."""
    came = await told(sut, sent, breaks)
    receipt = came.receipt
    assert receipt.status == "2", f"a message that breaks {breaks} was answered with status {receipt.status}"
    assert code in receipt.codes, f"the reason is {code}; the receipt says {', '.join(receipt.codes) or 'nothing'}"
    filed = await sut.inbox(sent.msg_id)
    assert not filed, f"a rejected message ({code}) must not be in the inbox"
    return came


async def in_state(
    sut: Stage, msg_id: str, *states: str, within: timedelta = timedelta(hours=1), after: str = ""
) -> MessageView:
    """Wait until the SUT shows a message in one of these states; `after` says what has happened to it."""

    async def look_at() -> MessageView:
        view = await sut.message(msg_id)
        assert view is not None, f"the SUT knows no message {msg_id}"
        assert view.state in states, f"the message {msg_id} is shown as {view.state}"
        return view

    why = f", {after}," if after else ""
    return await sut.eventually(look_at, f"state {' or '.join(states)} of message {msg_id}{why}", within)


async def open_alerts(sut: Stage, msg_id: str | None = None) -> list[Alert]:
    """Alerts that nobody has resolved: all, or those about one message."""
    return [alert for alert in await sut.alerts(msg_id) if not alert.resolved]


def two_polls(sut: Stage) -> timedelta:
    """Long enough for a SUT to look twice."""
    return timedelta(seconds=2 * sut.poll_interval + 1)


async def sut_calls(sut: Stage, endpoint: str, *, after: str = "") -> list[Entry]:
    """The SUT's exchanges with an endpoint: this case's, and those of no single case; in the order of their requests.

    A call that was refused before its caller was known has no client; nobody else here makes such calls.

    Args:
        sut: the stage.
        endpoint: such as `edi2`.
        after: only requests made later than this one's time (`Entry.wall`): a stream is recorded when it ends.
    """
    found = [*await sut.sut_entries(endpoint=endpoint), *await sut.context(endpoint=endpoint)]
    unique = {entry.n: entry for entry in found if entry.wall > after}
    return sorted(unique.values(), key=lambda entry: (entry.wall, entry.n))


async def mark(sut: Stage) -> str:
    """A point in the journal (`Entry.wall`): every request that is made from now on is later.

    Our own counterpart makes a call, whose time it is: a SUT may hold a stream that nothing has been recorded of.
    """
    await sut.counterpart.received()
    return max((entry.wall for entry in await sut.journal(endpoint="edi2")), default="")
