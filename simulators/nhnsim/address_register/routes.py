"""The CommunicationParty API v1 over HTTP (dossier §B.1): look-ups of parties, organisations and certificates.

Search, events and export are not here; asking for them is answered 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web

from nhnsim.address_register import errors, wire
from nhnsim.address_register.certificates import ENCRYPTION, SIGNING, Certificates
from nhnsim.address_register.errors import RegisterError, not_found
from nhnsim.address_register.model import entry, owner
from nhnsim.context import CONTROL, ERROR_BODY, Controllable, note
from nhnsim.guard import AuthError, Guard
from nhnwire.registers.address import AUDIENCE, SCOPES, CertificatePairInfo

if TYPE_CHECKING:
    from nhnfixtures.world import Party
    from nhnsim.context import Context
    from nhnwire.registers.address import CommunicationParty

Handle: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]

MAX_BODY = 64 * 1024


def application(context: Context) -> web.Application:
    """The endpoint as an aiohttp application."""
    register = AddressRegister(context)
    app = web.Application(client_max_size=MAX_BODY)
    app[CONTROL] = register
    app[ERROR_BODY] = errors.problem
    parties, certificates = "/api/v1/communicationparty", "/api/v1/certificate"
    for method, path, handle in (
        ("GET", f"{parties}/{{herId}}", register.get_party),
        ("POST", parties, register.get_parties),
        ("GET", "/api/v1/organization/{organizationNumber}", register.get_organisation),
        ("GET", f"{certificates}/{{herId}}", register.get_certificates),
        ("GET", f"{certificates}/{{herId}}/signing", register.get_signing),
        ("GET", f"{certificates}/{{herId}}/encryption", register.get_encryption),
    ):
        app.router.add_route(method, _any_case(path), register.guarded(handle))
    return app


class AddressRegister(Controllable):
    """The handlers, and what they share."""

    def __init__(self, context: Context) -> None:
        self._world = context.world
        self._certificates = Certificates(context)
        self._guard = Guard(context, AUDIENCE, SCOPES)
        self._looked_up: set[int] = set()

    def guarded(self, handle: Handle) -> Handle:
        """The handler, open to those with a token, and its refusals as problem documents."""

        async def guarded(request: web.Request) -> web.Response:
            try:
                await self._guard.authorise(request)
                return await handle(request)
            except AuthError as error:
                headers = {"WWW-Authenticate": error.www_authenticate} if error.www_authenticate else {}
                return errors.render(RegisterError(error.status, error.description, headers=headers))
            except RegisterError as error:
                return errors.render(error)

        return guarded

    async def get_party(self, request: web.Request) -> web.Response:
        """GET /api/v1/communicationparty/{herId}."""
        return wire.answer((await self._entries([self._party(request)]))[0])

    async def get_parties(self, request: web.Request) -> web.Response:
        """POST /api/v1/communicationparty: those of the asked-for parties that exist."""
        asked = wire.her_ids(request.content_type, await request.read())
        note(request, her_ids=asked)
        found = [party for her_id in asked if (party := self._world.party(her_id)) is not None]
        return wire.answer(await self._entries(found))

    async def get_organisation(self, request: web.Request) -> web.Response:
        """GET /api/v1/organization/{organizationNumber}."""
        number = wire.organisation_number(request.match_info["organizationNumber"])
        party = self._world.organisation(number)
        if party is None:
            raise not_found(f"There is no organisation with number {number}.")
        note(request, her_ids=[party.her_id])
        return wire.answer((await self._entries([party]))[0])

    async def get_certificates(self, request: web.Request) -> web.Response:
        """GET /api/v1/certificate/{herId}: the current pair; the world has no historic ones."""
        historic = {name.lower(): value for name, value in request.query.items()}.get("includehistoric")
        wire.truth(historic, "includeHistoric")
        pair = await self._certificates.pair(owner(self._world, self._party(request)).organisation_number)
        return wire.answer(
            [
                CertificatePairInfo(
                    is_current=True, signing_certificate=pair.signing, encryption_certificate=pair.encryption
                )
            ]
        )

    async def get_signing(self, request: web.Request) -> web.Response:
        """GET /api/v1/certificate/{herId}/signing."""
        return await self._certificate(request, SIGNING)

    async def get_encryption(self, request: web.Request) -> web.Response:
        """GET /api/v1/certificate/{herId}/encryption."""
        return await self._certificate(request, ENCRYPTION)

    async def reset(self) -> None:
        """Forget which proofs were seen; the parties are the world's."""
        self._guard.forget()
        self._looked_up.clear()

    async def snapshot(self) -> dict[str, object]:
        """Which parties have been asked for."""
        return {"looked_up": sorted(self._looked_up)}

    def _party(self, request: web.Request) -> Party:
        her_id = wire.her_id(request.match_info["herId"])
        note(request, her_ids=[her_id])
        party = self._world.party(her_id)
        if party is None:
            raise not_found(f"There is no communication party with HER-id {her_id}.")
        return party

    async def _entries(self, parties: list[Party]) -> list[CommunicationParty]:
        self._looked_up.update(party.her_id for party in parties)
        numbers = {party.organisation_number for party in parties}
        pairs = {number: await self._certificates.pair(number) for number in sorted(numbers)}
        return [entry(self._world, party, pairs[party.organisation_number]) for party in parties]

    async def _certificate(self, request: web.Request, use: str) -> web.Response:
        party = self._party(request)
        return wire.answer(await self._certificates.current(party.organisation_number, use))


def _any_case(path: str) -> str:
    """A route for the path in any case, as ASP.NET routes; `{name}` stays a parameter."""
    segments = [
        segment if segment.startswith("{") else f"{{_{number}:(?i:{segment})}}"
        for number, segment in enumerate(path.split("/")[1:])
    ]
    return "/" + "/".join(segments)
