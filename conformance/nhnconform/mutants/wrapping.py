"""How a mutant changes what the clinic's transport or store does without touching its code."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from nhnclinic.api.calls import Call, Route
    from nhnclinic.exchange.bench import Transport, Wiring
    from nhnclinic.exchange.parts import Parts


class Changed:
    """An object some of whose methods are replaced; each replacement is given the honest method first."""

    def __init__(self, honest: Any, changes: dict[str, Callable[..., Awaitable[Any]]]) -> None:
        self._honest = honest
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        honest = getattr(self._honest, name)
        change = self._changes.get(name)
        if change is None:
            return honest

        def call(*arguments: Any, **named: Any) -> Awaitable[Any]:
            return change(honest, *arguments, **named)

        return call


def changed_transport(parts: Parts, **changes: Callable[..., Awaitable[Any]]) -> Parts:
    """Parts whose transport has these methods replaced."""

    def make(wiring: Wiring) -> Transport:
        made: Transport = Changed(parts.transport(wiring), changes)
        return made

    return replace(parts, transport=make)


class _Canned:
    """An answer that has been read already."""

    def __init__(self, response: Any, body: bytes) -> None:
        self.status, self.headers, self.content_type, self.content = (
            response.status,
            response.headers,
            response.content_type,
            self,
        )
        self._body = body

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """The body, in pieces."""
        for at in range(0, len(self._body), size):
            yield self._body[at : at + size]


class Particular:
    """An HTTP session whose JSON answers are looked at before anybody else sees them."""

    def __init__(self, http: Any, look: Callable[[bytes], None]) -> None:
        self._http = http
        self._look = look

    def __getattr__(self, name: str) -> Any:
        return getattr(self._http, name)

    @contextlib.asynccontextmanager
    async def request(self, method: str, url: str, **more: Any) -> AsyncIterator[Any]:
        """One exchange."""
        async with self._http.request(method, url, **more) as response:
            if not response.content_type.endswith("json"):
                yield response
                return
            body = await response.read()
            self._look(body)
            yield _Canned(response, body)


def changed_route(
    parts: Parts,
    operation: str,
    change: Callable[[Callable[[Call], Awaitable[Any]], Call], Awaitable[Any]],
    **more: Any,
) -> Parts:
    """Parts whose interface does this operation otherwise.

    Args:
        parts: the clinic.
        operation: name of the handler.
        change: is given the honest handler and the call, and answers status and value.
        more: other fields of the route to change, such as `roles`.
    """

    def wrapped(route: Route) -> Route:
        honest = route.run
        if getattr(honest, "__name__", "") != operation:
            return route

        async def run(call: Call) -> Any:
            return await change(honest, call)

        run.__name__, run.__doc__ = operation, honest.__doc__
        return replace(route, run=run, **more)

    return replace(parts, routes=tuple(map(wrapped, parts.routes)))
