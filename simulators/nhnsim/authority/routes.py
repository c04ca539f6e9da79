"""The authority over HTTPS.

GET /root.pem, GET /issuing.pem (always PEM) and
GET /certificates/enterprise/{organisation_number}/{signing|encryption} (DER, or PEM if Accept says so).
"""

from __future__ import annotations

from aiohttp import web

from nhnsim.authority import errors, wire
from nhnsim.authority.errors import AuthorityError
from nhnsim.authority.model import Authority
from nhnsim.context import CONTROL, ERROR_BODY, Context, Controllable, note


class _Control(Controllable):
    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def reset(self) -> None:
        """Keys and certificates stay: they are configuration, not traffic."""

    async def snapshot(self) -> dict[str, object]:
        return {"issued": self._authority.issued()}


def application(context: Context) -> web.Application:
    """The authority's application."""
    authority = Authority(context.state, context.world, context.clock)

    async def root(request: web.Request) -> web.Response:
        del request
        return _answer(*wire.encode(authority.root.certificate, wire.PEM))

    async def issuing(request: web.Request) -> web.Response:
        del request
        return _answer(*wire.encode((await authority.issuing()).certificate, wire.PEM))

    async def enterprise(request: web.Request) -> web.Response:
        number, purpose = request.match_info["organisation_number"], request.match_info["purpose"]
        note(request, organisation_number=number)
        try:
            certificate = await authority.enterprise(number, purpose.lower())
        except AuthorityError as error:
            return errors.body(error.status, str(error))
        return _answer(*wire.encode(certificate, request.headers.get("Accept", "")))

    app = web.Application(client_max_size=65_536)
    app[CONTROL] = _Control(authority)
    app[ERROR_BODY] = errors.body
    app.router.add_get("/root.pem", root)
    app.router.add_get("/issuing.pem", issuing)
    app.router.add_get("/certificates/enterprise/{organisation_number}/{purpose}", enterprise)
    return app


def _answer(data: bytes, media_type: str) -> web.Response:
    return web.Response(body=data, content_type=media_type)
