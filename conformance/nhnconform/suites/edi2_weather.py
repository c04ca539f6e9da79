"""Bad weather: unknown words, tokens that run out, answers that are lost, a service that is down, hostile documents."""

from __future__ import annotations

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
    mark,
    receipt_for,
    receipts_for,
    sut_calls,
)
from nhnconform.conversations.wire import authorization, posted_document

if TYPE_CHECKING:
    from nhnconform.stage import Stage

PROFILE = ("edi2-weather",)

ENTITY = "PROVENETT-ENTITY-EXPANDED"
"""What the entity in a hostile document stands for (`document` fault, variant `doctype`)."""

MOST_CALLS = 40
"""Of a SUT in ten minutes in which EDI 2.0 answers everything with 503."""


@case(
    id="EDI-18",
    title="Unknown members and unknown words in answers are tolerated",
    requirements=("EDI-18",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation: clients tolerate new properties and enumeration values",
    needs=("inbox", "send", "message"),
    exclusive=True,
)
async def case_unknown_words(sut: Stage) -> None:
    """EDI 2.0 has learnt new properties and a new delivery state. Messages go in and out as before."""
    async with sut.fault("edi2", "unknown_property", count=10_000):
        about = "with members in answers that are in no description"
        await accepted(sut, letter(sut, "Med nye egenskaper i svarene."), about=about)
        msg_id = await sut.send("DIALOG_NOTAT", "Også ut.", subject="Oppfølging")
        await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}")
    async with sut.fault("edi2", "unknown_enum", variant="transportDeliveryState", count=10_000):
        msg_id = await sut.send("DIALOG_NOTAT", "Med en ny leveringstilstand.", subject="Oppfølging")
        found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}")
        await sut.wait(timedelta(minutes=5))
        await in_state(sut, msg_id, "sent")
        await sut.counterpart.apprec(found[0], "Ok")
        await in_state(sut, msg_id, "delivered")


@case(
    id="EDI-24",
    title="A refused token is replaced by a new one, and nothing is lost",
    requirements=("EDI-24",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="RFC 6750 §3.1, RFC 9449 §7.1: invalid_token",
    needs=("inbox",),
    exclusive=True,
)
async def case_stale_token(sut: Stage) -> None:
    """EDI 2.0 answers a call with 401 as if the token had run out. The SUT gets another token and goes on."""
    before = await mark(sut)
    sent = letter(sut, "Mens tokenet løp ut.")
    delivered = await sut.counterpart.send(sent.to_bytes())
    async with sut.fault("edi2", "stale_token", count=1, match={"method": "GET"}):
        await look(sut)
    filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the message {sent.msg_id} in the inbox")
    assert len(filed) == 1, f"the message {delivered.msg_id} is in the inbox {len(filed)} times"
    history = await sut_calls(sut, "edi2", after=before)
    refused = [index for index, entry in enumerate(history) if entry.fault is not None and entry.status == 401]
    assert refused, "the SUT made no call while the token was refused"
    first = history[refused[0]]
    again = [entry for entry in history[refused[0] + 1 :] if (entry.method, entry.path) == (first.method, first.path)]
    assert again, f"{first.method} {first.path} was refused with 401 and never asked again"
    before, after = [authorization(await sut.request_bytes(entry)) for entry in (first, again[0])]
    assert after != before, f"{first.method} {first.path} was repeated with the very token that had been refused"


@case(
    id="EDI-25-POST",
    title="A message whose hand-over was not answered goes out again as the same message",
    requirements=("EDI-25",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, HIS 80601 MsgId: a repetition is the same message",
    needs=("send", "message", LEAP),
    exclusive=True,
)
async def case_lost_answer_to_post(sut: Stage) -> None:
    """The note is handed in, and the answer to that is lost.

    However often the SUT hands it in again, it is the same document with the same MsgId, and in the end it is sent.
    """
    posting = {"method": "POST", "path_prefix": "/Messages"}
    async with sut.fault("edi2", "lose_answer", count=1, match=posting):
        msg_id = await sut.send("DIALOG_NOTAT", "Svaret på denne ble borte.", subject="Oppfølging")
        await sut.wait(timedelta(minutes=10))
    await in_state(sut, msg_id, "sent", "delivered")
    posts = calls.of(await sut.sut_entries(endpoint="edi2"), "post")
    documents = {posted_document(await sut.request_bytes(entry)) for entry in posts}
    assert posts, f"the message {msg_id} was never handed in"
    assert len(documents) == 1, f"one message was handed in as {len(documents)} different documents"
    received = await sut.counterpart.received(apprec=False)
    strange = sorted({str(one.msg_id) for one in received} - {msg_id})
    assert not strange, f"the message {msg_id} arrived under other MsgIds too: {strange}"


@case(
    id="EDI-25-PACE",
    title="A service that is down is asked again with patience, and nothing is lost",
    requirements=("EDI-25",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation: repeat with back-off after 5xx",
    needs=("inbox", "send", "message", LEAP),
    exclusive=True,
)
async def case_pace(sut: Stage) -> None:
    """EDI 2.0 answers everything with 503 for ten minutes, while the SUT has a note to send.

    It asks at most 40 times meanwhile. Afterwards its note goes out, and one that waited comes in.
    """
    sent = letter(sut, "Ventet mens tjenesten var nede.")
    await sut.counterpart.send(sent.to_bytes())
    async with sut.fault("edi2", "status", status=503, count=100_000):
        msg_id = await sut.send("DIALOG_NOTAT", "Skrevet mens tjenesten var nede.", subject="Oppfølging")
        await sut.wait(timedelta(minutes=10))
        view = await sut.message(msg_id)
        assert view is not None, f"the SUT knows no message {msg_id}"
        assert view.state == "queued", f"with EDI 2.0 down the message is shown as {view.state}, not as waiting"
    refused = [entry for entry in await sut_calls(sut, "edi2") if entry.fault is not None and entry.status == 503]
    assert len(refused) <= MOST_CALLS, f"in ten minutes with 503 the SUT asked {len(refused)} times"
    await in_state(sut, msg_id, "sent", "delivered")
    await sut.eventually(lambda: sut.inbox(sent.msg_id), "the waiting message", timedelta(hours=1))


@case(
    id="EDI-26",
    title="No entity of a received document is expanded",
    requirements=("EDI-26",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HISD 1165: no document type declaration; OWASP XXE",
    needs=("inbox",),
    exclusive=True,
)
async def case_entities(sut: Stage) -> None:
    """A document comes with a document type that declares an internal and an external entity.

    Nothing of what they stand for is shown or answered, the document is not accepted, and the next note comes through.
    """
    sent = letter(sut, "Hva sier entitetene?")
    async with sut.fault("edi2", "document", variant="doctype", count=50, match={"method": "GET"}):
        await sut.counterpart.send(sent.to_bytes())
        await look(sut)
        await sut.wait(timedelta(minutes=2))
        shown = [view.text for view in await sut.inbox() if ENTITY in (view.text or "")]
    assert not shown, f"the inbox shows the expanded entity: {shown}"
    answers = [receipt for _, receipt in await receipts_for(sut, sent.msg_id)]
    wrong = [receipt.status for receipt in answers if receipt.status != "2"]
    assert not wrong, f"a document with a document type was accepted: status {wrong}"
    after = letter(sut, "Et vanlig notat etterpå.")
    receipt = await receipt_for(sut, after, await deliver(sut, after))
    assert receipt.status == "1", f"the note after the hostile one was answered with status {receipt.status}"
