"""What relying parties ask about certificates, over plain HTTP as issuers publish it.

GET /crl/enterprise.crl, /crl/root.crl (DER); POST /ocsp and GET /ocsp/{base64} (RFC 6960, A.1); GET /issuing.cer,
/root.cer (DER). Every answer is the authority's, asked over the wire: this endpoint has no keys.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from nhnsim.context import CONTROL, ERROR_BODY, Controllable

if TYPE_CHECKING:
    from nhnsim.context import Context

PATIENCE: Final = aiohttp.ClientTimeout(total=30)
LARGEST: Final = 16 * 1024
OCSP_REQUEST: Final = "application/ocsp-request"
CERTIFICATE: Final = "application/pkix-cert"


def error(status: int, text: str) -> web.Response:
    """Plain text, as such servers answer."""
    return web.Response(status=status, text=text)


def application(context: Context) -> web.Application:
    """The endpoint's application."""
    desk = Desk(context)
    app = web.Application(client_max_size=LARGEST)
    app[CONTROL] = desk
    app[ERROR_BODY] = error
    app.router.add_get("/crl/{name:(?:enterprise|root)}.crl", desk.published)
    app.router.add_get("/{name:(?:issuing|root)}.cer", desk.certificate)
    app.router.add_post("/ocsp", desk.post)
    app.router.add_get("/ocsp/{request:.+}", desk.get)
    return app


class Desk(Controllable):
    """Asks the authority, and passes on what it says."""

    def __init__(self, context: Context) -> None:
        self._http = context.http
        self._authority = context.urls.get("authority")

    async def published(self, request: web.Request) -> web.Response:
        """A revocation list."""
        return _answer(*await self._ask("GET", request.path))

    async def certificate(self, request: web.Request) -> web.Response:
        """An issuer's certificate."""
        status, kind, data = await self._ask("GET", request.path.replace(".cer", ".pem"))
        if status == 200:
            kind, data = CERTIFICATE, x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
        return _answer(status, kind, data)

    async def post(self, request: web.Request) -> web.Response:
        """OCSP by POST."""
        if request.content_type != OCSP_REQUEST:
            return error(415, f"An OCSP request is sent as {OCSP_REQUEST}.")
        return _answer(*await self._ask("POST", "/ocsp", await request.read()))

    async def get(self, request: web.Request) -> web.Response:
        """OCSP by GET."""
        try:
            asked = base64.b64decode(unquote(request.raw_path.partition("/ocsp/")[2]), validate=True)
        except (binascii.Error, ValueError):
            return error(400, "The path must end in the base64 of an OCSP request (RFC 6960, A.1).")
        return _answer(*await self._ask("POST", "/ocsp", asked))

    async def reset(self) -> None:
        """Nothing is kept here."""

    async def snapshot(self) -> dict[str, object]:
        """Nothing to show."""
        return {}

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str, bytes]:
        if self._authority is None:
            return 503, "text/plain", b"This network has no authority. Start it beside this endpoint."
        headers = {"Content-Type": OCSP_REQUEST} if body is not None else {}
        try:
            url = f"{self._authority}{path}"
            async with self._http.request(method, url, data=body, headers=headers, timeout=PATIENCE) as answer:
                return answer.status, answer.content_type, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as failure:
            reason = str(failure) or type(failure).__name__
            return 503, "text/plain", f"The authority does not answer: {reason}".encode()


def _answer(status: int, kind: str, data: bytes) -> web.Response:
    return web.Response(status=status, body=data, content_type=kind)
