"""SOAP envelopes of the registers: what is refused, with which fault, and what clients read out of faults."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
import zeep
from lxml import etree

from nhnwire.errors import XmlError
from nhnwire.registers import binding, credentials, faults, simple, soap, wsdl
from nhnwire.registers.common import GenericFault, ValidationError, ValidationFault, generic
from nhnwire.registers.cppa.service import CPPA_SERVICE
from nhnwire.registers.credentials import Credentials
from nhnwire.registers.faults import QName, SoapError
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.party.service import COMMUNICATION_PARTY

AR = COMMUNICATION_PARTY.ns
ACTION = COMMUNICATION_PARTY.action("GetCommunicationPartyDetails")
CALL = f'<GetCommunicationPartyDetails xmlns="{AR}"><herId>9000001</herId></GetCommunicationPartyDetails>'


def envelope(headers: str = "", body: str = CALL, ns: str = binding.SOAP12.ns) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{ns}" xmlns:a="{binding.WSA}" xmlns:o="{binding.WSSE}">'
        f"<s:Header>{headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def addressed(more: str = "") -> bytes:
    return envelope(f'<a:Action s:mustUnderstand="1">{ACTION}</a:Action><a:MessageID>urn:uuid:1</a:MessageID>{more}')


def refused(data: bytes, way: binding.Binding, soap_action: str = "") -> SoapError:
    with pytest.raises(SoapError) as caught:
        COMMUNICATION_PARTY.read_request(soap.parse(data, way, soap_action=soap_action))
    return caught.value


def test_soap_1_1_takes_its_action_from_http() -> None:
    """The Java client sends SOAPAction without quotes, .NET with: both are understood (clients in use)."""
    data = envelope(ns=binding.SOAP11.ns)
    for action in (ACTION, f'"{ACTION}"'):
        call = COMMUNICATION_PARTY.read_request(soap.parse(data, binding.BASIC, soap_action=action))
        assert call.arguments == {"herId": 9000001}


def test_soap_1_2_takes_its_action_from_the_header_and_answers_with_relates_to() -> None:
    """A .NET client finds its answer by RelatesTo; the register echoes the MessageID."""
    asked = soap.parse(addressed(), binding.WS_HTTP)
    assert (asked.action, asked.message_id) == (ACTION, "urn:uuid:1")
    body = COMMUNICATION_PARTY.response("GetCommunicationPartyDetails", None)
    data = soap.reply(body, binding.WS_HTTP, action=ACTION + "Response", relates_to=asked.message_id)
    answered = soap.parse_reply(data, binding.SOAP12)
    assert (answered.action, answered.relates_to) == (ACTION + "Response", "urn:uuid:1")
    assert COMMUNICATION_PARTY.read_response("GetCommunicationPartyDetails", answered).result is None


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ('<x:Odd xmlns:x="urn:x" s:mustUnderstand="1"/>', "must-understand"),
        ('<x:Odd xmlns:x="urn:x" s:mustUnderstand="true"/>', "must-understand"),
        ('<x:Odd xmlns:x="urn:x" s:mustUnderstand="maybe"/>', "deserialization-failed"),
        (f"<a:Action>{ACTION}</a:Action>", "invalid-addressing-header"),
        ("<a:ReplyTo><a:Address>https://elsewhere.example</a:Address></a:ReplyTo>", "only-anonymous"),
        ("<a:ReplyTo/>", "only-anonymous"),
    ],
)
def test_headers_that_are_refused(header: str, rule: str) -> None:
    """Each broken rule of SOAP or WS-Addressing has its own fault."""
    assert refused(addressed(header), binding.WS_HTTP).rule == rule


@pytest.mark.parametrize(
    "header",
    [
        '<x:Odd xmlns:x="urn:x"/>',
        '<x:Odd xmlns:x="urn:x" s:mustUnderstand="0"/>',
        '<x:Odd xmlns:x="urn:x" s:mustUnderstand="1" s:role="urn:somebody-else"/>',
        f"<a:ReplyTo><a:Address>{binding.ANONYMOUS}</a:Address></a:ReplyTo>",
        "<a:RelatesTo>urn:uuid:2</a:RelatesTo><a:RelatesTo>urn:uuid:3</a:RelatesTo>",
        '<o:Security s:mustUnderstand="1"/>',
    ],
)
def test_headers_that_are_harmless(header: str) -> None:
    """What is not for us, or not marked, does not stand in the way."""
    assert soap.parse(addressed(header), binding.WS_HTTP).action == ACTION


@pytest.mark.parametrize(
    ("data", "action", "rule"),
    [
        (envelope(ns=binding.SOAP11.ns), "", "action-not-supported"),
        (envelope(ns=binding.SOAP11.ns), AR + "/IOther/Ping", "action-not-supported"),
        (envelope(ns=binding.SOAP11.ns), ACTION[:-1], "action-not-supported"),
        (envelope(ns=binding.SOAP11.ns), COMMUNICATION_PARTY.action("Ping"), "deserialization-failed"),
        (envelope(ns=binding.SOAP12.ns), ACTION, "version-mismatch"),
        (b"<html/>", ACTION, "version-mismatch"),
        (envelope(ns=binding.SOAP11.ns, body=""), ACTION, "deserialization-failed"),
        (envelope(ns=binding.SOAP11.ns, body=CALL + CALL), ACTION, "deserialization-failed"),
        (f'<s:Envelope xmlns:s="{binding.SOAP11.ns}"/>'.encode(), ACTION, "deserialization-failed"),
        (
            envelope(f'<a:Action s:mustUnderstand="1">{ACTION}</a:Action>', ns=binding.SOAP11.ns),
            ACTION,
            "must-understand",
        ),
    ],
)
def test_soap_1_1_messages_that_are_refused(data: bytes, action: str, rule: str) -> None:
    """Wrong action, wrong version, no body: the client is told which."""
    assert refused(data, binding.BASIC, action).rule == rule


def test_an_action_is_needed_and_must_be_one() -> None:
    """On the address with WS-Addressing the header decides; HTTP may repeat it, not contradict it."""
    assert refused(envelope(), binding.WS_HTTP).rule == "addressing-header-required"
    assert refused(addressed(), binding.WS_HTTP, COMMUNICATION_PARTY.action("Ping")).rule == "action-mismatch"


def test_what_is_no_xml_is_not_answered_with_a_fault() -> None:
    """No entity is expanded and no DOCTYPE read."""
    for data in (b"", b"{}", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'):
        with pytest.raises(XmlError):
            soap.parse(data, binding.BASIC)


def test_content_types_decide_where_a_request_belongs() -> None:
    """`text/xml` without charset, as the Java client sends it, is fine; the other version's type is 415."""
    assert binding.BASIC.accepts("text/xml")
    assert binding.BASIC.accepts("Text/XML; charset=utf-8")
    assert binding.WS_HTTP.accepts('application/soap+xml; charset=utf-8; action="x"')
    assert not binding.BASIC.accepts("application/soap+xml")
    assert not binding.WS_HTTP.accepts("")


@pytest.mark.parametrize("way", binding.BINDINGS)
@pytest.mark.parametrize("name", faults.envelope_faults())
def test_every_envelope_fault_can_be_read_back(name: str, way: binding.Binding) -> None:
    """Code, subcodes and reason reach the client, whatever characters the peer sent."""
    stranger = QName("urn:x", "Odd")
    fault = faults.envelope_fault(name, what="<&\x00æ", not_understood=(stranger,))
    found = soap.read_fault(soap.parse_reply(soap.fault_reply(fault, way), way.version))
    assert found is not None
    assert found.reason == fault.reason
    assert "\x00" not in found.reason
    if way is binding.WS_HTTP:
        assert (found.code, found.subcodes, found.action) == (fault.code, fault.subcodes, fault.action)
    elif fault.subcodes:
        assert found.subcodes == (fault.legacy or fault.subcodes[-1],)
    else:
        assert found.code == fault.code


def test_a_header_that_is_not_understood_is_named() -> None:
    """SOAP 1.2 names it in a header of its own (clause 5.4.8)."""
    error = refused(addressed('<x:Odd xmlns:x="urn:x" s:mustUnderstand="1"/>'), binding.WS_HTTP)
    root = etree.fromstring(soap.fault_reply(error.fault, binding.WS_HTTP))
    named = root.find(f"{{{binding.SOAP12.ns}}}Header/{{{binding.SOAP12.ns}}}NotUnderstood")
    assert named is not None
    prefix, _, local = (named.get("qname") or "").partition(":")
    assert (named.nsmap[prefix], local) == ("urn:x", "Odd")


@pytest.mark.parametrize(
    "header",
    [
        '<Odd s:mustUnderstand="1"/>',
        '<a:Odd s:mustUnderstand="1"/>',
        '<s:Odd s:mustUnderstand="1"/>',
    ],
)
def test_a_fault_can_be_written_for_any_stranger(header: str) -> None:
    """Headers without a namespace, or in one of ours: the answer is a fault all the same."""
    error = refused(addressed(header), binding.WS_HTTP)
    found = soap.read_fault(soap.parse_reply(soap.fault_reply(error.fault, binding.WS_HTTP), binding.SOAP12))
    assert found is not None
    assert "Odd" in found.reason


@pytest.mark.parametrize("way", binding.BINDINGS)
def test_clients_find_what_they_key_on_in_a_fault(way: binding.Binding) -> None:
    """C# clients read ErrorCode, the Java client the Norwegian text: both are there to the letter."""
    fault = COMMUNICATION_PARTY.fault("GetCommunicationPartyDetails", generic("unknown-her-id"))
    envelope_ = soap.parse_reply(soap.fault_reply(fault, way), way.version)
    found = soap.read_fault(envelope_)
    assert found is not None
    assert COMMUNICATION_PARTY.read_detail(found) == GenericFault(
        error_code="InvalidHerIdSupplied", message="Kommunikasjonspart med oppgitt HER-id eksisterer ikke."
    )
    assert (found.code, found.lang) == ("Sender", "nb-NO")
    assert found.reason == "Kommunikasjonspart med oppgitt HER-id eksisterer ikke."
    if way.addressing:
        assert found.action == ACTION + "GenericFaultFault"


def test_zeep_raises_our_faults_with_their_detail() -> None:
    """An independent client sees a fault with its message and GenericFault inside, in both versions."""
    addresses = {binding.BASIC: "https://localhost/Basic", binding.WS_HTTP: "https://localhost/"}
    text = io.BytesIO(wsdl.describe(GP_READ, addresses))
    client: Any = zeep.Client(text)  # type: ignore[no-untyped-call]  # zeep has no types
    fault = GP_READ.fault("GetPatientGPDetails", generic("no-gp"))
    for way in binding.BINDINGS:
        target: Any = client.wsdl.bindings[f"{{{GP_READ.ns}}}{way.name}_IFlrReadOperations"]
        with pytest.raises(zeep.exceptions.Fault, match=r"ikke tilknyttet fastlegekontrakt") as caught:
            target.process_error(etree.fromstring(soap.fault_reply(fault, way)), target.get("GetPatientGPDetails"))
        detail = client.get_element("{http://register.nhn.no/Common}GenericFault").parse(
            caught.value.detail[0], client.wsdl.types
        )
        assert (detail.ErrorCode, detail.Message) == (
            "Feil",
            "ArgumentException: Personen er ikke tilknyttet fastlegekontrakt",
        )


def test_a_validation_fault_carries_all_errors() -> None:
    """What was wrong with an update, each thing with its property."""
    wrong = ValidationFault(
        has_errors=True,
        errors=(ValidationError(property_name="Name", message="mangler", display_name="Navn", value=""),),
    )
    fault = COMMUNICATION_PARTY.fault("UpdateServiceDetails", wrong, reason="ugyldig")
    assert COMMUNICATION_PARTY.read_detail(fault) == wrong
    assert fault.action.endswith("UpdateServiceDetailsValidationFaultFault")
    again = soap.fault_reply(fault, binding.BASIC)
    assert soap.fault_reply(fault, binding.BASIC) == again


def test_cppa_texts_hold_what_clients_search_for() -> None:
    """A client of the CPPA service looks for pieces of text."""
    assert "Entitet ikke funnet" in str(generic("not-in-cppa", what="CPP").message)
    assert "PartyA" in str(generic("party-a-without-cpp", her_id=9000001).message)
    assert str(generic("party-b-without-cpp", her_id=9000001).message).endswith("does not have a CPP")


def test_every_fault_row_says_where_it_is_from() -> None:
    """Nobody can tell a recorded text from an invented one unless the table says it."""
    assert {row.certainty for row in faults.rows()} <= {"standard", "seen", "inferred"}
    assert all(row.source and row.error_code and row.message for row in faults.rows())


@pytest.mark.parametrize(
    "data",
    [
        b"<Fault/>",
        b"<Fault><Code/></Fault>",
    ],
)
def test_a_fault_without_a_code_is_no_fault(data: bytes) -> None:
    """A client that gets half a fault says so, rather than guessing."""
    body = data.decode().replace("<", "<s:").replace("<s:/", "</s:")
    with pytest.raises(SoapError):
        soap.read_fault(soap.parse_reply(envelope(body=body), binding.SOAP12))


def test_credentials_of_http_basic() -> None:
    """The registers know organisations by user name and password (NHN's WSDLs and clients)."""
    who = Credentials("OrgUsr310000000", "pass:ord ø")
    assert credentials.basic(credentials.basic_header(who)) == who
    assert "pass" not in repr(who)
    for header in ("", "Bearer x", "Basic", "Basic !!", "Basic /w==", "Basic b25seQ=="):
        assert credentials.basic(header) is None


def test_credentials_of_ws_security() -> None:
    """A UsernameToken in plain text is read; anything else about it is refused by name."""
    who = Credentials("OrgUsr310000000", " secret ")
    header = etree.tostring(credentials.security_header(who)).decode()
    assert credentials.username_token(soap.parse(addressed(header), binding.WS_HTTP).security) == who
    assert credentials.username_token(soap.parse(addressed(), binding.WS_HTTP).security) is None
    digest = header.replace("#PasswordText", "#PasswordDigest")
    nameless = header.replace("o:Username>", "o:Name>")
    for wrong in (digest, nameless):
        with pytest.raises(SoapError) as caught:
            credentials.username_token(soap.parse(addressed(wrong), binding.WS_HTTP).security)
        assert caught.value.rule == "invalid-security"


def test_a_document_travels_as_text() -> None:
    """A CPP is XML escaped inside the result."""
    document = '<?xml version="1.0"?><CollaborationProtocolProfile cppid="x&amp;y"/>'
    body = CPPA_SERVICE.response("GetCppXmlForCommunicationParty", document)
    reply = soap.parse_reply(soap.reply(body, binding.BASIC, action=""), binding.SOAP11)
    assert CPPA_SERVICE.read_response("GetCppXmlForCommunicationParty", reply).result == document


def test_calls_that_cannot_be_written_say_why() -> None:
    """Our own mistakes are found where they are made."""
    with pytest.raises(ValueError, match="takes herId"):
        COMMUNICATION_PARTY.request("GetCommunicationPartyDetails", {"herID": 1})
    with pytest.raises(ValueError, match="32 bits"):
        COMMUNICATION_PARTY.request("GetCommunicationPartyDetails", {"herId": 2**31})
    with pytest.raises(ValueError, match="without a result"):
        COMMUNICATION_PARTY.response("UpdateServiceDetails", 1)
    with pytest.raises(TypeError, match="cannot stand where"):
        COMMUNICATION_PARTY.response("GetCommunicationPartyDetails", GenericFault())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (simple.DOUBLE, "-INF", -math.inf),
        (simple.DOUBLE, "1.5E3", 1500.0),
        (simple.BOOLEAN, " 1 ", True),
        (simple.GUID, "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
    ],
)
def test_spellings_of_simple_values(kind: simple.Simple, text: str, value: Any) -> None:
    """XML Schema allows several spellings."""
    assert kind.parse(text) == value
    assert kind.parse(kind.format(value)) == value


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (simple.BOOLEAN, ["", "TRUE", "yes"]),
        (simple.INT, ["", "1.0", "0x1", "٣", "1_0", "9" * 5000]),
        (simple.DOUBLE, ["", "inf", "nan", "1_0", "e5"]),
        (simple.BASE64, ["a", "a===", "æ"]),
        (
            simple.DATE_TIME,
            ["", "2026-02-30T00:00:00", "2026-01-01", "0000-01-01T00:00:00", "2026-01-01T00:00:00+15:00"],
        ),
        (simple.DURATION, ["", "P", "PT", "P1DT", "P1Y", "1D", "PT1.5H"]),
        (simple.GUID, ["", "6f9619ff8b86d011b42d00cf4fc964ff"]),
    ],
)
def test_texts_that_are_no_values(kind: simple.Simple, texts: list[str]) -> None:
    """Each is refused with ValueError, which becomes a fault that names the element."""
    for text in texts:
        with pytest.raises(ValueError, match=r".*"):
            kind.parse(text)
