"""The control port over plain HTTP, bound to loopback unless asked otherwise; never the port of an endpoint.

=========================================  =============================================================
GET /health                                {"ok": true, "endpoints": [names]}
GET /journal?since&limit&endpoint&wait     {"entries": [...], "next": cursor}; wait: real seconds
GET /journal/{n}, /journal/{n}/in, /out    one entry; its exact bytes
GET, POST, DELETE /faults, /faults/{id}    see `nhnsim.faults`
GET /clock, POST /clock/leap, /clock/run   {"mode", "now"}; {"to": iso} or {"seconds": n}
POST /counterparts                         a service (or practitioner) never handed out before
POST /endpoints/{name}/changes             change what an endpoint knows of the world
GET /parties, POST /parties/{name}/send    the automatic parties; let one of them write a message
POST /reset, GET /snapshot                 back to the seeded world; the state of every endpoint
=========================================  =============================================================

Handlers hold no clock token while they wait, so that asking for the journal never stops time.
"""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from aiohttp import web

from nhnsim import serving
from nhnsim.control import errors, wire
from nhnsim.control.errors import ControlError
from nhnsim.faults import FaultError

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp.typedefs import Handler, Middleware

    from nhnsim.control.model import House
    from nhnsim.journal import Exchange

MOST = 2**53


def _door(hosts: Collection[str]) -> Middleware:
    """Turns away web pages: a browser must not be talked into a reset by a page it has open.

    Such a request names the page's host as Origin, or (after DNS rebinding) as Host.
    """

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.url.host not in hosts:
            raise ControlError(403, f"{request.url.host} is not a name of this network; --san NAME makes it one")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.url.scheme}://{request.host}":
            raise ControlError(403, "the control port answers to programs, not to other web pages")
        return await handler(request)

    return door


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    if (refusal := await serving.read(request, errors.body)) is not None:
        return refusal
    try:
        return await handler(request)
    except ControlError as error:
        return errors.body(error.status, str(error))
    except FaultError as error:
        return errors.body(400, str(error))
    except web.HTTPException as error:
        return errors.body(error.status, error.text or error.reason)
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of ours must become an answer
        traceback.print_exc(file=sys.stderr)
        return errors.body(500, f"The control port failed: {type(error).__name__}. Its standard error says more.")


class _Routes:
    def __init__(self, house: House) -> None:
        self._house = house

    async def health(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"ok": True, "endpoints": sorted(self._house.endpoints)})

    async def journal(self, request: web.Request) -> web.Response:
        query = request.query
        found, cursor = await self._house.journal.since(
            wire.whole(query, "since", 0, 0, MOST),
            limit=wire.whole(query, "limit", 1000, 1, 10_000),
            endpoint=query.get("endpoint"),
            wait=wire.seconds(query, "wait"),
        )
        return web.json_response({"entries": [exchange.describe() for exchange in found], "next": cursor})

    async def entry(self, request: web.Request) -> web.Response:
        return web.json_response(self._find(request).describe())

    async def received(self, request: web.Request) -> web.Response:
        return _raw(self._find(request).received.read())

    async def sent(self, request: web.Request) -> web.Response:
        return _raw(self._find(request).sent.read())

    async def armed(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"faults": self._house.faults.armed()})

    async def arm(self, request: web.Request) -> web.Response:
        fault = self._house.faults.arm(wire.json_object(await request.read()))
        return web.json_response({"id": fault.id}, status=201)

    async def disarm(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if not self._house.faults.disarm(name):
            raise ControlError(404, f"no fault {name!r} is armed; it may be spent")
        return web.Response(status=204)

    async def disarm_all(self, request: web.Request) -> web.Response:
        del request
        self._house.faults.clear()
        return web.Response(status=204)

    async def clock(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"mode": self._house.mode, "now": self._house.clock.now().isoformat()})

    async def move(self, request: web.Request) -> web.Response:
        when = wire.goal(wire.json_object(await request.read()), self._house.clock.now())
        now = await self._house.move(request.match_info["kind"], when)
        return web.json_response({"now": now.isoformat()})

    async def counterpart(self, request: web.Request) -> web.Response:
        wish = wire.json_object(await request.read() or b"{}")
        return web.json_response(self._house.counterparts.hand_out(wish.get("type", "Service")), status=201)

    async def change(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        endpoint = self._house.endpoints.get(name)
        if endpoint is None:
            raise ControlError(404, f"no endpoint {name!r} runs here; these do: {', '.join(self._house.endpoints)}")
        wish = wire.json_object(await request.read())
        with self._house.clock.busy(f"change of {name}"):
            try:
                return web.json_response(await endpoint.change(wish))
            except ValueError as error:
                raise ControlError(400, str(error)) from error

    async def parties(self, request: web.Request) -> web.Response:
        del request
        with self._house.clock.busy("a look at the parties"):
            found = [] if self._house.parties is None else await self._house.parties.describe()
        return web.json_response({"parties": found})

    async def send(self, request: web.Request) -> web.Response:
        name, parties = request.match_info["name"], self._house.parties
        living = [] if parties is None else parties.names()
        if parties is None or name not in living:
            raise ControlError(404, f"no party {name!r} lives here; these do: {', '.join(living) or 'none'}")
        wish = wire.json_object(await request.read() or b"{}")
        with self._house.clock.busy(f"a letter of {name}"):
            try:
                return web.json_response(await parties.send(name, wish), status=201)
            except ValueError as error:
                raise ControlError(400, str(error)) from error

    async def reset(self, request: web.Request) -> web.Response:
        del request
        await self._house.reset()
        return web.Response(status=204)

    async def snapshot(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(await self._house.snapshot())

    def _find(self, request: web.Request) -> Exchange:
        text = request.match_info["n"]
        found = self._house.journal.get(int(text)) if text.isascii() and len(text) < 16 else None
        if found is None:
            raise ControlError(404, f"the journal has no entry {text}: it has not happened, or has been forgotten")
        return found


def application(house: House) -> web.Application:
    """The control port's application."""
    routes = _Routes(house)
    app = web.Application(middlewares=[_errors, _door(house.hosts)], client_max_size=1 << 20)
    app.router.add_get("/health", routes.health)
    app.router.add_get("/journal", routes.journal)
    app.router.add_get(r"/journal/{n:\d+}", routes.entry)
    app.router.add_get(r"/journal/{n:\d+}/in", routes.received)
    app.router.add_get(r"/journal/{n:\d+}/out", routes.sent)
    app.router.add_get("/faults", routes.armed)
    app.router.add_post("/faults", routes.arm)
    app.router.add_delete("/faults", routes.disarm_all)
    app.router.add_delete("/faults/{id}", routes.disarm)
    app.router.add_get("/clock", routes.clock)
    app.router.add_post("/clock/{kind:leap|run}", routes.move)
    app.router.add_post("/counterparts", routes.counterpart)
    app.router.add_post("/endpoints/{endpoint}/changes", routes.change)
    app.router.add_get("/parties", routes.parties)
    app.router.add_post("/parties/{name}/send", routes.send)
    app.router.add_post("/reset", routes.reset)
    app.router.add_get("/snapshot", routes.snapshot)

    async def stop(app: web.Application) -> None:
        del app
        house.journal.close()

    app.on_shutdown.append(stop)
    return app


def _raw(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="application/octet-stream")
