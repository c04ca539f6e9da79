"""Questions to the address register's JSON interface (cpapi v1), each answered by a value or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from nhnclinic.errors import TransportError
from nhnclinic.registers.secured import SecuredApi

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.http import Reply


class Cpapi:
    """The interface at the configured address. Both methods raise `TransportError` for anything but an answer."""

    def __init__(self, wiring: Wiring) -> None:
        self._api = SecuredApi(wiring, wiring.config.address_register.url, wiring.config.address_register.scope)

    async def get(self, path: str, kind: Any, **query: int) -> Any:
        """What is there, as a value of that type; None for 404."""
        reply = await self._call("GET", path, None, query)
        return None if reply.status == 404 else _decoded(reply, kind)

    async def post(self, path: str, body: object, kind: Any, **query: int) -> Any:
        """The answer to a question that is too long for an address."""
        return _decoded(await self._call("POST", path, msgspec.json.encode(body), query), kind)

    async def _call(self, method: str, path: str, data: bytes | None, query: dict[str, int]) -> Reply:
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if data is not None else {})}
        params = [(name, str(value)) for name, value in query.items()]
        return await self._api.call(method, path, headers=headers, params=params or None, data=data)


def _decoded(reply: Reply, kind: Any) -> Any:
    if reply.status != 200:
        raise TransportError(
            f"the address register answered HTTP {reply.status}: {reply.excerpt()}",
            status=reply.status,
            retry=reply.status >= 500 or reply.status in {401, 429},
            after=reply.retry_after(),
        )
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TransportError(f"the address register's answer cannot be read: {error}") from error
