"""The two ways a register is bound to HTTP: SOAP 1.1 on `…/Basic`, SOAP 1.2 with WS-Addressing beside it.

Sources: SOAP 1.1 (W3C note), SOAP 1.2 part 1 (W3C recommendation); NHN's WSDLs and clients.
"""

from __future__ import annotations

from dataclasses import dataclass

from nhnwire.registers.faults import QName

WSA = "http://www.w3.org/2005/08/addressing"
ANONYMOUS = f"{WSA}/anonymous"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UNDERSTANDABLE_WSA = frozenset(
    QName(WSA, name) for name in ("Action", "MessageID", "RelatesTo", "To", "From", "ReplyTo", "FaultTo")
)


@dataclass(frozen=True)
class Version:
    """What differs between the two versions of SOAP.

    Attributes:
        ns: namespace of the envelope.
        media_type: of the HTTP body.
        actor: the attribute that says for whom a header is.
        ours: values of that attribute that mean this endpoint; a header without it is for us too.
        sender: name of the fault code "the sender is at fault".
        receiver: name of the fault code "we are at fault".
    """

    name: str
    ns: str
    media_type: str
    actor: str
    ours: frozenset[str]
    sender: str
    receiver: str

    def tag(self, local: str) -> str:
        """An element or attribute name of this envelope."""
        return f"{{{self.ns}}}{local}"


_NS11 = "http://schemas.xmlsoap.org/soap/envelope/"
_NS12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP11 = Version(
    "1.1", _NS11, "text/xml", "actor", frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"}), "Client", "Server"
)
SOAP12 = Version(
    "1.2",
    _NS12,
    "application/soap+xml",
    "role",
    frozenset({"", f"{_NS12}/role/next", f"{_NS12}/role/ultimateReceiver"}),
    "Sender",
    "Receiver",
)


@dataclass(frozen=True)
class Binding:
    """One way a service is bound to HTTP.

    Attributes:
        name: the first half of the binding's name in the WSDL.
        version: of SOAP.
        addressing: WS-Addressing headers are wanted, and the action stands there.
        understood: headers that may be marked `mustUnderstand`.
    """

    name: str
    version: Version
    addressing: bool
    understood: frozenset[QName]

    def accepts(self, content_type: str) -> bool:
        """True when a request with this Content-Type belongs here; else the answer is 415."""
        return content_type.partition(";")[0].strip().lower() == self.version.media_type

    def content_type(self) -> str:
        """Content-Type of what we write."""
        return f"{self.version.media_type}; charset=utf-8"


BASIC = Binding("BasicHttpBinding", SOAP11, addressing=False, understood=frozenset({QName(WSSE, "Security")}))
WS_HTTP = Binding("WSHttpBinding", SOAP12, addressing=True, understood=_UNDERSTANDABLE_WSA | {QName(WSSE, "Security")})
BINDINGS = (BASIC, WS_HTTP)
