"""HelseID over real sockets and TLS: discovery, keys, and tokens for those who prove who they are."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from nhnsim.helseid.model import NONCE_LIFETIME, make_nonce, nonce_is_fresh
from nhnsim.network import EPOCH, Network, Options, up
from nhnwire.helseid import (
    ASSERTION_TYPE,
    check_access_token,
    client_assertion,
    dpop_proof,
    jws,
    organisation_details,
    public_jwk,
    thumbprint,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from datetime import datetime
    from pathlib import Path

T = TypeVar("T")

ONLY = ("helseid",)
EDI, REGISTER = "nhn:msh/api", "nhn:cp-api/access-v2-dpop"
STRANGER = RSAKey.generate_key(2048)


@dataclass(frozen=True)
class Answer:
    """What came back from the token endpoint."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def error(self) -> str:
        return str(self.body.get("error"))


class Client:
    """A client of HelseID that can be made to do everything wrong."""

    def __init__(self, network: Network, http: aiohttp.ClientSession, key: Any, client_id: str, kid: str) -> None:
        self.network, self.http = network, http
        self.key, self.client_id, self.kid = key, client_id, kid
        self.issuer = network.urls["helseid"]
        self.endpoint = f"{self.issuer}/connect/token"

    @property
    def now(self) -> datetime:
        return self.network.clock.now()

    def assertion(self, **changes: Any) -> str:
        """A good one, unless changed: claims by name (None takes one away), `key`, `typ`, `alg`, `kid`."""
        issued = int(self.now.timestamp())
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": str(uuid.uuid4()),
        }
        claims |= {"iat": issued, "nbf": issued, "exp": issued + 60}
        header = {"typ": "client-authentication+jwt", "alg": "PS256", "kid": self.kid}
        header |= {name: changes.pop(name) for name in ("typ", "alg", "kid") if name in changes}
        key = changes.pop("key", self.key)
        claims |= changes
        return jws.encode(header, {name: value for name, value in claims.items() if value is not None}, key)

    def proof(self, **changes: Any) -> str:
        """A good one, unless changed."""
        have: dict[str, Any] = {"method": "POST", "url": self.endpoint, "now": self.now, "jti": str(uuid.uuid4())}
        return dpop_proof(changes.pop("key", self.key), **(have | changes))

    def form(self, **changes: Any) -> dict[str, str]:
        """The parameters of a good request, unless changed (None takes one away)."""
        have = {
            "client_id": self.client_id,
            "grant_type": "client_credentials",
            "scope": EDI,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": None if "client_assertion" in changes else self.assertion(),
        }
        return {name: value for name, value in (have | changes).items() if value is not None}

    async def post(self, data: Any, headers: Any) -> Answer:
        async with self.http.post(self.endpoint, data=data, headers=headers) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.json())

    async def ask(self, form: dict[str, str] | None = None, proof: str | None = None) -> Answer:
        return await self.post(form or self.form(), {"DPoP": proof or self.proof()})

    async def nonce(self) -> str:
        return (await self.ask()).headers["DPoP-Nonce"]

    async def ask_twice(self, **changes: Any) -> Answer:
        """The whole dance, with fresh assertion and proof for the second step."""
        return await self.ask(self.form(**changes), self.proof(nonce=await self.nonce()))


class House:
    """A network with HelseID alone, on a virtual clock, in a thread of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="helseid")
        self.thread.start()
        self.run(self.open())

    async def open(self) -> None:
        self.network = await up(Options(state=self.state, only=ONLY, clock="virtual"))
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.network.lab.trusting()))

    async def restart(self) -> None:
        await self.aclose()
        await self.open()

    async def aclose(self) -> None:
        await self.http.close()
        await self.network.aclose()

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(60)

    def client(self, name: str = "clinic") -> Client:
        have = self.network.credentials[name]
        return Client(self.network, self.http, RSAKey.import_key(have.pem), have.client.client_id, have.kid)

    async def register(self, **configuration: Any) -> Client:
        """A client that HelseID learns of while it runs."""
        key, client_id = STRANGER, str(uuid.uuid4())
        jwk: dict[str, Any] = public_jwk(key)
        path = self.state / "clients.json"
        clients = json.loads(path.read_bytes())
        number = self.network.lab.world.clinic.organisation.organisation_number
        base = {"jwk": jwk, "organisation_number": number, "scopes": [EDI], "tenancy": "single-tenant"}
        path.write_text(json.dumps(clients | {client_id: base | configuration}), encoding="utf-8")
        return Client(self.network, self.http, key, client_id, thumbprint(jwk))

    async def later(self, seconds: float) -> None:
        async with self.http.post(f"{self.network.urls['control']}/clock/leap", json={"seconds": seconds}) as answer:
            assert answer.status == 200, await answer.text()

    async def jwks(self) -> dict[str, Any]:
        async with self.http.get(f"{self.network.urls['helseid']}/.well-known/openid-configuration") as answer:
            metadata = await answer.json()
        async with self.http.get(metadata["jwks_uri"]) as answer:
            return dict(await answer.json())

    def close(self) -> None:
        self.run(self.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("helseid"))
    yield opened
    opened.close()


def test_discovery_leads_to_keys_with_their_certificate(house: House) -> None:
    """A client starts from the issuer alone; the key is named after its certificate, as HelseID does."""

    async def story() -> None:
        async with house.http.get(f"{house.network.urls['helseid']}/.well-known/openid-configuration") as answer:
            metadata = await answer.json()
        assert metadata["issuer"] == house.network.urls["helseid"]
        assert metadata["token_endpoint"] == f"{metadata['issuer']}/connect/token"
        assert "PS256" in metadata["dpop_signing_alg_values_supported"]
        (key,) = (await house.jwks())["keys"]
        der = base64.b64decode(key["x5c"][0])
        assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
        assert key["kid"] == hashlib.sha1(der).hexdigest().upper()  # noqa: S324 - a name, not a seal
        assert "d" not in key
        assert x509.load_der_x509_certificate(der).not_valid_before_utc <= house.network.clock.now()

    house.run(story())


def test_the_nonce_dance_ends_with_a_token_bound_to_the_key(house: House) -> None:
    """RFC 9449 §8: first a refusal that carries a nonce in all three ways clients look for, then the token."""

    async def story() -> None:
        client = house.client()
        first = await client.ask()
        assert (first.status, first.error) == (400, "use_dpop_nonce")
        assert "nonce" in first.body["error_description"]
        second = await client.ask(proof=client.proof(nonce=first.headers["DPoP-Nonce"]))
        assert second.status == 200, second.body
        assert second.body.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (second.body["token_type"], second.body["expires_in"], second.body["scope"]) == ("DPoP", 600, EDI)
        assert second.headers["Cache-Control"] == "no-store"
        claims = check_access_token(
            second.body["access_token"],
            jwks=await house.jwks(),
            issuer=client.issuer,
            audience="nhn:msh",
            scopes=[EDI],
            now=client.now,
        )
        clinic = house.network.lab.world.clinic.organisation
        assert claims.organisation_number == clinic.organisation_number
        assert claims.jkt == thumbprint(public_jwk(client.key))
        assert claims.raw["herid"] == "0"
        assert claims.raw["helseid://claims/client/client_tenancy"] == "single-tenant"
        assert claims.raw["client_amr"] == "private_key_jwt"
        assert claims.raw["exp"] - claims.raw["iat"] == 600
        assert not [name for name in claims.raw if name.startswith("helseid://claims/identity")]

    house.run(story())


def test_the_proof_may_be_made_with_another_key_than_the_assertion(house: House) -> None:
    """The token is bound to the key of the proof, an elliptic one as well as any."""

    async def story() -> None:
        client, key = house.client(), ECKey.generate_key("P-256")
        first = await client.ask(proof=client.proof(key=key))
        second = await client.ask(proof=client.proof(key=key, nonce=first.headers["DPoP-Nonce"]))
        _, claims = jws.peek(second.body["access_token"])
        assert claims["cnf"] == {"jkt": thumbprint(public_jwk(key))}

    house.run(story())


def test_nothing_can_be_used_twice_not_even_after_a_restart(house: House) -> None:
    """One-time ids are on disk before the answer: a replayed assertion or proof stays refused."""

    async def story() -> None:
        client = house.client()
        nonce = await client.nonce()
        form, proof = client.form(), client.proof(nonce=nonce)
        assert (await client.ask(form, proof)).status == 200
        for _ in range(2):
            client = house.client()
            again = await client.ask(form, client.proof(nonce=nonce))
            assert (again.status, again.error) == (400, "invalid_client")
            assert "used before" in again.body["error_description"]
            again = await client.ask(client.form(), proof)
            assert (again.status, again.error) == (400, "invalid_dpop_proof")
            now = house.network.clock.now()
            await house.restart()
            await house.later((now - house.network.clock.now()).total_seconds() + 1)

    house.run(story())


def test_a_nonce_has_its_time(house: House) -> None:
    """After a minute of domain time, or when it is not ours, the client is told the next one."""

    async def story() -> None:
        client = house.client()
        nonce = await client.nonce()
        await house.later(NONCE_LIFETIME.total_seconds() + 1)
        for stale in (nonce, "bm90LW91cnM", "", "æøå", nonce[:-2]):
            answer = await client.ask(proof=client.proof(nonce=stale))
            assert (answer.status, answer.error) == (400, "use_dpop_nonce")
            assert answer.headers["DPoP-Nonce"] != nonce

    house.run(story())


WRONG_ASSERTIONS: dict[str, dict[str, Any]] = {
    "signed by a stranger": {"key": STRANGER},
    "of a type for something else": {"typ": "at+jwt"},
    "naming an unknown key": {"kid": "another"},
    "issued by somebody else": {"iss": "somebody"},
    "about somebody else": {"sub": "somebody"},
    "for somebody else": {"aud": "https://helseid-sts.example"},
    "without id": {"jti": None},
    "without end": {"exp": None},
    "with a time that is none": {"exp": "soon"},
    "with details that are none": {"assertion_details": "all"},
}


@pytest.mark.parametrize("what", WRONG_ASSERTIONS)
def test_a_wrong_assertion_opens_nothing(house: House, what: str) -> None:
    """Each way in which a client assertion may be wrong is `invalid_client` (HelseID's documentation)."""

    async def story() -> None:
        client = house.client()
        answer = await client.ask_twice(client_assertion=client.assertion(**WRONG_ASSERTIONS[what]))
        assert (answer.status, answer.error) == (400, "invalid_client"), answer.body

    house.run(story())


@pytest.mark.parametrize(("starts", "lives"), [(0, 61), (-120, 60), (30, 60), (0, 3600)])
def test_an_assertion_lives_a_minute_of_domain_time(house: House, starts: int, lives: int) -> None:
    """Longer than 60 seconds, expired, or from the future: refused."""

    async def story() -> None:
        client = house.client()
        issued = int(client.now.timestamp()) + starts
        assertion = client.assertion(iat=issued, nbf=issued, exp=issued + lives)
        assert (await client.ask_twice(client_assertion=assertion)).error == "invalid_client"

    house.run(story())


TOLERATED: dict[str, dict[str, Any]] = {
    "the older type": {"typ": "JWT"},
    "no nbf": {"nbf": None},
    "five seconds of life": {"exp": 5},
    "iat as text": {"iat": ""},
}


@pytest.mark.parametrize("what", TOLERATED)
def test_what_real_clients_send_is_taken(house: House, what: str) -> None:
    """Libraries and adapters in use differ; none of these may be refused (HelseID's documentation)."""

    async def story() -> None:
        client = house.client()
        issued = int(client.now.timestamp())
        changes = dict(TOLERATED[what])
        if "exp" in changes:
            changes["exp"] += issued
        if "iat" in changes:
            changes["iat"] = str(issued)
        answer = await client.ask_twice(client_assertion=client.assertion(**changes))
        assert answer.status == 200, answer.body
        for audience in (f"{client.issuer}/", client.endpoint):
            answer = await client.ask_twice(client_assertion=client.assertion(aud=audience))
            assert answer.status == 200, answer.body

    house.run(story())


WRONG_FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "another grant": ({"grant_type": "password"}, "unsupported_grant_type"),
    "no grant": ({"grant_type": None}, "invalid_request"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "a scope nobody has": ({"scope": f"{EDI} nhn:moon"}, "invalid_scope"),
    "no assertion": ({"client_assertion": None}, "invalid_client"),
    "a secret": ({"client_secret": "hunter2"}, "invalid_client"),
    "another kind of assertion": ({"client_assertion_type": "saml"}, "invalid_client"),
    "an assertion that is none": ({"client_assertion": "a.b.c"}, "invalid_client"),
    "an unknown client": ({"client_id": "nobody"}, "invalid_client"),
    "an API no scope belongs to": ({"resource": "nhn:moon"}, "invalid_target"),
}


@pytest.mark.parametrize("what", WRONG_FORMS)
def test_a_wrong_request_has_its_own_error(house: House, what: str) -> None:
    """The OAuth error says which rule was broken (RFC 6749 §5.2)."""

    async def story() -> None:
        changes, error = WRONG_FORMS[what]
        answer = await house.client().ask_twice(**changes)
        assert (answer.status, answer.error) == (400, error), answer.body
        assert answer.body["error_description"]

    house.run(story())


def test_wrong_proofs_are_told_apart(house: House) -> None:
    """No proof, two proofs, a proof for another place, method or time, a proof that is none."""

    async def story() -> None:
        client = house.client()
        nonce = await client.nonce()
        old = client.now.fromtimestamp(client.now.timestamp() - 60, client.now.tzinfo)
        for proof in (
            client.proof(nonce=nonce, url=f"{client.issuer}/connect/other"),
            client.proof(nonce=nonce, method="GET"),
            client.proof(nonce=nonce, now=old),
            "not.a.proof",
            jws.encode({"typ": "dpop+jwt", "alg": "PS256"}, {"jti": "1"}, client.key),
        ):
            answer = await client.ask(proof=proof)
            assert (answer.status, answer.error) == (400, "invalid_dpop_proof"), answer.body
        for headers in ([], [("DPoP", client.proof(nonce=nonce)), ("DPoP", client.proof(nonce=nonce))]):
            answer = await client.post(client.form(), headers)
            assert (answer.status, answer.error) == (400, "invalid_dpop_proof"), answer.body

    house.run(story())


def test_a_request_in_another_shape_is_refused(house: House) -> None:
    """JSON, a parameter sent twice, HTTP authentication, and bytes that are no form."""

    async def story() -> None:
        client = house.client()
        proof = {"DPoP": client.proof()}
        assert (await client.post(json.dumps(client.form()), proof)).error == "invalid_request"
        assert (await client.post([*client.form().items(), ("scope", EDI)], proof)).error == "invalid_request"
        headers = proof | {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await client.post(b"grant_type=%ff%00&\xff", headers)).error == "invalid_request"
        basic = {"Authorization": "Basic Zm9vOmJhcg=="}
        assert (await client.post(client.form(), proof | basic)).error == "invalid_client"

    house.run(story())


def test_a_resource_picks_one_of_several_apis(house: House) -> None:
    """Two APIs at once give a token with two audiences, which APIs refuse; `resource` makes it one."""

    async def story() -> None:
        client, both = house.client(), f"{EDI} {REGISTER}"
        answer = await client.ask_twice(scope=both)
        assert jws.peek(answer.body["access_token"])[1]["aud"] == ["nhn:msh", "nhn:cp-api"]
        answer = await client.ask_twice(scope=both, resource="nhn:cp-api")
        claims = jws.peek(answer.body["access_token"])[1]
        assert (claims["aud"], claims["scope"], answer.body["scope"]) == ("nhn:cp-api", [REGISTER], REGISTER)
        assert "herid" not in claims

    house.run(story())


def test_a_client_gets_only_its_own_scopes(house: House) -> None:
    """A client registered for EDI 2.0 alone cannot read the register; HelseID learns of it while it runs."""

    async def story() -> None:
        client = await house.register()
        assert (await client.ask_twice()).status == 200
        assert (await client.ask_twice(scope=REGISTER)).error == "invalid_scope"

    house.run(story())


def test_organisations_are_granted_by_tenancy(house: House) -> None:
    """Single tenant: a listed sub-unit or nothing. Multi-tenant: a parent that has delegated."""

    async def story() -> None:
        async def ask(client: Client, details: Any) -> Answer:
            return await client.ask_twice(client_assertion=client.assertion(assertion_details=details))

        parent, child = "310000027", "310000000"
        single = await house.register(children=[child])
        claims = jws.peek((await ask(single, organisation_details(child=child))).body["access_token"])[1]
        assert claims["helseid://claims/client/claims/orgnr_child"] == child
        for details in (organisation_details(child=parent), organisation_details(parent=parent)):
            assert (await ask(single, details)).error == "unauthorized_client"
        many = await house.register(tenancy="multi-tenant", delegations=[parent])
        granted = await ask(many, [organisation_details(parent=parent, child=child)])
        claims = jws.peek(granted.body["access_token"])[1]
        assert claims["helseid://claims/client/claims/orgnr_parent"] == parent
        assert claims["helseid://claims/client/claims/orgnr_child"] == child
        for refused in (None, organisation_details(parent="310000035")):
            assert (await ask(many, refused)).error == "unauthorized_client"

    house.run(story())


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/x-www-form-urlencoded", "text/plain"]))
def test_hostile_bodies_get_an_oauth_error(house: House, body: bytes, kind: str) -> None:
    """Whatever comes, the answer is 400 with a name: never a trace, never a 500."""

    async def story() -> None:
        client = house.client()
        answer = await client.post(body, {"Content-Type": kind, "DPoP": "x"})
        assert answer.status == 400
        assert answer.error in {"invalid_request", "invalid_client"}

    house.run(story())


@given(st.text(), st.binary(max_size=64))
def test_no_text_is_a_nonce_but_ours(text: str, secret: bytes) -> None:
    """Guessing is useless, and never an exception."""
    assert not nonce_is_fresh(b"key", text, now=EPOCH)
    if secret != b"key":
        assert not nonce_is_fresh(b"key", make_nonce(secret, now=EPOCH, unique="1"), now=EPOCH)
    assert nonce_is_fresh(secret, make_nonce(secret, now=EPOCH, unique="1"), now=EPOCH)


def test_unknown_paths_and_methods_are_answered_in_kind(house: House) -> None:
    """JSON errors everywhere, so that a client's error handling has one format to read."""

    async def story() -> None:
        issuer = house.network.urls["helseid"]
        for method, path, status in (("GET", "/connect/token", 405), ("GET", "/connect/nowhere", 404)):
            async with house.http.request(method, issuer + path) as answer:
                assert answer.status == status
                assert (await answer.json())["error"] == "invalid_request"

    house.run(story())


def test_reset_forgets_and_snapshot_shows(house: House) -> None:
    """The control port sees how many ids are remembered, and can make HelseID forget them."""

    async def story() -> None:
        client, control = house.client(), house.network.urls["control"]
        form = client.form()
        await client.ask(form)
        async with house.http.get(f"{control}/snapshot") as answer:
            assert (await answer.json())["endpoints"]["helseid"]["spent"]["assertion"] >= 1
        async with house.http.post(f"{control}/reset") as answer:
            assert answer.status < 300
        assert (await client.ask(form)).error == "use_dpop_nonce"

    house.run(story())


def test_the_journal_knows_who_asked(house: House) -> None:
    """A token request is attributed to its client and organisation."""

    async def story() -> None:
        client = house.client("counterparts")
        await client.ask()
        async with house.http.get(f"{house.network.urls['control']}/journal?endpoint=helseid") as answer:
            entries = (await answer.json())["entries"]
        mine = [entry for entry in entries if entry["client_id"] == client.client_id]
        number = house.network.lab.world.counterpart_organisation.organisation_number
        assert mine
        assert {entry["organisation_number"] for entry in mine} == {number}

    house.run(story())


def test_helpers_of_the_wire_agree(house: House) -> None:
    """The assertion the clinic's library makes is one that this endpoint takes."""

    async def story() -> None:
        client = house.client()
        assertion = client_assertion(
            client.key,
            client_id=client.client_id,
            issuer=client.issuer,
            now=client.now,
            jti=str(uuid.uuid4()),
            kid=client.kid,
        )
        assert (await client.ask_twice(client_assertion=assertion)).status == 200

    house.run(story())
