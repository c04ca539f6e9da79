"""One way to write: a tree as a document, a subtree into another document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from nhnwire.xml.canonical import canonical

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def serialise(element: _Element) -> bytes:
    """Write an element as a document of its own: UTF-8 with an XML declaration, in-scope namespaces included."""
    return _HEAD + etree.tostring(element, encoding="UTF-8", xml_declaration=False, with_tail=False)


def graft(parent: _Element, child: _Element) -> None:
    """Append a subtree of another document without changing its meaning.

    Raises:
        ValueError: when the subtree has elements in no namespace, which would fall into the parent's default one.
    """
    nameless = bool(child.xpath("boolean(descendant-or-self::*[namespace-uri()=''])"))
    before = canonical(child, exclusive=True) if nameless else b""
    parent.append(child)
    if nameless and canonical(child, exclusive=True) != before:
        parent.remove(child)
        raise ValueError(f"{child.tag!r} has elements in no namespace; inside {parent.tag!r} they would get one")
