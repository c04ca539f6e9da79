"""The clinic at HelseID: client credentials with a signed assertion, DPoP with its nonce, tokens kept until they age.

Source: HelseID's security profile (client_credentials, private_key_jwt, DPoP by RFC 9449).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nhnclinic.errors import TransportError
from nhnclinic.registers.http import Reply, exchange
from nhnwire import helseid

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Wiring

MARGIN = timedelta(seconds=30)
"""A token this near its end is not used any more: the request must arrive while it is valid."""

DISCOVERY_LIFETIME = timedelta(hours=24)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


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
        self._endpoint: _Kept | None = None
        self._lock = asyncio.Lock()

    async def token(self, scope: str) -> str:
        """A token with that scope.

        Raises:
            TransportError: HelseID gave none. `retry` is False when it says that asking again will not help.
        """
        async with self._lock:
            kept = self._tokens.get(scope)
            if kept is None or kept.until <= self._wiring.clock.now():
                kept = self._tokens[scope] = await self._fetch(scope)
            return kept.token

    def forget(self, token: str) -> None:
        """Drop a token that was refused."""
        self._tokens = {scope: kept for scope, kept in self._tokens.items() if kept.token != token}

    async def _fetch(self, scope: str) -> _Kept:
        url = await self._token_endpoint()
        asked_at = self._wiring.clock.now()
        reply = await self._ask(url, scope, None)
        nonce = reply.headers.get("DPoP-Nonce")
        if reply.status != 200 and nonce:
            reply = await self._ask(url, scope, nonce)
        if reply.status != 200:
            retry = reply.status >= 500 or reply.status == 429
            raise TransportError(
                f"HelseID gave no token for {scope!r}: HTTP {reply.status} {reply.excerpt()}",
                status=reply.status,
                retry=retry,
            )
        answer = reply.json()
        match answer:
            case {"access_token": str(token), "expires_in": int(seconds)}:
                return _Kept(token, asked_at + timedelta(seconds=seconds) - MARGIN)
        raise TransportError(f"HelseID's answer holds no token: {reply.excerpt()}")

    async def _ask(self, url: str, scope: str, nonce: str | None) -> Reply:
        wiring, now = self._wiring, self._wiring.clock.now()
        assertion = helseid.client_assertion(
            wiring.key,
            client_id=self._settings.client_id,
            issuer=self._settings.issuer,
            now=now,
            jti=wiring.parts.new_id(),
            kid=self._settings.kid,
        )
        proof = wiring.parts.proof(wiring.key, method="POST", url=url, now=now, jti=wiring.parts.new_id(), nonce=nonce)
        form = {
            "client_id": self._settings.client_id,
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return await exchange(wiring.http, "POST", url, headers={"DPoP": proof}, data=form)

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
