"""What a conscientious receiver says of a document: schema, address, then the rules beyond it (HITS 1168)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnsim.parties.diary import Verdict
from nhnwire import messages, msghead, rules, xml
from nhnwire.errors import ProtocolError, UnsupportedFormatError
from nhnwire.validation import check_schema

if TYPE_CHECKING:
    from nhnwire.msghead import MsgHead

OTHER = "X99"
NOT_HERE = "E21"
LONGEST_DETAILS = 500


def is_receipt(document: bytes) -> bool:
    """True for an application receipt, which is never answered."""
    try:
        return xml.split_tag(xml.parse(document))[1] == "AppRec"
    except ProtocolError:
        return False


def judge(document: bytes, accepts: frozenset[str], her_id: int) -> tuple[Verdict, MsgHead | None]:
    """The verdict, and the head message when it could be read.

    Args:
        document: as received.
        accepts: message types this receiver supports.
        her_id: who it is.
    """
    try:
        check_schema(document)
        head = msghead.parse(document)
        if head.type.v not in accepts:
            raise UnsupportedFormatError(f"message type {head.type.v[:60]!r} is not supported here")
        expected, inside = messages.DOCUMENTS.get(head.type.v), head.business_document
        if expected and (inside is None or xml.split_tag(xml.parse(inside))[0] != expected):
            raise UnsupportedFormatError(f"a {head.type.v} carries a document of {expected}")
    except ProtocolError as error:
        return _rejected(((error.code or OTHER, str(error)),)), None
    if her_id not in head.receiver_her_ids:
        return _rejected(((NOT_HERE, f"the document names no receiver with HER-id {her_id}"),)), None
    faults = tuple((found.code, found.cause) for found in rules.grounds(head))
    return (_rejected(faults) if faults else Verdict("Ok")), head


def _rejected(faults: tuple[tuple[str, str], ...]) -> Verdict:
    return Verdict("Rejected", tuple((code, details[:LONGEST_DETAILS]) for code, details in faults))
