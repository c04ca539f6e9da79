"""Who a head message says its parties are, read with plain XPath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from nhnconform.conversations.letters import Address, Letter, Person

if TYPE_CHECKING:
    from nhnconform.conversations.letters import Kind

_MH = {"m": "http://www.kith.no/xmlstds/msghead/2006-05-24"}


@dataclass(frozen=True)
class Named:
    """A party on both levels (HIS 1153): names, HER-ids of level 1 and level 2 (0: none), and in which message."""

    organisation: str
    name: str
    her_ids: tuple[int, int]
    msg_id: str


def receiver_of(document: bytes) -> Named:
    """The receiver of a MsgHead; a part that is not there is empty."""
    return _named(_root(document), "Receiver")


def as_letter(document: bytes) -> Letter:
    """A head message of the SUT as a letter, so that `letters.apprec_of` can answer it by hand."""
    root = _root(document)

    def value(path: str) -> str:
        return str(root.xpath(f"string({path})", namespaces=_MH)).strip()

    def address(side: str) -> Address:
        named = _named(root, side)
        number = value(f"m:MsgInfo/m:{side}/m:Organisation/m:Ident[m:TypeId/@V = 'ENH']/m:Id")
        return Address(named.her_ids[1], named.name, named.her_ids[0], number, named.organisation)

    return Letter(
        kind=cast("Kind", value("m:MsgInfo/m:Type/@V")),
        msg_id=value("m:MsgInfo/m:MsgId"),
        gen_date=value("m:MsgInfo/m:GenDate"),
        sender=address("Sender"),
        receiver=address("Receiver"),
        patient=Person(None, "", ""),
        text="",
    )


def _root(document: bytes) -> Any:
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))


def _named(root: Any, side: str) -> Named:
    def text(path: str) -> str:
        return str(root.xpath(f"normalize-space({path})", namespaces=_MH))

    one = f"m:MsgInfo/m:{side}/m:Organisation"
    person = f"{one}/m:HealthcareProfessional"
    her = "m:Ident[m:TypeId/@V = 'HER']/m:Id"
    service = text(f"{one}/m:Organisation/m:OrganisationName")
    name = service or " ".join(filter(None, (text(f"{person}/m:GivenName"), text(f"{person}/m:FamilyName"))))
    second = text(f"{one}/m:Organisation/{her}") or text(f"{person}/{her}")
    her_ids = (_number(text(f"{one}/{her}")), _number(second))
    return Named(text(f"{one}/m:OrganisationName"), name, her_ids, text("m:MsgInfo/m:MsgId"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
