"""Faults and their places: from the two ways in which a place is written to the element that is meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from nhnwire import xml

if TYPE_CHECKING:
    from lxml.etree import _Element

_STEP = re.compile(r"(?:(?P<prefix>[^:\[\]/]+):)?(?P<name>[^:\[\]/]+)(?:\[(?P<at>\d+)\])?")


class Fault(NamedTuple):
    """Something wrong in one place, before it is known by which rule.

    Attributes:
        place: XPath of local names.
        line: in the file, when known.
        cause: what is wrong; empty for the rulebook's own words.
        remedy: what to do instead; empty as above.
        inside: a document inside the message that the schemas at hand do not know.
    """

    place: str
    line: int | None
    cause: str
    remedy: str
    inside: bool = False

    def because(self, who: str) -> Fault:
        """The same place, for the difference between two schemas."""
        return self._replace(cause=f"{who}: {self.cause}", remedy="")


def element_at(root: _Element, path: str) -> _Element:
    """The element of a path of local names, as findings carry them; the nearest ancestor when it is absent."""
    steps = [step for step in path.split("/") if step and not step.startswith("@")]
    found = root
    for step in steps[1:]:
        match = _STEP.fullmatch(step)
        if match is None:
            break
        same = [child for child in _children(found) if match["name"] in {"*", etree.QName(child).localname}]
        at = int(match["at"] or 1)
        if at > len(same):
            break
        found = same[at - 1]
    return found


def place_of(root: _Element, path: str | None) -> tuple[str, _Element]:
    """A path as libxml2 writes it, as a path of local names, with its element.

    libxml2 counts `*` over all elements, and `prefix:name` over those with the same prefix and name.
    """
    found: _Element = root
    steps = [step for step in (path or "/*").split("/") if step]
    for step in steps[1:]:
        if step.startswith("@"):
            return f"{xml.path_of(found)}/@{step[1:].rpartition(':')[2]}", found
        match = _STEP.fullmatch(step)
        if match is None:
            break
        same = [
            child
            for child in _children(found)
            if match["name"] == "*"
            or (child.prefix == match["prefix"] and etree.QName(child).localname == match["name"])
        ]
        at = int(match["at"] or 1)
        if at > len(same):
            break
        found = same[at - 1]
    return xml.path_of(found), found


def _children(element: _Element) -> list[_Element]:
    return [child for child in element if isinstance(child.tag, str)]
