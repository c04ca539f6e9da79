"""Rules for attachments (HIS 1036:2011, and the profiles that agree on formats)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import msghead, xml
from nhnwire.errors import ProtocolError
from nhnwire.messages import MSGHEAD
from nhnwire.rules.subject import DOCUMENT
from nhnwire.rules.table import WARNING, Row, is_blank, is_uuid, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.msghead import Document
    from nhnwire.rules.subject import Subject

_XML_TYPES = frozenset(["text/xml", "application/xml"])
_REFERENCE = "REF"


def _attachments(subject: Subject) -> Iterator[tuple[str, Document]]:
    """What is sent along, with its place; references to documents elsewhere are nothing that is sent."""
    for at, document in enumerate(subject.head.documents[1:], 2):
        if document.ref_type.v != _REFERENCE:
            yield f"{DOCUMENT}[{at}]/RefDoc", document


def _time(subject: Subject) -> Iterator[str]:
    for place, document in _attachments(subject):
        yield from where("T" not in (document.issue_date or ""), f"{place}/IssueDate/@V")


def _mime_type(subject: Subject) -> Iterator[str]:
    for place, document in _attachments(subject):
        yield from where(is_blank(document.mime_type), f"{place}/MimeType")


def _description(subject: Subject) -> Iterator[str]:
    for place, document in _attachments(subject):
        yield from where(is_blank(document.description), f"{place}/Description")


def _xml(subject: Subject) -> Iterator[str]:
    for place, document in _attachments(subject):
        if document.payload is not None:
            own = _message_id(document.payload)
            given = (document.id or "").strip()
            yield from where(not is_uuid(given) if own is None else given.lower() != own.lower(), f"{place}/Id")
            wrong = not is_blank(document.mime_type) and (document.mime_type or "").strip().lower() not in _XML_TYPES
            yield from where(wrong, f"{place}/MimeType")


def _message_id(payload: bytes) -> str | None:
    """MsgId of a head message that is attached; None for other documents."""
    root = xml.parse(payload)
    if xml.split_tag(root) != (MSGHEAD, "MsgHead"):
        return None
    try:
        return msghead.parse(root).msg_id
    except ProtocolError:
        return None


def _format(subject: Subject) -> Iterator[str]:
    formats = () if subject.profile is None else subject.profile.formats
    if formats:
        for place, document in _attachments(subject):
            kind = (document.mime_type or "").partition(";")[0].strip().lower()
            yield from where(bool(kind) and kind not in formats, f"{place}/MimeType")


def _alone(subject: Subject) -> Iterator[str]:
    for at, document in enumerate(subject.head.documents, 1):
        yield from where(bool(document.further), f"{DOCUMENT}[{at}]/RefDoc/Content/*[2]")


ROWS = (
    Row(
        "ATTACHMENT-TIME",
        "HIS 1036:2011 IssueDate",
        "",
        _time,
        "an attachment does not say when it was made, with date and time",
        "send IssueDate with V as a dateTime, for instance 2026-03-02T08:00:00+01:00",
        WARNING,
    ),
    Row(
        "ATTACHMENT-MIME",
        "HIS 1036:2011 MimeType",
        "",
        _mime_type,
        "an attachment does not say its format",
        "send MimeType, for instance application/pdf",
    ),
    Row(
        "ATTACHMENT-DESCRIPTION",
        "HIS 1036:2011 Description",
        "",
        _description,
        "an attachment has no description, so the receiver's user sees a file without a name",
        "say in Description what the attachment is",
    ),
    Row(
        "ATTACHMENT-XML",
        "HIS 1036:2011, XML as attachment",
        "",
        _xml,
        "an XML document is attached without its own identity, or as another format",
        "send the UUID of the attached document (a head message's MsgId) in Id, and MimeType text/xml",
    ),
    Row(
        "ATTACHMENT-FORMAT",
        "HIS 1036:2011; HIS 1077, HIS 1206, HITS 1228",
        "",
        _format,
        "an attachment has a format that receivers of this message type need not handle",
        "send PDF; DIALOG_HELSEFAGLIG and DIALOG_TIL_ARKIVERING may have JPEG and PNG as well",
    ),
    Row(
        "ATTACHMENT-ALONE",
        "HIS 1036:2011",
        "",
        _alone,
        "one RefDoc holds several documents",
        "give each attachment a Document and RefDoc of its own",
    ),
)
