"""The code layer: coded values against the code tables carried here.

A table that is not carried is no finding, and neither is a system of somebody else's: unknown codes are data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from nhnconform.validating import rulebook as book
from nhnconform.validating.places import Fault
from nhnwire import codes, xml
from nhnwire.coded import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

_FEW = 12
"""So many codes of a table are listed in a remedy; longer tables are left to `provenett explain`."""


def doubts(root: _Element) -> Iterator[tuple[str, Fault]]:
    """What is doubtful about the coded values (attributes V, S, DN) of a document, each with its rule."""
    for element in root.iter(etree.Element):
        v, number = element.get("V"), table_of(element.get("S"))
        if v is None or number is None:
            continue
        known = codes.table(number)
        if not known:
            continue
        name, display = known.get(v), element.get("DN")
        if name is None:
            cause = f"the code {v[:60]!r} is not in table {number}"
            place = f"{xml.path_of(element)}/@V"
            yield book.CODE_UNKNOWN, Fault(place, element.sourceline, cause, _remedy(number, known))
        elif display is not None and _plain(display) != _plain(name):
            cause = f"table {number} calls {v} {name!r}, not {display[:80]!r}"
            remedy = f"send DN={name!r}; your own words belong in OT"
            yield book.CODE_NAME, Fault(f"{xml.path_of(element)}/@DN", element.sourceline, cause, remedy)


def _remedy(number: str, known: Mapping[str, str]) -> str:
    if len(known) <= _FEW:
        return f"send one of {', '.join(known)}, or name in S the table that the code is from"
    return f"send a code of the table (provenett explain {number} lists them), or name the code's own table in S"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
