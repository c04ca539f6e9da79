"""How a system writes XML where the standards leave it free: prefixes, order of equals, white space, declaration.

Receivers must not care. Those who do (regular expressions, fixed prefixes, positions of identifiers) find out here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import xml
from nhnwire.messages import APPREC_1_0, APPREC_1_1, DIALOG_1_0, DIALOG_1_1, MSGHEAD
from nhnwire.people import FK1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

DIGITS: Mapping[str, str] = MappingProxyType(
    {uri: f"ns{n}" for n, uri in enumerate((MSGHEAD, FK1, DIALOG_1_0, DIALOG_1_1, APPREC_1_0, APPREC_1_1))}
)
"""As serialisers number them that are given no prefixes."""
WORDS: Mapping[str, str] = MappingProxyType(
    {MSGHEAD: "mh", FK1: "fk1", DIALOG_1_0: "dia", DIALOG_1_1: "dia", APPREC_1_0: "ar", APPREC_1_1: "ar"}
)
"""As people choose them."""
XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True)
class Handwriting:
    """One system's way.

    Attributes:
        prefixes: by namespace; those that are not named keep what they have.
        mirrored: attributes, and identifiers and telephones of one owner, in the opposite order.
        indented: with white space between elements.
        declaration: what the document begins with.
        full: the optional parts of an address (numbers, post, telephone) and the date of a document are there.
    """

    prefixes: Mapping[str, str] = field(default_factory=dict)
    mirrored: bool = False
    indented: bool = False
    declaration: bytes = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    full: bool = False

    def write(self, document: bytes) -> bytes:
        """The same document, as this system would have written it. Do not use it on what is signed.

        Raises:
            XmlError: it is no XML.
        """
        root = self._copied(xml.parse(document), None)
        etree.cleanup_namespaces(root)
        if self.indented and not any(True for _ in root.iter(f"{{{XHTML}}}*")):
            etree.indent(root, "\t")
        return self.declaration + etree.tostring(root, encoding="utf-8")

    def _copied(self, source: _Element, parent: _Element | None) -> _Element:
        nsmap = {prefix: uri for prefix, uri in source.nsmap.items() if uri not in self.prefixes}
        if parent is None:
            nsmap |= {prefix: uri for uri, prefix in self._used(source).items()}
        attributes = list(source.attrib.items())
        ordered = dict(reversed(attributes) if self.mirrored else attributes)
        made = (
            etree.Element(source.tag, ordered, nsmap)
            if parent is None
            else etree.SubElement(parent, source.tag, ordered, nsmap)
        )
        made.text, made.tail = source.text, source.tail
        for child in self._in_order(source):
            self._copied(child, made)
        return made

    def _used(self, root: _Element) -> dict[str, str]:
        """Prefixes of the namespaces that the document has, in the order in which they come."""
        found = dict.fromkeys(etree.QName(element).namespace or "" for element in root.iter(etree.Element))
        return {uri: self.prefixes[uri] for uri in found if uri in self.prefixes}

    def _in_order(self, source: _Element) -> list[_Element]:
        children = [child for child in source if isinstance(child.tag, str)]
        if not self.mirrored:
            return children
        runs = [list(run) for _, run in groupby(children, key=lambda child: child.tag)]
        return [child for run in runs for child in (reversed(run) if _equals(run[0]) else run)]


def _equals(element: _Element) -> bool:
    """True for elements whose order among their like says nothing."""
    return xml.split_tag(element)[1] in {"Ident", "TeleCom", "AdditionalId"}
