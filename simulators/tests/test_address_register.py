"""The address register over real sockets and TLS, and the door in front of it that all of NHN's APIs share."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as jose
from joserfc.jwk import OctKey, RSAKey
from simulators.tests.register_house import PARTY, House

from nhnfixtures.world import EDI2_ADDRESS
from nhnsim.guard import _her_ids
from nhnsim.network import EPOCH, Options, up
from nhnsim.replay import ReplayMemory
from nhnwire.helseid import (
    jws,
    peek,
    public_jwk,
    thumbprint,
)
from nhnwire.helseid.dpop import token_hash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STRANGER = RSAKey.generate_key(2048)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("register"))
    opened.run(opened.token())
    yield opened
    opened.close()


def test_a_service_shows_what_counts_for_it(house: House) -> None:
    """EDI address, postal address and certificates of the organisation count for its services (cpapi v1)."""

    async def story() -> None:
        clinic = house.world.clinic
        service, organisation = clinic.services[0], clinic.organisation
        entry = await house.get(f"{PARTY}/{service.her_id}")
        assert (entry["herId"], entry["type"], entry["name"]) == (service.her_id, "Service", service.name)
        assert entry["ediAddress"] == EDI2_ADDRESS
        assert entry["serviceDetails"]["serviceType"] == {"codeListId": "8663", "value": "KA01", "name": service.name}
        parent = entry["serviceDetails"]["parentOrganization"]
        assert parent["herId"] == organisation.her_id
        assert parent["organizationNumber"] == organisation.organisation_number
        assert entry["postalAddress"]["city"] == organisation.city
        assert entry["amqpTransportStatus"] == "Inherited"
        assert entry["validFrom"].endswith("+00:00")
        assert not {"organizationDetails", "personDetails", "validTo", "amqpAddress"} & entry.keys()
        top = await house.get(f"{PARTY}/{organisation.her_id}")
        assert top["currentSigningCertificate"] == entry["currentSigningCertificate"]

    house.run(story())


def test_organisation_and_person_show_their_own_details(house: House) -> None:
    """The organisation names its services and persons; the physician has an HPR number and an employer."""

    async def story() -> None:
        clinic = house.world.clinic
        organisation = await house.get(f"/api/v1/organization/{clinic.organisation.organisation_number}")
        details = organisation["organizationDetails"]
        assert details["organizationNumber"] == clinic.organisation.organisation_number
        assert details["businessType"]["value"] == "103"
        assert details["services"] == [service.her_id for service in clinic.services]
        physician = clinic.users[0]
        assert details["persons"][0] == physician.her_id
        person = await house.get(f"{PARTY}/{physician.her_id}")
        assert person["type"] == "Person"
        assert person["personDetails"]["hprNumber"] == int(physician.hpr or 0)
        assert person["personDetails"]["parentOrganization"]["name"] == clinic.organisation.name

    house.run(story())


def test_a_classic_party_has_its_own_edi_address(house: House) -> None:
    """Who is not on EDI 2.0 is listed with an address of its own, which its services inherit."""

    async def story() -> None:
        shared = house.world.clinic.organisation.edi_address
        organisation = next(
            one for one in house.world.register.all() if one.services and one.edi_address not in {None, shared}
        )
        entry = await house.get(f"{PARTY}/{organisation.services[0]}")
        assert entry["ediAddress"] == f"her-{organisation.her_id}@edi.example"

    house.run(story())


def test_several_parties_at_once_leave_out_the_unknown(house: House) -> None:
    """POST with HER-ids: each known one once, in the order asked."""

    async def story() -> None:
        one, other = house.world.counterpart(0).her_id, house.world.clinic.organisation.her_id
        status, _, found = await house.ask("POST", PARTY, {"herIds": [one, 1, other, one]})
        assert status == 200
        assert [entry["herId"] for entry in found] == [one, other]
        status, _, found = await house.ask("POST", PARTY, {"herIds": []})
        assert (status, found) == (200, [])

    house.run(story())


def test_certificates_are_those_the_authority_has_issued(house: House) -> None:
    """Signing and encryption come from the authority over the wire; thumbprint and validity describe them."""

    async def story() -> None:
        service = house.world.clinic.services[1]
        (pair,) = await house.get(f"/api/v1/certificate/{service.her_id}")
        assert pair["isCurrent"] is True
        for use, purpose in (("signing", "signing"), ("encryption", "encryption")):
            shown = await house.get(f"/api/v1/certificate/{service.her_id}/{use}")
            der = base64.b64decode(shown.pop("certificateValue"))
            assert shown == pair[f"{use}Certificate"]
            authority = f"{house.network.urls['authority']}/certificates/enterprise/{service.organisation_number}"
            async with house.http.get(f"{authority}/{purpose}", headers={"Accept": "application/pkix-cert"}) as answer:
                assert await answer.read() == der
            certificate = x509.load_der_x509_certificate(der)
            assert shown["validTo"] == certificate.not_valid_after_utc.isoformat()
            assert len(shown["thumbprint"]) == 40
            assert shown["thumbprint"] == shown["thumbprint"].upper()

    house.run(story())


def test_historic_pairs_are_the_two_before_without_a_gap(house: House) -> None:
    """On request the present pair is followed by two that were valid before it, each until the next began."""

    async def story() -> None:
        her_id = house.world.clinic.services[0].her_id
        pairs = await house.get(f"/api/v1/certificate/{her_id}?includeHistoric=true")
        assert [pair["isCurrent"] for pair in pairs] == [True, False, False]
        for use in ("signingCertificate", "encryptionCertificate"):
            assert len({pair[use]["thumbprint"] for pair in pairs}) == 3
            for later, earlier in pairwise(pair[use] for pair in pairs):
                end, begin = (datetime.fromisoformat(text) for text in (earlier["validTo"], later["validFrom"]))
                assert begin - timedelta(days=3) < end <= begin + timedelta(days=3)
        assert await house.get(f"/api/v1/certificate/{her_id}") == pairs[:1]

    house.run(story())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{PARTY}/9999999", 404),
        ("GET", f"{PARTY}/-1", 404),
        ("GET", f"{PARTY}/abc", 400),
        ("GET", f"{PARTY}/2147483648", 400),
        ("GET", f"{PARTY}/9%00", 400),
        ("GET", "/api/v1/organization/310000027", 404),
        ("GET", "/api/v1/organization/31000002", 400),
        ("GET", "/api/v1/certificate/9999999", 404),
        ("GET", "/api/v1/certificate/9999999/signing", 404),
        ("GET", "/api/v1/certificate/9999999/encryption?includeHistoric=maybe", 404),
        ("GET", "/api/v1/certificate/9999999?includeHistoric=maybe", 400),
        ("GET", "/api/v1/moon", 404),
        ("DELETE", PARTY, 405),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(house: House, method: str, path: str, status: int) -> None:
    """404 for who is not there, 400 for what cannot be a number, 405 for what cannot be done."""

    async def story() -> None:
        found, headers, body = await house.ask(method, path)
        assert found == status, body
        assert headers["Content-Type"].startswith("application/problem+json")
        assert body["status"] == status
        assert body["detail"]
        assert ("errors" in body) == (status == 400)

    house.run(story())


@settings(max_examples=40, deadline=None)
@given(body=st.one_of(st.binary(max_size=60), st.sampled_from([b"[]", b'{"herIds":[1.5]}', b'{"herIds":"1"}', b"{}"])))
def test_hostile_bodies_get_a_problem_document(house: House, body: bytes) -> None:
    """Bad JSON, wrong types, anything: 400, never a 500."""

    async def story() -> None:
        status, _, answer = await house.ask("POST", PARTY, body)
        assert status == 400, answer
        assert answer["errors"]

    house.run(story())


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=5))
@settings(max_examples=20, deadline=None)
def test_any_integers_are_ids_or_an_error(house: House, ids: list[int]) -> None:
    """Within 32 bits they are HER-ids, known or not; beyond they are refused."""

    async def story() -> None:
        status, _, _ = await house.ask("POST", PARTY, {"herIds": ids})
        assert status == (200 if all(abs(one) < 2**31 for one in ids) else 400)

    house.run(story())


def test_paths_are_read_in_any_case(house: House) -> None:
    """ASP.NET routes without regard to case, and clients rely on it; the proof is for the URL as sent."""

    async def story() -> None:
        her_id = house.world.clinic.organisation.her_id
        assert (await house.get(f"/API/v1/CommunicationParty/{her_id}"))["herId"] == her_id

    house.run(story())


def test_the_journal_knows_who_was_looked_up(house: House) -> None:
    """Client, organisation and HER-ids stand beside the exchange."""

    async def story() -> None:
        her_id = house.world.counterpart(7).her_id
        await house.get(f"{PARTY}/{her_id}")
        async with house.http.get(f"{house.network.urls['control']}/journal?endpoint=address_register") as answer:
            entries = (await answer.json())["entries"]
        (mine,) = [entry for entry in entries if entry["her_ids"] == [her_id]]
        assert mine["client_id"] == house.client_id
        assert mine["organisation_number"] == house.world.clinic.organisation.organisation_number

    house.run(story())


# The door: NHN's own list of negative tests for DPoP (HelseID's documentation).


def _crafted(house: House, token: str, path: str, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A proof with header members and claims changed; None takes one away."""
    now = int(house.network.clock.now().timestamp())
    have = {"jti": str(uuid.uuid4()), "htm": "GET", "htu": house.url + path, "iat": now, "ath": token_hash(token)}
    top = {"typ": "dpop+jwt", "alg": "PS256", "jwk": public_jwk(house.key)} | header
    kept = {name: value for name, value in (have | claims).items() if value is not None}
    return jws.encode({name: value for name, value in top.items() if value is not None}, kept, house.key)


def _unsigned(header: dict[str, Any], proof: str) -> str:
    """The proof with another header, under the old signature."""
    _, claims, signature = proof.split(".")
    top = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{top}.{claims}.{signature}"


NEGATIVE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "DontSetHtuClaimValue": ({}, {"htu": None}),
    "DontSetHtmClaimValue": ({}, {"htm": None}),
    "SetIatValueInThePast": ({}, {"iat": 1_500_000_000}),
    "SetIatValueInTheFuture": ({}, {"iat": 2_500_000_000}),
    "DontSetAthClaimValue": ({}, {"ath": None}),
    "DontSetJwkHeader": ({"jwk": None}, {}),
    "DontSetJtiClaim": ({}, {"jti": None}),
    "SetInvalidTypHeaderValue": ({"typ": "jwt"}, {}),
    "SetPrivateKeyInJwkHeader": ({"jwk": STRANGER.as_dict(private=True)}, {}),
    "WrongHtu": ({}, {"htu": "https://localhost/api/v1/communicationparty/1"}),
    "WrongHtm": ({}, {"htm": "POST"}),
    "WrongAth": ({}, {"ath": token_hash("another")}),
    "HtuWithQuery": ({}, {"htu": "?"}),
}


@pytest.mark.parametrize("name", NEGATIVE)
def test_a_wrong_proof_is_refused(house: House, name: str) -> None:
    """401 with a DPoP challenge that names invalid_dpop_proof, and no party."""

    async def story() -> None:
        token, path = await house.token(), f"{PARTY}/{house.world.clinic.organisation.her_id}"
        header, claims = NEGATIVE[name]
        if claims.get("htu") == "?":
            claims = {"htu": f"{house.url}{path}?a=b"}
        proof = _crafted(house, token, path, header, claims)
        await _refused(house, path, token, proof, "invalid_dpop_proof")

    house.run(story())


def test_forged_proofs_are_refused(house: House) -> None:
    """DontSetAlgHeader, SetAlgHeaderToASymmetricAlgorithm, SetAnInvalidSignature, SetAnInvalidJktValueInToken."""

    async def story() -> None:
        token, path = await house.token(), f"{PARTY}/{house.world.clinic.organisation.her_id}"
        good = house.proof(token, "GET", path)
        header, claims = peek(good)
        symmetric = jose.serialize_compact(
            {"typ": "dpop+jwt", "alg": "HS256", "jwk": header["jwk"]},
            json.dumps(claims | {"jti": "s"}).encode(),
            OctKey.import_key("x" * 64),
        )
        for proof in (
            _unsigned({name: value for name, value in header.items() if name != "alg"}, good),
            _unsigned(header | {"alg": "none"}, good),
            symmetric,
            good[:-8] + "AAAAAAAA",
            house.proof(token, "GET", path, key=STRANGER),
            "",
            "a.b",
        ):
            await _refused(house, path, token, proof, "invalid_dpop_proof")
        other = house.forge(jkt=thumbprint(public_jwk(STRANGER)))
        await _refused(house, path, other, house.proof(other, "GET", path), "invalid_dpop_proof")

    house.run(story())


def test_a_proof_opens_once(house: House) -> None:
    """The replay is refused although nothing else is wrong with it."""

    async def story() -> None:
        token, path = await house.token(), f"{PARTY}/{house.world.clinic.organisation.her_id}"
        headers = {"Authorization": f"DPoP {token}", "DPoP": house.proof(token, "GET", path)}
        assert (await house.ask("GET", path, headers=headers))[0] == 200
        await _refused(house, path, token, headers["DPoP"], "invalid_dpop_proof")

    house.run(story())


def test_wrong_tokens_are_refused(house: House) -> None:
    """Another issuer, audience, signer or time; a token bound to no key; and one whose scope is another's (403)."""

    async def story() -> None:
        path, now = f"{PARTY}/{house.world.clinic.organisation.her_id}", house.network.clock.now()
        for changes in (
            {"issuer": "https://helseid-sts.example"},
            {"audience": "nhn:msh"},
            {"extra": {"aud": ["nhn:cp-api", "nhn:msh"]}},
            {"key": STRANGER},
            {"kid": "unknown"},
            {"now": now - timedelta(seconds=700)},
            {"now": now + timedelta(seconds=60)},
            {"jkt": None},
        ):
            token = house.forge(**changes)
            await _refused(house, path, token, house.proof(token, "GET", path), "invalid_token")
        token = await house.token("nhn:msh/api")
        await _refused(house, path, token, house.proof(token, "GET", path), "invalid_token")
        token = house.forge(scopes=["nhn:cp-api/other"])
        await _refused(house, path, token, house.proof(token, "GET", path), "insufficient_scope", 403)
        token = house.forge(scopes=["nhn:communicationparty/read"])
        headers = {"Authorization": f"DPoP {token}", "DPoP": house.proof(token, "GET", path)}
        assert (await house.ask("GET", path, headers=headers))[0] == 200

    house.run(story())


def test_other_ways_in_are_closed(house: House) -> None:
    """No credentials: a challenge without an error. Bearer, two tokens, two proofs, nonsense: refused."""

    async def story() -> None:
        token, path = await house.token(), f"{PARTY}/{house.world.clinic.organisation.her_id}"
        status, headers, _ = await house.ask("GET", path, headers={})
        assert status == 401
        assert headers["WWW-Authenticate"].startswith("DPoP algs=")

        def proof() -> tuple[str, str]:
            return "DPoP", house.proof(token, "GET", path)

        dpop = ("Authorization", f"DPoP {token}")
        for sent in (
            [("Authorization", f"Bearer {token}"), proof()],
            [("Authorization", "DPoP"), proof()],
            [("Authorization", "DPoP æøå"), proof()],
            [("Authorization", "nonsense"), proof()],
            [dpop, dpop, proof()],
            [dpop, proof(), proof()],
            [dpop],
        ):
            status, headers, body = await house.ask("GET", path, headers=sent)
            assert status == 401, (sent, body)
            assert 'error="' in headers["WWW-Authenticate"]

    house.run(story())


@settings(max_examples=60, deadline=None)
@given(
    header=st.dictionaries(st.sampled_from(["typ", "alg", "kid", "jwk", "crit"]), JSON_VALUES),
    claims=st.dictionaries(st.sampled_from(["iss", "aud", "exp", "cnf", "jti", "htm", "iat"]), JSON_VALUES),
    tail=st.text("abcXYZ019-_.= ", max_size=20),
)
def test_hostile_credentials_are_refused(house: House, header: Any, claims: Any, tail: str) -> None:
    """Whatever JSON a token and a proof are made of, the door stays shut, and is never thrown off its hinges."""

    async def story() -> None:
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
        made = ".".join([*parts, tail.strip()])
        good = await house.token()
        path = f"{PARTY}/{house.world.clinic.organisation.her_id}"
        for token, proof in ((made, made), (good, made), (made, house.proof(good, "GET", path))):
            status, headers, _ = await house.ask("GET", path, headers={"Authorization": f"DPoP {token}", "DPoP": proof})
            assert status == 401
            assert "error=" in headers["WWW-Authenticate"]

    house.run(story())


def test_a_token_ends_after_ten_minutes_of_domain_time(house: House) -> None:
    """The clock that matters is the domain's: a leap makes the token old at once."""

    async def story() -> None:
        token, path = house.forge(), f"{PARTY}/{house.world.clinic.organisation.her_id}"
        headers = {"Authorization": f"DPoP {token}", "DPoP": house.proof(token, "GET", path)}
        assert (await house.ask("GET", path, headers=headers))[0] == 200
        control = house.network.urls["control"]
        async with house.http.post(f"{control}/clock/leap", json={"seconds": 606}) as answer:
            assert answer.status == 200
        await _refused(house, path, token, house.proof(token, "GET", path), "invalid_token")
        house.tokens.clear()
        await house.token()

    house.run(story())


def test_without_an_issuer_the_door_says_so(tmp_path: Path) -> None:
    """A register alone answers 503 with the remedy, rather than letting anybody in or failing without a word."""

    async def story() -> None:
        async with await up(Options(state=tmp_path, only=("address_register",))) as network:
            connector = aiohttp.TCPConnector(ssl=network.lab.trusting())
            url = f"{network.urls['address_register']}{PARTY}/1"
            headers = {"Authorization": "DPoP a.b.c", "DPoP": "a.b.c"}
            async with (
                aiohttp.ClientSession(connector=connector, headers=headers) as http,
                http.get(url) as answer,
            ):
                assert answer.status == 503
                assert "Start it" in (await answer.json())["detail"]

    asyncio.run(story())


def test_the_herid_claim_restricts_or_opens() -> None:
    """Zero and absence are every HER-id of the organisation; else the listed ones; nonsense is nobody."""
    assert _her_ids(None) is None
    assert _her_ids("0") is None
    assert _her_ids("123-456-789") == frozenset({123, 456, 789})
    assert _her_ids("all") == frozenset()
    assert _her_ids(["123"]) == frozenset()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), max_size=40))
def test_the_replay_memory_forgets_only_the_expired(steps: list[tuple[str, int]]) -> None:
    """An id is new again when its time is over and never before; memory stays bounded by what is unexpired."""
    memory, known, now = ReplayMemory(), dict[str, Any](), EPOCH
    for name, seconds in steps:
        now += timedelta(seconds=seconds)
        fresh = name not in known or known[name] <= now
        assert memory.first_time(name, now=now, expires=now + timedelta(seconds=30)) is fresh
        if fresh:
            known[name] = now + timedelta(seconds=30)
        assert len(memory) == sum(expires > now for expires in known.values())


async def _refused(house: House, path: str, token: str, proof: str, error: str, status: int = 401) -> None:
    found, headers, body = await house.ask("GET", path, headers={"Authorization": f"DPoP {token}", "DPoP": proof})
    assert found == status, body
    challenge = headers["WWW-Authenticate"]
    assert challenge.startswith(f'DPoP error="{error}"'), challenge
    assert "algs=" in challenge
    assert body["status"] == status


def search(house: House, name: str = "", **more: Any) -> list[int]:
    """HER-ids of a search for a name."""
    status, _, body = house.run(house.ask("POST", f"{PARTY}/search?Page=1&Size=100", {"name": name, **more}))
    assert status == 200, body
    return [row["herId"] for row in body["communicationParties"]]


def change(house: House, her_id: int, **fields: object) -> dict[str, Any]:
    """Change an entry through the control port; what became of it."""

    async def story() -> dict[str, Any]:
        url = f"{house.network.urls['control']}/endpoints/address_register/changes"
        async with house.http.post(url, json={"her_id": her_id, **fields}) as answer:
            body: dict[str, Any] = await answer.json()
            assert answer.status == 200, body
            return body

    return house.run(story())


def test_a_search_finds_by_words_and_their_beginnings(house: House) -> None:
    """Organisation, service and person are found by name, by a word's beginning, in any case; nobody by another."""
    site = house.world.sites["second_clinic"]
    person = site.persons[0]
    for party in (site.organisation, person):
        first, *rest = party.name.split()
        assert party.her_id in search(house, party.name)
        assert party.her_id in search(house, f"{first[:3].upper()} {' '.join(rest)}")
    assert person.her_id in search(house, person.name, personSearchParameters={"hprNumber": int(person.hpr or 0)})
    assert search(house, person.name, organizationSearchParameters={}) == []
    assert search(house, "Finnesikke Ukjentesen") == []
    assert site.organisation.her_id in search(house, site.organisation.organisation_number)
    service = site.services[0]
    assert service.service_type is not None
    wanted = {"serviceTypeCodeListId": service.service_type.table, "serviceTypeCodeValue": service.service_type.v}
    assert service.her_id in search(house, service.name, serviceSearchParameters=wanted)


@given(st.text(max_size=30))
@settings(max_examples=50)
def test_no_text_breaks_the_search(house: House, text: str) -> None:
    """Quotes, operators of the index and odd characters are words like any others."""
    search(house, text)


def test_pages_of_a_search_are_the_whole_without_overlap(house: House) -> None:
    """Page by page all organisations come, each once."""
    seen: list[int] = []
    for page in range(1, 50):
        _, _, body = house.run(
            house.ask("POST", f"{PARTY}/search?Page={page}&Size=20", {"organizationSearchParameters": {}})
        )
        rows = [row["herId"] for row in body["communicationParties"]]
        seen += rows
        if len(rows) < 20:
            break
    assert len(seen) == len(set(seen)) == sum(party.type == "Organization" for party in house.world.parties())


def test_a_changed_entry_is_an_event_and_shows_at_once(house: House) -> None:
    """A new EDI address counts for those who inherit it; each of them has an event; null takes it back."""
    site = house.world.sites["municipality"]
    organisation, service = site.organisation, site.services[0]
    change(house, organisation.her_id, edi_address="ny@edi.example", name="Omdøpt kommune")
    assert house.run(house.get(f"{PARTY}/{service.her_id}"))["ediAddress"] == "ny@edi.example"
    assert organisation.her_id in search(house, "omdøpt")
    latest = house.run(house.get("/api/v1/event/latest"))["sequenceNumber"]
    events = house.run(house.get("/api/v1/event?fromSequenceNumber=1"))["results"]
    assert {organisation.her_id, service.her_id} <= {event["herId"] for event in events}
    assert events[-1]["sequenceNumber"] == latest
    assert house.run(house.get(f"{PARTY}/export"))["lastSequenceNumber"] == latest
    after = house.run(house.get(f"/api/v1/event?fromSequenceNumber={latest + 1}"))
    assert after == {"results": [], "count": 0}
    change(house, organisation.her_id, edi_address=None, name=None)
    assert house.run(house.get(f"{PARTY}/{service.her_id}"))["ediAddress"] == EDI2_ADDRESS


def test_deactivated_parties_leave_search_and_export(house: House) -> None:
    """Whoever asks for deactivated ones still gets them; those that belong to them are gone too."""
    site = house.world.sites["laboratory"]
    organisation, service = site.organisation.her_id, site.services[0].her_id
    change(house, organisation, active=False, valid_to="2030-01-01T00:00:00+00:00")
    assert organisation not in search(house, site.organisation.name)
    exported = house.run(house.get(f"{PARTY}/export"))
    assert not {organisation, service} & set(exported["communicationParties"])
    assert exported["count"] == len(exported["communicationParties"])
    everything = house.run(house.get(f"{PARTY}/export?includeDeactivated=true"))["communicationParties"]
    assert {organisation, service} <= set(everything)
    assert house.run(house.get(f"{PARTY}/{organisation}"))["validTo"].startswith("2030-01-01")
    assert house.run(house.get(f"{PARTY}/{organisation}/legacy"))["IsValidCommunicationParty"] is False
    change(house, organisation, active=None, valid_to=None)


def test_services_are_there_while_their_owner_addresses_by_services(house: House) -> None:
    """Switched off, no service is offered, listed or found by HER-id; switched on again, all are."""
    site = house.world.sites["hospital"]
    service = site.services[0].her_id
    change(house, site.organisation.her_id, service_based_addressing=False)
    assert house.run(house.ask("GET", f"{PARTY}/{service}"))[0] == 404
    assert service not in search(house, site.services[0].name)
    listed = house.run(house.get(f"{PARTY}/{site.organisation.her_id}"))["organizationDetails"]["services"]
    assert listed == []
    change(house, site.organisation.her_id, service_based_addressing=True)
    assert house.run(house.get(f"{PARTY}/{service}"))["herId"] == service


def test_the_legacy_model_says_what_is_inherited(house: House) -> None:
    """A service's EDI address comes from its organisation; an organisation has no parent, which is -1."""
    site = house.world.sites["hospital"]
    service = house.run(house.get(f"{PARTY}/{site.services[0].her_id}/legacy"))
    assert service["ParentHerId"] == site.organisation.her_id
    (address,) = [row for row in service["ElectronicAddresses"] if row["TypeCodeValue"] == "E_EDI"]
    assert (address["Address"], address["Inherited"]) == (EDI2_ADDRESS, True)
    organisation = house.run(house.get(f"{PARTY}/{site.organisation.her_id}/legacy"))
    assert (organisation["ParentHerId"], organisation["ParentOrganizationNumber"]) == (-1, -1)
    assert organisation["OrganizationNumber"] == int(site.organisation.organisation_number)


def test_a_lost_zero_is_shown_as_it_was_seen(house: House) -> None:
    """A real answer had `130` for 0130; a register can be made to answer like that."""
    her_id = house.world.sites["hospital"].organisation.her_id
    change(house, her_id, shown_postal_code="130")
    assert house.run(house.get(f"{PARTY}/{her_id}"))["postalAddress"]["postalCode"] == "130"
    change(house, her_id, shown_postal_code=None)


@pytest.mark.parametrize(
    "fields", [{}, {"her_id": 1, "name": "x"}, {"colour": "blue"}, {"name": 5}, {"active": "no"}, {"her_id": "x"}]
)
def test_changes_that_make_no_sense(house: House, fields: dict[str, object]) -> None:
    """The control port says why, and nothing changes."""

    async def story() -> int:
        url = f"{house.network.urls['control']}/endpoints/address_register/changes"
        her_id = house.world.sites["hospital"].organisation.her_id
        async with house.http.post(url, json={"her_id": her_id, **fields}) as answer:
            assert (await answer.json())["error"]
            return answer.status

    assert house.run(story()) == 400


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/event?fromSequenceNumber=0", "fromSequenceNumber"),
        ("/api/v1/event?maxEvents=1001", "maxEvents"),
        ("/api/v1/event?maxEvents=x", "maxEvents"),
        (f"{PARTY}/export?includeDeactivated=perhaps", "includeDeactivated"),
    ],
)
def test_queries_out_of_bounds(house: House, path: str, field: str) -> None:
    """Each is refused as a problem that names the parameter."""
    status, _, body = house.run(house.ask("GET", path))
    assert status == 400
    assert field in body["errors"]
