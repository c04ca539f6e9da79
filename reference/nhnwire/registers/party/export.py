"""The whole register as one stream: the web service ARExport, and the document that it streams (a client of NHN's).

The document is the list that .NET's DataContractSerializer writes: `ArrayOfCommunicationParty` with one element for
each party, whose `i:type` says which kind it is. A reader that takes one party at a time steps over one node before it
looks at the next, so there is a line break between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from nhnwire import xml
from nhnwire.errors import SchemaError
from nhnwire.registers.contract import Stream
from nhnwire.registers.kinds import XSI, Array, Reader, Record
from nhnwire.registers.party.service import COMMUNICATION_PARTY
from nhnwire.registers.party.types import PARTY, CommunicationParty
from nhnwire.registers.service import Operation, WebService

if TYPE_CHECKING:
    from collections.abc import Iterable

AR_EXPORT = WebService(
    name="ARExportService",
    ns=PARTY,
    contract="IARExportService",
    operations=(Operation("GetAllCommunicationPartiesXml", {}, Stream),),
)

_LIST: Final = Array(Record(CommunicationParty))
OPENING: Final = f'<?xml version="1.0" encoding="utf-8"?>\n<{_LIST.name} xmlns="{PARTY}" xmlns:i="{XSI}">\n'.encode()
CLOSING: Final = f"</{_LIST.name}>\n".encode()


def elements(parties: Iterable[CommunicationParty]) -> bytes:
    """The elements of some parties, each on a line of its own, to be put between `OPENING` and `CLOSING`."""
    held = COMMUNICATION_PARTY.response("SearchById", tuple(parties))[0]
    return b"".join(etree.tostring(one, encoding="utf-8", xml_declaration=False) + b"\n" for one in held)


def read(document: bytes) -> tuple[CommunicationParty, ...]:
    """The parties of a whole document.

    Raises:
        XmlError: it is no XML.
        SchemaError: it is no such list.
    """
    root = xml.parse(document)
    if root.tag != f"{{{PARTY}}}{_LIST.name}":
        raise SchemaError(f"/*: {_LIST.name} of {PARTY} is wanted", xpath="/*", remedy="use the WSDL")
    return _LIST.read(root, Reader(COMMUNICATION_PARTY.records))
