"""SOAP envelopes as the registers speak them: 1.1 on `…/Basic`, 1.2 with WS-Addressing beside it.

Sources: SOAP 1.1 (W3C note), SOAP 1.2 part 1 (W3C recommendation), WS-Addressing 1.0 SOAP binding; how .NET services
fill what these leave open, and the registers' bindings: what clients in use send and read.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import xml
from nhnwire.registers.binding import ANONYMOUS, SOAP11, SOAP12, WSA, WSSE
from nhnwire.registers.faults import XML_LANG, Fault, QName, raised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from nhnwire.registers.binding import Binding, Version


@dataclass(frozen=True)
class Envelope:
    """A message taken apart.

    Attributes:
        version: of SOAP.
        body: the one element inside the body.
        action: from the WS-Addressing header, else from HTTP; empty when neither says it.
        message_id: `MessageID` of WS-Addressing, to be echoed as `RelatesTo`; empty when absent.
        relates_to: the message this one answers; empty when absent.
        to: the address it was sent to; empty when absent.
        security: the WS-Security header, which `credentials.username_token` reads.
    """

    version: Version
    body: _Element
    action: str = ""
    message_id: str = ""
    relates_to: str = ""
    to: str = ""
    security: _Element | None = None


def parse(data: bytes, binding: Binding, *, soap_action: str = "", max_size: int = xml.MAX_SIZE) -> Envelope:
    """Take a request apart.

    Args:
        data: the HTTP body.
        binding: how the service is bound at the address it came to.
        soap_action: the SOAPAction header, or the `action` parameter of the Content-Type; with or without quotes.
        max_size: refuse more bytes than this.

    Raises:
        XmlError: when it is not XML; the answer is 400, without a fault.
        SoapError: when it breaks a rule of SOAP or WS-Addressing; its `fault` is the answer.
    """
    envelope = _open(data, binding.version, max_size)
    headers = _headers(envelope, binding.version)
    _check_understood(headers, binding)
    http_action = soap_action.strip().strip('"')
    security = next((header for header in headers if header.tag == f"{{{WSSE}}}Security"), None)
    body = _body(envelope, binding.version)
    if not binding.addressing:
        return Envelope(binding.version, body, action=http_action, security=security)
    found = _addressing(headers)
    action = found.get("Action", "")
    if not action:
        raise raised("addressing-header-required", what="Action")
    if http_action and http_action != action:
        raise raised("action-mismatch", what=f"{http_action} in HTTP, {action} in the header")
    return Envelope(
        binding.version,
        body,
        action=action,
        message_id=found.get("MessageID", ""),
        relates_to=found.get("RelatesTo", ""),
        to=found.get("To", ""),
        security=security,
    )


def parse_reply(data: bytes, version: Version, *, max_size: int = xml.MAX_SIZE) -> Envelope:
    """Take a reply apart; recorded replies of the registers leave the addressing headers out, so none is asked for.

    Raises:
        XmlError: when it is not XML.
        SoapError: when it is no envelope of this version.
    """
    envelope = _open(data, version, max_size)
    found = _addressing(_headers(envelope, version))
    return Envelope(
        version,
        _body(envelope, version),
        action=found.get("Action", ""),
        message_id=found.get("MessageID", ""),
        relates_to=found.get("RelatesTo", ""),
        to=found.get("To", ""),
    )


def read_fault(envelope: Envelope) -> Fault | None:
    """The fault in a reply, or None when it is none.

    Raises:
        SoapError: when it is a fault that does not say its code.
    """
    version, body = envelope.version, envelope.body
    if body.tag != version.tag("Fault"):
        return None
    if version is SOAP11:
        code = _qname(body.find("faultcode"))
        subcodes: tuple[QName, ...] = ()
        reason, detail = body.find("faultstring"), body.find("detail")
    else:
        holder = body.find(version.tag("Code"))
        codes: list[QName] = []
        while holder is not None:
            codes.append(_qname(holder.find(version.tag("Value"))))
            holder = holder.find(version.tag("Subcode"))
        code, subcodes = (codes[0], tuple(codes[1:])) if codes else (_qname(None), ())
        reason, detail = body.find(f"{version.tag('Reason')}/{version.tag('Text')}"), body.find(version.tag("Detail"))
    names = {version.sender: "Sender", version.receiver: "Receiver"}
    return Fault(
        # SOAP 1.1 services put a code of their own where 1.2 has a subcode.
        code=names.get(code.local, code.local) if code.ns == version.ns else "Sender",
        subcodes=subcodes if code.ns == version.ns else (code, *subcodes),
        reason="" if reason is None else xml.text_of(reason),
        lang="" if reason is None else reason.get(XML_LANG, ""),
        detail=() if detail is None else tuple(detail.iterchildren(tag=etree.Element)),
        action=envelope.action,
    )


def request(body: _Element, binding: Binding, *, action: str, message_id: str = "", to: str = "") -> bytes:
    """A request: with addressing headers where the binding wants them (the reply goes back on the same connection)."""
    envelope, inside = _frame(binding.version, action if binding.addressing else None)
    if binding.addressing:
        headers = envelope[0]
        _header(headers, "MessageID", message_id)
        etree.SubElement(_header(headers, "ReplyTo"), f"{{{WSA}}}Address").text = ANONYMOUS
        _header(headers, "To", to).set(binding.version.tag("mustUnderstand"), "1")
    xml.graft(inside, body)
    return xml.serialise(envelope)


def reply(body: _Element, binding: Binding, *, action: str, relates_to: str = "") -> bytes:
    """A reply, addressed back where the binding wants it."""
    envelope, inside = _frame(binding.version, action if binding.addressing else None, relates_to)
    xml.graft(inside, body)
    return xml.serialise(envelope)


def fault_reply(fault: Fault, binding: Binding, *, relates_to: str = "") -> bytes:
    """A fault as the whole body of a reply; the HTTP status is 500 in both versions, as .NET does it."""
    version = binding.version
    envelope, inside = _frame(version, fault.action if binding.addressing else None, relates_to)
    if binding.addressing:
        for name in fault.not_understood:
            _name_stranger(envelope[0], version, name)
    names = {"Sender": version.sender, "Receiver": version.receiver}
    code = QName(version.ns, names.get(fault.code, fault.code))
    write = _fault11 if version is SOAP11 else _fault12
    write(etree.SubElement(inside, version.tag("Fault")), fault, code)
    return xml.serialise(envelope)


def _fault11(element: _Element, fault: Fault, code: QName) -> None:
    # SOAP 1.1 has one code only: the most specific one, as .NET does it.
    _qname_element(element, "faultcode", fault.legacy or (fault.subcodes[-1] if fault.subcodes else code))
    text = etree.SubElement(element, "faultstring")
    text.set(XML_LANG, fault.lang)
    text.text = fault.reason
    if fault.detail:
        etree.SubElement(element, "detail").extend(deepcopy(fault.detail))


def _fault12(element: _Element, fault: Fault, code: QName) -> None:
    version = SOAP12
    holder = etree.SubElement(element, version.tag("Code"))
    _qname_element(holder, version.tag("Value"), code)
    for subcode in fault.subcodes:
        holder = etree.SubElement(holder, version.tag("Subcode"))
        _qname_element(holder, version.tag("Value"), subcode)
    text = etree.SubElement(etree.SubElement(element, version.tag("Reason")), version.tag("Text"))
    text.set(XML_LANG, fault.lang)
    text.text = fault.reason
    if fault.detail:
        etree.SubElement(element, version.tag("Detail")).extend(deepcopy(fault.detail))


def _name_stranger(headers: _Element, version: Version, name: QName) -> None:
    element = etree.SubElement(headers, version.tag("NotUnderstood"), nsmap={"h": name.ns} if name.ns else {})
    element.set("qname", _in_scope(element, name))


def _qname_element(parent: _Element, tag: str, name: QName) -> None:
    # The prefix is looked up where the element stands: a declaration that is there already is used again.
    element = etree.SubElement(parent, tag, nsmap={} if name.ns in parent.nsmap.values() else {"c": name.ns})
    element.text = _in_scope(element, name)


def _in_scope(element: _Element, name: QName) -> str:
    prefix = next((prefix for prefix, ns in element.nsmap.items() if prefix and ns == name.ns), "")
    return f"{prefix}:{name.local}" if prefix else name.local


def _qname(element: _Element | None) -> QName:
    if element is None or not xml.text_of(element).strip():
        raise raised("deserialization-failed", what="a fault without a code")
    prefix, _, local = xml.text_of(element).strip().rpartition(":")
    return QName(element.nsmap.get(prefix or None) or "", local)


def _open(data: bytes, version: Version, max_size: int) -> _Element:
    envelope = xml.parse(data, max_size=max_size)
    if envelope.tag != version.tag("Envelope"):
        raise raised("version-mismatch", what=f"{str(envelope.tag)[:120]}; SOAP {version.name} is spoken here")
    return envelope


def _headers(envelope: _Element, version: Version) -> Sequence[_Element]:
    """Header blocks that are for us."""
    first = next(envelope.iterchildren(tag=etree.Element), None)
    if first is None or first.tag != version.tag("Header"):
        return ()
    return [
        block
        for block in first.iterchildren(tag=etree.Element)
        if block.get(version.tag(version.actor), "").strip() in version.ours
    ]


def _body(envelope: _Element, version: Version) -> _Element:
    parts = [child for child in envelope.iterchildren(tag=etree.Element) if child.tag != version.tag("Header")]
    if len(parts) != 1 or parts[0].tag != version.tag("Body"):
        raise raised("deserialization-failed", what="an envelope has an optional Header, then one Body")
    inside = list(parts[0].iterchildren(tag=etree.Element))
    if len(inside) != 1:
        raise raised("deserialization-failed", what=f"{len(inside)} elements in the Body; one is right")
    return inside[0]


def _check_understood(headers: Sequence[_Element], binding: Binding) -> None:
    version = binding.version
    strangers = []
    for header in headers:
        flag = header.get(version.tag("mustUnderstand"), "0").strip()
        if flag not in {"0", "1"} and (version is SOAP11 or flag not in {"true", "false"}):
            raise raised("deserialization-failed", what=f"mustUnderstand is {flag[:20]!r}")
        name = QName(*xml.split_tag(header))
        if flag in {"1", "true"} and name not in binding.understood:
            strangers.append(name)
    if strangers:
        raise raised("must-understand", what=strangers[0].text, not_understood=tuple(strangers))


def _addressing(headers: Sequence[_Element]) -> dict[str, str]:
    found: dict[str, str] = {}
    for header in headers:
        ns, local = xml.split_tag(header)
        if ns != WSA:
            continue
        if local in found and local != "RelatesTo":
            raise raised("invalid-addressing-header", what=f"{local} occurs twice")
        if local in {"ReplyTo", "FaultTo"}:
            address = header.find(f"{{{WSA}}}Address")
            text = "" if address is None else xml.text_of(address).strip()
            if text not in {ANONYMOUS, f"{WSA}/none"}:
                raise raised("only-anonymous", what=f"{local} is {text[:120]!r}")
            found[local] = text
        else:
            found.setdefault(local, xml.text_of(header).strip())
    return found


def _frame(version: Version, action: str | None, relates_to: str = "") -> tuple[_Element, _Element]:
    """An envelope and its empty body; with addressing headers when there is an action."""
    nsmap: dict[str | None, str] = {"s": version.ns}
    if action is not None:
        nsmap["a"] = WSA
    envelope = etree.Element(version.tag("Envelope"), nsmap=nsmap)
    if action is not None:
        headers = etree.SubElement(envelope, version.tag("Header"))
        _header(headers, "Action", action).set(version.tag("mustUnderstand"), "1")
        if relates_to:
            _header(headers, "RelatesTo", relates_to)
    return envelope, etree.SubElement(envelope, version.tag("Body"))


def _header(headers: _Element, name: str, text: str | None = None) -> _Element:
    element: _Element = etree.SubElement(headers, f"{{{WSA}}}{name}")
    element.text = text
    return element
