"""The clinic at HelseID: client credentials with a signed assertion, DPoP with its nonce, tokens kept until they age.

HelseID's own keys are none of the client's business: tokens are not read, and one that an API refuses after a rotation
is replaced. Source: HelseID's security profile (client_credentials, private_key_jwt, DPoP by RFC 9449); NHN's libraries
for the organisations that an assertion names.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nhnclinic.errors import TransportError
from nhnclinic.registers.http import Reply, exchange
from nhnwire import helseid
from nhnwire.errors import TokenError

if TYPE_CHECKING:
    from nhnclinic.config import Config
    from nhnclinic.exchange.bench import Wiring

MARGIN = timedelta(seconds=30)
"""A token this near its end is not used any more: the request must arrive while it is valid."""

DISCOVERY_LIFETIME = timedelta(hours=24)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


MOVED = frozenset({404, 405, 410})
"""Answers of a token endpoint that is no longer there; the metadata are read anew."""

MOST_NONCES = 3
"""Requests for one token, when each answer asks for another nonce."""

BELIEVED = timedelta(seconds=90)
"""Domain time for which HelseID's refusal of a scope is believed, so that it is not asked on every occasion."""


@dataclass(frozen=True)
class _Kept:
    token: str
    until: datetime


class HelseIdTokens:
    """Access tokens by scope, reused until shortly before they expire."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._settings = wiring.config.helseid
        self._tokens: dict[str, _Kept] = {}
        self._refused: dict[str, tuple[datetime, TransportError]] = {}
        self._endpoint: _Kept | None = None
        self._nonce: str | None = None
        self._details = details(wiring.config)
        self._lock = asyncio.Lock()

    async def token(self, scope: str) -> str:
        """A token with that scope.

        Raises:
            TransportError: HelseID gave none. `retry` is False when it says that asking again will not help.
        """
        async with self._lock:
            kept, now = self._tokens.get(scope), self._wiring.clock.now()
            if kept is not None and kept.until > now:
                return kept.token
            if (refused := self._refused.get(scope)) is not None and now < refused[0]:
                raise TransportError(str(refused[1]), status=refused[1].status, after=refused[0] - now)
            try:
                kept = self._tokens[scope] = await self._fetch(scope)
            except TransportError as error:
                if not error.retry and error.status not in MOVED:
                    self._refused[scope] = (now + BELIEVED, error)
                raise
            self._refused.pop(scope, None)
            return kept.token

    def forget(self, token: str) -> None:
        """Drop a token that was refused."""
        self._tokens = {scope: kept for scope, kept in self._tokens.items() if kept.token != token}

    async def _fetch(self, scope: str) -> _Kept:
        url = await self._token_endpoint()
        asked_at = self._wiring.clock.now()
        for _ in range(MOST_NONCES):
            nonce = self._nonce
            reply = await self._ask(url, scope)
            if reply.status == 200 or self._nonce == nonce:
                break
        try:
            if reply.status != 200:
                raise helseid.read_token_error(reply.status, reply.headers, reply.body)[0]
            answer = helseid.read_token_answer(reply.body)
        except TokenError as error:
            refused = 400 <= reply.status < 500 and reply.status != 429
            raise TransportError(
                f"HelseID gave no token for {scope!r}: HTTP {reply.status} {error.error}: {error}",
                status=reply.status,
                retry=not refused,
                after=reply.retry_after(),
            ) from error
        granted = frozenset(scope.split() if answer.scopes is None else answer.scopes) - {*answer.rejected}
        if lacking := [one for one in scope.split() if one not in granted]:
            raise TransportError(
                f"HelseID rejected the scope {' '.join(lacking)}: the organisation that the token is for must first "
                "accept the terms of that API.",
                status=reply.status,
                retry=False,
            )
        return _Kept(answer.access_token, asked_at + answer.lifetime - MARGIN)

    async def _ask(self, url: str, scope: str) -> Reply:
        """One request, with the newest nonce there is; the answer may bring a newer one (RFC 9449 §8.2)."""
        wiring, now = self._wiring, self._wiring.clock.now()
        assertion = helseid.client_assertion(
            wiring.key,
            client_id=self._settings.client_id,
            issuer=self._settings.issuer,
            now=now,
            jti=wiring.parts.new_id(),
            kid=self._settings.kid,
            assertion_details=self._details,
        )
        proof = wiring.parts.proof(
            wiring.key, method="POST", url=url, now=now, jti=wiring.parts.new_id(), nonce=self._nonce
        )
        form = {
            "client_id": self._settings.client_id,
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        try:
            reply = await exchange(wiring.http, "POST", url, headers={"DPoP": proof}, data=form)
        except TransportError:
            self._endpoint = None  # it may have moved; the metadata say where to
            raise
        if reply.status in MOVED:
            self._endpoint = None
        self._nonce = reply.headers.get("DPoP-Nonce") or self._nonce
        return reply

    async def _token_endpoint(self) -> str:
        now = self._wiring.clock.now()
        if self._endpoint is None or self._endpoint.until <= now:
            url = f"{self._settings.issuer}/.well-known/openid-configuration"
            reply = await exchange(self._wiring.http, "GET", url)
            answer: Any = reply.json() if reply.status == 200 else None
            match answer:
                case {"issuer": self._settings.issuer, "token_endpoint": str(endpoint)}:
                    self._endpoint = _Kept(endpoint, now + DISCOVERY_LIFETIME)
                case _:
                    raise TransportError(
                        f"{url} is no discovery document of {self._settings.issuer}: "
                        f"HTTP {reply.status} {reply.excerpt()}"
                    )
        return self._endpoint.token


def details(config: Config) -> dict[str, object] | None:
    """What the assertion says of organisations, as the configuration has it; None for nothing.

    A vendor's client, which serves many, always names the one it asks for; a clinic's own client a sub-unit only.
    """
    settings = config.helseid
    parent = config.organisation.number if settings.tenancy == "multi" else None
    if parent is None and not settings.child:
        return None
    as_libraries = settings.spelling == "libraries"
    return helseid.organisation_details(
        parent=parent,
        child=settings.child or None,
        last_colon=as_libraries,
        single_tenant_system=helseid.SINGLE_TENANT_SYSTEMS[0 if as_libraries else 1],
    )
