"""HelseID over HTTP: discovery, JWKS, token endpoint."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from nhnsim.context import CONTROL, ERROR_BODY, Controllable, note
from nhnsim.helseid import errors
from nhnsim.helseid.errors import NonceError, refused
from nhnsim.helseid.keys import SigningKey, signing_key
from nhnsim.helseid.model import (
    AUDIENCES,
    TOKEN_LIFETIME,
    Clients,
    Grant,
    OneTime,
    make_nonce,
    nonce_is_fresh,
    organisations,
    unknown_scopes,
)
from nhnsim.helseid.wire import TokenRequest, read_token_request
from nhnwire.errors import TokenError
from nhnwire.helseid import WELL_KNOWN, check_client_assertion, check_dpop_proof, discovery_document, issue_access_token

if TYPE_CHECKING:
    from nhnsim.context import Context
    from nhnsim.helseid.model import RegisteredClient
    from nhnwire.helseid import Assertion

MAX_BODY = 64 * 1024
TOKEN = "/connect/token"  # noqa: S105 - a path


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
            web.post(TOKEN, helseid.token),
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
        self._key: SigningKey | None = None
        self._making_key = asyncio.Lock()

    async def metadata(self, _: web.Request) -> web.Response:
        """GET /.well-known/openid-configuration."""
        return web.json_response(discovery_document(self._issuer))

    async def jwks(self, _: web.Request) -> web.Response:
        """GET …/jwks: the public signing key."""
        return web.json_response({"keys": [(await self._signing_key()).jwk()]})

    async def token(self, request: web.Request) -> web.Response:
        """POST /connect/token."""
        try:
            return await self._grant(request)
        except TokenError as error:
            return errors.render(error)

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
        jkt = self._check_proof(request, key)
        scopes = _scopes(asked, client)
        parent, child = organisations(assertion, client)
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
        body = {
            "access_token": token,
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "token_type": "DPoP",
            "scope": " ".join(scopes),
        }
        return web.json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _authenticate(self, asked: TokenRequest) -> tuple[RegisteredClient, Assertion]:
        """The client, once its assertion holds and has not been used before."""
        client = self._clients.find(asked.client_id)
        if client is None:
            raise refused("invalid_client", "no client with this client_id is registered", check="client_id")
        now = self._context.clock.now()
        # The issuer, as HelseID's documents say now, and the two values of older examples (dossier §C.3).
        audiences = frozenset({self._issuer, f"{self._issuer}/", f"{self._issuer}{TOKEN}"})
        assertion = check_client_assertion(
            asked.assertion, client_id=asked.client_id, jwks=client.keys, audiences=audiences, now=now
        )
        if not self._once.spend("assertion", asked.client_id, assertion.jti, expires=assertion.forget_after, now=now):
            text = "this client assertion has been used before: make a new one, with a new jti, for every request"
            raise refused("invalid_client", text, check="jti")
        return client, assertion

    def _check_proof(self, request: web.Request, key: SigningKey) -> str:
        """Thumbprint of the key that a good proof, with a nonce of ours, was made with."""
        proofs = request.headers.getall("DPoP", [])
        if len(proofs) != 1:
            raise refused("invalid_dpop_proof", f"one DPoP header is needed, {len(proofs)} were sent")
        now = self._context.clock.now()
        proof = check_dpop_proof(proofs[0], method=request.method, url=f"{self._issuer}{TOKEN}", now=now)
        if not self._once.spend("proof", proof.jkt, proof.jti, expires=proof.forget_after, now=now):
            raise refused("invalid_dpop_proof", "this DPoP proof has been used before", check="replay")
        if proof.nonce is None or not nonce_is_fresh(key.secret, proof.nonce, now=now):
            raise NonceError(make_nonce(key.secret, now=now, unique=self._context.new_id()))
        return proof.jkt

    async def _signing_key(self) -> SigningKey:
        async with self._making_key:
            if self._key is None:
                self._key = await asyncio.to_thread(signing_key, self._context.state, self._context.clock.now())
        return self._key


def _scopes(asked: TokenRequest, client: RegisteredClient) -> tuple[str, ...]:
    """The scopes to grant; those of one API when the request names it."""
    if not asked.scopes:
        raise refused("invalid_scope", "scope is missing")
    if unknown := unknown_scopes(client, asked.scopes):
        raise refused("invalid_scope", f"this client may not have: {' '.join(unknown)[:200]}")
    if asked.resource is None:
        return asked.scopes
    scopes = tuple(scope for scope in asked.scopes if AUDIENCES[scope] == asked.resource)
    if not scopes:
        raise refused("invalid_target", "resource is not an API that any of the scopes belongs to")
    return scopes
