"""Requests to an API behind HelseID: a token that is reused, a proof that never is."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from nhnclinic.errors import TransportError
from nhnclinic.registers.http import Reply, exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from nhnclinic.exchange.bench import Wiring


class SecuredApi:
    """One API at one base URL with one scope."""

    def __init__(self, wiring: Wiring, base: str, scope: str) -> None:
        self._wiring = wiring
        self._base = base.rstrip("/")
        self._scope = scope
        self._nonce: str | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
        data: Any = None,
    ) -> Reply:
        """One request with its answer, whatever the status; after a 401 once more, with a new token or nonce.

        Raises:
            TransportError: no token, or no answer.
        """
        reply, token = await self._once(method, path, headers or {}, params, data)
        if reply.status == 401:
            self._heed(reply.headers, token)
            reply, _ = await self._once(method, path, headers or {}, params, data)
        return reply

    @asynccontextmanager
    async def open(
        self, method: str, path: str, *, headers: Mapping[str, str], params: Any = None, silence: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A request whose answer is read as it comes; after a 401 once more, with a new token or nonce.

        Args:
            method: HTTP method.
            path: below the base URL.
            headers: beside the credentials.
            params: of the query.
            silence: real seconds without a byte after which the answer counts as broken.

        Raises:
            TransportError: no token, no answer, or the connection broke; also out of the context.
        """
        url = self._base + path
        patience = aiohttp.ClientTimeout(total=None, connect=10, sock_read=silence)
        try:
            for attempt in (1, 2):
                credentials, token = await self._credentials(method, url)
                async with self._wiring.http.request(
                    method,
                    url,
                    headers={**headers, **credentials},
                    params=params,
                    timeout=patience,
                    allow_redirects=False,
                ) as response:
                    if response.status == 401 and attempt == 1:
                        self._heed(response.headers, token)
                        continue
                    yield response
                    return
        except TimeoutError as error:
            raise TransportError(f"{method} {url}: nothing came for {silence:g} s.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise TransportError(f"{method} {url}: {type(error).__name__}: {error}") from error

    def _heed(self, headers: Mapping[str, str], token: str) -> None:
        """After a 401: prove with the nonce that is asked for (RFC 9449 §9), or else get another token."""
        nonce = headers.get("DPoP-Nonce")
        if nonce is not None and nonce != self._nonce:
            self._nonce = nonce
        else:
            self._tokens.forget(token)

    async def _once(
        self, method: str, path: str, headers: Mapping[str, str], params: Any, data: Any
    ) -> tuple[Reply, str]:
        url = self._base + path
        credentials, token = await self._credentials(method, url)
        sent = {**headers, **credentials}
        return await exchange(self._wiring.http, method, url, headers=sent, params=params, data=data), token

    async def _credentials(self, method: str, url: str) -> tuple[dict[str, str], str]:
        """The two headers of one request, and the token that is in them."""
        wiring = self._wiring
        token = await self._tokens.token(self._scope)
        proof = wiring.parts.proof(
            wiring.key,
            method=method,
            url=url,
            now=wiring.clock.now(),
            jti=wiring.parts.new_id(),
            access_token=token,
            nonce=self._nonce,
        )
        return {"Authorization": f"DPoP {token}", "DPoP": proof}, token

    @property
    def _tokens(self) -> Any:
        return self._wiring.tokens
