"""The authority over HTTPS.

GET /root.pem, GET /issuing.pem (always PEM);
GET /certificates/enterprise/{organisation_number}/{signing|encryption}?variant=NAME (DER, or PEM if Accept says so);
GET /variants (what can be wrong on purpose, and the two that came before);
GET /crl/enterprise.crl, GET /crl/root.crl, POST /ocsp: the endpoint `revocation` publishes these over plain HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from cryptography import x509

from nhnsim.authority import errors, wire
from nhnsim.authority.broken import FORMER, VARIANTS
from nhnsim.authority.errors import AuthorityError
from nhnsim.authority.model import Authority
from nhnsim.context import CONTROL, ERROR_BODY, Context, Controllable, note
from nhnwire.certificates import Services

if TYPE_CHECKING:
    from collections.abc import Mapping

CRL: Final = "application/pkix-crl"
OCSP_REQUEST: Final = "application/ocsp-request"
OCSP_RESPONSE: Final = "application/ocsp-response"
REASONS: Final = frozenset(flag.value for flag in x509.ReasonFlags) - {"removeFromCRL"}


class _Control(Controllable):
    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def reset(self) -> None:
        """Keys and certificates stay: they are configuration, not traffic."""

    async def change(self, wish: Mapping[str, Any]) -> dict[str, object]:
        """Revoke (`state`: revoked, hold, good) the certificate of an `organisation_number` for a `purpose`."""
        state, reason = wish.get("state"), wish.get("reason", "unspecified")
        if state not in {"revoked", "hold", "good"}:
            raise ValueError(f"state must be revoked, hold or good, not {state!r}")
        if reason not in REASONS:
            raise ValueError(f"reason must be one of {', '.join(sorted(REASONS))}, not {reason!r}")
        try:
            certificate = await self._authority.set_state(
                str(wish.get("organisation_number")), str(wish.get("purpose")), str(state), str(reason)
            )
        except AuthorityError as error:
            raise ValueError(str(error)) from error
        return {"serial_number": str(certificate.serial_number), "state": str(state)}

    async def snapshot(self) -> dict[str, object]:
        return {"issued": self._authority.issued()}


def application(context: Context) -> web.Application:
    """The authority's application."""
    authority = Authority(context.state, context.world, context.clock, services(context.urls.get("revocation")))

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
            certificate = await authority.enterprise(number, purpose.lower(), request.query.get("variant", "current"))
        except AuthorityError as error:
            return errors.body(error.status, str(error))
        return _answer(*wire.encode(certificate, request.headers.get("Accept", "")))

    async def variants(request: web.Request) -> web.Response:
        del request
        return web.json_response({name: row.wrong for name, row in (*VARIANTS.items(), *FORMER.items())})

    async def enterprise_list(request: web.Request) -> web.Response:
        del request
        return _answer(await authority.revocation_list(), CRL)

    async def root_list(request: web.Request) -> web.Response:
        del request
        return _answer(authority.root_list(), CRL)

    async def status(request: web.Request) -> web.Response:
        if request.content_type != OCSP_REQUEST:
            return errors.body(415, f"An OCSP request is sent as {OCSP_REQUEST} (RFC 6960, A.1).")
        return _answer(await authority.status(await request.read()), OCSP_RESPONSE)

    app = web.Application(client_max_size=65_536)
    app[CONTROL] = _Control(authority)
    app[ERROR_BODY] = errors.body
    app.router.add_get("/root.pem", root)
    app.router.add_get("/issuing.pem", issuing)
    app.router.add_get("/certificates/enterprise/{organisation_number}/{purpose}", enterprise)
    app.router.add_get("/variants", variants)
    app.router.add_get("/crl/enterprise.crl", enterprise_list)
    app.router.add_get("/crl/root.crl", root_list)
    app.router.add_post("/ocsp", status)
    return app


def services(url: str | None) -> Services | None:
    """Where certificates say that revocation is told: the endpoint `revocation`, if there is one."""
    if url is None:
        return None
    return Services(crl=f"{url}/crl/enterprise.crl", ocsp=f"{url}/ocsp", issuer=f"{url}/issuing.cer")


def _answer(data: bytes, media_type: str) -> web.Response:
    return web.Response(body=data, content_type=media_type)
