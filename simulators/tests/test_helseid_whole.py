"""HelseID beyond the plain token: rotation, suppliers, rejected scopes, endpoints of logins, test tokens."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from nhnsim.helseid import testtokens
from nhnsim.helseid.keys import GRACE
from nhnsim.helseid.testtokens import Maker
from nhnsim.network import EPOCH, Network, Options, up
from nhntime import HubClock
from nhnwire.errors import TokenError
from nhnwire.helseid import (
    ASSERTION_TYPE,
    check_access_token,
    client_assertion,
    dpop_proof,
    load_key,
    organisation_details,
    peek,
)
from nhnwire.helseid.negative import VARIANTS
from nhnwire.helseid.request import check_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EDI, REGISTER = "nhn:msh/api", "nhn:cp-api/access-v2-dpop"
OPTIONS = Options(only=("helseid", "edi2"), clock="virtual")


class Field:
    """A network, and a client of its HelseID."""

    def __init__(self, network: Network, http: aiohttp.ClientSession) -> None:
        self.network, self.http = network, http
        self.issuer = network.urls["helseid"]
        self.nonce: str | None = None

    @property
    def now(self) -> Any:
        return self.network.clock.now()

    async def leap(self, span: timedelta) -> None:
        assert isinstance(self.network.clock, HubClock)
        await self.network.clock.move("leap", self.now + span)

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(self.issuer + path) as answer:
            return answer.status, await answer.json()

    async def keys(self, path: str = "/.well-known/openid-configuration/jwks") -> list[str]:
        return [key["kid"] for key in (await self.get(path))[1]["keys"]]

    async def change(self, **wish: object) -> Any:
        url = f"{self.network.urls['control']}/endpoints/helseid/changes"
        async with self.http.post(url, json=wish) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def ask(self, name: str = "clinic", scope: str = EDI, **details: Any) -> tuple[int, dict[str, Any]]:
        """A token request, repeated once with the nonce that is asked for."""
        have, url = self.network.credentials[name], f"{self.issuer}/connect/token"
        key = load_key(have.pem)
        for _ in range(2):
            extra: dict[str, Any] = {"assertion_details": organisation_details(**details)} if details else {}
            assertion = client_assertion(
                key,
                client_id=have.client.client_id,
                issuer=self.issuer,
                now=self.now,
                jti=str(uuid.uuid4()),
                kid=have.kid,
                **extra,
            )
            form = {
                "grant_type": "client_credentials",
                "scope": scope,
                "client_id": have.client.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion,
            }
            proof = dpop_proof(key, method="POST", url=url, now=self.now, jti=str(uuid.uuid4()), nonce=self.nonce)
            async with self.http.post(url, data=form, headers={"DPoP": proof}) as answer:
                body = await answer.json()
                if body.get("error") != "use_dpop_nonce":
                    break
                self.nonce = answer.headers["DPoP-Nonce"]
        return answer.status, body

    async def test_token(self, body: object, auth_key: str | None = None) -> tuple[int, dict[str, Any]]:
        facts = self.network.describe()
        given = facts["credentials"]["test_tokens"]["auth_key"] if auth_key is None else auth_key
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Auth-Key": given, "Content-Type": "application/json"}
        async with self.http.post(facts["endpoints"]["helseid"]["test_tokens"], data=data, headers=headers) as answer:
            return answer.status, await answer.json()


def in_field(story: Callable[[Field], Awaitable[None]]) -> None:
    """Play a story in a network of its own."""

    async def run() -> None:
        async with await up(OPTIONS) as network:
            connector = aiohttp.TCPConnector(ssl=network.lab.trusting())
            async with aiohttp.ClientSession(connector=connector) as http:
                await story(Field(network, http))

    asyncio.run(run())


def test_keys_rotate_and_old_tokens_stay_good() -> None:
    """A new key signs at once; the old one is published while its tokens live, and among the expired ones then."""

    async def story(field: Field) -> None:
        _, before = await field.ask()
        (old,) = await field.keys()
        new = (await field.change(rotate="keys"))["kid"]
        assert await field.keys() == [old, new]
        _, after = await field.ask()
        assert peek(before["access_token"])[0]["kid"] == old
        assert peek(after["access_token"])[0]["kid"] == new
        jwks = (await field.get("/.well-known/openid-configuration/jwks"))[1]
        for answer in (before, after):
            check_access_token(
                answer["access_token"], jwks=jwks, issuer=field.issuer, audience="nhn:msh", scopes=[EDI], now=field.now
            )
        await field.leap(GRACE + timedelta(seconds=1))
        assert await field.keys() == [new]
        assert await field.keys("/connect/expiredjwks") == [old]

    in_field(story)


def test_nonces_rotate() -> None:
    """A nonce from before the rotation is asked for anew, and the dance goes on."""

    async def story(field: Field) -> None:
        await field.ask()
        known = field.nonce
        await field.change(rotate="nonces")
        status, _ = await field.ask()
        assert status == 200
        assert field.nonce != known

    in_field(story)


def test_a_supplier_acts_for_those_who_let_it() -> None:
    """Parent with and without the last colon, with a child; claims in both spellings; nobody else's organisation."""

    async def story(field: Field) -> None:
        world = field.network.lab.world
        parent = world.clinic.organisation.organisation_number
        supplier = field.network.credentials["supplier"].client
        for more in ({}, {"last_colon": False}, {"child": "313456781"}):
            status, answer = await field.ask("supplier", parent=parent, **more)
            assert status == 200, answer
            claims = peek(answer["access_token"])[1]
            assert claims["helseid://claims/client/claims/orgnr_parent"] == parent
            assert claims.get("helseid://claims/client/claims/orgnr_child") == more.get("child")
            assert claims["helseid://claims/client/claims/orgnr_supplier"] == supplier.organisation_number
            assert claims["helseid://claims/client/client_tenancy"] == "multi-tenant"
            assert claims["helseid://claims/client/claims/client_tenancy"] == "multi-tenant"
        stranger = world.sites["hospital"].organisation.organisation_number
        for details in ({}, {"parent": stranger}):
            status, answer = await field.ask("supplier", **details)
            assert (status, answer["error"]) == (400, "unauthorized_client")
            assert answer["error_description"]

    in_field(story)


def test_scopes_whose_terms_were_not_accepted_are_rejected_by_name() -> None:
    """The token is good for the others; with none left there is no token; a single-tenant client is not asked."""

    async def story(field: Field) -> None:
        parent = field.network.lab.world.clinic.organisation.organisation_number
        await field.change(organisation_number=parent, rejected_scopes=[REGISTER])
        status, answer = await field.ask("supplier", f"{EDI} {REGISTER}", parent=parent)
        assert status == 200
        assert (answer["scope"], answer["rejected_scope"]) == (EDI, REGISTER)
        status, answer = await field.ask("supplier", REGISTER, parent=parent)
        assert (status, answer["error"]) == (400, "invalid_scope")
        status, answer = await field.ask("clinic", f"{EDI} {REGISTER}")
        assert status == 200
        assert "rejected_scope" not in answer
        await field.change(organisation_number=parent, rejected_scopes=[])
        _, answer = await field.ask("supplier", f"{EDI} {REGISTER}", parent=parent)
        assert "rejected_scope" not in answer

    in_field(story)


def test_what_the_metadata_names_answers() -> None:
    """Endpoints of logins refuse by name; no address in the metadata leads nowhere."""

    async def story(field: Field) -> None:
        _, metadata = await field.get("/.well-known/openid-configuration")
        for name, url in metadata.items():
            if not (name.endswith(("_endpoint", "_uri")) and isinstance(url, str)):
                continue
            async with field.http.request("POST" if "token" in name else "GET", url) as answer:
                assert answer.status in {200, 400}, name
                if answer.status == 400:
                    assert (await answer.json())["error"] in {"unauthorized_client", "invalid_request"}

    in_field(story)


@pytest.mark.parametrize("variant", list(VARIANTS.values()), ids=lambda one: one.name)
def test_each_wrong_proof_is_caught_by_its_check(variant: Any) -> None:
    """NHN's thirteen, by number and by name; the honest one passes."""
    key = load_key(_pem())
    maker = Maker(key, "kid", "https://issuer.example", EPOCH, lambda: str(uuid.uuid4()))
    url = "https://api.example/messages"
    for named in (variant.number, variant.name):
        body = {
            "audience": "nhn:msh",
            "createDPoPTokenWithDPoPProof": True,
            "clientClaimsParametersGeneration": 3,
            "clientClaimsParameters": {"scope": [EDI]},
            "dPoPProofParameters": {
                "htuClaimValue": url,
                "htmClaimValue": "GET",
                "invalidDPoPProofParameters": named,
            },
        }
        made = testtokens.create(json.dumps(body).encode(), maker)

        def judge(made: testtokens.Made = made) -> None:
            check_request(
                f"DPoP {made.access_token}",
                made.proof,
                method="GET",
                url=url,
                now=EPOCH,
                jwks={"keys": [{**key.as_dict(private=False), "kid": "kid", "alg": "RS256"}]},
                issuer="https://issuer.example",
                audience="nhn:msh",
                scopes=[EDI],
            )

        if variant.number == 0:
            judge()
        else:
            with pytest.raises(TokenError) as caught:
                judge()
            assert caught.value.check == variant.check


def _pem() -> bytes:
    from nhnsim.authority import profiles  # noqa: PLC0415 - for these tests alone

    if not _MADE:
        _MADE.append(profiles.key_pem(profiles.new_rsa_key(2048)))
    return _MADE[0]


_MADE: list[bytes] = []


def test_a_test_token_opens_the_door_or_not() -> None:
    """A right one is let in by EDI 2.0; expired, of another issuer, audience or key, it is not."""

    async def story(field: Field) -> None:
        number = field.network.lab.world.clinic.organisation.organisation_number
        her_id = field.network.lab.world.clinic.services[0].her_id
        url = f"{field.network.urls['edi2']}/Messages"
        for more, status in (
            ({}, 200),
            ({"expirationParameters": {"setExpirationTimeAsExpired": True}}, 401),
            ({"setInvalidIssuer": True}, 401),
            ({"setInvalidAudience": True}, 401),
            ({"signJwtWithInvalidSigningKey": True}, 401),
            ({"headerParameters": {"typ": "jwt"}}, 200),
        ):
            code, answer = await field.test_token(
                {
                    "audience": "nhn:msh",
                    "clientClaimsParametersGeneration": 3,
                    "clientClaimsParameters": {
                        "scope": [EDI],
                        "orgnrParent": number,
                        "clientTenancyType": 1,
                    },
                    "createDPoPTokenWithDPoPProof": True,
                    "dPoPProofParameters": {"htuClaimValue": url, "htmClaimValue": "GET"},
                    **more,
                }
            )
            assert (code, answer["isError"]) == (200, False), answer
            made = answer["successResponse"]
            headers = {
                "Authorization": f"DPoP {made['accessTokenJwt']}",
                "DPoP": made["dPoPProof"],
                "api-version": "2",
                "nhn-source-system": "Test, v1",
            }
            async with field.http.get(f"{url}?ReceiverHerIds={her_id}", headers=headers) as done:
                assert done.status == status, (more, await done.text())

    in_field(story)


def test_requests_for_test_tokens_that_make_no_sense() -> None:
    """Each is refused with a reason in the service's own form, and nobody without the key gets anything."""

    async def story(field: Field) -> None:
        assert (await field.test_token({"audience": "x"}, auth_key="wrong"))[0] == 401
        key = ECKey.generate_key("P-256").as_dict(private=False)
        proof = {"htuClaimValue": "https://a.example", "htmClaimValue": "GET"}
        for body in (
            b"",
            b"[" * 5000,
            {},
            {"audience": 5},
            {"audience": "x", "issuerEnvironment": 7},
            {"audience": "x", "clientClaimsParametersGeneration": 9},
            {"audience": "x", "createDPoPTokenWithDPoPProof": True},
            {
                "audience": "x",
                "createDPoPTokenWithDPoPProof": True,
                "dPoPProofParameters": {**proof, "invalidDPoPProofParameters": 14},
            },
            {
                "audience": "x",
                "createDPoPTokenWithDPoPProof": True,
                "dPoPProofParameters": {**proof, "privateKeyForProofCreation": json.dumps(key)},
            },
            {"audience": "x", "clientClaimsParameters": {"cnfPublicKey": "no key"}},
            {"audience": "x", "expirationParameters": {"expirationTimeInDays": 10**12}},
        ):
            status, answer = await field.test_token(body)
            assert (status, answer["isError"]) == (400, True), body
            assert answer["errorResponse"]["errorMessage"]

    in_field(story)


@settings(max_examples=60)
@given(st.binary(max_size=120))
def test_no_bytes_break_the_test_token_service(data: bytes) -> None:
    """Whatever comes: a token, or a reason."""
    maker = Maker(load_key(_pem()), "kid", "https://issuer.example", EPOCH, lambda: str(uuid.uuid4()))
    said = ""
    try:
        said = testtokens.create(data, maker).access_token
    except testtokens.TestTokenError as error:
        said = str(error)
    assert said
