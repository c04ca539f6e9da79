"""Every door of nhnwire through which bytes of a peer come in, by name: bytes to a value, or a ProtocolError."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from nhnwire import apprec, certificates, dialogmelding, edi2, helseid, msghead, rules, validation, xml
from nhnwire.edi2 import v2, v3
from nhnwire.registers import address, binding, credentials, soap
from nhnwire.registers.bus import BUS_MANAGER
from nhnwire.registers.cppa.service import CPPA_SERVICE
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.party.service import COMMUNICATION_PARTY

if TYPE_CHECKING:
    from types import ModuleType

    from nhnwire.registers.service import WebService

Reader = Callable[[bytes], object]

NOW = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
URL = "https://localhost/x"
SERVICES = (COMMUNICATION_PARTY, GP_READ, CPPA_SERVICE, BUS_MANAGER)


def judged(data: bytes) -> object:
    """A head message as a receiver takes it: value, then the rules beyond the schema."""
    return rules.check(msghead.parse(data))


def judged_receipt(data: bytes) -> object:
    return rules.check(apprec.parse(data))


def request_of(service: WebService, way: binding.Binding) -> Reader:
    """A register's request by its wire name, whichever operation it asks for."""

    def read(data: bytes) -> object:
        name = xml.split_tag(soap.parse(data, way, soap_action="x").body)[1] if not way.addressing else ""
        envelope = soap.parse(data, way, soap_action=service.action(name) if name else "")
        credentials.username_token(envelope.security)
        return service.read_request(envelope)

    return read


def reply_of(service: WebService, operation: str, version: binding.Version) -> Reader:
    def read(data: bytes) -> object:
        envelope = soap.parse_reply(data, version)
        fault = soap.read_fault(envelope)
        return service.read_response(operation, envelope) if fault is None else service.read_detail(fault)

    return read


def strict(kind: type) -> Reader:
    return lambda data: edi2.decode_strict(kind, data)


def tolerant(kind: type) -> Reader:
    return lambda data: edi2.decode(list[kind], data)  # type: ignore[valid-type]  # msgspec takes types as values


def structs(module: ModuleType) -> list[type[msgspec.Struct]]:
    found = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, msgspec.Struct)]
    return [one for one in found if one.__module__ == module.__name__ and one.__name__[0] != "_"]


def unwrapped(data: bytes) -> bytes:
    return edi2.unwrap_document(edi2.decode_strict(edi2.PostMessageRequest, data))


def text(data: bytes) -> str:
    """How a header reaches the checks: HTTP gives Latin-1."""
    return data.decode("latin-1")


def access_token(data: bytes) -> object:
    return helseid.check_access_token(text(data), jwks={"keys": []}, issuer="i", audience="a", scopes=(), now=NOW)


def proof(data: bytes) -> object:
    return helseid.check_dpop_proof(text(data), method="GET", url=URL, now=NOW)


def assertion(data: bytes) -> object:
    return helseid.check_client_assertion(text(data), client_id="c", jwks=(), audiences=("a",), now=NOW)


def api_request(data: bytes) -> object:
    authorization, _, dpop = text(data).partition("\n")
    return helseid.check_request(
        authorization, dpop, method="GET", url=URL, now=NOW, jwks={"keys": []}, issuer="i", audience="a", scopes=()
    )


XML_READERS: dict[str, Reader] = {
    "xml.parse": xml.parse,
    "canonical": lambda data: xml.canonical(xml.parse(data)),
    "msghead.parse": msghead.parse,
    "apprec.parse": apprec.parse,
    "dialogmelding.parse": dialogmelding.parse,
    "rules, head": judged,
    "rules, receipt": judged_receipt,
    "validation.recognise": validation.recognise,
    "validation.check_schema": validation.check_schema,
    "validation.check_schema, 2013": lambda data: validation.check_schema(data, validation.Form.BEFORE_2017),
    "schema of any root": lambda data: validation.check_schema(xml.parse(data)),
    **{
        f"{service.name} request, {way.version.name}{' addressed' * way.addressing}": request_of(service, way)
        for service in SERVICES
        for way in binding.BINDINGS
    },
    **{
        f"{service.name} {operation.name} reply": reply_of(service, operation.name, binding.SOAP11)
        for service in SERVICES
        for operation in service.operations
    },
    "fault, SOAP 1.2": lambda data: soap.read_fault(soap.parse_reply(data, binding.SOAP12)),
}
WIRE_STRUCTS = {
    f"{name} {kind.__name__}": kind
    for name, version in (("edi2", v2), ("edi2 v3", v3))
    for kind in structs(version)
    if kind is not edi2.Refusal
}
OTHER_READERS: dict[str, Reader] = {
    **{name: strict(kind) for name, kind in WIRE_STRUCTS.items()},
    **{name.replace(kind.__name__, f"list of {kind.__name__}"): tolerant(kind) for name, kind in WIRE_STRUCTS.items()},
    **{f"address {kind.__name__}": tolerant(kind) for kind in structs(address)},
    "edi2 document": unwrapped,
    "basic": lambda data: credentials.basic(text(data)),
    "token": access_token,
    "proof": proof,
    "assertion": assertion,
    "request": api_request,
    "token answer": helseid.read_token_answer,
    "token error": lambda data: helseid.read_token_error(400, {}, data),
    "certificate": certificates.load,
    "revocation list": certificates.read_list,
    "OCSP answer": certificates.read_answer,
    "qcStatements": certificates.read_statements,
}
READERS = XML_READERS | OTHER_READERS
