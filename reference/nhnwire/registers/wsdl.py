"""The description of a service (WSDL 1.1 with its schemas inside), made from the same declarations that read and write.

One file without imports from elsewhere, so that every client generator can load it from one address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import xml
from nhnwire.registers import binding as bindings
from nhnwire.registers import simple
from nhnwire.registers.kinds import Array, Certificate, Enumeration, Kind, Member, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from nhnwire.registers.binding import Binding
    from nhnwire.registers.service import Operation, WebService

WSDL = "http://schemas.xmlsoap.org/wsdl/"
_WSAM = "http://www.w3.org/2007/05/addressing/metadata"
_WSP = "http://www.w3.org/ns/ws-policy"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_SP = "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy"
_HTTP = "http://schemas.microsoft.com/ws/06/2004/policy/http"
_SOAP_HTTP = "http://schemas.xmlsoap.org/soap/http"
_BINDING_NS = {
    bindings.SOAP11: "http://schemas.xmlsoap.org/wsdl/soap/",
    bindings.SOAP12: "http://schemas.xmlsoap.org/wsdl/soap12/",
}
_PREFIXES = {
    "wsdl": WSDL,
    "xs": simple.XSD,
    "soap": _BINDING_NS[bindings.SOAP11],
    "soap12": _BINDING_NS[bindings.SOAP12],
    "wsam": _WSAM,
    "wsp": _WSP,
    "wsu": _WSU,
    "sp": _SP,
    "http": _HTTP,
}
# Restrictions of the types that .NET adds to XML Schema's own.
_FACETS = {
    "guid": ("string", (("pattern", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),)),
    "duration": (
        "duration",
        (("minInclusive", "-P10675199DT2H48M5.4775808S"), ("maxInclusive", "P10675199DT2H48M5.4775807S")),
    ),
    "StreamBody": ("base64Binary", ()),
}


def describe(service: WebService, addresses: dict[Binding, str]) -> bytes:
    """The WSDL of a service.

    Args:
        service: what to describe.
        addresses: for each binding that is served, the URL at which.
    """
    return _Description(service).document(addresses)


class _Description:
    def __init__(self, service: WebService) -> None:
        self.service = service
        self.prefixes: dict[str, str] = {simple.XSD: "xs", service.ns: "tns"}
        for number, ns in enumerate((ns for ns in service.namespaces if ns != simple.XSD), start=1):
            self.prefixes[ns] = f"n{number}"
        nsmap: dict[str | None, str] = {prefix: ns for ns, prefix in self.prefixes.items()}
        nsmap.update(_PREFIXES)
        self.root = etree.Element(f"{{{WSDL}}}definitions", name=service.name, targetNamespace=service.ns, nsmap=nsmap)

    def document(self, addresses: dict[Binding, str]) -> bytes:
        for binding in addresses:
            self._policy(binding)
        self._types()
        for operation in self.service.operations:
            self._messages(operation)
        self._port_type()
        for binding in addresses:
            self._binding(binding)
        holder = _add(self.root, WSDL, "service", name=self.service.name)
        for binding, address in addresses.items():
            port = _add(holder, WSDL, "port", name=self._bound(binding), binding=f"tns:{self._bound(binding)}")
            _add(port, _BINDING_NS[binding.version], "address", location=address)
        etree.indent(self.root)
        return xml.serialise(self.root)

    # -- types --

    def _types(self) -> None:
        types = _add(self.root, WSDL, "types")
        for ns in (self.service.ns, *self.service.namespaces):
            if ns == simple.XSD:
                continue
            schema = _xs(types, "schema", targetNamespace=ns, elementFormDefault="qualified")
            if ns == simple.SERIALIZATION:
                schema.set("attributeFormDefault", "qualified")
            for other in sorted(self.prefixes.keys() - {ns, simple.XSD}):
                _xs(schema, "import", namespace=other)
            # Arrays first: zeep follows references in the order of the document, and of types that hold each other
            # it forgets the base of the one that it met without an array in between.
            kinds = [kind for kind in self.service.kinds if kind.ns == ns]
            self._several(schema, (kind for kind in kinds if isinstance(kind, Array)))
            if ns == self.service.ns:
                for operation in self.service.operations:
                    self._wrapper(schema, operation.name, self.service.parameters(operation))
                    self._wrapper(schema, f"{operation.name}Response", self.service.results(operation))
            self._several(schema, (kind for kind in kinds if not isinstance(kind, Array)))

    def _several(self, schema: _Element, kinds: Iterable[Kind]) -> None:
        for kind in kinds:
            self._type(schema, kind)

    def _wrapper(self, schema: _Element, name: str, members: tuple[Member, ...]) -> None:
        holder = _xs(_xs(_xs(schema, "element", name=name), "complexType"), "sequence")
        for each in members:
            self._member(holder, each)

    def _member(self, holder: _Element, each: Member) -> None:
        element = _xs(holder, "element", name=each.wire, type=self._ref(each.kind.ns, each.kind.name))
        if not each.required and each.kind.ns != simple.STREAMS:
            element.set("minOccurs", "0")
        if each.nillable:
            element.set("nillable", "true")

    def _type(self, schema: _Element, kind: Kind) -> None:
        if isinstance(kind, Record):
            self._record(schema, kind)
        elif isinstance(kind, Array):
            holder = _xs(_xs(schema, "complexType", name=kind.name), "sequence")
            item = _xs(holder, "element", name=kind.item.name, type=self._ref(kind.item.ns, kind.item.name))
            item.set("minOccurs", "0")
            item.set("maxOccurs", "unbounded")
            if kind.item.nullable:
                item.set("nillable", "true")
        elif isinstance(kind, Enumeration):
            self._enumeration(schema, kind)
        elif isinstance(kind, Certificate):
            self._certificate(schema, kind)
        else:
            base, facets = _FACETS[kind.name]
            limits = _xs(_xs(schema, "simpleType", name=kind.name), "restriction", base=f"xs:{base}")
            for facet, value in facets:
                _xs(limits, facet, value=value)
        if kind.ns != simple.STREAMS:
            _xs(schema, "element", name=kind.name, nillable="true", type=self._ref(kind.ns, kind.name))

    def _record(self, schema: _Element, kind: Record) -> None:
        holder = _xs(schema, "complexType", name=kind.name)
        if not kind.nullable:
            self._note(holder, "IsValueType", "true")
        if kind.base:
            holder = _xs(_xs(holder, "complexContent"), "extension", base=self._ref(kind.base.ns, kind.base.name))
        sequence = _xs(holder, "sequence")
        for each in kind.own():
            self._member(sequence, each)

    def _enumeration(self, schema: _Element, kind: Enumeration) -> None:
        holder = _xs(schema, "simpleType", name=kind.name)
        if kind.flags:
            holder = _xs(_xs(holder, "list"), "simpleType")
        limits = _xs(holder, "restriction", base="xs:string")
        names = kind.wire_names()
        for place, (name, value) in enumerate(names.items()):
            item = _xs(limits, "enumeration", value=name)
            if kind.flags or kind.numbers:
                self._note(item, "EnumerationValue", str(int(value) if kind.flags else kind.numbers[place]))

    def _certificate(self, schema: _Element, kind: Certificate) -> None:
        base = _xs(schema, "complexType", name="X509Certificate")
        _xs(
            _xs(base, "sequence"),
            "any",
            minOccurs="0",
            maxOccurs="unbounded",
            namespace="##local",
            processContents="skip",
        )
        derived = _xs(_xs(schema, "complexType", name=kind.name), "complexContent")
        _xs(derived, "extension", base=self._ref(kind.ns, "X509Certificate"))

    def _note(self, holder: _Element, name: str, text: str) -> None:
        info = _xs(_xs(holder, "annotation"), "appinfo")
        etree.SubElement(info, f"{{{simple.SERIALIZATION}}}{name}", nsmap={None: simple.SERIALIZATION}).text = text

    def _ref(self, ns: str, name: str) -> str:
        return f"{self.prefixes[ns]}:{name}"

    # -- operations --

    def _messages(self, operation: Operation) -> None:
        stem = f"{self.service.contract}_{operation.name}"
        parts = [("InputMessage", "parameters", self.service.ns, operation.name)]
        parts.append(("OutputMessage", "parameters", self.service.ns, f"{operation.name}Response"))
        for fault in operation.faults:
            kind = Record(fault)
            parts.append((f"{kind.name}Fault_FaultMessage", "detail", kind.ns, kind.name))
        for suffix, part, ns, name in parts:
            message = _add(self.root, WSDL, "message", name=f"{stem}_{suffix}")
            _add(message, WSDL, "part", name=part, element=self._ref(ns, name))

    def _port_type(self) -> None:
        service = self.service
        port_type = _add(self.root, WSDL, "portType", name=service.contract)
        for operation in service.operations:
            holder = _add(port_type, WSDL, "operation", name=operation.name)
            stem = f"tns:{service.contract}_{operation.name}"
            for tag, suffix, end in (("input", "InputMessage", ""), ("output", "OutputMessage", "Response")):
                element = _add(holder, WSDL, tag, message=f"{stem}_{suffix}")
                element.set(f"{{{_WSAM}}}Action", service.action(operation.name, end))
            for fault in operation.faults:
                name = f"{Record(fault).name}Fault"
                element = _add(holder, WSDL, "fault", name=name, message=f"{stem}_{name}_FaultMessage")
                element.set(f"{{{_WSAM}}}Action", service.action(operation.name, name))

    def _binding(self, binding: Binding) -> None:
        ns = _BINDING_NS[binding.version]
        holder = _add(self.root, WSDL, "binding", name=self._bound(binding), type=f"tns:{self.service.contract}")
        _add(holder, _WSP, "PolicyReference", URI=f"#{self._bound(binding)}_policy")
        _add(holder, ns, "binding", transport=_SOAP_HTTP, style="document")
        for operation in self.service.operations:
            element = _add(holder, WSDL, "operation", name=operation.name)
            _add(element, ns, "operation", soapAction=self.service.action(operation.name), style="document")
            for tag in ("input", "output"):
                _add(_add(element, WSDL, tag), ns, "body", use="literal")
            for fault in operation.faults:
                name = f"{Record(fault).name}Fault"
                _add(_add(element, WSDL, "fault", name=name), ns, "fault", name=name, use="literal")

    def _policy(self, binding: Binding) -> None:
        """HTTP Basic over TLS without a client certificate (NHN's WSDLs and clients)."""
        policy = _add(self.root, _WSP, "Policy")
        policy.set(f"{{{_WSU}}}Id", f"{self._bound(binding)}_policy")
        everything = _add(_add(policy, _WSP, "ExactlyOne"), _WSP, "All")
        _add(everything, _HTTP, "BasicAuthentication")
        inner = _add(_add(everything, _SP, "TransportBinding"), _WSP, "Policy")
        _add(
            _add(_add(inner, _SP, "TransportToken"), _WSP, "Policy"),
            _SP,
            "HttpsToken",
            RequireClientCertificate="false",
        )
        _add(_add(_add(inner, _SP, "AlgorithmSuite"), _WSP, "Policy"), _SP, "Basic256")
        _add(_add(_add(inner, _SP, "Layout"), _WSP, "Policy"), _SP, "Strict")
        if binding.addressing:
            _add(_add(_add(everything, _WSAM, "Addressing"), _WSP, "Policy"), _WSAM, "AnonymousResponses")

    def _bound(self, binding: Binding) -> str:
        return f"{binding.name}_{self.service.contract}"


def _add(parent: _Element, ns: str, tag: str, **attributes: str) -> _Element:
    element: _Element = etree.SubElement(parent, f"{{{ns}}}{tag}", attributes)
    return element


def _xs(parent: _Element, tag: str, **attributes: str) -> _Element:
    return _add(parent, simple.XSD, tag, **attributes)
