"""How a register reads what clients get wrong: strays, order, nil, derived types; and the clock on its wall."""

from __future__ import annotations

import datetime as dt
import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nhnwire import xml
from nhnwire.errors import SchemaError, XmlError
from nhnwire.registers import binding, simple, soap
from nhnwire.registers.faults import SoapError
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.kinds import Enumeration
from nhnwire.registers.party.service import COMMUNICATION_PARTY

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def _get_details(children: str) -> soap.Envelope:
    name = "GetCommunicationPartyDetails"
    data = (
        f'<s:Envelope xmlns:s="{binding.SOAP11.ns}"><s:Body>'
        f'<{name} xmlns="http://register.nhn.no/CommunicationParty">{children}</{name}></s:Body></s:Envelope>'
    )
    return soap.parse(data.encode(), binding.BASIC, soap_action=COMMUNICATION_PARTY.action(name))


def test_a_stray_element_is_passed_over_but_remembered() -> None:
    """A client misspells a parameter: the register goes on with 0, as .NET does, but the journal can say why."""
    call = COMMUNICATION_PARTY.read_request(_get_details("<HerId>9000001</HerId>"))
    assert call.arguments == {"herId": 0}
    assert call.ignored == ("/Envelope/Body/GetCommunicationPartyDetails/HerId",)


def test_a_flood_of_strays_is_passed_over_quickly() -> None:
    """A hundred thousand unknown elements cost no more than reading them."""
    call = COMMUNICATION_PARTY.read_request(_get_details("<x/>" * 100_000 + "<herId>7</herId>"))
    assert call.arguments == {"herId": 7}
    assert len(call.ignored) == 20


@pytest.mark.parametrize(
    "child",
    [
        "<herId>2147483648</herId>",
        "<herId></herId>",
        "<herId>one</herId>",
        '<herId i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/>',
        "<herId><a/></herId>",
    ],
)
def test_a_her_id_that_is_none_is_refused(child: str) -> None:
    """The fault says where and what, so that the client's developer can mend it."""
    with pytest.raises(SoapError, match="herId") as caught:
        COMMUNICATION_PARTY.read_request(_get_details(child))
    assert caught.value.fault.subcodes[0].local == "DeserializationFailed"


def test_members_out_of_order_are_lost_as_in_dotnet() -> None:
    """DataContractSerializer never goes back: what comes too late is not there (NHN's WSDLs and clients)."""
    search = "<search xmlns='http://register.nhn.no/CommunicationParty'><PageSize>5</PageSize><Page>2</Page></search>"
    name = "Search"
    data = (
        f'<e:Envelope xmlns:e="{binding.SOAP11.ns}"><e:Body><{name} '
        f'xmlns="http://register.nhn.no/CommunicationParty">{search}</{name}></e:Body></e:Envelope>'
    )
    action = COMMUNICATION_PARTY.action(name)
    call = COMMUNICATION_PARTY.read_request(soap.parse(data.encode(), binding.BASIC, soap_action=action))
    assert (call.arguments["search"].page, call.arguments["search"].page_size) == (0, 5)
    assert call.ignored == ("/Envelope/Body/Search/search/Page",)


def test_a_part_that_must_be_there_is_asked_for() -> None:
    """A search constraint without its key is no constraint; .NET's KeyValuePair requires both."""
    pair = (
        '<c:KeyValuePairOfstringstring xmlns:c="http://schemas.datacontract.org/2004/07/System.Collections.Generic"/>'
    )
    body = xml.parse(
        f'<Search xmlns="{COMMUNICATION_PARTY.ns}">'
        f"<search><SearchConstraints>{pair}</SearchConstraints></search></Search>".encode()
    )
    with pytest.raises(SoapError, match="key is missing"):
        COMMUNICATION_PARTY.read_request(soap.Envelope(binding.SOAP11, body, COMMUNICATION_PARTY.action("Search")))


def test_only_a_derived_type_may_stand_in() -> None:
    """`i:type` cannot smuggle in a value of another class."""
    reply = COMMUNICATION_PARTY.response("GetCommunicationPartyDetails", None)
    child = reply[0]
    child.attrib.clear()
    child.set(XSI_TYPE, "t:SearchResult")
    with pytest.raises(SchemaError, match="no CommunicationParty"):
        COMMUNICATION_PARTY.read_response("GetCommunicationPartyDetails", soap.Envelope(binding.SOAP11, reply))


@given(st.datetimes(dt.datetime.fromisoformat("1996-01-01"), dt.datetime.fromisoformat("2100-01-01")))
def test_local_time_is_the_clock_on_the_wall(utc: dt.datetime) -> None:
    """A moment written as Norwegian time and read again is the same, but for the hour that October repeats."""
    moment = utc.replace(tzinfo=dt.UTC)
    again = simple.instant(simple.local_time(moment))
    assert moment - again in {dt.timedelta(0), dt.timedelta(hours=1)}
    assert simple.local_time(again) == simple.local_time(moment)


def test_local_time_around_the_changes_of_2026() -> None:
    """Summer time begins 29 March and ends 25 October, both at 01:00 UTC."""
    cases = {
        "2026-03-29T00:59:59": "2026-03-29T01:59:59",
        "2026-03-29T01:00:00": "2026-03-29T03:00:00",
        "2026-10-25T00:59:59": "2026-10-25T02:59:59",
        "2026-10-25T01:00:00": "2026-10-25T02:00:00",
    }
    for utc, wall in cases.items():
        assert simple.local_time(dt.datetime.fromisoformat(utc + "+00:00")).isoformat() == wall


def _office(depth: int) -> bytes:
    deep = '<Children xmlns="http://register.nhn.no/Corporate"><Business>' * depth + "</Business></Children>" * depth
    contract = f"<GetGPContractResult><GPOffice>{deep}</GPOffice></GetGPContractResult>"
    body = f'<GetGPContractResponse xmlns="{GP_READ.ns}">{contract}</GetGPContractResponse>'
    return f'<s:Envelope xmlns:s="{binding.SOAP11.ns}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def test_the_deepest_tree_that_is_parsed_is_read() -> None:
    """Businesses inside businesses as deep as the parser goes: no limit of Python's is hit on the way."""
    outcome = GP_READ.read_response("GetGPContract", soap.parse_reply(_office(45), binding.SOAP11))
    business, depth = outcome.result.gp_office, 0
    while business.children:
        business, depth = business.children[0], depth + 1
    assert depth == 45
    with pytest.raises(XmlError):
        soap.parse_reply(_office(xml.MAX_DEPTH // 2), binding.SOAP11)


def test_enumerations_are_what_the_field_calls_them() -> None:
    """Values of enumerations keep their wire names; combined kinds of party are written as .NET does."""
    kind = next(one for one in COMMUNICATION_PARTY.kinds if one.name == "CommunicationPartyType")
    assert isinstance(kind, Enumeration)
    assert issubclass(kind.cls, enum.IntFlag)
    element = etree.Element("Type")
    kind.write(element, kind.cls(5))
    assert element.text == "Person Service"
    kind.write(element, kind.cls(7))
    assert element.text == "All"
    kind.write(element, kind.cls(0))
    assert element.text == "None"
