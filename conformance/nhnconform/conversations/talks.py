"""Conversations: who says what next, without I/O, so that cases and load play the same ones.

Steps and the player are `nhnconform.conversation`'s. Each function here is a generator of steps that ends with what
came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnconform.conversation import AwaitMessage, AwaitState, Conversation, Deliver, GiveReceipt, Order
from nhnconform.conversations.receipts import Receipt, read_receipt
from nhnconform.stage import Stimulus

if TYPE_CHECKING:
    from nhnconform.contract import MessageView
    from nhnconform.conversations.letters import Kind, Letter
    from nhnconform.counterpart import Delivered, Received

SUBJECT = "Oppfølging"


@dataclass(frozen=True)
class Told:
    """The counterpart told the SUT something.

    Attributes:
        delivered: under which transport id.
        document: the bytes of the receipt that came.
        receipt: what it says.
    """

    delivered: Delivered
    document: bytes
    receipt: Receipt


@dataclass(frozen=True)
class Heard:
    """The SUT told the counterpart something: under which MsgId, and what arrived."""

    msg_id: str
    received: Received


def tell(sent: Letter, breaks: str | None = None) -> Conversation[Told]:
    """The counterpart sends a letter and waits for the receipt for it.

    Args:
        sent: the letter.
        breaks: the one rule it breaks on purpose.
    """
    delivered: Delivered = yield Deliver(Stimulus(sent.to_bytes(), breaks))
    received: Received = yield AwaitMessage(apprec=True)
    receipt = read_receipt(received.document)
    assert receipt is not None, "what the SUT handed in as a receipt cannot be read as one"
    assert receipt.original == sent.msg_id, f"a receipt came for {receipt.original}; {sent.msg_id} was sent"
    return Told(delivered, received.document, receipt)


def hear(kind: Kind, text: str) -> Conversation[Heard]:
    """The SUT's user writes to the counterpart, and it arrives."""
    msg_id: str = yield Order(kind, text, subject=SUBJECT)
    received: Received = yield AwaitMessage(msg_id=msg_id)
    return Heard(msg_id, received)


def hear_and_accept(kind: Kind, text: str) -> Conversation[tuple[Heard, MessageView]]:
    """The counterpart accepts what it heard, and the SUT shows it as delivered."""
    heard = yield from hear(kind, text)
    yield GiveReceipt(heard.received)
    view: MessageView = yield AwaitState(heard.msg_id, ("delivered",))
    return heard, view


def hear_and_reject(kind: Kind, text: str, code: str, why: str) -> Conversation[tuple[Heard, MessageView]]:
    """The counterpart rejects what it heard with an error of table 8221, and the SUT shows it as rejected."""
    heard = yield from hear(kind, text)
    error = {"errorCode": code, "details": why, "description": why, "oid": "2.16.578.1.12.4.1.1.8221"}
    yield GiveReceipt(heard.received, "Rejected", (error,))
    view: MessageView = yield AwaitState(heard.msg_id, ("rejected",))
    return heard, view
