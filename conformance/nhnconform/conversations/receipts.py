"""What an application receipt says, read with plain XPath."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

FAMILY = "http://www.kith.no/xmlstds/apprec/"


@dataclass(frozen=True)
class Receipt:
    """An application receipt.

    Attributes:
        status: table 8258.
        codes: error codes, table 8221.
        original: MsgId of the message it answers.
        ident: its own id.
        texts: what is said beside each code (OT).
        role: of whoever gives it.
    """

    status: str
    codes: tuple[str, ...]
    original: str
    ident: str
    texts: tuple[str, ...] = ()
    role: str = ""


def read_receipt(document: bytes) -> Receipt | None:
    """The receipt in these bytes; None when they hold something else or nothing readable."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None
    namespace = etree.QName(root).namespace or ""
    if not namespace.startswith(FAMILY):
        return None
    find = {"a": namespace}

    def text(path: str) -> str:
        return str(root.xpath(f"string({path})", namespaces=find)).strip()

    return Receipt(
        status=text("a:Status/@V"),
        codes=tuple(str(code) for code in root.xpath("a:Error/@V", namespaces=find)),
        original=text("a:OriginalMsgId/a:Id"),
        ident=text("a:Id"),
        texts=tuple(error.get("OT", "") for error in root.xpath("a:Error", namespaces=find)),
        role=text("a:Sender/a:Role/@V"),
    )
