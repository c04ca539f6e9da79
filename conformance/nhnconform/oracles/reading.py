"""Bytes to elements, hardened: no entity, no network, no DOCTYPE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnconform.oracles.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARATION = re.compile(
    rb"""^(?:\xef\xbb\xbf)?<\?xml\s+version\s*=\s*["']1\.0["']\s+encoding\s*=\s*["']([A-Za-z0-9._-]+)["']"""
)


def read(data: bytes) -> tuple[Any, list[Finding]]:
    """The root element, or None with the reason.

    Findings: `XML-WELLFORMED`, `XML-DOCTYPE`, and `XML-UTF8` when the declaration does not name UTF-8 (EDI 2.0 takes
    nothing else).
    """
    findings = []
    named = _DECLARATION.match(data)
    if named is None or named.group(1).lower() != b"utf-8":
        said = "no declaration with an encoding" if named is None else named.group(1).decode()
        findings.append(
            Finding(
                "XML-UTF8",
                f"the XML declaration must name UTF-8; found {said}",
                clause="EDI 2.0 API v2, POST /Messages",
            )
        )
    try:
        root = element(data)
    except etree.XMLSyntaxError as error:
        return None, [*findings, Finding("XML-WELLFORMED", f"not well-formed XML: {error}", clause="XML 1.0 §2.1")]
    if root.getroottree().docinfo.doctype:
        findings.append(
            Finding("XML-DOCTYPE", "a document type declaration has no place in a message", "house", "house rule, XXE")
        )
    return root, findings


def element(data: bytes) -> Any:
    """Parse without any of XML's dangerous features.

    Raises:
        lxml.etree.XMLSyntaxError: not well-formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True, recover=False
    )
    return etree.fromstring(data, parser)


def elements(node: Any) -> Iterator[Any]:
    """All elements below and including a node, without comments and processing instructions."""
    return (one for one in node.iter() if isinstance(one.tag, str))


def path_of(node: Any) -> str:
    """A short XPath of local names for people to read."""
    if not isinstance(getattr(node, "tag", None), str):
        return ""
    steps = [etree.QName(one).localname for one in (*reversed(list(node.iterancestors())), node)]
    return "/" + "/".join(steps)
