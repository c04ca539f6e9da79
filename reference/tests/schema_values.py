"""What each built-in type takes and refuses, as written in documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference.tests.schema_model import Simple

_TEXTS = (
    "",
    "Æøå på kontoret",
    "  to  ord  ",
    "a & b < c > d",
    "\tnoe\n",
    "x" * 300,
    "Vakker Blomst",
    "1",
    "🩺",
    "]]>",
)

VALID: dict[str, tuple[str, ...]] = {
    "string": _TEXTS,
    "token": ("", "1", " E10 ", "HER", "a b", "æ"),
    "date": ("2024-02-29", "2026-03-02Z", "2026-12-31+14:00", "-0044-03-15", "12024-01-01"),
    "dateTime": (
        "2026-03-02T08:00:00",
        "2026-03-02T24:00:00Z",
        "2026-03-02T23:59:59.999999-01:00",
        "0001-01-01T00:00:00",
    ),
    "time": ("08:00:00", "24:00:00", "23:59:59.5Z"),
    "gYear": ("2026", "-0001", "2026Z", "12026+01:00"),
    "gYearMonth": ("2026-12", "2026-01Z"),
    "anyURI": (
        "",
        "http://example.org/a?b#c",
        "tel:+4799999999",
        "../a b",
        "urn:oid:2.16.578",
        "#id",
        "mailto:a@example.org",
    ),
    "base64Binary": ("", "AA==", "QUJD", " QUJ\nDRE VG ", "Q U I ="),
    "boolean": ("true", "false", "1", "0", " true "),
    "integer": ("0", "-7", "+007", "123456789012345678901234", " 5 "),
    "decimal": ("0", "-.5", "12.", "+1.50", "1234567890.123"),
    "double": ("1e3", "-INF", "NaN", "0.5", "-1E-7", "INF"),
    "NMTOKEN": ("NI", "a.b-c:d"),
    "ID": (),
    "hexBinary": ("", "0a0B"),
}

INVALID: dict[str, tuple[str, ...]] = {
    "string": (),
    "token": (),
    "date": (
        "",
        "2023-02-29",
        "2026-13-01",
        "26-01-01",
        "2026/01/01",
        "2026-01-01T00:00:00",
        "2026-1-1",
        "0000-01-01x",
        "20260101",
    ),
    "dateTime": (
        "",
        "2026-03-02",
        "2026-03-02 08:00:00",
        "2026-03-02T25:00:00",
        "2026-03-02T08:00",
        "2026-02-30T08:00:00",
        "i dag",
    ),
    "time": ("", "25:00:00", "08:00", "08:60:00"),
    "gYear": ("", "26", "2026-", "--12"),
    "gYearMonth": ("", "2026-13", "2026-1"),
    "anyURI": ("http://[", "%zz:/"),
    "base64Binary": ("A", "AA=", "AB=C", "æøå="),
    "boolean": ("", "True", "ja", "2"),
    "integer": ("", "1.0", "1e3", "én", "- 1", "0x1"),
    "decimal": ("", "1e3", "NaN", "1,5", "."),
    "double": ("", "1,5", "inf", "e3", "--1"),
    "NMTOKEN": ("", "a b", "a,b"),
    "ID": ("", "1a", "a b", "a:b"),
    "hexBinary": ("0", "0g"),
}

OIDS = ("2.16.578.1.12.4.1.1.8279", "1", " 0.1 ", "00.00", "٣.٤")
NO_OIDS = ("", "2.16.", ".2", "1..2", "1.a", "urn:oid:2.16", "2,16", "-1", "1 .2")
UNION_REFUSED = ("", "abc", "--05", "---31", "2026-13", "26", "2026-03-02T08:00", "2026-W10")


def valid(kind: Simple) -> tuple[str, ...]:
    """Values the type takes; unique identifiers are the document's own matter."""
    if kind.members:
        return tuple(value for member in kind.members for value in valid(member))
    if kind.values:
        return kind.values
    if kind.patterns:
        return {"token": OIDS, "boolean": ("true", "false", " true ")}[kind.builtin]
    return VALID[kind.builtin]


def invalid(kind: Simple) -> tuple[str, ...]:
    """Values the type refuses: near misses of its facets."""
    if kind.members:
        return UNION_REFUSED
    if kind.values:
        misses = {"", *(miss for value in kind.values for miss in (value.swapcase(), f"{value}X", value[:-1]))}
        return tuple(sorted(misses - set(kind.values)))
    if kind.patterns:
        return {"token": NO_OIDS, "boolean": ("1", "0", "", "TRUE")}[kind.builtin]
    return INVALID[kind.builtin]
