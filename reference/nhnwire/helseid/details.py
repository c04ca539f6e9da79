"""`assertion_details`: for which organisation, and which journal, a client asks for a token (HelseID's documentation).

=====================  =================================  ==========================================
client                 `system`                           `value`
=====================  =================================  ==========================================
multi-tenant           urn:oid:1.0.6523                   `NO:ORGNR:<parent>:<child>`; without a child
                                                          with or without the last colon
single-tenant          urn:oid:2.16.578.1.12.4.1.4.101,   `<child>`
                       or …1.2.101 as in NHN's samples
=====================  =================================  ==========================================

One detail is sent as an object, several as an array. A single-tenant client that acts for its own parent sends none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nhnwire.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AUTHORIZATION: Final = "helseid_authorization"
JOURNAL: Final = "nhn:sfm:journal-id"
MULTI_TENANT_SYSTEM: Final = "urn:oid:1.0.6523"
SINGLE_TENANT_SYSTEMS: Final = ("urn:oid:2.16.578.1.12.4.1.4.101", "urn:oid:2.16.578.1.12.4.1.2.101")
"""NHN's libraries send the first, its sample repository the second."""

_MULTI = re.compile(r"NO:ORGNR:([0-9]{9})(?::([0-9]{9})?)?", re.ASCII)
_CHILD = re.compile(r"[0-9]{9}", re.ASCII)
_JOURNAL = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Details:
    """What a client asks to act for; None for what it does not name."""

    parent: str | None = None
    child: str | None = None
    journal_id: str | None = None


def organisation_details(
    *,
    parent: str | None = None,
    child: str | None = None,
    last_colon: bool = True,
    single_tenant_system: str = SINGLE_TENANT_SYSTEMS[0],
) -> dict[str, object]:
    """One `assertion_details` object: a multi-tenant client names parent (and child), a single-tenant one the child.

    Args:
        parent: organisation number of the legal entity.
        child: of its sub-unit.
        last_colon: end a parent without a child with a colon, as NHN's .NET library does and its Java library does not.
        single_tenant_system: of `SINGLE_TENANT_SYSTEMS`.

    Raises:
        ValueError: when neither is given.
    """
    if parent is None and child is None:
        raise ValueError("name a parent or a child; a client that acts for its own organisation sends no details")
    if parent is None:
        system, value = single_tenant_system, child
    else:
        system, value = MULTI_TENANT_SYSTEM, f"NO:ORGNR:{parent}:{child or ''}"
        value = value if last_colon else value.removesuffix(":")
    identifier = {"system": system, "type": "ENH", "value": value}
    return {"type": AUTHORIZATION, "practitioner_role": {"organization": {"identifier": identifier}}}


def journal_details(journal_id: str) -> dict[str, object]:
    """The `assertion_details` object that names a journal of SFM (Sentral forskrivningsmodul)."""
    return {"type": JOURNAL, "value": {"journal_id": journal_id}}


def read_details(details: Iterable[Mapping[str, Any]]) -> Details:
    """Everything the details of an assertion name; details of types that are not known here are somebody else's.

    Raises:
        TokenError: `invalid_client` when a detail cannot be read, or two of them contradict each other.
    """
    found: dict[str, str] = {}
    for detail in details:
        kind = detail.get("type")
        named = _organisations(detail) if kind == AUTHORIZATION else _journal(detail) if kind == JOURNAL else {}
        for name, value in named.items():
            if found.setdefault(name, value) != value:
                raise _refused("The assertion_details contradict each other.", "name each organisation once")
    return Details(**found)


def organisations_of(details: Iterable[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """Parent and child organisation number out of assertion details; None for what they do not name.

    Raises:
        TokenError: as `read_details`.
    """
    read = read_details(detail for detail in details if detail.get("type") == AUTHORIZATION)
    return read.parent, read.child


def _organisations(detail: Mapping[str, Any]) -> dict[str, str]:
    try:
        identifier = detail["practitioner_role"]["organization"]["identifier"]
        system, kind, value = identifier["system"], identifier.get("type", "ENH"), identifier["value"]
    except (KeyError, TypeError, AttributeError, IndexError):
        raise _refused(
            "The assertion_details have no organisation identifier.",
            "put system, type and value into practitioner_role/organization/identifier",
        ) from None
    text = value if isinstance(value, str) and kind == "ENH" else ""
    if system == MULTI_TENANT_SYSTEM and (match := _MULTI.fullmatch(text)):
        return {name: number for name, number in zip(("parent", "child"), match.groups(), strict=True) if number}
    if isinstance(system, str) and system in SINGLE_TENANT_SYSTEMS and _CHILD.fullmatch(text):
        return {"child": text}
    raise _refused(
        "The organisation identifier's system or value is not known.",
        f"send type ENH with {MULTI_TENANT_SYSTEM} and NO:ORGNR:<parent>:<child>, or as a single-tenant client "
        f"{SINGLE_TENANT_SYSTEMS[0]} and the child's nine digits",
    )


def _journal(detail: Mapping[str, Any]) -> dict[str, str]:
    value = detail.get("value")
    journal = value.get("journal_id") if isinstance(value, dict) else None
    if not isinstance(journal, str) or not _JOURNAL.fullmatch(journal):
        raise _refused("The assertion_details have no journal id.", "put a GUID into value/journal_id")
    return {"journal_id": journal}


def _refused(text: str, remedy: str) -> TokenError:
    return TokenError(text, error="invalid_client", check="assertion_details", remedy=remedy)
