"""Code systems of Norwegian health care: one file per table in `tables/`, read when first asked for.

A file gives the table's OID, its Norwegian and its English name, the standard that uses it (`source`), the state that
was copied (`version`) and the codes with their texts. `retired` names codes that are still read but no longer sent;
`withdrawn` says why a whole table is. Tables are named by number or by OID: `name("8221", "E10")` and
`name("2.16.578.1.12.4.1.1.8221", "E10")` are the same question.

A table that is not carried is not an error: `name` answers None and `is_known` False, since receivers must accept
codes they do not know (HITS 1168: an unknown code value is no ground for rejection). Which table an element of the
base standards takes its codes from says `expected`.
"""

from __future__ import annotations

from nhnwire.coded import CodedValue, oid, table_of
from nhnwire.codes.elements import Expected, expectations, expected
from nhnwire.codes.systems import CodeSystem, is_known, is_retired, name, system, table, tables

__all__ = [
    "CodeSystem",
    "Expected",
    "expectations",
    "expected",
    "is_known",
    "is_retired",
    "name",
    "plain",
    "system",
    "table",
    "tables",
    "value",
]


def value(key: str, v: str, *, ot: str | None = None) -> CodedValue:
    """A CV: the code with its table's OID and its name."""
    return CodedValue(v, dn=name(key, v), s=oid(table_of(key) or key), ot=ot)


def plain(key: str, v: str) -> CodedValue:
    """A CS: the code with its name; the element it stands in implies the table."""
    return CodedValue(v, dn=name(key, v))
