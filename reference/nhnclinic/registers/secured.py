"""Requests to an API behind HelseID: a token that is reused, a proof that never is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nhnclinic.registers.http import Reply, exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnclinic.exchange.bench import Wiring


class SecuredApi:
    """One API at one base URL with one scope."""

    def __init__(self, wiring: Wiring, base: str, scope: str) -> None:
        self._wiring = wiring
        self._base = base.rstrip("/")
        self._scope = scope

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
        data: Any = None,
    ) -> Reply:
        """One request with its answer, whatever the status; a refused token (401) is renewed once.

        Raises:
            TransportError: no token, or no answer.
        """
        reply, token = await self._once(method, path, headers or {}, params, data)
        if reply.status == 401:
            self._tokens.forget(token)
            reply, _ = await self._once(method, path, headers or {}, params, data)
        return reply

    async def _once(
        self, method: str, path: str, headers: Mapping[str, str], params: Any, data: Any
    ) -> tuple[Reply, str]:
        wiring = self._wiring
        token = await self._tokens.token(self._scope)
        url = self._base + path
        proof = wiring.parts.proof(
            wiring.key,
            method=method,
            url=url,
            now=wiring.clock.now(),
            jti=wiring.parts.new_id(),
            access_token=token,
        )
        credentials = {"Authorization": f"DPoP {token}", "DPoP": proof}
        sent = {**headers, **credentials}
        return await exchange(wiring.http, method, url, headers=sent, params=params, data=data), token

    @property
    def _tokens(self) -> Any:
        return self._wiring.tokens
