"""Small questions to a tree: its text, its names, where an element stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_LONG_NAME = 100


def text_of(element: _Element) -> str:
    """All text inside an element; unlike `.text` it is not cut short by a comment."""
    return (element.text or "") if len(element) == 0 else str(element.xpath("string()"))


def split_tag(element: _Element) -> tuple[str, str]:
    """Namespace (empty when none) and local name of an element."""
    namespace, _, name = str(element.tag).rpartition("}")
    return namespace[1:], name


def path_of(element: _Element) -> str:
    """Where an element stands: an XPath of local names, with a position where there are several of the same name.

    Names of more than 100 characters, which no standard has, are cut.
    """
    steps: list[str] = []
    at: _Element | None = element
    while at is not None:
        name = etree.QName(at).localname
        before = sum(1 for _ in at.itersiblings(etree.QName(at), preceding=True))
        several = before > 0 or next(iter(at.itersiblings(etree.QName(at))), None) is not None
        short = name if len(name) <= _LONG_NAME else f"{name[:_LONG_NAME]}…"
        steps.append(f"{short}[{before + 1}]" if several else short)
        at = at.getparent()
    return "/" + "/".join(reversed(steps))
