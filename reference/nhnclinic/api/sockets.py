"""The interface on a socket; what is no HTTP gets the same typed answer as any other refusal."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from nhnclinic.api.shapes import Problem
from nhnclinic.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SILENT = logging.getLogger("nhnclinic.access")
_SILENT.disabled = True  # requests hold numbers of patients; the store says who did what


class Protocol(web.RequestHandler):
    """HTTP as aiohttp reads it, with errors in words of ours: what a caller sends wrong is no news for a log."""

    __slots__ = ()

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
        """A `Problem`, and the end of the connection."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already; there is no place for another")
        if status >= 500:
            self.log_exception("a request could not be answered", exc_info=exc)
        cause = (message or "").partition("\n")[0].strip(" :")[:200] or "The request is not HTTP as RFC 9112 has it"
        problem = Problem("bad_http", f"{cause}.", "Send well-formed HTTP/1.1; see /openapi.json for what is here.")
        if status >= 500:
            problem = Problem("internal", "The clinic failed to do this.", "See its log; then try again.")
        answer = web.Response(status=status, body=msgspec.json.encode(problem), content_type="application/json")
        answer.force_close()
        return answer


@asynccontextmanager
async def served(application: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve while the context lasts; gives the base URL.

    Raises:
        ConfigError: the address is taken or is not ours.
    """
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    factory, loop = runner.server, asyncio.get_running_loop()
    assert factory is not None, "the runner is set up"
    try:
        server = await loop.create_server(
            lambda: Protocol(factory, loop=loop, access_log=_SILENT), host, port, backlog=1024, reuse_address=True
        )
    except OSError as error:
        await runner.cleanup()
        raise ConfigError(
            f"[api] {host}:{port} cannot be listened on: {error.strerror}. Choose another port, or 0 for a free one."
        ) from error
    try:
        bound, taken = server.sockets[0].getsockname()[:2]
        yield f"http://{f'[{bound}]' if ':' in bound else bound}:{taken}"
    finally:
        server.close()
        await runner.cleanup()
