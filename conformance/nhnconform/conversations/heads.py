"""Who a head message says its receiver is, read with plain XPath."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

_MH = {"m": "http://www.kith.no/xmlstds/msghead/2006-05-24"}


@dataclass(frozen=True)
class Named:
    """A party on both levels (HIS 1153): names, and HER-ids of level 1 and level 2 (0: none)."""

    organisation: str
    name: str
    her_ids: tuple[int, int]


def receiver_of(document: bytes) -> Named:
    """The receiver of a MsgHead; a part that is not there is empty."""
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))

    def text(path: str) -> str:
        return str(root.xpath(f"normalize-space({path})", namespaces=_MH))

    one = "m:MsgInfo/m:Receiver/m:Organisation"
    person = f"{one}/m:HealthcareProfessional"
    her = "m:Ident[m:TypeId/@V = 'HER']/m:Id"
    service = text(f"{one}/m:Organisation/m:OrganisationName")
    name = service or " ".join(filter(None, (text(f"{person}/m:GivenName"), text(f"{person}/m:FamilyName"))))
    second = text(f"{one}/m:Organisation/{her}") or text(f"{person}/{her}")
    return Named(text(f"{one}/m:OrganisationName"), name, (_number(text(f"{one}/{her}")), _number(second)))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
