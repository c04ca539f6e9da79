"""The door of an API behind HelseID: who calls, with which token, and whether this very call was proved.

Any endpoint can use it, since it knows the issuer as a stranger would: by URL, through discovery, over the wire. The
checks, their order and their texts are NHN's own (documentation of EDI 2.0 and HelseID), carried out by
`nhnwire.helseid`; what this module adds is what needs a clock, a network and a memory.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from nhnsim.context import note
from nhnsim.replay import ReplayMemory
from nhnwire.errors import TokenError
from nhnwire.helseid import ALGORITHMS, WELL_KNOWN, challenge, check_bearer, check_request, peek, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from nhnsim.context import Context
    from nhnwire.helseid import Claims

PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True)
class Principal:
    """Who calls.

    Attributes:
        client_id: the client configuration in HelseID.
        organisation_number: the delegating parent unit (*hovedenhet*), nine digits; empty when the token names none.
        her_ids: the only HER-ids the token covers; None when it covers every one of the organisation.
    """

    client_id: str
    organisation_number: str
    her_ids: frozenset[int] | None


class AuthError(Exception):
    """The caller may not pass; the endpoint says so in its own error format.

    Attributes:
        status: 401, 403 for a missing scope, 503 when the issuer cannot be asked.
        www_authenticate: the challenge of RFC 9449, to be sent as WWW-Authenticate; empty with 503.
        description: what is wrong and what to do, for a human.
    """

    def __init__(self, status: int, www_authenticate: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.www_authenticate = www_authenticate
        self.description = description


class Guard:
    """Checks the credentials of requests to one endpoint.

    Args:
        context: of the endpoint to be guarded.
        audience: what `aud` must be, such as `nhn:msh`.
        scopes: any one of these lets the caller in.
    """

    def __init__(self, context: Context, audience: str, scopes: Sequence[str]) -> None:
        self._context = context
        self._audience = audience
        self._scopes = tuple(scopes)
        self._issuer = Issuer(context.http, context.urls.get("helseid", ""))
        self._seen = ReplayMemory()

    async def authorise(self, request: web.Request, *, bearer: bool = False) -> Principal:
        """Who makes this request.

        Args:
            request: with its Authorization and DPoP headers.
            bearer: True where the API is older than DPoP: the scheme Bearer opens it too, with an unbound token.

        Raises:
            AuthError: nobody who may.
        """
        authorization, proof = _one(request, "Authorization"), _one(request, "DPoP")
        if authorization is None:
            text = "Authorization is missing: send 'Authorization: DPoP <access token>' and a DPoP proof."
            raise AuthError(401, f'DPoP algs="{" ".join(ALGORITHMS)}"', text)
        jwks = await self._keys(authorization.strip().partition(" ")[2].strip())
        try:
            if bearer and authorization.lower().startswith("bearer "):
                claims = self._check_bearer(authorization, jwks)
            else:
                claims = self._check(request, authorization, proof, jwks)
        except TokenError as error:
            raise _refusal(error) from error
        principal = Principal(claims.client_id, claims.organisation_number or "", _her_ids(claims.raw.get("herid")))
        note(request, client_id=principal.client_id, organisation_number=principal.organisation_number)
        return principal

    def forget(self) -> None:
        """Forget which proofs were seen, and the issuer's keys."""
        self._seen.clear()
        self._issuer.forget()

    def _check(self, request: web.Request, authorization: str, proof: str | None, jwks: dict[str, Any]) -> Claims:
        now = self._context.clock.now()
        passed = check_request(
            authorization,
            proof,
            method=request.method,
            url=self._context.urls[self._context.name] + request.rel_url.raw_path,
            now=now,
            jwks=jwks,
            issuer=self._issuer.url,
            audience=self._audience,
            scopes=self._scopes,
        )
        seen = passed.proof
        if not self._seen.first_time(seen.jkt, seen.jti, now=now, expires=seen.forget_after):
            raise refused("replay")
        return passed.claims

    def _check_bearer(self, authorization: str, jwks: dict[str, Any]) -> Claims:
        return check_bearer(
            authorization,
            now=self._context.clock.now(),
            jwks=jwks,
            issuer=self._issuer.url,
            audience=self._audience,
            scopes=self._scopes,
        )

    async def _keys(self, token: str) -> dict[str, Any]:
        try:
            return await self._issuer.keys_for(token)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError, KeyError) as error:
            reason = str(error) or type(error).__name__
            raise AuthError(503, "", f"The issuer {self._issuer.url} gave no keys: {reason}. Start it too.") from error


class Issuer:
    """The issuer's keys, fetched through discovery, kept, and fetched again when a key is not among them.

    Args:
        http: a session that trusts the issuer's certificate.
        url: the issuer, without a trailing slash.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.url = url
        self._http = http
        self._jwks: dict[str, Any] | None = None
        self._fetching = asyncio.Lock()

    async def keys_for(self, token: str) -> dict[str, Any]:
        """A JWKS that, if the issuer has it, holds the key that this token names.

        Raises:
            aiohttp.ClientError, TimeoutError, msgspec.DecodeError, KeyError: the issuer gives no sensible answer.
        """
        have = self._jwks
        if have is not None and _names_key_of(have, token):
            return have
        async with self._fetching:
            if self._jwks is have:
                self._jwks = await self._fetch()
            return self._jwks or {"keys": []}

    def forget(self) -> None:
        """Fetch the keys anew next time."""
        self._jwks = None

    async def _fetch(self) -> dict[str, Any]:
        metadata = await self._get(f"{self.url}{WELL_KNOWN}")
        return await self._get(str(metadata["jwks_uri"]))

    async def _get(self, url: str) -> dict[str, Any]:
        async with self._http.get(url, timeout=PATIENCE, raise_for_status=True) as answer:
            return msgspec.json.decode(await answer.read(), type=dict[str, Any])


def _names_key_of(jwks: dict[str, Any], token: str) -> bool:
    """True when the set holds the key that the token's header names, or when no set could hold it."""
    try:
        header, _ = peek(token)
    except TokenError:
        return True
    return any(key.get("kid") == header.get("kid") for key in jwks.get("keys", ()))


def _one(request: web.Request, name: str) -> str | None:
    """The value of a header that may be sent once (RFC 9449 §4.3)."""
    values = request.headers.getall(name, [])
    if len(values) > 1:
        raise _refusal(TokenError(f"{name} was sent more than once.", error="invalid_dpop_proof", check="presence"))
    return values[0] if values else None


def _her_ids(claim: object) -> frozenset[int] | None:
    """The claim `herid`: "0" or absent is all, else ids with hyphens between them (documentation of EDI 2.0)."""
    text = "0" if claim is None else str(claim)
    if text in {"", "0"}:
        return None
    return frozenset(int(part) for part in text.split("-") if part.isascii() and part.isdecimal())


def _refusal(error: TokenError) -> AuthError:
    status = 403 if error.error == "insufficient_scope" else 401
    text = f"{error} Remedy: {error.remedy}." if error.remedy else str(error)
    return AuthError(status, challenge(error), text)
