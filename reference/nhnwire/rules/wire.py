"""Rules for every document: how values are written in XML (HISD 1165, HISD 1155) and codes in CS and CV."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nhnwire import codes
from nhnwire.coded import table_of
from nhnwire.rules.table import ERROR, EVERY, WARNING, Row, is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnwire.rules.subject import Element, Tree

_CV = frozenset(
    [
        "TypeOrganisation",
        "TypeId",
        "RoleToPatient",
        "ContentType",
        "ContentCategory",
        "Consent",
        "TypeForesp",
        "Formål",
        "TypeJournalinfo",
        "KodetOpplysning",
        "SakstypeKodet",
        "TemaKodet",
        "RolleNotat",
        "MedSpeciality",
    ]
)
"""Coded elements of type CV, which name their table in S; those of a receipt but MedSpeciality and Error are CS."""

_OWN_RULES = frozenset(["Error", "TemaKodet", "TypeForesp"])
"""Coded elements whose tables have rows of their own."""

_SCHEME = re.compile(r"(tel|fax|mailto|sms|https?):\S+", re.IGNORECASE)


def _is_cv(element: Element) -> bool:
    return element.name in _CV and (not element.receipt or element.name == "MedSpeciality")


def _each(broken: Callable[[Element], bool], attribute: str = "") -> Callable[[Tree], Iterator[str]]:
    """A check that asks one question of every element."""

    def check(tree: Tree) -> Iterator[str]:
        return (f"{element.place}{attribute}" for element in tree.elements if broken(element))

    return check


def _empty(element: Element) -> bool:
    node = element.node
    coded = element.expected is not None
    return len(node) == 0 and not node.text and not node.keys() and not coded and element.name != "Content"


def _padded(element: Element) -> bool:
    text = element.node.text or ""
    return len(element.node) == 0 and not is_blank(text) and text != text.strip()


def _uncoded(element: Element) -> bool:
    if element.expected is None or element.name == "Error":
        return False
    return is_blank(element.node.get("V")) and is_blank(element.node.get("OT"))


def _without_table(element: Element) -> bool:
    return element.expected is not None and _is_cv(element) and bool(element.node.get("V")) and not _has_system(element)


def _has_system(element: Element) -> bool:
    # TypeForesp and TemaKodet without a table are of no table that their own rows allow.
    return bool(element.node.get("S")) or element.name in _OWN_RULES


def _without_name(element: Element) -> bool:
    return (
        element.expected is not None and _is_cv(element) and bool(element.node.get("V")) and not element.node.get("DN")
    )


def _foreign_table(element: Element) -> bool:
    system, expected = element.node.get("S"), element.expected
    if expected is None or expected.free or not system or element.name in _OWN_RULES:
        return False
    return table_of(system) not in {*expected.tables, *expected.seen}


def _foreign_code(element: Element) -> bool:
    code, expected = element.node.get("V"), element.expected
    if expected is None or expected.free or not code or element.node.get("S") or _is_cv(element):
        return False
    if element.name in {"Role", "Status"} or element.name in _OWN_RULES or _names_a_message(element):
        return False
    tables = (*expected.tables, *expected.seen)
    carried = [table for table in tables if codes.table(table)]
    return (
        len(carried) == len(tables)
        and code not in expected.fixed
        and not any(codes.is_known(table, code) for table in carried)
    )


def _names_a_message(element: Element) -> bool:
    """Types of messages and documents have rows of their own."""
    return element.expected is not None and set(element.expected.tables) <= {"8279", "8114", "8112"}


def _without_scheme(element: Element) -> bool:
    return element.name == "TeleAddress" and _SCHEME.fullmatch(element.node.get("V") or "") is None


ROWS = (
    Row(
        "XML-EMPTY",
        "HISD 1165:2016; HISD 1155:2008",
        "",
        _each(_empty),
        "an element has neither content nor attributes",
        "leave out elements that you have nothing to say in",
        WARNING,
        EVERY,
    ),
    Row(
        "XML-BLANKS",
        "HISD 1165:2016; HISD 1155:2008",
        "",
        _each(_padded),
        "a text begins or ends with white space",
        "trim texts and numbers before you write them; receivers compare them as they stand",
        WARNING,
        EVERY,
    ),
    Row(
        "CODED-VALUE",
        "HISD 1165:2016 on CS and CV",
        "",
        _each(_uncoded, "/@V"),
        "a coded element has no code",
        "send V from the element's table; where no code fits, CV takes words in OT instead; else leave the element out",
        ERROR,
        EVERY,
    ),
    Row(
        "CODED-SYSTEM",
        "HISD 1165:2016 on CV",
        "",
        _each(_without_table, "/@S"),
        "a code of type CV does not say which table it is from",
        "send the table's full OID in S: 2.16.578.1.12.4.1.1. and the table's number",
        ERROR,
        EVERY,
    ),
    Row(
        "CODED-NAME",
        "HISD 1165:2016 on CV",
        "",
        _each(_without_name, "/@DN"),
        "a code of type CV comes without its text",
        "send the table's text for the code in DN; receivers that do not know the code show it",
        WARNING,
        EVERY,
    ),
    Row(
        "CODED-TABLE",
        "HIS 80601:2006, HIS 80603 and HIS 80415, code tables of the elements",
        "",
        _each(_foreign_table, "/@S"),
        "a code is of a table that the standard does not name for this element",
        "send a code of the element's own table; provenett explain lists tables by number",
        WARNING,
        EVERY,
    ),
    Row(
        "CODED-CODE",
        "HIS 80601:2006, HIS 80603 and HIS 80415, code tables of the elements",
        "",
        _each(_foreign_code, "/@V"),
        "a code is not in the table that its element stands for",
        "send a code of that table; check that V holds the code and DN the text, not the other way round",
        WARNING,
        EVERY,
    ),
    Row(
        "TELECOM-SCHEME",
        "HISD 1165:2016 on TeleAddress",
        "",
        _each(_without_scheme, "/@V"),
        "a telephone number or address has no scheme, so nobody knows what it is for",
        "write tel:, fax: or mailto: before it, without spaces: tel:+4700000000",
        WARNING,
        EVERY,
    ),
)
