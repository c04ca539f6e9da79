"""Is a draft ready to be sent? Each check is a row: what must hold, and what the writer is told otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nhnclinic.domain import drafting
from nhnwire import codes, messages
from nhnwire.errors import IdentifierError
from nhnwire.identifiers import check_fnr

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnclinic.domain.values import Draft

DIALOGUES = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_SVAR", "DIALOG_AVVIK", "DIALOG_HELSEFAGLIG")
SENDABLE = (*DIALOGUES, *drafting.DOCUMENTS)
LONGEST_TEXT = 1_000_000
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

_CHECKS: tuple[tuple[Callable[[Draft], bool], str], ...] = (
    (lambda draft: draft.type in SENDABLE, f"The type must be one of {', '.join(SENDABLE)}."),
    (lambda draft: bool(draft.text.strip()), "The text is empty: write what the receiver is to read."),
    (lambda draft: len(draft.text) <= LONGEST_TEXT, f"The text is longer than {LONGEST_TEXT} characters: shorten it."),
    (lambda draft: not _unwritable(draft), "A text holds control characters that XML cannot carry: remove them."),
    (lambda draft: bool(draft.patient.given_name.strip()), "The patient's given name is missing."),
    (lambda draft: bool(draft.patient.family_name.strip()), "The patient's family name is missing."),
    (
        lambda draft: _is_person_number(draft.patient.number),
        "The patient's number is no fødselsnummer, D-number or FHN.",
    ),
    (lambda draft: draft.from_her_id != draft.to_her_id, "Sender and receiver are the same: choose another receiver."),
    (
        lambda draft: draft.type not in {"DIALOG_SVAR", "DIALOG_AVVIK"} or bool(draft.parent),
        "An answer or a deviation report must name the message it is about: give in_reply_to.",
    ),
    (
        lambda draft: draft.type != "DIALOG_HELSEFAGLIG" or bool(draft.subject.strip()),
        "A message in a professional dialogue needs a subject (HIS 1077).",
    ),
    (
        lambda draft: not draft.type.startswith("REQ_") or bool(draft.subject.strip()),
        "A requisition needs a subject: say what is to be examined (HIS 80821).",
    ),
    (
        lambda draft: not _formats(draft) or all(one.mime_type in _formats(draft) for one in draft.attachments),
        "A professional dialogue takes attachments of type application/pdf, image/jpeg and image/png only (HIS 1077).",
    ),
    (
        lambda draft: all(_MEDIA_TYPE.fullmatch(one.mime_type) and one.content for one in draft.attachments),
        "An attachment is empty, or its media type is not written as type/subtype.",
    ),
    (
        lambda draft: draft.type != "DIALOG_AVVIK" or bool(codes.name("8117", draft.reason)),
        "The reason of a deviation report must be of table 8117: 1 wrong addressee, 2 lacking information, 9 other.",
    ),
    (lambda draft: draft.type != "DIALOG_AVVIK" or not draft.attachments, "A deviation report has no attachments."),
)


def problems(draft: Draft) -> tuple[str, ...]:
    """Why the draft cannot be sent as it is; empty when it can."""
    return tuple(text for holds, text in _CHECKS if not holds(draft))


def _formats(draft: Draft) -> tuple[str, ...]:
    return messages.profile(draft.type).formats if draft.type in DIALOGUES else ()


def _unwritable(draft: Draft) -> bool:
    texts = (draft.text, draft.subject, draft.patient.given_name, draft.patient.family_name, draft.author.name,
             *(one.description for one in draft.attachments))  # fmt: skip
    return any(_NOT_XML.search(text) for text in texts)


def _is_person_number(number: str) -> bool:
    try:
        check_fnr(number)
    except IdentifierError:
        return False
    return True
