"""How an endpoint is put on a socket: bound first, then served through TLS, the tap and one middleware."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import ClientConnectionResetError, web

from nhnsim.context import ERROR_BODIES, ERROR_BODY, NOTES
from nhnsim.journal import Exchange
from nhnsim.wrapping import WRAPPINGS

if TYPE_CHECKING:
    import ssl

    from aiohttp.typedefs import Handler, Middleware

    from nhnsim.context import ErrorBody
    from nhnsim.journal import Journal
    from nhnsim.tap import Tap
    from nhntime import Clock
    from nhntime.clock import Busy

BODY_PATIENCE = 60.0
HANDSHAKE_PATIENCE = 15.0
SHUTDOWN_PATIENCE = 2.0
KEEP_ALIVE = 300.0
UNANSWERED = (
    "The simulator failed while it handled this request. The fault is the simulator's, not the caller's; "
    "its standard error and its journal say more."
)


class ServingError(Exception):
    """An endpoint cannot be served; the text says why and what to do."""


def bind(name: str, host: str, port: int) -> socket.socket:
    """A listening-to-be socket, so that its port is known before anything starts.

    Raises:
        ServingError: the address is taken or is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ServingError(
            f"{name} cannot listen on {host} port {port}: {error.strerror}. Stop the program that has the port, "
            "or choose others with --port-base, or another address with --bind."
        ) from error
    sock.setblocking(False)
    return sock


def plain_error(status: int, text: str) -> web.Response:
    """The error body of an application that names none of its own."""
    return web.json_response({"error": text}, status=status)


_SILENT = logging.getLogger("nhnsim.access")
_SILENT.disabled = True  # the journal has what came and went


class Protocol(web.RequestHandler):
    """HTTP as aiohttp reads it, errors in the endpoint's own words; what a caller sends wrong is no news for a log."""

    __slots__ = ("_application",)

    def __init__(self, server: web.Server, application: web.Application) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=_SILENT,
            keepalive_timeout=KEEP_ALIVE,
            lingering_time=SHUTDOWN_PATIENCE,
        )
        self._application = application

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what is ours, not a body that broke off after it was answered."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP is refused, and its connection ended."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already; there is no place for another")
        if status >= 500:
            self.log_exception("a request could not be answered", exc_info=exc)
        cause = (message or "").partition("\n")[0].strip(" :")[:200] or "this is not HTTP as RFC 9112 has it"
        text = f"The request cannot be read: {cause}. Send well-formed HTTP/1.1."
        return _closing(words_of(self._application, request)(status, UNANSWERED if status >= 500 else text))


def words_of(application: web.Application, request: web.BaseRequest) -> ErrorBody:
    """How an application words what its own code did not answer."""
    chosen = application.get(ERROR_BODIES)
    return chosen(request) if chosen is not None else application.get(ERROR_BODY, plain_error)


@dataclass
class Serving:
    """An endpoint that is being served."""

    runner: web.AppRunner
    server: asyncio.Server
    tap: Tap | None

    async def aclose(self) -> None:
        """Take no more connections, let handlers end within `SHUTDOWN_PATIENCE`, drop what is still open."""
        self.server.close()
        await self.runner.cleanup()
        if self.tap is not None:
            self.tap.abort()
        await asyncio.sleep(0)


async def serve(
    application: web.Application,
    sock: socket.socket,
    *,
    context: ssl.SSLContext | None,
    tap: Tap | None,
    middleware: Middleware | None,
) -> Serving:
    """Start serving.

    Args:
        application: not yet started; the middleware becomes its outermost one.
        sock: from `bind`.
        context: TLS, or None for plain HTTP.
        tap: hears every connection, or None.
        middleware: see `middleware`.
    """
    if middleware is not None:
        application.middlewares.insert(0, middleware)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_PATIENCE)
    await runner.setup()
    served = runner.server
    if served is None:
        raise ServingError("the application could not be set up")

    def factory() -> Protocol:
        return Protocol(served, application)

    server = await asyncio.get_running_loop().create_server(
        tap.wrap(factory) if tap is not None else factory,
        sock=sock,
        backlog=1024,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_PATIENCE if context else None,
        ssl_shutdown_timeout=SHUTDOWN_PATIENCE if context else None,
    )
    return Serving(runner, server, tap)


def middleware(endpoint: str, clock: Clock, journal: Journal, *, tapped: bool) -> Middleware:
    """The middleware of every endpoint.

    It reads the body within patience *before* it takes a token, so that a slow client holds no virtual time; holds
    a token while the request is handled; lets a fault that was armed wrap the endpoint's answer; turns what the
    endpoint did not answer itself into an answer in the endpoint's own format, without a trace of ours; and tells the
    journal what the endpoint noted.

    Args:
        endpoint: its name.
        clock: domain time.
        journal: gets the entries, without bytes, when the endpoint is not tapped.
        tapped: True when the ear makes the entries.
    """

    @web.middleware
    async def outermost(request: web.Request, handler: Handler) -> web.StreamResponse:
        token = clock.busy(f"{endpoint} {request.method} {request.path}")
        if tapped:
            exchange = _exchange(request)
            try:
                return await _answer(request, handler, exchange, token)
            finally:
                if exchange is not None:
                    exchange.notes = request.get(NOTES, {})
        exchange = _untapped(endpoint, clock, journal, request)
        response = await _answer(request, handler, exchange, token)
        exchange.notes, exchange.status, exchange.complete = request.get(NOTES, {}), response.status, True
        journal.add(exchange)
        return response

    return outermost


async def _answer(request: web.Request, handler: Handler, exchange: Exchange | None, token: Busy) -> web.StreamResponse:
    error_body = words_of(request.app, request)
    if (refusal := await read(request, error_body)) is not None:
        return refusal
    with token:
        try:
            if exchange is not None and exchange.wrapping is not None:
                fault = exchange.wrapping
                return await WRAPPINGS[fault.kind](fault).answer(request, handler, error_body)
            return await handler(request)
        except web.HTTPException as error:
            return _own(error, error_body)
        except ClientConnectionResetError:
            raise  # whoever asked is gone while a stream was written; nobody is left to be told
        except Exception as error:  # noqa: BLE001 - the last resort: whatever a handler raises must become an answer
            traceback.print_exc(file=sys.stderr)
            if exchange is not None:
                exchange.error = f"{type(error).__name__}: {error}"
            return error_body(500, UNANSWERED)


async def read(request: web.Request, error_body: ErrorBody) -> web.Response | None:
    """Take the whole body in, within patience; what to answer when that fails."""
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            await request.read()
    except TimeoutError:
        return _closing(error_body(408, f"The request was not complete within {BODY_PATIENCE:g} s."))
    except web.HTTPRequestEntityTooLarge as error:
        return _closing(error_body(413, _text(error)))
    except (ValueError, web.HTTPException, web.RequestPayloadError) as error:
        return _closing(error_body(400, f"The request's body cannot be read: {error}"))
    return None


def _exchange(request: web.Request) -> Exchange | None:
    found = request.transport.get_extra_info("exchange") if request.transport is not None else None
    return found if isinstance(found, Exchange) else None


def _untapped(endpoint: str, clock: Clock, journal: Journal, request: web.Request) -> Exchange:
    return Exchange(
        endpoint=endpoint,
        connection=0,
        at=clock.now().isoformat(),
        wall=datetime.now(UTC).isoformat(),
        received=journal.recording(),
        sent=journal.recording(),
        method=request.method,
        path=request.raw_path.partition("?")[0],
        query=request.query_string,
    )


def _own(error: web.HTTPException, error_body: ErrorBody) -> web.Response:
    """Say in the endpoint's format what the web library says in its own; an answer below 400 is no error."""
    if error.status < 400:
        raise error
    response = error_body(error.status, _text(error))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _text(error: web.HTTPException) -> str:
    """The library's default text says no more than the status; the reason does not say it twice."""
    return error.reason if error.text in {None, f"{error.status}: {error.reason}"} else str(error.text)


def _closing(response: web.Response) -> web.Response:
    """What is left of the request will not be read: say so and end the connection after the answer."""
    response.force_close()
    return response
