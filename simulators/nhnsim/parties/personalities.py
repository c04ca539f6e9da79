"""How the automatic parties behave: a row per party. What they do differently is all legal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from nhnsim.parties.answers import Writer, answer_clinical, answer_deviation, answer_question
from nhnsim.parties.diary import Reply, Verdict
from nhnsim.parties.handwriting import DIGITS, WORDS, Handwriting
from nhnsim.parties.judgement import is_receipt, judge
from nhntime.clock import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from nhnfixtures.world import Party, World
    from nhnwire.msghead import MsgHead

    Answering = Callable[[MsgHead, Writer], MsgHead | None]

BASIC = frozenset({"DIALOG_FORESPORSEL", "DIALOG_SVAR", "DIALOG_NOTAT", "DIALOG_AVVIK"})
CLINICAL = BASIC | {"DIALOG_HELSEFAGLIG"}
COURSE = frozenset({"HENVISNING", "EPIKRISE", "SVAR_LAB", "SVAR_RTG"})
"""What those who treat a patient send each other on the way."""
LOGISTICS = frozenset({"LOG_INNLAGT", "LOG_UTSKRIVNINGSKLAR", "LOG_AVMELDING", "LOG_UTSKREVET", "LOG_DOD"})


@dataclass(frozen=True)
class Personality:
    """One row.

    Attributes:
        name: of the party in `world.named`, such as `hospital`.
        title: what it calls itself in what it writes, such as `sykehus`.
        client: name of the world's client whose credentials it uses.
        version: of EDI 2.0; with 3 it listens to the stream of notifications besides.
        poll_seconds: domain time between polls.
        accepts: message types it can receive; others are rejected with T10.
        replies: by message type, what it writes back besides the receipt.
        own_receipts: it writes its receipts itself and posts them as documents, instead of asking the service.
        early: the receipt is given before the message is marked as read, as soon as it is kept.
        receipt_after: how long after its arrival a message is judged by somebody; receipt and answer wait for it.
        hand: how it writes.
    """

    name: str
    title: str
    client: str
    poll_seconds: float
    accepts: frozenset[str]
    replies: Mapping[str, Answering]
    version: str = "2"
    own_receipts: bool = False
    early: bool = False
    receipt_after: timedelta = timedelta()
    hand: Handwriting = field(default_factory=Handwriting)

    def consider(
        self,
        document: bytes,
        party: Party,
        world: World,
        now: datetime,
        new_id: Callable[[], str],
        message_id: str | None = None,
    ) -> tuple[Verdict, tuple[Reply, ...]]:
        """The receipt that the service shall give for a document, and what the party writes itself.

        Args:
            document: as received.
            party: this one, in the register.
            world: where it is from.
            now: domain time.
            new_id: makes MsgIds.
            message_id: transport id of the document, for a receipt that the party writes itself.
        """
        if is_receipt(document):
            return Verdict(None), ()
        found, head = judge(document, self.accepts, party.her_id)
        due = to_micros(now + self.receipt_after) if self.receipt_after else 0
        verdict = replace(found, due=due)
        replies: list[Reply] = []
        writer = Writer(world, party, self.title, self.hand.full, now + self.receipt_after, new_id)
        if self.own_receipts and head is not None:
            made, text = writer.receipt(head, verdict)
            replies.append(Reply(made, self.hand.write(text), message_id, due))
            verdict = Verdict(None)
        answering = self.replies.get(head.type.v) if head is not None and found.status == "Ok" else None
        answer = answering(head, writer) if answering is not None and head is not None else None
        if answer is not None:
            replies.append(Reply(answer.msg_id, self.hand.write(answer.to_bytes()), due=due))
        return verdict, tuple(replies)

    def describe(self) -> dict[str, object]:
        """The row, for people and programs."""
        return {
            "api_version": self.version,
            "accepts": sorted(self.accepts),
            "answers": sorted(self.replies),
            "poll_seconds": self.poll_seconds,
            "receipts": "document" if self.own_receipts else "endpoint",
            "receipt_after_seconds": self.receipt_after.total_seconds(),
        }


PERSONALITIES = (
    # Quick and plain: what a sender sees when everything is as in the examples.
    Personality(
        name="hospital",
        title="sykehus",
        client="parties",
        poll_seconds=30.0,
        accepts=CLINICAL | COURSE | {"REQ_RTG"},
        replies=MappingProxyType({"DIALOG_FORESPORSEL": answer_question, "DIALOG_AVVIK": answer_deviation}),
    ),
    # An old engine: numbered prefixes, its own receipts, few message types, and a poll every five minutes.
    Personality(
        name="laboratory",
        title="laboratorium",
        client="laboratory",
        poll_seconds=300.0,
        accepts=BASIC | {"REQ_LAB"},
        replies=MappingProxyType({"DIALOG_FORESPORSEL": answer_question}),
        own_receipts=True,
        hand=Handwriting(DIGITS, mirrored=True, declaration=b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>"),
    ),
    # A new system: version 3, hears of news at once, answers before it marks as read, writes everything there is.
    Personality(
        name="municipality",
        title="kommune",
        client="municipality",
        poll_seconds=600.0,
        accepts=CLINICAL | LOGISTICS | {"EPIKRISE"},
        replies=MappingProxyType({"DIALOG_FORESPORSEL": answer_question, "DIALOG_HELSEFAGLIG": answer_clinical}),
        version="3",
        early=True,
        hand=Handwriting(WORDS, indented=True, full=True),
    ),
    # A small office: somebody looks through what has come the day after, and only then is anything answered.
    Personality(
        name="second_clinic",
        title="legekontor",
        client="second_clinic",
        poll_seconds=900.0,
        accepts=CLINICAL | COURSE,
        replies=MappingProxyType({"DIALOG_FORESPORSEL": answer_question, "DIALOG_HELSEFAGLIG": answer_clinical}),
        receipt_after=timedelta(hours=20),
        hand=Handwriting(mirrored=True),
    ),
)
