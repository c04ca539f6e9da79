"""The GP register over real sockets and TLS, asked by a foreign client with the description that it serves itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zeep
from simulators.tests.soap_house import SoapHouse, detail

from nhnwire.registers import binding
from nhnwire.registers.gp.service import GP_READ

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFICIAL = Path(__file__).resolve().parents[3] / "shared/standards/wsdl/FLR/nhn-fastlegeregisteret-read.wsdl"
NOW = datetime.fromisoformat("2030-01-07T08:00:00")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapHouse]:
    opened = SoapHouse(tmp_path_factory.mktemp("gp"))
    yield opened
    opened.close()


@pytest.fixture(params=binding.BINDINGS, ids=lambda way: str(way.version.name))
def asked(house: SoapHouse, request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    yield house.client(house.url("gp_register", "/v2/flr"), GP_READ, request.param)
    house.run(house.network.house.endpoints["gp_register"].reset())


def change(house: SoapHouse, **wish: Any) -> dict[str, object]:
    return house.run(house.network.house.endpoints["gp_register"].change(wish))


def refusal(client: Any, call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(zeep.exceptions.Fault) as caught:
        call(*arguments, **named)
    found = detail(client, caught)
    return found.ErrorCode, found.Message


def test_who_is_the_patients_gp(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """The clinic's first patient: which list, which doctor, and the HER-id to send to (the GP register's WSDL)."""
    _, service = asked
    entry, patient = house.world.gp_list_of(0), house.world.patient(0)
    assert entry is not None
    found = service.GetPatientGPDetails(patient.number)
    assert (found.GPHerId, found.GPContractId, found.PatientNIN) == (entry.her_id, entry.id, patient.number)
    assert [str(cycle.HprNumber) for cycle in found.DoctorCycles.GPOnContractAssociation] == [entry.hpr]
    assert found.Patient.LastName == patient.family_name
    assert found.Period.To is None
    assert f"{found.GPContract.GPOffice.OrganizationNumber:09d}" == house.number
    assert service.ConfirmGP(patient.number, int(entry.hpr or 0)) is True
    assert service.ConfirmGP(patient.number, 1) is False
    before = datetime.fromisoformat("2019-12-31T23:59:59")
    assert service.ConfirmGP(patient.number, int(entry.hpr or 0), before) is False


def test_faults_are_those_that_clients_know(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """Code and text, to the letter where they were seen."""
    client, service = asked
    nobody = house.world.person(5000).number
    assert refusal(client, service.GetPatientGPDetails, "12345678901") == (
        "Feil",
        "ArgumentException: patientNin er ugyldig",
    )
    for call in (service.GetPatientGPDetails, service.ConfirmGP, service.GetPatientGPHistory):
        more = {"hprNumber": 1} if call is service.ConfirmGP else {}
        more |= {"includePatientData": False} if call is service.GetPatientGPHistory else {}
        assert refusal(client, call, None, **more)[1] == "ArgumentException: patientNin er ugyldig"
    assert refusal(client, service.GetPatientGPDetails, nobody) == (
        "Feil",
        "ArgumentException: Personen er ikke tilknyttet fastlegekontrakt",
    )
    others = house.world.gp_lists.stop - 1
    for call, arguments in (
        (service.GetGPContract, (0,)),
        (service.GetGPContract, (1,)),
        (service.GetGPPatientList, (-1,)),
        (service.GetGPPatientList, (others,)),
        (service.GetGPWithAssociatedGPContracts, (1,)),
        (service.GetPrimaryHealthCareTeam, (1,)),
        (service.GetGPContractForNav, (nobody, "0301", False)),
        (service.SearchForGP, ()),
        (service.QueryGPContracts, ()),
        (service.NavGetEncryptedPatientList, ()),
        (service.GetNavPatientLists, ()),
        (service.NavGetEncryptedPatientListAlternate, (None, None, None, NOW, False)),
    ):
        code, message = refusal(client, call, *arguments)
        assert code == "Feil"
        assert message.startswith("ArgumentException: ")


def test_many_patients_at_once(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """Those without a GP at the time are missing from the answer."""
    client, service = asked
    numbers = [house.world.person(k).number for k in (0, 1, 5000)]
    strings = client.get_type("{http://schemas.microsoft.com/2003/10/Serialization/Arrays}ArrayOfstring")
    assert [one.PatientNIN for one in service.GetPatientsGPDetails(strings(numbers))] == numbers[:2]
    stamped = client.get_type(f"{{{GP_READ.ns}}}NinWithTimestamp")
    several = client.get_type(f"{{{GP_READ.ns}}}ArrayOfNinWithTimestamp")
    early = datetime.fromisoformat("2010-01-01T00:00:00")
    wish = several([stamped(AtTime=NOW, NIN=numbers[0]), stamped(AtTime=early, NIN=numbers[1])])
    assert [one.PatientNIN for one in service.GetPatientsGPDetailsAtTime(wish)] == numbers[:1]


def test_contracts_doctors_and_lists(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """An office's contracts, a doctor's, who is on the list, and searches."""
    client, service = asked
    entry = house.world.gp_list_of(0)
    assert entry is not None
    contract = service.GetGPContract(entry.id)
    assert (contract.MaxPatients, contract.Status.CodeValue) == (1100, "FAAA")
    assert contract.PlacesAvailable == 1100 - len(entry.patients)
    office = service.GetGPContractsOnOffice(int(house.number))
    assert entry.id in [one.Id for one in office]
    early = datetime.fromisoformat("2010-01-01T00:00:00")
    assert not service.GetGPContractsOnOffice(int(house.number), early)
    doctor = service.GetGPWithAssociatedGPContracts(int(entry.hpr or 0))
    assert [one.GPContractId for one in doctor.Contracts.GPOnContractAssociation] == [entry.id]
    members = service.GetGPPatientList(entry.id)
    assert len(members) == len(entry.patients)
    where = office[0].GPOffice.PhysicalAddresses.PhysicalAddress[0].PostalCode
    assert entry.id in service.GetGPContractIdsOperatingInPostalCode(f"{where:04d}")
    search = client.get_type(f"{{{GP_READ.ns}}}GPSearchParameters")
    place = client.get_type("{http://register.nhn.no/Common}LatitudeLongitude")(Latitude=0, Longitude=0)
    page = service.SearchForGP(search(FullText=doctor.GP.LastName, Page=1, PageSize=5, SortResultsByDistanceTo=place))
    assert page.Total >= 1
    assert entry.hpr in {str(one.HprNumber) for one in page.Results.GPDetails}
    query = client.get_type(f"{{{GP_READ.ns}}}GPContractQueryParameters")
    found = service.QueryGPContracts(query(Page=1, PageSize=3, SortResultsByDistanceTo=place))
    assert len(found.Results.GPContract) == 3
    assert found.Total == len(house.world.gp_lists)


def test_a_patient_moves_and_a_contract_ends(house: SoapHouse, asked: tuple[Any, Any]) -> None:
    """What is changed through the control port shows in every answer, and the history tells it."""
    client, service = asked
    number, first, second = house.world.person(0).number, house.world.gp_list_of(0), house.world.gp_list_of(1)
    assert first is not None
    assert second is not None
    change(house, patient=number, contract=second.id)
    assert service.GetPatientGPDetails(number).GPHerId == second.her_id
    history = service.GetPatientGPHistory(number, False)
    assert [(one.GPContractId, one.Period.To) for one in history] == [(first.id, NOW), (second.id, None)]
    assert number in [one.PatientNIN for one in service.GetGPPatientList(second.id)]
    assert number not in [one.PatientNIN for one in service.GetGPPatientList(first.id)]
    change(house, contract=second.id, ends=NOW.isoformat())
    assert "fastlegekontrakt" in refusal(client, service.GetPatientGPDetails, number)[1]
    assert service.GetGPContract(second.id).Valid.To == NOW
    change(house, contract=second.id, ends=None)
    change(house, patient=number, contract=None, at=(NOW - timedelta(hours=1)).isoformat())
    assert "fastlegekontrakt" in refusal(client, service.GetPatientGPDetails, number)[1]


@pytest.mark.parametrize(
    "wish",
    [{}, {"patient": "1"}, {"contract": 1, "ends": None}, {"patient": "1", "contract": None}, {"odd": 1}],
)
def test_changes_that_make_no_sense_are_refused(house: SoapHouse, wish: dict[str, Any]) -> None:
    """The control port says why."""
    with pytest.raises(ValueError, match=r"give|no contract|nobody"):
        change(house, **wish)


@pytest.mark.skipif(not OFFICIAL.is_file(), reason="the official description does not lie beside the project")
@pytest.mark.parametrize("way", binding.BINDINGS, ids=lambda way: str(way.version.name))
def test_a_client_of_the_official_description_understands_us(house: SoapHouse, way: binding.Binding) -> None:
    """Made from NHN's own file, the client reads who the GP is, and the fault when there is none."""
    client, service = house.client(house.url("gp_register", "/v2/flr"), GP_READ, way, str(OFFICIAL))
    entry = house.world.gp_list_of(0)
    assert entry is not None
    assert service.GetPatientGPDetails(house.world.person(0).number).GPHerId == entry.her_id
    assert refusal(client, service.GetPatientGPDetails, "1")[0] == "Feil"
