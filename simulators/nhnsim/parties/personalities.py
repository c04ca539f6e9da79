"""How the automatic parties behave: a row per party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnsim.parties.answers import answer_question
from nhnsim.parties.judgement import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from nhnsim.parties.diary import Reply, Verdict
    from nhnwire.msghead import MsgHead

    Answering = Callable[[MsgHead, int, datetime, Callable[[], str]], Reply | None]


@dataclass(frozen=True)
class Personality:
    """One row.

    Attributes:
        name: of the party in `world.named`, such as `hospital`.
        client: name of the world's client whose credentials it uses.
        poll_seconds: domain time between polls.
        accepts: message types it can receive; others are rejected with T10.
        replies: by message type, what it writes back besides the receipt.
    """

    name: str
    client: str
    poll_seconds: float
    accepts: frozenset[str]
    replies: Mapping[str, Answering]

    def consider(
        self, document: bytes, her_id: int, now: datetime, new_id: Callable[[], str]
    ) -> tuple[Verdict, Reply | None]:
        """The receipt that is due for a document, and the reply if one is.

        Args:
            document: as received.
            her_id: the party's own.
            now: domain time.
            new_id: makes MsgIds.
        """
        verdict, head = judge(document, self.accepts)
        reply = self.replies.get(head.type.v) if head is not None and verdict.status == "Ok" else None
        return verdict, reply(head, her_id, now, new_id) if reply is not None and head is not None else None


PERSONALITIES = (
    Personality(
        name="hospital",
        client="parties",
        poll_seconds=30.0,
        accepts=frozenset({"DIALOG_FORESPORSEL", "DIALOG_SVAR", "DIALOG_NOTAT", "DIALOG_AVVIK", "DIALOG_HELSEFAGLIG"}),
        replies={"DIALOG_FORESPORSEL": answer_question},
    ),
)
