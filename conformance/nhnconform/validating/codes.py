"""The code layer beside the rows of the rule table: what code and text say together, against the tables carried here.

Whether an element may use a table at all, and whether a code without a table is one of its element's, are rows of
`nhnwire.rules`. A table that is not carried is no finding, and neither is a system of somebody else's: unknown codes
are data.
"""

from __future__ import annotations

from functools import lru_cache
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
        v = element.get("V")
        if v is None:
            continue
        system = element.get("S")
        number = _implied(element, v) if system is None else table_of(system)
        known = codes.table(number) if number is not None else {}
        if number is None or not known:
            continue
        name, display = known.get(v), element.get("DN")
        if name is None:
            cause = f"the code {v[:60]!r} is not in table {number}"
            yield book.CODE_UNKNOWN, _fault(element, "V", cause, _remedy(number, known))
            continue
        if codes.is_retired(number, v):
            cause = f"the code {v} ({name}) of table {number} is no longer sent"
            yield book.CODE_RETIRED, _fault(element, "V", cause, "")
        if display is not None and _plain(display) != _plain(name):
            cause = f"table {number} calls {v} {name!r}, not {display[:80]!r}"
            remedy = f"send DN={name!r}; your own words belong in OT"
            yield book.CODE_NAME, _fault(element, "DN", cause, remedy)


def _fault(element: _Element, attribute: str, cause: str, remedy: str) -> Fault:
    return Fault(f"{xml.path_of(element)}/@{attribute}", element.sourceline, cause, remedy)


def _implied(element: _Element, v: str) -> str | None:
    """The table that a coded element without S stands for, when it has the code; which one is a row elsewhere."""
    names = [etree.QName(element).localname]
    for ancestor in element.iterancestors():
        qualified = etree.QName(ancestor)
        names.append(qualified.localname)
        # Shared parts of a document have a namespace of their own, and MsgHead holds documents of others.
        if codes.expectations(qualified.namespace or ""):
            expected = _expected(qualified.namespace or "", "/".join(reversed(names)))
            if expected:
                return next((table for table in expected if codes.is_known(table, v)), None)
    return None


@lru_cache(maxsize=2000)
def _expected(namespace: str, path: str) -> tuple[str, ...]:
    found = codes.expected(namespace, path)
    return () if found is None else found.tables


def _remedy(number: str, known: Mapping[str, str]) -> str:
    if len(known) <= _FEW:
        return f"send one of {', '.join(known)}, or name in S the table that the code is from"
    return f"send a code of the table (provenett explain {number} lists them), or name the code's own table in S"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
