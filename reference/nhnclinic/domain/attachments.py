"""The attachments of a message, as they came: bytes, media type, description (HIS 1036)."""

from __future__ import annotations

from nhnclinic.domain.values import Attachment
from nhnwire import msghead
from nhnwire.errors import ProtocolError


def of(document: bytes) -> tuple[Attachment, ...]:
    """The attachments in a head message; none in what is no head message."""
    try:
        head = msghead.parse(document)
    except ProtocolError:
        return ()
    reported = tuple(one for report in head.patient_reports for one in report.documents)
    return tuple(
        Attachment(one.attachment, one.mime_type or "application/octet-stream", one.description or "")
        for one in (*head.documents, *reported)
        if one.attachment is not None
    )
