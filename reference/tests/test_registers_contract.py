"""The registers' values on the wire: round trips, hostile input, and zeep as an independent reader and writer.

zeep builds and reads messages from a WSDL: from ours always, and from the registers' own WSDLs where the shared folder
with the standards lies beside the project.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import io
import operator
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zeep
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from zeep.transports import Transport

from nhnwire.errors import ProtocolError
from nhnwire.registers import binding, simple, soap, wsdl
from nhnwire.registers.bus import BUS_MANAGER
from nhnwire.registers.cppa.service import CPPA_SERVICE
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.kinds import Array, Certificate, Enumeration, Kind, Member, Record
from nhnwire.registers.party.service import COMMUNICATION_PARTY
from nhnwire.registers.simple import Simple

if TYPE_CHECKING:
    from nhnwire.registers.service import WebService

OFFICIAL = Path(__file__).resolve().parents[2].parent / "shared" / "standards" / "wsdl"
SERVICES = {one.name: one for one in (COMMUNICATION_PARTY, GP_READ, CPPA_SERVICE, BUS_MANAGER)}
OPERATIONS = [(service.name, operation.name) for service in SERVICES.values() for operation in service.operations]
SOURCES = {
    "CommunicationParty": "AddressService_2025/nhn-adresseregisteret-sok.wsdl",
    "FlrReadOperationsService": "FLR/nhn-fastlegeregisteret-read.wsdl",
    "CppaService": "CPAService/CPPAService.wsdl",
    "ServiceBusManagerServiceV2": "ServiceBusManager/servicebusmanager_v2_singleWsdl.wsdl",
}
# The CPPA description is in parts that refer to each other by address.
PARTS = {
    "wsdl": "CPPAService.wsdl",
    "wsdl=wsdl0": "CPPA.wsdl",
    "xsd=xsd0": "CPPA2.xsd",
    "xsd=xsd1": "CPPA.xsd",
    "xsd=xsd2": "CPPA5.xsd",
    "xsd=xsd3": "CPPA1.xsd",
    "xsd=xsd4": "CPPA4.xsd",
    "xsd=xsd5": "CPPA3.xsd",
}
ADDRESSES = {binding.BASIC: "https://localhost:9003/v1/Basic", binding.WS_HTTP: "https://localhost:9003/v1"}
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

# zeep is slow; shrinking through it is slower still.
ZEEP = settings(QUICK, max_examples=4, phases=[Phase.explicit, Phase.generate])

# -- values of every kind ------------------------------------------------------------------------------------------

TEXTS = st.text("abcæøåÆØÅ <>&\"'\n\t\u00a0\u2028€😀0123", min_size=1, max_size=12)
MOMENTS = st.datetimes(dt.datetime.fromisoformat("0001-01-01"), dt.datetime.fromisoformat("9999-12-31"))
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "short": st.integers(-(2**15), 2**15 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),  # zeep writes infinity wrongly
    "string": TEXTS,
    "base64Binary": st.binary(min_size=1, max_size=40),
    "StreamBody": st.binary(min_size=1, max_size=40),
    "dateTime": MOMENTS
    | st.datetimes(dt.datetime.fromisoformat("1900-01-01"), timezones=st.just(dt.UTC))
    | MOMENTS.map(lambda value: value.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))),
    "guid": st.uuids().map(str),
    "duration": st.timedeltas(dt.timedelta(days=-99), dt.timedelta(days=99)),
}


def values(kind: Kind, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values of a kind; below `depth` levels what may be nil is nil."""
    if isinstance(kind, Simple):
        return LEAVES[kind.name]
    if isinstance(kind, Enumeration):
        return st.sampled_from(list(kind.wire_names().values()))
    if isinstance(kind, Certificate):
        return st.binary(min_size=1, max_size=40)
    if isinstance(kind, Array):
        item = values(kind.item, depth - 1)
        return st.lists(item, max_size=2 if depth > 0 else 0).map(tuple)
    return st.one_of([later(Record(cls), depth) for cls in family(kind.cls)])


def later(record: Record, depth: int) -> st.SearchStrategy[Any]:
    """Built when first drawn from: records contain each other."""
    return st.deferred(lambda: built(record, depth))


def built(record: Record, depth: int) -> st.SearchStrategy[Any]:
    fields = {each.field: slot(each, depth - 1) for each in record.members()}
    return st.builds(record.cls, **fields)


def slot(each: Member, depth: int) -> st.SearchStrategy[Any]:
    if each.nillable:
        return st.none() | values(each.kind, depth) if depth > 0 else st.none()
    return values(each.kind, depth)


def family(cls: type[Any]) -> list[type[Any]]:
    return [cls, *(one for below in cls.__subclasses__() for one in family(below))]


@cache
def arguments(service: str, operation: str) -> st.SearchStrategy[dict[str, Any]]:
    members = SERVICES[service].parameters(SERVICES[service].by_name[operation])
    return st.fixed_dictionaries({each.wire: slot(each, 4) for each in members})


@cache
def results(service: str, operation: str) -> st.SearchStrategy[Any]:
    members = SERVICES[service].results(SERVICES[service].by_name[operation])
    return slot(members[0], 4) if members else st.none()


def ask(service: WebService, operation: str, given_arguments: dict[str, Any], way: binding.Binding) -> soap.Envelope:
    body = service.request(operation, given_arguments)
    action = service.action(operation)
    data = soap.request(body, way, action=action, message_id="urn:uuid:1", to="https://localhost/v1")
    return soap.parse(data, way, soap_action="" if way.addressing else f'"{action}"')


# -- our own reader and writer ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_what_is_written_is_what_is_read(service: str, operation: str) -> None:
    """Every operation's request and response survive the wire in both bindings, with nothing passed over."""

    @settings(QUICK, max_examples=8)
    @given(arguments(service, operation), results(service, operation), st.sampled_from(binding.BINDINGS))
    def holds(sent: dict[str, Any], result: Any, way: binding.Binding) -> None:
        register = SERVICES[service]
        call = register.read_request(ask(register, operation, sent, way))
        assert (call.operation, dict(call.arguments), call.ignored) == (operation, sent, ())
        action = register.action(operation, "Response")
        reply = soap.parse_reply(soap.reply(register.response(operation, result), way, action=action), way.version)
        outcome = register.read_response(operation, reply)
        assert (outcome.result, outcome.ignored) == (result, ())

    holds()


@QUICK
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from(binding.BINDINGS))
def test_bytes_that_are_no_message_give_a_typed_error(data: bytes, way: binding.Binding) -> None:
    """A peer that sends noise gets an error it can be told about; the register does not fall over."""
    with pytest.raises(ProtocolError):
        soap.parse(data, way)


def _mutate(data: bytes, rng: Any) -> bytes:
    text = data.decode()
    match rng.randrange(5):
        case 0:  # a text that may not fit its type
            return re.sub(r">[^<>]+<", lambda m: rng.choice([">x<", "><", ">-1<", ">9e9<", m[0]]), text).encode()
        case 1:  # nil anywhere
            return re.sub(r"<(n\d:\w+)", lambda m: rng.choice([m[0]] * 4 + [f'{m[0]} i:nil="true"']), text).encode()
        case 2:  # a type that is not there
            return text.replace('i:type="', f'i:type="{rng.choice(["zz:", "i:", ":", "n1:"])}', 1).encode()
        case 3:  # an element renamed or moved
            return re.sub(r"\bn(\d):", lambda m: rng.choice([m[0]] * 9 + ["n1:", "t:"]), text).encode()
        case _:
            at = rng.randrange(len(data))
            return data[:at] + data[at + rng.randrange(1, 9) :]


@QUICK
@given(st.sampled_from(OPERATIONS), st.data(), st.randoms(use_true_random=False))
def test_damaged_messages_are_read_or_refused_but_never_crash(
    which: tuple[str, str], data: st.DataObject, rng: Any
) -> None:
    """Whatever happens to a request on its way, it becomes a call or a typed error."""
    service, operation = SERVICES[which[0]], which[1]
    body = service.request(operation, data.draw(arguments(*which)))
    sound = soap.request(body, binding.BASIC, action=service.action(operation))
    try:
        call = service.read_request(
            soap.parse(_mutate(sound, rng), binding.BASIC, soap_action=service.action(operation))
        )
    except ProtocolError:
        return
    assert call.operation == operation


# -- zeep: an independent reader and writer --------------------------------------------------------------------------


class _Folder(Transport):
    """Addresses inside the CPPA description, answered from files."""

    def load(self, url: str) -> bytes:
        name = PARTS.get(url.partition("?")[2]) if "?" in url else None
        return (OFFICIAL / "CPAService" / name).read_bytes() if name else Path(url).read_bytes()


@cache
def described(service: str, origin: str) -> Any:
    """A zeep client; its methods have no types."""
    if origin == "own":
        text = io.BytesIO(wsdl.describe(SERVICES[service], ADDRESSES))
        return zeep.Client(text)  # type: ignore[no-untyped-call]  # zeep has no types
    if not OFFICIAL.is_dir():
        pytest.skip("the registers' own WSDLs are not beside the project")
    where = str(OFFICIAL / SOURCES[service])
    transport = _Folder()  # type: ignore[no-untyped-call]  # zeep has no types
    return zeep.Client(where, transport=transport)  # type: ignore[no-untyped-call]  # zeep has no types


def to_zeep(client: Any, kind: Kind, value: Any) -> Any:
    if value is None:
        # zeep leaves None out; xsi:nil is what .NET and we write.
        return None
    if isinstance(kind, Enumeration):
        names = [name for name, member in kind.wire_names().items() if member == value]
        return names if kind.flags else names[0]
    if isinstance(kind, Certificate):
        raw = etree.Element("RawData")
        raw.text = simple.BASE64.format(value)
        return client.get_type(f"{{{kind.ns}}}{kind.name}")(_value_1=[raw])
    if isinstance(kind, Array):
        items = [zeep.xsd.Nil if one is None else to_zeep(client, kind.item, one) for one in value]
        return client.get_type(f"{{{kind.ns}}}{kind.name}")(**{kind.item.name: items})
    if isinstance(kind, Record):
        actual = Record(type(value))
        parts = {each.wire: to_zeep(client, each.kind, getattr(value, each.field)) for each in actual.members()}
        return client.get_type(f"{{{actual.ns}}}{actual.name}")(**parts)
    return value


def from_zeep(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Enumeration():
            known = kind.wire_names()
            return (
                functools.reduce(operator.or_, [known[name] for name in value], kind.cls(0))
                if kind.flags
                else known[value]
            )
        case Certificate():
            return simple.BASE64.parse(value["_value_1"][0].text) if value["_value_1"] else None
        case Array():
            return tuple(from_zeep(kind.item, one) for one in value[kind.item.name])
        case Record():
            name = type(value).__name__
            actual = next(Record(cls) for cls in family(kind.cls) if Record(cls).name == name)
            return actual.cls(**{each.field: from_zeep(each.kind, value[each.wire]) for each in actual.members()})
        case _:
            return float(value) if isinstance(value, Decimal) else value


def squashed(value: Any) -> Any:
    """What zeep can tell apart: to it a nil record is one without members, and a nil list is an empty one."""
    if isinstance(value, tuple):
        return tuple(squashed(one) for one in value) or None
    if dataclasses.is_dataclass(value):
        parts = {each.name: squashed(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return (type(value).__name__, parts) if any(one is not None for one in parts.values()) else None
    return value


def port(client: Any, way: binding.Binding) -> Any:
    ports = [one for service in client.wsdl.services.values() for one in service.ports.items()]
    return next(one.binding for name, one in ports if name.startswith(way.name))


XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
BOTH = pytest.mark.parametrize("origin", ["own", "official"])
EACH = pytest.mark.parametrize(("service", "operation"), OPERATIONS)


@BOTH
@EACH
def test_what_zeep_sends_is_what_we_read(origin: str, service: str, operation: str) -> None:
    """A client generated from the WSDL calls every operation; the register understands each argument."""
    client, register = described(service, origin), SERVICES[service]

    @ZEEP
    @given(arguments(service, operation), st.sampled_from(binding.BINDINGS))
    def holds(sent: dict[str, Any], way: binding.Binding) -> None:
        members = register.parameters(register.by_name[operation])
        theirs = {each.wire: to_zeep(client, each.kind, sent[each.wire]) for each in members}
        target = port(client, way)
        envelope, headers = target._create(operation, (), theirs, client=client, options={"address": "https://x"})
        action = headers.get("SOAPAction", "")
        call = register.read_request(soap.parse(etree.tostring(envelope), way, soap_action=action))
        assert (dict(call.arguments), call.ignored) == (sent, ())

    holds()


@BOTH
@EACH
def test_what_we_answer_is_what_zeep_reads(origin: str, service: str, operation: str) -> None:
    """Each member of each answer reaches a client that was generated from the WSDL."""
    client, register = described(service, origin), SERVICES[service]

    @ZEEP
    @given(results(service, operation), st.sampled_from(binding.BINDINGS))
    def holds(result: Any, way: binding.Binding) -> None:
        data = soap.reply(register.response(operation, result), way, action=register.action(operation, "Response"))
        body = etree.fromstring(data).find(f"{{{way.version.ns}}}Body")
        assert body is not None
        for one in body.iter(f"{{{COMMUNICATION_PARTY.ns}}}Organization"):
            # zeep forgets the base class of a type that contains itself, unless the type is named once more.
            one.set(XSI_TYPE, "t:Organization")
        element = client.get_element(f"{{{register.ns}}}{operation}Response")
        theirs = element.parse(body[0], client.wsdl.types)
        for each in register.results(register.by_name[operation]):
            assert squashed(from_zeep(each.kind, theirs[each.wire])) == squashed(result)

    holds()


# -- the description itself -----------------------------------------------------------------------------------------

_XS = f"{{{simple.XSD}}}"
_OURS_TO_CHOOSE = {"pattern", "minInclusive", "maxInclusive"}


def _types(documents: list[etree._Element]) -> dict[tuple[str, str], Any]:
    """Every type of some schemas as plain data: base, then members with type, nillable and occurrence."""
    found: dict[tuple[str, str], Any] = {}
    for document in documents:
        for schema in document.iter(f"{_XS}schema"):
            ns = schema.get("targetNamespace") or ""
            for node in schema.iterchildren(f"{_XS}complexType", f"{_XS}simpleType", f"{_XS}element"):
                if node.tag == f"{_XS}element" and node.get("type"):
                    continue
                base = [_qname(one, one.get("base") or "") for one in node.iter(f"{_XS}extension", f"{_XS}restriction")]
                members = [
                    (
                        one.get("name"),
                        _qname(one, one.get("type") or ""),
                        one.get("nillable") == "true",
                        one.get("minOccurs", "1"),
                        one.get("maxOccurs", "1"),
                    )
                    for one in node.iter(f"{_XS}element")
                    if one is not node
                ]
                names = [one.get("value") for one in node.iter(f"{_XS}enumeration")]
                numbers = [" ".join(str(one.text).split()) for one in node.iter("{*}EnumerationValue")]
                flags = next(node.iter(f"{_XS}list"), None) is not None
                struct = next(node.iter("{*}IsValueType"), None) is not None
                found[ns, node.get("name") or ""] = (base, members, names, numbers, flags, struct)
    return found


def _qname(node: etree._Element, text: str) -> tuple[str, str]:
    prefix, _, local = text.rpartition(":")
    return node.nsmap.get(prefix or None) or "", local


def _operations(documents: list[etree._Element]) -> dict[str, Any]:
    ns = {"w": wsdl.WSDL}
    found: dict[str, Any] = {}
    for document in documents:
        for port_type in document.iterfind("w:portType", ns):
            for one in port_type.iterfind("w:operation", ns):
                found[one.get("name") or ""] = [
                    (etree.QName(part).localname, part.get("name"), part.get("message", "").rpartition(":")[2], action)
                    for part in one.iterchildren(tag=etree.Element)
                    for action in [part.get("{http://www.w3.org/2007/05/addressing/metadata}Action")]
                ]
    return found


def _official(service: str) -> list[etree._Element]:
    if not OFFICIAL.is_dir():
        pytest.skip("the registers' own WSDLs are not beside the project")
    first = OFFICIAL / SOURCES[service]
    more = [OFFICIAL / "CPAService" / name for name in PARTS.values()] if service == "CppaService" else []
    roots = [etree.parse(path).getroot() for path in (first, *more)]
    for root in roots:  # so that a bare schema is found as one inside a WSDL is
        if root.tag == f"{_XS}schema":
            etree.Element("holder").append(root)
    return [root if root.getparent() is None else root.getparent() for root in roots]  # type: ignore[misc]  # just appended


@pytest.mark.parametrize("service", SERVICES)
def test_our_description_says_what_the_official_one_says(service: str) -> None:
    """Types, members, order, nillability and operations: a generated client is the same from either WSDL."""
    ours = etree.fromstring(wsdl.describe(SERVICES[service], ADDRESSES))
    official = _official(service)
    theirs, mine = _types(official), _types([ours])
    for about in (theirs, mine):
        for unused in [key for key in about if key[0] == simple.SERIALIZATION and key[1] == "char"]:
            del about[unused]
    common = {name: theirs[name] for name in theirs if name in mine}
    assert {name: mine[name] for name in common} == common
    # .NET always declares its own three types; we declare those that are used.
    missing = {name for name in theirs if name not in mine and name[0] != simple.SERIALIZATION}
    assert missing == set()
    assert set(mine) - set(theirs) == set()
    assert _operations([ours]) == _operations(official)
