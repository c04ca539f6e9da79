"""What a conscientious receiver says of a document: schema, then the rules beyond it (HITS 1168)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnsim.parties.diary import Verdict
from nhnwire import msghead, rules
from nhnwire.errors import ProtocolError, UnsupportedFormatError
from nhnwire.validation import check_schema

if TYPE_CHECKING:
    from nhnwire.msghead import MsgHead

OTHER = "X99"
LONGEST_DETAILS = 500


def judge(document: bytes, accepts: frozenset[str]) -> tuple[Verdict, MsgHead | None]:
    """The verdict, and the head message when it could be read.

    Args:
        document: as received.
        accepts: message types this receiver supports.
    """
    try:
        check_schema(document)
        head = msghead.parse(document)
        if head.type.v not in accepts:
            raise UnsupportedFormatError(f"message type {head.type.v[:60]!r} is not supported here")
        faults = tuple((found.code, found.cause) for found in rules.grounds(head))
    except ProtocolError as error:
        return _rejected(((error.code or OTHER, str(error)),)), None
    return (_rejected(faults) if faults else Verdict("Ok")), head


def _rejected(faults: tuple[tuple[str, str], ...]) -> Verdict:
    return Verdict("Rejected", tuple((code, details[:LONGEST_DETAILS]) for code, details in faults))
