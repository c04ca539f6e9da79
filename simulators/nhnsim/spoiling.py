"""Business documents that are no longer as they were handed in, for the faults of kind `document`.

EDI 2.0 takes in nothing but readable XML; partners on other transports are less lucky, and a receiver must bear it.

===========  =============================================================================
variant      what becomes of the document
===========  =============================================================================
cut          it ends in the middle: no longer well-formed
declaration  it has no XML declaration (which XML allows: UTF-8 is then meant)
doctype      it begins with a document type whose entities stand in its texts
encoding     it says UTF-8 and is ISO 8859-1
===========  =============================================================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENTITY: Final = "PROVENETT-ENTITY-EXPANDED"
"""What the internal entity stands for; where it turns up, somebody has expanded it."""

_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]*\?>\s*")
_TEXT = re.compile(rb"(<(?:[\w.-]+:)?(?:TekstNotatInnhold|Sporsmal)>)")


def _cut(document: bytes) -> bytes:
    return document[: len(document) * 2 // 3]


def _without_declaration(document: bytes) -> bytes:
    return _DECLARATION.sub(b"", document)


def _with_entities(document: bytes) -> bytes:
    declared = (
        f'<!DOCTYPE MsgHead [<!ENTITY inside "{ENTITY}"><!ENTITY outside SYSTEM "file:///etc/hostname">]>\n'
    ).encode()
    body = _TEXT.sub(rb"\1&inside; &outside; ", _without_declaration(document), count=1)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + declared + body


def _mislabelled(document: bytes) -> bytes:
    return document.decode("utf-8", "replace").encode("iso-8859-1", "xmlcharrefreplace")


SPOIL: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "cut": _cut,
    "declaration": _without_declaration,
    "doctype": _with_entities,
    "encoding": _mislabelled,
}
"""By variant."""
