"""HelseID over HTTP: discovery, JWKS, token endpoint, test tokens; what belongs to logins is refused by name."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Any

from aiohttp import web

from nhnsim.context import CONTROL, ERROR_BODY, Controllable, note
from nhnsim.helseid import errors, testtokens
from nhnsim.helseid.errors import NonceError, refused
from nhnsim.helseid.keys import KeyRing
from nhnsim.helseid.model import (
    AUDIENCES,
    TOKEN_LIFETIME,
    Clients,
    Grant,
    OneTime,
    Terms,
    make_nonce,
    nonce_is_fresh,
    organisations,
)
from nhnsim.helseid.testtokens import Maker
from nhnsim.helseid.wire import TokenRequest, read_token_request
from nhnwire.errors import TokenError
from nhnwire.helseid import WELL_KNOWN, check_client_assertion, check_dpop_proof, discovery_document, issue_access_token
from nhnwire.helseid.answers import TokenAnswer, divide_scopes, token_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnsim.context import Context
    from nhnsim.helseid.keys import SigningKey
    from nhnsim.helseid.model import RegisteredClient
    from nhnwire.helseid import Assertion

MAX_BODY = 64 * 1024
TOKEN = "/connect/token"  # noqa: S105 - a path
TEST_TOKENS = ("/v2/create-test-token-with-key", "/create-test-token-with-key", "/create-test-token")
USER_LOGIN = (
    "authorize",
    "par",
    "userinfo",
    "endsession",
    "checksession",
    "revocation",
    "introspect",
    "deviceauthorization",
    "ciba",
)
"""Endpoints of HelseID's metadata that only logins use."""


def application(context: Context) -> web.Application:
    """The endpoint as an aiohttp application."""
    helseid = HelseId(context)
    app = web.Application(client_max_size=MAX_BODY)
    app[CONTROL] = helseid
    app[ERROR_BODY] = errors.render_other
    app.add_routes(
        [
            web.get(WELL_KNOWN, helseid.metadata),
            web.get(f"{WELL_KNOWN}/jwks", helseid.jwks),
            web.get("/connect/expiredjwks", helseid.expired_jwks),
            web.get("/connect/availableidps", helseid.identity_providers),
            web.post(TOKEN, helseid.token),
            *(web.post(path, helseid.test_token) for path in TEST_TOKENS),
            *(web.route("*", f"/connect/{name}", helseid.user_login) for name in USER_LOGIN),
        ]
    )

    async def close(_: web.Application) -> None:
        helseid.close()

    app.on_cleanup.append(close)
    return app


class HelseId(Controllable):
    """The handlers, and what they share."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._issuer = context.urls[context.name]
        self._clients = Clients(context.state.parent / "clients.json")
        self._once = OneTime(context.state / "helseid.sqlite")
        self._terms = Terms(context.state / "terms.json")
        self._ring = KeyRing(context.state)
        self._turning = asyncio.Lock()

    async def metadata(self, _: web.Request) -> web.Response:
        """GET /.well-known/openid-configuration."""
        return web.json_response(discovery_document(self._issuer))

    async def jwks(self, _: web.Request) -> web.Response:
        """GET …/jwks: the public signing keys."""
        await self._signing_key()
        return web.json_response({"keys": [key.jwk() for key in self._ring.published(self._context.clock.now())]})

    async def expired_jwks(self, _: web.Request) -> web.Response:
        """GET /connect/expiredjwks: keys that sign no more, for archived tokens."""
        await self._signing_key()
        return web.json_response({"keys": [key.jwk() for key in self._ring.expired(self._context.clock.now())]})

    async def identity_providers(self, _: web.Request) -> web.Response:
        """GET /connect/availableidps: nobody logs in here."""
        return web.json_response([])

    async def user_login(self, request: web.Request) -> web.Response:
        """Everything that belongs to a user's login: an OAuth error that says so."""
        text = f"{request.path} belongs to the login of users; clients here use client_credentials only"
        return errors.render(refused("unauthorized_client", text))

    async def test_token(self, request: web.Request) -> web.Response:
        """POST /v2/create-test-token-with-key and its older forms: see `testtokens`."""
        given = request.headers.get("X-Auth-Key", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, testtokens.auth_key(self._context.state).encode()):
            return testtokens.refusal(401, "X-Auth-Key is missing or wrong: `up --json` shows it")
        key = await self._signing_key()
        try:
            made = await asyncio.to_thread(
                testtokens.create,
                await request.read(),
                Maker(key.key, key.kid, self._issuer, self._context.clock.now(), self._context.new_id),
            )
        except testtokens.TestTokenError as error:
            return testtokens.refusal(400, str(error))
        return testtokens.success(made)

    async def token(self, request: web.Request) -> web.Response:
        """POST /connect/token."""
        try:
            return await self._grant(request)
        except TokenError as error:
            return errors.render(error)

    async def change(self, wish: Mapping[str, Any]) -> dict[str, object]:
        """`{"rotate": "keys"}`, `{"rotate": "nonces"}`, or `{"organisation_number", "rejected_scopes": […]}`."""
        if set(wish) == {"rotate"} and wish["rotate"] in {"keys", "nonces"}:
            return await self._rotate(str(wish["rotate"]))
        number, scopes = wish.get("organisation_number"), wish.get("rejected_scopes")
        if isinstance(number, str) and isinstance(scopes, list) and set(scopes) <= set(AUDIENCES):
            self._terms.refuse(number, scopes)
            return {"organisation_number": number, "rejected_scopes": scopes}
        raise ValueError(
            'say {"rotate": "keys"}, {"rotate": "nonces"}, or {"organisation_number": …, "rejected_scopes": […]} with '
            f"scopes out of {', '.join(AUDIENCES)}"
        )

    async def _rotate(self, what: str) -> dict[str, object]:
        if what == "nonces":
            await asyncio.to_thread(self._ring.rotate_nonces)
            return {"rotated": what}
        async with self._turning:
            key = await asyncio.to_thread(self._ring.rotate, self._context.clock.now())
        return {"rotated": what, "kid": key.kid}

    async def reset(self) -> None:
        """Forget which ids were used."""
        self._once.clear()

    async def snapshot(self) -> dict[str, object]:
        """Clients seen, and how many one-time ids are remembered."""
        clients = {
            client_id: {"organisation_number": client.organisation_number, "scopes": list(client.scopes)}
            for client_id, client in self._clients.all().items()
        }
        return {"issuer": self._issuer, "clients": clients, "spent": self._once.counts()}

    def close(self) -> None:
        """Close the store."""
        self._once.close()

    async def _grant(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            raise refused("invalid_client", "HTTP authentication is not accepted here: send a client assertion")
        asked = read_token_request(request.content_type, await request.read())
        client, assertion = self._authenticate(asked)
        note(request, client_id=asked.client_id, organisation_number=client.organisation_number)
        if asked.grant_type != "client_credentials":
            raise refused("unsupported_grant_type", "grant_type must be client_credentials")
        key = await self._signing_key()
        jkt = self._check_proof(request)
        parent, child = organisations(assertion, client)
        scopes, rejected = self._scopes(asked, client, parent)
        grant = Grant(asked.client_id, client, parent, child, scopes, jkt)
        token = issue_access_token(
            key.key,
            kid=key.kid,
            issuer=self._issuer,
            audience=grant.audiences[0],
            client_id=asked.client_id,
            scopes=scopes,
            jkt=jkt,
            now=self._context.clock.now(),
            jti=self._context.new_id(),
            lifetime=TOKEN_LIFETIME,
            organisation_number=parent,
            child_organisation_number=child,
            extra=grant.extra_claims(),
        )
        body = token_answer(TokenAnswer(token, TOKEN_LIFETIME, scopes, rejected))
        return web.json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _authenticate(self, asked: TokenRequest) -> tuple[RegisteredClient, Assertion]:
        """The client, once its assertion holds and has not been used before."""
        client = self._clients.find(asked.client_id)
        if client is None:
            raise refused("invalid_client", "no client with this client_id is registered", check="client_id")
        now = self._context.clock.now()
        # The issuer, as HelseID's documents say now, and the two values of older examples (HelseID's documentation).
        audiences = frozenset({self._issuer, f"{self._issuer}/", f"{self._issuer}{TOKEN}"})
        assertion = check_client_assertion(
            asked.assertion, client_id=asked.client_id, jwks=client.keys, audiences=audiences, now=now
        )
        if not self._once.spend("assertion", asked.client_id, assertion.jti, expires=assertion.forget_after, now=now):
            text = "this client assertion has been used before: make a new one, with a new jti, for every request"
            raise refused("invalid_client", text, check="jti")
        return client, assertion

    def _check_proof(self, request: web.Request) -> str:
        """Thumbprint of the key that a good proof, with a nonce of ours, was made with."""
        proofs = request.headers.getall("DPoP", [])
        if len(proofs) != 1:
            raise refused("invalid_dpop_proof", f"one DPoP header is needed, {len(proofs)} were sent")
        now = self._context.clock.now()
        proof = check_dpop_proof(proofs[0], method=request.method, url=f"{self._issuer}{TOKEN}", now=now)
        if not self._once.spend("proof", proof.jkt, proof.jti, expires=proof.forget_after, now=now):
            raise refused("invalid_dpop_proof", "this DPoP proof has been used before", check="replay")
        secret = self._ring.secret
        if proof.nonce is None or not nonce_is_fresh(secret, proof.nonce, now=now):
            raise NonceError(make_nonce(secret, now=now, unique=self._context.new_id()))
        return proof.jkt

    async def _signing_key(self) -> SigningKey:
        async with self._turning:
            return await asyncio.to_thread(self._ring.current, self._context.clock.now())

    def _scopes(
        self, asked: TokenRequest, client: RegisteredClient, parent: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Scopes to grant, those of one API when the request names it; and scopes whose terms were not accepted."""
        allowed = frozenset(client.scopes) & frozenset(AUDIENCES)
        not_accepted = self._terms.not_accepted(parent) if client.tenancy == "multi-tenant" else frozenset()
        scopes, rejected = divide_scopes(asked.scopes, allowed, not_accepted)
        if asked.resource is None:
            return scopes, rejected
        scopes = tuple(scope for scope in scopes if AUDIENCES[scope] == asked.resource)
        if not scopes:
            raise refused("invalid_target", "resource is not an API that any of the scopes belongs to")
        return scopes, rejected
