"""What users are told when something needs them; every text says what happened and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnclinic.domain.values import Fault

_TEXTS = {
    "apprec_missing": "No receipt in time for {what}: {detail}. Make sure in another way that it arrived.",
    "rejected": "The receiver rejected {what}: {detail}. Correct it and send a new message.",
    "partly": "The receiver accepted {what} in part: {detail}. See to the rest.",
    "contradicted": "The receiver of {what} sent receipts that contradict each other ({detail}). Call the receiver.",
    "refused": "The transport refused {what}: {detail}. It was not sent.",
    "not_sent": "{what} could not be sent in time: {detail}. Reach the receiver in another way.",
    "transport_rejected": "{what} did not reach the receiver: {detail}. Reach the receiver in another way.",
    "unreadable": "A document came that nobody can be told about ({what}): {detail}. Find out who sent it.",
    "rejected_incoming": "A received message was rejected ({what}): {detail}. The sender has been told.",
    "differs": "A second message with the MsgId of an earlier one but other contents came ({what}). Ask the sender.",
    "receipt_failed": "The receipt for {what} could not be given: {detail}. Tell the sender in another way.",
    "receipt_unknown": "A receipt came for a message that was not sent from here ({what}): {detail}.",
    "stuck": "A received document cannot be handled ({what}): {detail}. It is kept, and tried again.",
    "refused_incoming": "A message to us was refused on its way ({what}): {detail}. Ask the sender to send it anew.",
    "closed": "EDI 2.0 does not let us have our messages ({what}): {detail}. See to it with Norsk Helsenett.",
    "stream_stopped": "EDI 2.0's stream of notifications is of no use ({what}): {detail}. We go on by asking.",
    "document_lost": "The document {what} was announced but could not be fetched: {detail}. Ask the sender.",
}


def text(kind: str, what: str, detail: str = "") -> str:
    """The text of an alert."""
    sentence = _TEXTS[kind].format(what=what, detail=detail or "no details given")
    return sentence[:1].upper() + sentence[1:]


def describe(faults: Iterable[Fault]) -> str:
    """AppRec errors for a reader: code, the code's own text, and what the other side added."""
    return "; ".join(
        " ".join(
            part
            for part in (fault.code, codes.name("8221", fault.code), f"({fault.text})" if fault.text else "")
            if part
        )
        for fault in faults
    )
