"""Power cuts and lost answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnconform.case import Basis, Level, case
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import deliver, letter, look, no_more_receipts, receipt_for, two_polls

if TYPE_CHECKING:
    from nhnconform.stage import Stage

PROFILE = ("edi2-durability",)


@case(
    id="EDI-10",
    title="A message is on disk before it is marked as read",
    requirements=("EDI-10",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation: download, persist, then mark as read",
    needs=("inbox", "restart", "settle"),
    exclusive=True,
)
async def case_persist_before_mark(sut: Stage) -> None:
    """A note is marked as read, the answer to that is lost on the way, and then the power goes.

    The service will not offer the note again, so only the SUT's own disk can have it. After the restart it is in the
    inbox once, and its sender gets one receipt.
    """
    sent = letter(sut, "Dette må ikke bli borte.")
    delivered = await deliver(sut, sent)
    async with sut.fault("edi2", "truncate", count=20, match=calls.about(delivered.message_id, "PUT")):
        await look(sut)
        await sut.restart(abrupt=True)
    await look(sut)
    filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the message {sent.msg_id} after the power cut")
    assert len(filed) == 1, f"after the power cut the message is in the inbox {len(filed)} times"
    receipt = await receipt_for(sut, sent, delivered)
    assert receipt.status == "1", f"a faultless message was answered with status {receipt.status} {receipt.codes}"

    await no_more_receipts(sut, sent.msg_id, "a second receipt after the power cut", two_polls(sut))


@case(
    id="EDI-25",
    title="An answer that is lost does not make a second receipt",
    requirements=("EDI-25", "EDI-11"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: exactly one receipt per recipient",
    needs=("inbox", "settle"),
    exclusive=True,
)
async def case_lost_answer(sut: Stage) -> None:
    """The SUT hands in its receipt, and the answer to that is lost on the way.

    Whatever the SUT does to find out, the sender gets one receipt.
    """
    sent = letter(sut, "Kvitteringen kommer frem, svaret på den gjør det ikke.")
    delivered = await deliver(sut, sent)
    async with sut.fault("edi2", "truncate", match={"method": "POST", "path_prefix": "/Messages"}):
        await look(sut)
    await look(sut)
    receipt = await receipt_for(sut, sent, delivered)
    assert receipt.status == "1", f"a faultless message was answered with status {receipt.status} {receipt.codes}"

    await no_more_receipts(sut, sent.msg_id, "a second receipt after the lost answer", 4 * two_polls(sut))
