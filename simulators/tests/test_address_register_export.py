"""The older export API of the address register, and every answer of the newer one held against its OpenAPI page."""

from __future__ import annotations

import contextlib
import gzip
import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators.tests.register_house import PARTY, House

from nhnfixtures.world import EDI2_ADDRESS
from nhnsim.address_register.errors import RegisterError
from nhnsim.address_register.export import event_id, moment, number

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENAPI = Path(__file__).parents[3] / "shared" / "standards" / "openapi" / "cpapi-v1.reconstructed.openapi.json"
START = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("export"))
    yield opened
    opened.close()


def change(house: House, her_id: int, **fields: object) -> None:
    """Change an entry through the control port."""

    async def story() -> None:
        url = f"{house.network.urls['control']}/endpoints/address_register/changes"
        async with house.http.post(url, json={"her_id": her_id, **fields}) as answer:
            assert answer.status == 200, await answer.text()

    house.run(story())


async def raw(house: House, path: str, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and bytes as they came, compressed or not."""
    token = await house.token()
    sent = {"Authorization": f"DPoP {token}", "DPoP": house.proof(token, "GET", path), **headers}
    async with house.http.get(house.url + path, headers=sent, auto_decompress=False) as answer:
        return answer.status, answer.headers, await answer.read()


def test_a_client_exports_everything_and_then_follows_the_events(house: House) -> None:
    """The pattern of the API: a copy of the register, brought up to date from the event the export ended with."""
    exported = house.run(house.get("/CommunicationPartyExport"))
    copy = {party["HerId"]: party for party in exported["CommunicationParties"]}
    assert set(copy) == {party.her_id for party in house.world.parties()}
    organisation = house.world.sites["hospital"].organisation
    services = {one.her_id for one in house.world.sites["hospital"].services}
    assert all(copy[her_id]["ParentHerId"] == organisation.her_id for her_id in services)

    change(house, organisation.her_id, edi_address="ny@edi.example")
    after = house.run(house.get(f"/CommunicationPartyEvents?EventId={exported['LastEventId']}"))
    seen = {event["herId"]: event for event in after["communicationParties"]}
    assert {organisation.her_id} | services <= set(seen)
    assert after["links"] == {}
    for her_id in services:
        event = seen[her_id]
        (edi,) = [a for a in event["communicationParty"]["ElectronicAddresses"] if a["TypeCodeValue"] == "E_EDI"]
        assert (edi["Address"], edi["Inherited"]) == ("ny@edi.example", True)
        assert event["eventType"] == "CommunicationPartyUpdated"
        assert event["orgNr"] == int(organisation.organisation_number)
    again = house.run(house.get(f"/CommunicationPartyEvents?EventId={after['communicationParties'][-1]['eventId']}"))
    assert again["communicationParties"] == []
    change(house, organisation.her_id, edi_address=None)


def test_deactivated_parties_are_exported_no_more_but_told_of(house: House) -> None:
    """A client is to remove them; the event shows that they are inactive."""
    organisation = house.world.sites["laboratory"].organisation
    before = house.run(house.get("/CommunicationPartyExport"))
    change(house, organisation.her_id, active=False)
    exported = house.run(house.get("/CommunicationPartyExport"))
    gone = {organisation.her_id, *organisation.services, *organisation.persons}
    assert not gone & {party["HerId"] for party in exported["CommunicationParties"]}
    told = house.run(house.get(f"/CommunicationPartyEvents?EventId={before['LastEventId']}"))["communicationParties"]
    assert {event["herId"] for event in told} == gone
    assert not any(event["communicationParty"]["Active"] for event in told)
    now = house.network.clock.now().isoformat()
    assert all(house.run(house.get(f"{PARTY}/{her_id}"))["validTo"] == now for her_id in gone)
    assert exported["LastEventId"] == told[-1]["eventId"]
    change(house, organisation.her_id, active=True)
    assert "validTo" not in house.run(house.get(f"{PARTY}/{organisation.her_id}"))


def test_many_events_come_page_by_page_along_the_links(house: House) -> None:
    """Following `links.next` shows every event once, in order, and ends."""
    her_id = house.world.sites["second_clinic"].persons[0].her_id
    for turn in range(105):
        change(house, her_id, name=f"Navn {turn}")
    path, seen = f"/CommunicationPartyEvents?EventId={START}", []
    while path:
        page = house.run(house.get(path))
        seen += [event["eventId"] for event in page["communicationParties"]]
        path = page["links"].get("next", {}).get("href", "")
    assert len(seen) >= 105
    assert seen == sorted(set(seen))
    change(house, her_id, name=None)


def test_events_from_a_point_in_time(house: House) -> None:
    """Inclusive, in any offset, URL-encoded; from after the last one on there is nothing."""
    change(house, house.world.sites["municipality"].organisation.her_id, city="NYBY")
    now = house.network.clock.now()
    encoded = now.isoformat().replace("+", "%2B")
    found = house.run(house.get(f"/CommunicationPartyEvents?fromDatetime={encoded}"))["communicationParties"]
    assert found
    assert {event["fromDatetime"] for event in found} == {now.isoformat()}
    assert not house.run(house.get("/communicationpartyevents?FromDateTime=2031-01-01T00:00:00Z"))[
        "communicationParties"
    ]


@pytest.mark.parametrize("accepted", ["gzip", "application/gzip"])
def test_the_export_is_compressed_for_who_asks(house: House, accepted: str) -> None:
    """Same content, a fraction of the bytes; sent in chunks, as its length is not known before its end."""
    _, plain_headers, plain = house.run(raw(house, "/CommunicationPartyExport", **{"Accept-Encoding": "identity"}))
    status, headers, packed = house.run(raw(house, "/CommunicationPartyExport", **{"Accept-Encoding": accepted}))
    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Transfer-Encoding"] == "chunked"
    assert "Content-Encoding" not in plain_headers
    assert json.loads(gzip.decompress(packed)) == json.loads(plain)
    assert len(packed) < len(plain) / 5


def test_one_party_in_the_older_shape(house: House) -> None:
    """Around the legacy model: whose it is, and to whom it belongs."""
    service = house.world.sites["hospital"].services[0]
    shown = house.run(house.get(f"/CommunicationParties/{service.her_id}"))
    assert (shown["herId"], shown["parentHerId"], shown["type"]) == (service.her_id, service.parent_her_id, "Service")
    assert shown["communicationParty"] == house.run(house.get(f"{PARTY}/{service.her_id}/legacy"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/CommunicationParties/1", 404),
        ("/CommunicationParties/x", 400),
        ("/CommunicationPartyEvents?EventId=7", 400),
        ("/CommunicationPartyEvents?EventId=ffffffff-ffff-ffff-ffff-ffffffffffff", 400),
        ("/CommunicationPartyEvents?fromDatetime=yesterday", 400),
        ("/CommunicationPartyEvents?fromDatetime=2030-01-07T07:00:00+00:00", 400),
    ],
)
def test_what_makes_no_sense_is_a_problem_document(house: House, path: str, status: int) -> None:
    """Among it a plus sign that was not encoded, and so came as a space."""
    got, headers, body = house.run(house.ask("GET", path))
    assert (got, body["status"]) == (status, status)
    assert headers["Content-Type"].startswith("application/problem+json")


def test_the_older_api_takes_a_bearer_token_and_the_newer_does_not(house: House) -> None:
    """The older one was made before DPoP. A token that is bound to a key is a bearer token for neither."""

    async def story() -> None:
        bound = await house.token()
        free = house.forge(jkt=None)
        for path, credential, status in (
            ("/CommunicationPartyExport", free, 200),
            ("/CommunicationPartyEvents", free, 200),
            ("/CommunicationPartyExport", bound, 401),
            (f"{PARTY}/export", free, 401),
            ("/CommunicationPartyExport", "x", 401),
            ("/CommunicationPartyExport", house.forge(jkt=None, scopes=["nhn:other"]), 403),
        ):
            got, _, body = await house.ask("GET", path, headers={"Authorization": f"Bearer {credential}"})
            assert got == status, body

    house.run(story())


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_is_an_event_a_time_or_an_error(text: str) -> None:
    """Never a crash; what is read as an id is one again when written."""
    for read in (number, moment):
        found: int | str | None = None
        with contextlib.suppress(RegisterError):
            found = read(text)
        if isinstance(found, int):
            assert number(str(uuid.UUID(int=found))) == found
        elif found is not None:
            assert moment(found) == found


def test_the_event_before_the_first_has_an_id_too() -> None:
    """So that a client may export before anything has happened."""
    assert event_id(None) == START
    assert number(START) == 0


def _schemas() -> dict[str, Any]:
    """The page's schemas as JSON schemas: `nullable` is OpenAPI 3.0's own word."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        if not isinstance(value, dict):
            return value
        made = {name: plain(inner) for name, inner in value.items() if name != "nullable"}
        return {"anyOf": [made, {"type": "null"}]} if value.get("nullable") is True else made

    found: dict[str, Any] = plain(json.loads(OPENAPI.read_bytes()))
    return found


@pytest.mark.skipif(not OPENAPI.is_file(), reason=f"needs {OPENAPI.name} in ../shared/standards/openapi")
def test_every_answer_is_as_the_openapi_page_says(house: House) -> None:
    """Each operation of the page, for an organisation, a service and a person; one error of each that has one."""
    page, site = _schemas(), house.world.sites["second_clinic"]
    change(house, site.organisation.her_id, valid_to="2040-01-01T00:00:00+00:00", edi_address=EDI2_ADDRESS)
    kinds = (site.organisation, site.services[0], site.persons[0])
    bodies = {
        f"{PARTY}": {"herIds": [one.her_id for one in kinds]},
        f"{PARTY}/search": {"name": site.organisation.name},
    }
    judged = 0
    for path, operations in page["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            schema = answers["200"]["content"]["application/json"]["schema"] | {"components": page["components"]}
            for party in kinds:
                there = path.replace("{herId}", str(party.her_id))
                there = there.replace("{organizationNumber}", party.organisation_number)
                status, _, body = house.run(house.ask(method.upper(), there, bodies.get(path)))
                assert status == 200, (there, body)
                jsonschema.validate(body, schema)
                judged += 1
            if "404" in answers and "{" in path:
                there = path.replace("{herId}", "1").replace("{organizationNumber}", "999999999")
                assert house.run(house.ask(method.upper(), there))[0] == 404
    assert judged == 3 * 11
