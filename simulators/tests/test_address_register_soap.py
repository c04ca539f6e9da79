"""The address register's web service over real sockets, asked by zeep by our description and the official ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import zeep
from cryptography import x509
from simulators.tests.soap_house import VALIDATION, SoapHouse, detail

from nhnwire.registers import binding, soap
from nhnwire.registers.party import export
from nhnwire.registers.party.service import COMMUNICATION_PARTY
from nhnwire.registers.party.types import PARTY

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFICIAL = Path(__file__).resolve().parents[3] / "shared/standards/wsdl"
DESCRIPTIONS = {
    "2025": OFFICIAL / "AddressService_2025/nhn-adresseregisteret-sok.wsdl",
    "2018": OFFICIAL / "AddressService/AR.wsdl",
    "2016": OFFICIAL / "CommunicationParty_2016_reglistenerdemo.wsdl",
}
COMMON = "http://register.nhn.no/Common"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapHouse]:
    opened = SoapHouse(tmp_path_factory.mktemp("ar"))
    yield opened
    opened.close()


@pytest.fixture(params=binding.BINDINGS, ids=lambda way: str(way.version.name))
def asked(house: SoapHouse, request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    yield house.client(house.url("address_register", "/v1/AR"), COMMUNICATION_PARTY, request.param)
    house.run(house.network.house.endpoints["address_register"].reset())


def refusal(client: Any, call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(zeep.exceptions.Fault) as caught:
        call(*arguments, **named)
    found = detail(client, caught)
    return found.ErrorCode, found.Message


def invalid(client: Any, call: Any, *arguments: Any) -> list[str]:
    """Members that are wrong, as a ValidationFault has them."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        call(*arguments)
    found = detail(client, caught, VALIDATION)
    assert found.HasErrors
    return [one.PropertyName for one in found.Errors.ValidationError]


def test_a_party_is_its_own_kind(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """`i:type` says organisation, service or person; what is inherited is marked; -1 means no parent."""
    _, service = asked
    clinic = house.world.clinic
    top = service.GetCommunicationPartyDetails(clinic.organisation.her_id)
    assert (type(top).__name__, top.ParentHerId, top.ParentOrganizationNumber) == ("Organization", -1, -1)
    assert f"{top.OrganizationNumber:09d}" == house.number
    below = service.GetCommunicationPartyDetails(clinic.services[0].her_id)
    assert (type(below).__name__, below.ParentHerId) == ("Service", clinic.organisation.her_id)
    edi = {one.TypeCodeValue: one for one in below.ElectronicAddresses.ElectronicAddress}["E_EDI"]
    assert (edi.Address, edi.Inherited, edi.Type.OID) == (clinic.organisation.edi_address, True, 9044)
    user = next(user for user in clinic.users if user.her_id)
    person = service.GetCommunicationPartyDetails(user.her_id)
    assert type(person).__name__ == "OrganizationPerson"
    assert str(person.Person.HPRInformation.HPRNumber) == user.hpr
    assert below.ServerTime == datetime.fromisoformat("2030-01-07T08:00:00")


def test_details_by_kind(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """An organisation with its people and services; a HER-id of another kind is unknown there."""
    client, service = asked
    clinic = house.world.clinic
    whole = service.GetOrganizationDetails(clinic.organisation.her_id)
    assert [one.HerId for one in whole.Services.Service] == list(clinic.organisation.services)
    assert [one.HerId for one in whole.People.OrganizationPerson] == list(clinic.organisation.persons)
    kind = clinic.services[0].service_type
    assert kind is not None
    assert service.GetServiceDetails(clinic.services[0].her_id).Code.CodeValue == kind.v
    person = service.GetOrganizationPersonDetails(clinic.organisation.persons[0])
    assert [one.HerId for one in person.Organizations.Organization] == [clinic.organisation.her_id]
    unknown = ("InvalidHerIdSupplied", "Kommunikasjonspart med oppgitt HER-id eksisterer ikke.")
    assert refusal(client, service.GetCommunicationPartyDetails, 1) == unknown
    assert refusal(client, service.GetServiceDetails, clinic.organisation.her_id) == unknown
    assert refusal(client, service.GetOrganizationDetails, clinic.services[0].her_id) == unknown


def test_searches(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """By number, by name with pages and a total, by code; who is nobody is no fault in a search."""
    client, service = asked
    clinic = house.world.clinic.organisation
    for wanted in (str(clinic.her_id), clinic.organisation_number):
        assert [one.HerId for one in service.SearchById(wanted)] == [clinic.her_id]
    assert not service.SearchById("no number")
    pair = client.get_type(
        "{http://schemas.datacontract.org/2004/07/System.Collections.Generic}KeyValuePairOfstringstring"
    )
    pairs = client.get_type(
        "{http://schemas.datacontract.org/2004/07/System.Collections.Generic}ArrayOfKeyValuePairOfstringstring"
    )
    search = client.get_type(f"{{{PARTY}}}CommunicationPartySearch")
    named = search(Page=1, PageSize=5, SearchConstraints=pairs([pair(key="Name", value=clinic.name)]))
    found = service.Search(named)
    assert clinic.her_id in [one.HerId for one in found.Results.CommunicationParty]
    services = search(Page=2, PageSize=3, SearchConstraints=pairs([pair(key="Type", value="Service")]))
    found = service.Search(services)
    assert (len(found.Results.CommunicationParty), found.TotalResults > 6) == (3, True)
    odd = search(Page=1, PageSize=3, SearchConstraints=pairs([pair(key="Colour", value="red")]))
    assert "Colour" in refusal(client, service.Search, odd)[1]
    code = client.get_type(f"{{{COMMON}}}Code")
    kind = clinic.business_type
    assert kind is not None
    same = service.GetOrganizationsHavingCode(code(Active=True, CodeValue=kind.v, OID=9040))
    assert clinic.her_id in [one.HerId for one in same]
    assert refusal(client, service.GetOrganizationsHavingCode, None)[0] == "Feil"


def test_certificates(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """By HER-id, by number, as the directory has them: the same ones, for the right use."""
    client, service = asked
    her_id, number = house.world.clinic.services[0].her_id, int(house.number)
    found = service.GetCertificateDetailsForEncryption(her_id)
    leaf = x509.load_der_x509_certificate(found.Certificate)
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_encipherment or usage.data_encipherment
    assert service.GetCertificateForEncryption(her_id) == found.Certificate
    assert service.GetCertificateForEncryptionByOrganizationNumber(number) == found.Certificate
    for call in (service.GetCertificate, service.GetCertificateForEncryptionLdap):
        assert call(found.LdapUrl) == found.Certificate
    signing = service.GetCertificateDetailsForValidatingSignature(her_id)
    assert signing.Certificate != found.Certificate
    assert refusal(client, service.GetCertificateForEncryptionLdap, signing.LdapUrl)[0] == "Feil"
    assert [one.Certificate for one in service.SearchCertificatesForEncryption(house.number, None, None)] == [
        found.Certificate
    ]
    by_address = service.SearchCertificatesByLdapUrl(found.LdapUrl)
    [one] = by_address.MatchingCertificates.CertificateCandidate
    assert (one.CertificateSerialNumber, one.ValidForEncryption) == (str(leaf.serial_number), True)
    fallback = service.GetFallbackCertificates(str(her_id))
    assert len(fallback.MatchingCertificates.CertificateCandidate) == 2
    assert len(service.GetLdapSearchProviders()) == 1
    assert refusal(client, service.GetCertificateForEncryption, 1)[0] == "InvalidHerIdSupplied"
    for call, wrong in (
        (service.GetFallbackCertificates, "nobody"),
        (service.GetCertificate, "ldap://elsewhere.example"),
        (service.GetCertificateForEncryptionByOrganizationNumber, 1),
    ):
        assert refusal(client, call, wrong)[0] in {"Feil", "InvalidHerIdSupplied"}


def test_an_organisation_changes_its_own(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """Name, EDI address, post, validity: seen by the next who asks, in the change log and among the changed."""
    client, service = asked
    clinic = house.world.clinic
    update = client.get_type(f"{{{PARTY}}}OrganizationUpdate")
    address = client.get_type(f"{{{COMMON}}}ElectronicAddress")
    addresses = client.get_type(f"{{{COMMON}}}ArrayOfElectronicAddress")
    post = client.get_type(f"{{{COMMON}}}PhysicalAddress")
    posts = client.get_type(f"{{{COMMON}}}ArrayOfPhysicalAddress")
    now = datetime.fromisoformat("2030-01-07T08:00:00")
    edi = address(Address="ny@edi.example", Inherited=False, LastChanged=now, TypeCodeValue="E_EDI")
    home = post(
        City="Nyby", Inherited=False, LastChanged=now, PostalCode=130, StreetAddress="Gata 2", TypeCodeValue="PST"
    )
    service.UpdateOrganizationDetails(
        update(
            HerId=clinic.organisation.her_id,
            DisplayName="Nytt Navn legesenter",
            ElectronicAddresses=addresses([edi]),
            PhysicalAddresses=posts([home]),
        )
    )
    below = service.GetServiceDetails(clinic.services[0].her_id)
    assert below.ParentName == "Nytt Navn legesenter"
    assert {one.Address for one in below.ElectronicAddresses.ElectronicAddress} >= {"ny@edi.example"}
    assert (below.PhysicalAddresses.PhysicalAddress[0].PostalCode, below.LastChanged) == (130, now)
    [change] = service.GetChangeLog(clinic.organisation.her_id)
    assert change.Time == now
    ints = client.get_type("{http://schemas.microsoft.com/2003/10/Serialization/Arrays}ArrayOfint")
    told = service.GetChangedCommunicationPartiesInfo(ints([clinic.organisation.her_id, 1]))
    assert [(one.HerId, one.LastUpdated) for one in told] == [(clinic.organisation.her_id, now)]
    period = client.get_type(f"{{{COMMON}}}Period")
    service.SetCommunicationPartyValid(clinic.services[0].her_id, period(From=now, To=now + timedelta(days=9)))
    assert service.GetServiceDetails(clinic.services[0].her_id).Valid.To == now + timedelta(days=9)
    updates = service.GetOrganizationUpdateStatistics(now - timedelta(days=1), now + timedelta(days=1))
    assert [one.HerId for one in updates.UpdateStatistic] == [clinic.organisation.her_id]


def test_what_may_not_be_changed(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """Others' entries are refused; what is wrong is named; what this register does not keep is refused in words."""
    client, service = asked
    clinic, other = house.world.clinic, house.world.named["hospital"]
    update = client.get_type(f"{{{PARTY}}}OrganizationUpdate")
    address = client.get_type(f"{{{COMMON}}}ElectronicAddress")
    addresses = client.get_type(f"{{{COMMON}}}ArrayOfElectronicAddress")
    now = datetime.fromisoformat("2030-01-07T08:00:00")
    foreign = update(HerId=other.parent_her_id, DisplayName="Mitt")
    assert "tilgang" in refusal(client, service.UpdateOrganizationDetails, foreign)[1]
    assert refusal(client, service.GetChangeLog, other.her_id)[0] == "Feil"

    def edi(value: str, kind: str = "E_EDI") -> Any:
        one = address(Address=value, Inherited=False, LastChanged=now, TypeCodeValue=kind)
        return update(HerId=clinic.organisation.her_id, ElectronicAddresses=addresses([one]))

    call = service.UpdateOrganizationDetails
    assert invalid(client, call, edi("no address")) == ["Address"]
    assert invalid(client, call, edi("a@b.example", "E_SB_ASYNC")) == ["ElectronicAddresses"]
    assert invalid(client, call, update(HerId=clinic.organisation.her_id)) == ["HerId"]
    assert invalid(client, call, None) == ["org"]
    assert invalid(client, call, update(HerId=clinic.organisation.her_id, DisplayName="x" * 300)) == ["DisplayName"]
    period = client.get_type(f"{{{COMMON}}}Period")
    backwards = period(From=now, To=now - timedelta(days=9))
    assert invalid(client, service.SetCommunicationPartyValid, clinic.organisation.her_id, backwards) == ["Valid"]
    for refused in (
        lambda: service.CreateOrganization(None),
        lambda: service.CreateService(None),
        lambda: service.CreateOrganizationPerson(None),
        lambda: service.EnableTransportOnOrganization(clinic.organisation.her_id, "AMQP"),
    ):
        assert refusal(client, refused)[0] == "Feil"


def test_attributes_and_statistics(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """Codes of an organisation's own; counts; what nobody has is empty."""
    client, service = asked
    her_id = house.world.clinic.organisation.her_id
    code = client.get_type(f"{{{COMMON}}}Code")(Active=True, CodeText="Egen", CodeValue="E1", OID=9999)
    assert service.AddCustomAttribute(her_id, code).CodeValue == "E1"
    ints = client.get_type("{http://schemas.microsoft.com/2003/10/Serialization/Arrays}ArrayOfint")
    [row] = service.GetCustomAttributes(ints([her_id]))
    assert (row.key, [one.CodeText for one in row.value.Code]) == (her_id, ["Egen"])
    service.RemoveCustomAttribute(her_id, code)
    assert not service.GetCustomAttributes(ints([her_id]))
    assert refusal(client, service.RemoveCustomAttribute, her_id, code)[0] == "Feil"
    rows = service.GetCommunicationPartyStatistics().BusinessTypeStatistics
    assert sum(row.NumberOfUnits + row.NumberOfServices + row.NumberOfPersons for row in rows) == len(
        list(house.world.parties())
    )
    assert "Provenett" in service.Ping()
    assert str(house.world.named["hospital"].her_id) in service.GetAllHFCommpartiesCsv()
    for call in (
        service.GetOrganizationsOwnedBy,
        service.GetAssosiatedIKSChildOrganizations,
        service.GetAssosiatedIKSParentOrganizations,
    ):
        assert not call(her_id)
    assert service.UpdateOrganizationIKSAssociations(her_id, None) is None
    assert service.UpdateCoverageAreas(house.world.clinic.services[0].her_id, None) is None


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official descriptions are not beside this tree")
@pytest.mark.parametrize("age", DESCRIPTIONS)
def test_clients_of_any_age(house: SoapHouse, age: str) -> None:
    """zeep, given the official descriptions of 2016, 2018 and 2025, gets right answers and right faults.

    The older ones lack members that have come since, which .NET passes over and zeep does not: of parties only the
    kind is looked at.
    """
    client, service = house.client(
        house.url("address_register", "/v1/AR"), COMMUNICATION_PARTY, binding.BASIC, str(DESCRIPTIONS[age])
    )
    client.settings.strict = age == "2025"
    clinic = house.world.clinic
    found = service.GetCommunicationPartyDetails(clinic.services[0].her_id)
    assert type(found).__name__ == "Service"
    if age == "2025":
        assert found.Name == clinic.services[0].name
        whole = service.GetOrganizationDetails(clinic.organisation.her_id)
        assert len(whole.Services.Service) == len(clinic.services)
    assert service.GetCertificateDetailsForEncryption(clinic.services[0].her_id).Certificate
    assert refusal(client, service.GetCommunicationPartyDetails, 1)[0] == "InvalidHerIdSupplied"


def test_a_username_token_opens_it_too(house: SoapHouse) -> None:
    """WS-Security over TLS instead of HTTP Basic; a wrong password is a fault in the caller's own format."""
    from zeep.wsse.username import UsernameToken  # noqa: PLC0415 - zeep's own part, for this test only

    url = house.url("address_register", "/v1/AR")
    auth, house.session.auth = house.session.auth, None
    try:
        for password, works in ((house.network.lab.password(house.number), True), ("wrong", False)):
            token: Any = UsernameToken(f"OrgUsr{house.number}", password)  # type: ignore[no-untyped-call]
            transport: Any = zeep.transports.Transport(session=house.session)  # type: ignore[no-untyped-call]
            client: Any = zeep.Client(f"{url}?singleWsdl", transport=transport, wsse=token)  # type: ignore[no-untyped-call]
            service = client.bind("CommunicationParty", f"{binding.BASIC.name}_ICommunicationPartyService")
            if works:
                assert service.GetCommunicationPartyDetails(house.world.clinic.organisation.her_id) is not None
            else:
                with pytest.raises(zeep.exceptions.Fault, match="credentials were not accepted"):
                    service.Ping()
    finally:
        house.session.auth = auth


def test_the_whole_register_as_one_stream(house: SoapHouse) -> None:
    """ARExport streams every active party each as GetCommunicationPartyDetails shows it."""
    service, url = export.AR_EXPORT, house.url("address_register", "/v1/ARExport")
    client, port = house.client(url, service, binding.BASIC)
    register = house.network.house.endpoints["address_register"]
    gone = house.world.clinic.services[-1].her_id
    house.run(register.change({"her_id": gone, "active": False}))
    found = export.read(port.GetAllCommunicationPartiesXml())
    wanted = [party.her_id for party in house.world.parties() if party.her_id != gone]
    assert [one.her_id for one in found] == wanted
    kinds = {type(one).__name__ for one in found}
    assert kinds == {"Organization", "Service", "OrganizationPerson"}
    _, details = house.client(house.url("address_register", "/v1/AR"), COMMUNICATION_PARTY, binding.BASIC)
    for one in found[:: len(found) // 5]:
        shown = details.GetCommunicationPartyDetails(one.her_id)
        assert (shown.DisplayName, shown.ParentHerId, type(shown).__name__) == (
            one.display_name,
            one.parent_her_id,
            type(one).__name__,
        )
        edi = [address.Address for address in shown.ElectronicAddresses.ElectronicAddress]
        assert edi == [address.address for address in one.electronic_addresses or ()]
    house.run(register.reset())
    assert client.wsdl.services.keys() == {"ARExportService"}


def test_the_stream_wants_credentials_and_soap_11(house: SoapHouse) -> None:
    """401 without HTTP Basic; 415 for SOAP 1.2; a fault for another operation's action."""
    url = house.url("address_register", "/v1/ARExport")
    body = export.AR_EXPORT.request("GetAllCommunicationPartiesXml")
    data = soap.request(body, binding.BASIC, action="")
    action = export.AR_EXPORT.action("GetAllCommunicationPartiesXml")
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    anonymous = requests.Session()
    anonymous.trust_env = False
    anonymous.verify = house.session.verify
    with anonymous:
        assert anonymous.post(url, data=data, headers=headers, timeout=60).status_code == 401
    assert house.post(url, data, headers | {"Content-Type": "application/soap+xml"}).status_code == 415
    wrong = house.post(url, data, headers | {"SOAPAction": COMMUNICATION_PARTY.action("Ping")})
    assert wrong.status_code == 500
    assert b"ActionNotSupported" in wrong.content
