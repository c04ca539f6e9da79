"""The CommunicationParty API v1 over HTTP, whole; beside it the older export API and the web services."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from aiohttp import web

from nhnsim import soap
from nhnsim.address_register import errors, legacy, services, wire
from nhnsim.address_register.attributes import Attributes
from nhnsim.address_register.certificates import ENCRYPTION, FORMER, SIGNING, Certificates
from nhnsim.address_register.changes import SCHEMA, ChangeError, Changes
from nhnsim.address_register.errors import RegisterError, not_found
from nhnsim.address_register.export import EVENTS, EXPORT, PARTY, OlderExport
from nhnsim.address_register.model import entry
from nhnsim.address_register.register import Register, untouched
from nhnsim.address_register.search import Index
from nhnsim.context import CONTROL, ERROR_BODY, Controllable, note
from nhnsim.guard import AuthError, Guard
from nhnsim.soap import SoapService
from nhnsim.store import open_store
from nhnsim.worker import Worker
from nhnwire.registers.address import (
    AUDIENCE,
    SCOPES,
    CertificatePairInfo,
    CommunicationPartyExport,
    EventsResponse,
)
from nhnwire.registers.binding import BASIC
from nhnwire.registers.party.export import AR_EXPORT
from nhnwire.registers.party.service import COMMUNICATION_PARTY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from nhnfixtures.world import Party
    from nhnsim.address_register.model import Pair
    from nhnsim.context import Context
    from nhnwire.registers.address import CommunicationParty

Handle: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY = 64 * 1024
"""Bytes of a request of the JSON interfaces."""


def application(context: Context) -> web.Application:
    """The endpoint as an aiohttp application."""
    register = AddressRegister(context)
    app = web.Application(client_max_size=soap.MAX_BODY)
    app[CONTROL] = register
    app[ERROR_BODY] = errors.problem
    app.cleanup_ctx.append(register.open)
    parties, certificates = "/api/v1/communicationparty", "/api/v1/certificate"
    for method, path, handle in (
        ("GET", f"{parties}/export", register.get_export),
        ("POST", f"{parties}/search", register.search),
        ("GET", f"{parties}/{{herId}}", register.get_party),
        ("GET", f"{parties}/{{herId}}/legacy", register.get_legacy),
        ("POST", parties, register.get_parties),
        ("GET", "/api/v1/event", register.get_events),
        ("GET", "/api/v1/event/latest", register.get_latest),
        ("GET", "/api/v1/organization/{organizationNumber}", register.get_organisation),
        ("GET", f"{certificates}/{{herId}}", register.get_certificates),
        ("GET", f"{certificates}/{{herId}}/signing", register.get_signing),
        ("GET", f"{certificates}/{{herId}}/encryption", register.get_encryption),
    ):
        app.router.add_route(method, _any_case(path), register.guarded(handle))
    for path, older in (
        (EXPORT, register.older.export),
        (EVENTS, register.older.events),
        (PARTY, register.older.party),
    ):
        app.router.add_get(_any_case(path), register.guarded(older, bearer=True), allow_head=False)
    web_service = services.WebService(register)
    answers = {name: web_service.answering(name) for name in COMMUNICATION_PARTY.by_name}
    SoapService(context, COMMUNICATION_PARTY, services.PATH, answers).add_to(app)
    everybody = {"GetAllCommunicationPartiesXml": web_service.export}
    SoapService(context, AR_EXPORT, services.EXPORT, everybody, only=BASIC).add_to(app)
    return app


class AddressRegister(Controllable):
    """The handlers, and what they share."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.certificates = Certificates(context)
        self._guard = Guard(context, AUDIENCE, SCOPES)
        self.worker = Worker("address register store")
        self._index: Index | None = None
        self._indexing = asyncio.Lock()
        self.now = context.clock.now
        self.older = OlderExport(lambda: self.register, self.worker)

    async def open(self, app: web.Application) -> AsyncIterator[None]:
        """Keep the store open while the application is served."""
        del app
        path = self._context.state / "register.sqlite"
        connection = await self.worker.do(partial(open_store, path, SCHEMA))
        self.register = Register(self._context.world, Changes(connection), Attributes(connection))
        yield
        self._forget_index()
        await self.worker.do(connection.close)
        await self.worker.aclose()

    def guarded(self, handle: Handle, *, bearer: bool = False) -> Handle:
        """The handler, open to those with a token, and its refusals as problem documents.

        Args:
            handle: the handler.
            bearer: True when a token that is bound to no key opens it too.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                await self._guard.authorise(request, bearer=bearer)
                if len(await request.read()) > MAX_BODY:
                    return errors.problem(413, f"The body has more than {MAX_BODY} bytes. Ask for fewer at once.")
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

    async def get_legacy(self, request: web.Request) -> web.Response:
        """GET /api/v1/communicationparty/{herId}/legacy: the SOAP service's model in JSON."""
        return wire.answer(legacy.entry(self.register, self._party(request)))

    async def get_parties(self, request: web.Request) -> web.Response:
        """POST /api/v1/communicationparty: those of the asked-for parties that exist."""
        asked = wire.her_ids(request.content_type, await request.read())
        note(request, her_ids=asked)
        found = [party for her_id in asked if (party := self.register.party(her_id)) is not None]
        return wire.answer(await self._entries(found))

    async def search(self, request: web.Request) -> web.Response:
        """POST /api/v1/communicationparty/search; without certificates, which would have to be made for all of them."""
        query = wire.search(request.content_type, await request.read(), request.query)
        found = (self._index or await self.indexed()).find(query)
        note(request, her_ids=[her_id for her_id, _ in found])
        return wire.answer({"communicationParties": [msgspec.Raw(shown) for _, shown in found]})

    async def get_export(self, request: web.Request) -> web.Response:
        """GET /api/v1/communicationparty/export: every HER-id, and where the events after that begin."""
        inactive = wire.truth(wire.named(request.query, "includeDeactivated"), "includeDeactivated")
        return wire.answer(await self.worker.do(partial(self._export, inactive=inactive)))

    async def get_events(self, request: web.Request) -> web.Response:
        """GET /api/v1/event."""
        first = wire.whole(request.query, "fromSequenceNumber", 1, 1, wire.MAX_INT32)
        limit = wire.whole(request.query, "maxEvents", 1000, 1, 1000)
        found = await self.worker.do(partial(self.register.changes.events, first, limit))
        return wire.answer(EventsResponse(results=[wire.event(one) for one in found], count=len(found)))

    async def get_latest(self, request: web.Request) -> web.Response:
        """GET /api/v1/event/latest."""
        del request
        found = await self.worker.do(self.register.changes.latest)
        if found is None:
            raise not_found("Nothing has happened yet.")
        return wire.answer(wire.event(found))

    async def get_organisation(self, request: web.Request) -> web.Response:
        """GET /api/v1/organization/{organizationNumber}."""
        number = wire.organisation_number(request.match_info["organizationNumber"])
        party = self.register.organisation(number)
        if party is None:
            raise not_found(f"There is no organisation with number {number}.")
        note(request, her_ids=[party.her_id])
        return wire.answer((await self._entries([party]))[0])

    async def get_certificates(self, request: web.Request) -> web.Response:
        """GET /api/v1/certificate/{herId}: the current pair, and on request the two before it, the latest first."""
        historic = wire.truth(wire.named(request.query, "includeHistoric"), "includeHistoric")
        party = self._party(request)
        names = (self.register.certificate(party), *(FORMER if historic else ()))
        pairs = [await self.certificates.pair(party.organisation_number, name) for name in names]
        return wire.answer(
            [
                CertificatePairInfo(
                    is_current=age == 0, signing_certificate=pair.signing, encryption_certificate=pair.encryption
                )
                for age, pair in enumerate(pairs)
            ]
        )

    async def get_signing(self, request: web.Request) -> web.Response:
        """GET /api/v1/certificate/{herId}/signing."""
        return await self._certificate(request, SIGNING)

    async def get_encryption(self, request: web.Request) -> web.Response:
        """GET /api/v1/certificate/{herId}/encryption."""
        return await self._certificate(request, ENCRYPTION)

    async def change(self, wish: Mapping[str, Any]) -> dict[str, object]:
        """Change a party: `her_id`, and fields of `changes.Change`.

        Raises:
            ValueError: it makes no sense.
        """
        fields = dict(wish)
        her_id = fields.pop("her_id", None)
        if not isinstance(her_id, int) or isinstance(her_id, bool):
            raise ChangeError("her_id must say whose entry is to be changed")
        done = await self.worker.do(partial(self._change, her_id, fields))
        if self._index is not None:
            self._follow(self._index, her_id)
        return done

    async def reset(self) -> None:
        """Back to the world; forget which proofs were seen."""
        await self.worker.do(self.register.changes.reset)
        await self.worker.do(self.register.attributes.reset)
        self._forget_index()
        self._guard.forget()

    async def snapshot(self) -> dict[str, object]:
        """What has changed since the seeded world."""
        return {"changes": {str(her_id): asdict(change) for her_id, change in self.register.changes.all().items()}}

    def _change(self, her_id: int, fields: dict[str, Any]) -> dict[str, object]:
        at = self._context.clock.now().isoformat()
        self.register.change(her_id, fields, at)
        latest = self.register.changes.latest()
        return {"her_id": her_id, "sequence_number": latest.number if latest else 0}

    async def indexed(self) -> Index:
        """The index, made in the worker's thread if need be; once it is there, the loop reads it itself."""
        async with self._indexing:
            if self._index is None:
                world = untouched(self._context.world)
                made = await self.worker.do(partial(Index.open, self._context.state, world, partial(_shown, world)))
                for her_id in self.register.changes.all():
                    self._follow(made, her_id)
                self._index = made
            return self._index

    def _follow(self, index: Index, her_id: int) -> None:
        """Index anew who has been changed, and who shows something of theirs."""
        found = self._context.world.party(her_id)
        heirs = (*found.services, *found.persons) if found is not None else ()
        for one in (her_id, *heirs):
            index.remove(one)
            party = self.register.party(one)
            if party is not None and self.register.is_active(party):
                index.add(party, _shown(self.register, party))

    def _export(self, *, inactive: bool) -> CommunicationPartyExport:
        latest = self.register.changes.latest()
        her_ids = [party.her_id for party in self.register.parties() if inactive or self.register.is_active(party)]
        return CommunicationPartyExport(
            last_sequence_number=latest.number if latest else 0, count=len(her_ids), communication_parties=her_ids
        )

    def _forget_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _party(self, request: web.Request) -> Party:
        her_id = wire.her_id(request.match_info["herId"])
        note(request, her_ids=[her_id])
        party = self.register.party(her_id)
        if party is None:
            raise not_found(f"There is no communication party with HER-id {her_id}.")
        return party

    async def _pair(self, party: Party) -> Pair:
        return await self.certificates.pair(party.organisation_number, self.register.certificate(party))

    async def _entries(self, parties: list[Party]) -> list[CommunicationParty]:
        wanted = {(party.organisation_number, self.register.certificate(party)) for party in parties}
        pairs = {one: await self.certificates.pair(*one) for one in sorted(wanted)}
        return [
            entry(self.register, party, pairs[party.organisation_number, self.register.certificate(party)])
            for party in parties
        ]

    async def _certificate(self, request: web.Request, use: str) -> web.Response:
        party = self._party(request)
        variant = self.register.certificate(party)
        return wire.answer(await self.certificates.one(party.organisation_number, use, variant))


def _shown(register: Register, party: Party) -> bytes:
    """A party as a search shows it."""
    return msgspec.json.encode(entry(register, party, None))


def _any_case(path: str) -> str:
    """A route for the path in any case, as ASP.NET routes; `{name}` stays a parameter."""
    segments = [
        segment if segment.startswith("{") else f"{{_{number}:(?i:{segment})}}"
        for number, segment in enumerate(path.split("/")[1:])
    ]
    return "/" + "/".join(segments)
