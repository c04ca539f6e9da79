"""What an automatic party writes back: answers to questions in the dialogue of HIS 1152 (forespørsel og svar)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnsim.parties.diary import Reply
from nhnwire import codes, dialogmelding
from nhnwire.dialogmelding import Dialogmelding, Note
from nhnwire.errors import ProtocolError
from nhnwire.msghead import ConversationRef, MsgHead, business_document, party_her_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ANSWER_TO_QUESTION = codes.value("9069", "5")
TEXT = "Svar fra et automatisk sykehus i Provenett: forespørselen er mottatt og lest. Spørsmålet var: {question}"


def answer_question(head: MsgHead, her_id: int, now: datetime, new_id: Callable[[], str]) -> Reply | None:
    """DIALOG_SVAR to a DIALOG_FORESPORSEL; None when the message holds no question.

    Theme 5 of table 9069, the note's date, the question copied in, ConversationRef to the question and to the first
    message of the conversation (MsgHead §3.3 of the dossier of messages).

    Args:
        head: the question.
        her_id: who answers.
        now: domain time.
        new_id: makes the MsgId.
    """
    own = next((party for party in head.receivers if party_her_id(party) == her_id), None)
    question = _question(head)
    if own is None or question is None:
        return None
    msg_id = new_id()
    note = Note(
        theme=ANSWER_TO_QUESTION,
        text=TEXT.format(question=question.question or question.type.dn or question.type.v),
        date=now.date(),
        request=question,
    )
    answer = MsgHead(
        type=codes.plain("8279", "DIALOG_SVAR"),
        gen_date=now,
        msg_id=msg_id,
        sender=own,
        receiver=head.sender,
        patient=head.patient,
        conversation=ConversationRef(
            parent=head.msg_id, conversation=head.conversation.conversation if head.conversation else head.msg_id
        ),
        documents=(business_document(Dialogmelding("1.0", notes=(note,)).to_bytes(), issue_date=now),),
    )
    return Reply(msg_id, answer.to_bytes())


def _question(head: MsgHead) -> dialogmelding.Request | None:
    try:
        found = dialogmelding.parse(head.business_document or b"")
    except ProtocolError:
        return None
    return found.requests[0] if found.requests else None
