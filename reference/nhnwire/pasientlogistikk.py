"""Pasientlogistikk 1.6 as a value: a hospital tells the municipality of an admission, a discharge or a death.

Sources: HIS 80704:2014 and HIS 1148:2014 (care messages 1.6; types LOG_INNLAGT, LOG_UTSKRIVNINGSKLAR, LOG_AVMELDING,
LOG_UTSKREVET and LOG_DOD of table 8279). Read is what happened and when; relatives and contacts stay in the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnwire import xml
from nhnwire.errors import SchemaError, UnsupportedFormatError
from nhnwire.messages import PASIENTLOGISTIKK_1_6, POKOMPONENT_1_6
from nhnwire.shape import CODED, IN_V, TEXT, Group, Leaf, Many, One, Shape, children_of

if TYPE_CHECKING:
    from lxml.etree import _Element

    from nhnwire.coded import CodedValue
    from nhnwire.shape import Children

__all__ = ["NEWS", "Happening", "PatientLogistics", "parse"]

NEWS = {
    "LOG_INNLAGT": "MeldingInnlagtPasient",
    "LOG_UTSKRIVNINGSKLAR": "MeldingUtskrivningsklarPasient",
    "LOG_AVMELDING": "AvmeldingUtskrivningsklarPasient",
    "LOG_UTSKREVET": "MeldingOmUtskrevetPasient",
    "LOG_DOD": "OrienteringOmDod",
}
"""What a message of each type tells: the one element that it holds."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something at a time (TidsfestetHendelse).

    Attributes:
        at: TS in the sender's words: date and time, or less.
        estimated: Anslag: whether the time is an estimate.
        code: table 9121.
    """

    at: str
    estimated: bool
    code: CodedValue | None = None
    description: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class PatientLogistics:
    """A message on a patient's way through the hospital.

    Attributes:
        state: Forsendelsesstatus, table 7309: `N` or `C`.
        news: a value of `NEWS`.
        happenings: what happened; one at least.
        discharged_to: where the patient went (UtTil, 8408); of `MeldingOmUtskrevetPasient` only, which needs it.
    """

    state: CodedValue
    news: str
    happenings: tuple[Happening, ...]
    discharged_to: CodedValue | None = None

    def to_bytes(self) -> bytes:
        """The document in UTF-8."""
        ns = PASIENTLOGISTIKK_1_6
        root = etree.Element(f"{{{ns}}}Pasientlogistikk", nsmap={None: ns, "po": POKOMPONENT_1_6})
        _SHAPE.write(root, self, ns)
        return xml.serialise(root)


def parse(data: bytes | _Element) -> PatientLogistics:
    """Read a Pasientlogistikk 1.6.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) another root.
        SchemaError: (T02) it tells nothing, or not when it happened.
    """
    root = xml.parse(data) if isinstance(data, bytes) else data
    if xml.split_tag(root) != (PASIENTLOGISTIKK_1_6, "Pasientlogistikk"):
        raise UnsupportedFormatError(
            f"the root is {str(root.tag)[:120]}, not Pasientlogistikk 1.6",
            xpath="/",
            remedy=f"send the namespace {PASIENTLOGISTIKK_1_6}",
        )
    value = _SHAPE.read(root, PASIENTLOGISTIKK_1_6)
    if not isinstance(value, PatientLogistics):
        raise TypeError(value)
    return value


def _write_boolean(element: _Element, value: bool) -> None:  # noqa: FBT001 - a leaf's signature
    element.text = "true" if value else "false"


_BOOLEAN = Leaf(lambda element: xml.text_of(element).strip() in {"true", "1"}, _write_boolean)
_HAPPENING = Shape(
    Happening,
    One("Hendelsekode", "code", CODED),
    One("BeskrivelseAvHendelse", "description", TEXT),
    One("TidspunktForHendelse", "at", IN_V, required=True),
    One("Anslag", "estimated", _BOOLEAN, required=True),
    One("Merknad", "remark", TEXT),
)
_TOLD = (
    Group("UtskrevetTil", One("UtTil", "discharged_to", CODED), required=False),
    Many("TidsfestetHendelse", "happenings", _HAPPENING, required=True),
)


class _News:
    """The one element that says what is told: in the message's namespace, with contents in that of the components."""

    def fields(self) -> tuple[str, ...]:
        return ("news", "happenings", "discharged_to")

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        for name in NEWS.values():
            for found in children.get(f"{{{ns}}}{name}", ())[:1]:
                inner = children_of(found)
                values = {"news": name}
                for part in _TOLD:
                    values.update(part.take(found, inner, POKOMPONENT_1_6))
                return values
        where = xml.path_of(parent)
        raise SchemaError(f"{where}: it tells nothing", xpath=where, remedy=f"send one of {', '.join(NEWS.values())}")

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        if isinstance(owner, PatientLogistics):
            element = etree.SubElement(parent, f"{{{ns}}}{owner.news}")
            for part in _TOLD:
                part.put(element, owner, POKOMPONENT_1_6)


class _Shipment:
    """InformasjonOmForsendelsen, whose state alone is read."""

    _group = Group("InformasjonOmForsendelsen", One("Forsendelsesstatus", "state", CODED, required=True))

    def fields(self) -> tuple[str, ...]:
        return self._group.fields()

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:  # noqa: ARG002 - Part's signature
        return self._group.take(parent, children, POKOMPONENT_1_6)

    def put(self, parent: _Element, owner: object, ns: str) -> None:  # noqa: ARG002 - as above
        self._group.put(parent, owner, POKOMPONENT_1_6)


_SHAPE = Shape(PatientLogistics, _Shipment(), _News())
