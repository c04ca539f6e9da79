"""Faults of the registers: values, and the table `faults.toml` of everything they say no with.

Two families. *Envelope* faults come from SOAP itself, before an operation saw the message. *Register* faults are a
`GenericFault` with the two members ErrorCode and Message (NHN's WSDLs and clients) that an operation answers with.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NORWEGIAN = "nb-NO"
"""Language of the registers' own reasons, as recorded."""


@dataclass(frozen=True, order=True)
class QName:
    """A name in a namespace."""

    ns: str
    local: str

    @property
    def text(self) -> str:
        """`{namespace}local`."""
        return f"{{{self.ns}}}{self.local}"


@dataclass(frozen=True)
class Fault:
    """A SOAP fault, of either version.

    Attributes:
        code: `Sender`, `Receiver`, `MustUnderstand` or `VersionMismatch`; written as 1.1 calls it where that is spoken.
        reason: for people.
        subcodes: from general to specific; SOAP 1.1 carries the last one only.
        legacy: the code in SOAP 1.1 where it is another than the last subcode.
        lang: language of the reason.
        detail: elements for programs.
        action: WS-Addressing action of the reply.
        not_understood: headers that were not understood.
    """

    code: str
    reason: str
    subcodes: tuple[QName, ...] = ()
    legacy: QName | None = None
    lang: str = "en"
    detail: tuple[_Element, ...] = ()
    action: str = ""
    not_understood: tuple[QName, ...] = ()


class SoapError(ProtocolError):
    """A message that broke a rule of SOAP or of the WSDL; `fault` is what its sender gets."""

    def __init__(self, message: str, fault: Fault, *, rule: str = "", remedy: str = "") -> None:
        super().__init__(message, code=fault.code, rule=rule, remedy=remedy)
        self.fault = fault


@dataclass(frozen=True)
class Row:
    """One way a register says no.

    Attributes:
        id: name of the row.
        register: which one: communication_party, gp, cppa or bus.
        error_code: of the GenericFault; C# and Kotlin clients read it.
        message: of the GenericFault; others read that. `{…}` is to be filled in.
        certainty: standard, seen or inferred.
        source: where it is from.
    """

    id: str
    register: str
    error_code: str
    message: str
    certainty: str
    source: str


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    # Package data, as constant as the code beside it.
    return tomllib.loads(resources.files(__package__).joinpath("faults.toml").read_text(encoding="utf-8"))


def rows() -> tuple[Row, ...]:
    """All register faults."""
    return tuple(Row(id=name, **values) for name, values in _table()["register"].items())


def row(name: str) -> Row:
    """A register fault by name, such as `unknown-her-id`."""
    return Row(id=name, **_table()["register"][name])


def envelope_faults() -> tuple[str, ...]:
    """Names of all envelope faults."""
    return tuple(_table()["envelope"])


def envelope_fault(name: str, *, what: str = "", not_understood: tuple[QName, ...] = ()) -> Fault:
    """An envelope fault by name, such as `must-understand`; `what` says what exactly."""
    entry = _table()["envelope"][name]
    return Fault(
        code=entry["code"],
        # What the peer sent may hold characters that XML cannot carry back.
        reason=entry["reason"].format(what="".join(c if c.isprintable() else "?" for c in what)).strip(),
        subcodes=tuple(_name(text) for text in entry.get("subcodes", ())),
        legacy=_name(entry["legacy"]) if "legacy" in entry else None,
        action=entry["action"],
        not_understood=not_understood,
    )


def raised(name: str, *, what: str = "", not_understood: tuple[QName, ...] = ()) -> SoapError:
    """The error to raise for an envelope fault."""
    fault = envelope_fault(name, what=what, not_understood=not_understood)
    return SoapError(fault.reason, fault, rule=name)


def _name(text: str) -> QName:
    ns, _, local = text.removeprefix("{").rpartition("}")
    return QName(ns, local)
