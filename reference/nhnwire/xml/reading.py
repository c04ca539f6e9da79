"""From bytes to a tree, by a parser that expands nothing and reads nothing else.

The parser refuses every DOCTYPE before libxml2 sees the document, so that no entity exists that could be expanded, in
text or in attributes. Only UTF-8 and ISO-8859-1 are read (HISD 1165); other encodings are a way to hide things.

What a document may cost is bounded before a tree is built of it: bytes, pieces of markup and attributes are counted in
the bytes; depth, attributes of one element and namespaces in scope in the tree, where the bytes say that it can matter.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire.errors import XmlError

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_SIZE = 64 * 1024 * 1024
"""Bytes of a document unless the caller says otherwise; well above the 35 MB of EDI 2.0 (edi2, A.13)."""

MAX_DEPTH = 100
"""Levels of elements. No standard comes near it, and readers may descend by recursion without running out of stack."""

MAX_MARKUP = 1_000_000
"""Tags, comments, instructions and CDATA sections of a document; and its attributes: together about 500 MB of tree."""

MAX_ATTRIBUTES = 256
"""Attributes of one element; and namespace declarations in scope, those that others hide included. lxml and libxml2
take the square of both."""

_LONG_TEXT = 10_000_000
"""libxml2 refuses text nodes above this many characters unless told otherwise; attachments are longer."""

_ORDINARY_DEPTH = 16
"""Documents of fewer levels are not walked through."""

_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"<\?xml[ \t\r\n]([^>]*?)\?>")
_ENCODING = re.compile(rb"""[ \t\r\n]?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
}
_PLAIN = re.compile(
    rb"""(?:<\?xml[ ]version=["']1\.0["'](?:[ ]encoding=["'](?:UTF|utf)-8["'])?[ ]?\?>)?[ \t\r\n]*<[^!?]""", re.VERBOSE
)
"""How most documents begin; of these nothing else need be asked."""
_SPACE = re.compile(rb"[ \t\r\n]*")
_ATTRIBUTE = re.compile(rb"""=[ \t\r\n]*["']""")
_DEEP = etree.XPath(f"boolean({'/*' * _ORDINARY_DEPTH})")
_CROWDED = etree.XPath(f"boolean(/descendant::*[count(@*) > {MAX_ATTRIBUTES}])")


def parse(data: bytes, *, max_size: int = MAX_SIZE) -> _Element:
    """Read a document and return its root element.

    Args:
        data: the document, in UTF-8 (with or without a byte order mark) or declared ISO-8859-1.
        max_size: refuse more bytes than this.

    Raises:
        XmlError: when the bytes are not well-formed XML, or hold something that is refused: a DOCTYPE, another
            encoding, more than `max_size` bytes, or more than one of the limits of this module.
    """
    if len(data) > max_size:
        raise XmlError(f"the document has {len(data)} bytes; at most {max_size} are read", remedy="send less")
    if len(data) > MAX_MARKUP:
        _check_markup(data)
    encoding = _check_start(data)
    huge = len(data) > _LONG_TEXT
    idle = [] if huge else _IDLE[encoding]
    parser = idle.pop() if idle else _parser(encoding, huge=huge)
    try:
        root = etree.fromstring(data.removeprefix(_BOM), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        reason = " ".join(str(error).split())[:200]
        raise XmlError(f"not well-formed XML: {reason}", remedy="send one well-formed document") from None
    finally:
        idle.append(parser)
    if _DEEP(root):
        _check_depth(root)
    if data.count(b"=") > MAX_ATTRIBUTES:
        _check_attributes(root)
    return root


def _parser(encoding: str, *, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge, collect_ids=False
    )


_IDLE: dict[str, list[etree.XMLParser]] = {"utf-8": [], "iso-8859-1": []}
"""Parsers that nobody reads with just now: a new one costs a tenth of a judgement. `pop` and `append` are atomic."""


def _check_start(data: bytes) -> str:
    """Look at what comes before the root element, and return the encoding to read with."""
    if b"\0" in data:
        raise XmlError("the document holds a NUL byte: it is not UTF-8 XML", remedy="send UTF-8")
    if _PLAIN.match(data):
        return "utf-8"
    body = data.removeprefix(_BOM)
    encoding = "utf-8"
    declaration = _DECLARATION.match(body)
    if declaration is not None:
        named = _ENCODING.search(declaration[1])
        name = named[1].decode("ascii").lower() if named else "utf-8"
        known = _ENCODINGS.get(name)
        if known is None or (known != "utf-8" and body is not data and data.startswith(_BOM)):
            raise XmlError(f"the document says it is in {name[:40]}", remedy="send UTF-8 and say so in the first line")
        encoding = known
    _refuse_doctype(body)
    return encoding


def _refuse_doctype(body: bytes) -> None:
    at = 0
    while True:
        white = _SPACE.match(body, at)
        at = white.end() if white else at
        if body.startswith(b"<?", at):
            end, width = body.find(b"?>", at + 2), 2
        elif body.startswith(b"<!--", at):
            end, width = body.find(b"-->", at + 4), 3
        elif body.startswith(b"<!", at):
            raise XmlError("the document has a DOCTYPE", remedy="send the document without DOCTYPE and entities")
        elif body.startswith(b"<", at):
            return
        else:
            raise XmlError("the document does not begin with an XML element", remedy="send XML in UTF-8")
        if end < 0:
            raise XmlError("the document ends inside a comment or an instruction", remedy="send the whole document")
        at = end + width


def _check_markup(data: bytes) -> None:
    # "<" is written in markup only, CDATA and comments aside; "=" also in texts, base64 for one.
    many = "tags" if data.count(b"<") > MAX_MARKUP else ""
    if data.count(b"=") > MAX_MARKUP and next(islice(_ATTRIBUTE.finditer(data), MAX_MARKUP, None), None):
        many = many or "attributes"
    if many:
        raise XmlError(f"the document has more than {MAX_MARKUP} {many}", remedy="send it in several documents")


def _check_attributes(root: _Element) -> None:
    if _CROWDED(root):
        raise XmlError(f"an element has more than {MAX_ATTRIBUTES} attributes", remedy="send fewer attributes")
    scope = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        scope += 1 if event == "start-ns" else -1
        if scope > MAX_ATTRIBUTES:
            raise XmlError(
                f"more than {MAX_ATTRIBUTES} namespace declarations in scope of one element",
                remedy="declare the namespaces that are used, once each",
            )


def _check_depth(root: _Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise XmlError(f"the document is nested deeper than {MAX_DEPTH} levels", remedy="send a flatter document")
