"""The address register (*Adresseregisteret*) over REST, cpapi v1, with a cache.

A party that was looked up is believed for `FRESH`; when the register does not answer, what was last known serves
for `STALE`, so that letters can be written while the register is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from nhnclinic.domain.values import Party
from nhnclinic.errors import RefusedError, TransportError
from nhnclinic.registers.secured import SecuredApi

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.http import Reply

FRESH = timedelta(minutes=15)
STALE = timedelta(days=7)
PAGE = 50
"""Parties that a search shows."""


class _Parent(msgspec.Struct, rename="camel"):
    her_id: int
    name: str = ""
    organization_number: int | str | None = None


class _Details(msgspec.Struct, rename="camel"):
    parent_organization: _Parent | None = None
    organization_number: int | str | None = None
    services: list[int] | None = None


class _Entry(msgspec.Struct, rename="camel"):
    """What the clinic reads of a `CommunicationParty`; whatever else there is, is let pass."""

    her_id: int
    type: str
    name: str = ""
    display_name: str = ""
    organization_details: _Details | None = None
    person_details: _Details | None = None
    service_details: _Details | None = None
    edi_address: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


class _Found(msgspec.Struct, rename="camel"):
    communication_parties: list[_Entry]


@dataclass(frozen=True)
class _Known:
    party: Party
    at: datetime


class AddressBook:
    """Parties by HER-id."""

    def __init__(self, wiring: Wiring) -> None:
        self._api = SecuredApi(wiring, wiring.config.address_register.url, wiring.config.address_register.scope)
        self._clock = wiring.clock
        self._known: dict[int, _Known] = {}

    async def party(self, her_id: int) -> Party:
        """The party with that HER-id, and the organisation above it.

        Raises:
            RefusedError: the register does not know it.
            TransportError: the register does not answer, and nothing is known from before.
        """
        known, now = self._known.get(her_id), self._clock.now()
        if known is not None and now - known.at < FRESH:
            return known.party
        try:
            party = await self._look_up(her_id)
        except TransportError:
            if known is not None and now - known.at < STALE:
                return known.party
            raise
        self._known[her_id] = _Known(party, now)
        return party

    async def search(self, text: str) -> list[Party]:
        """Parties whose name (or number) fits, and the services of the organisations among them.

        Raises:
            TransportError: the register does not answer.
        """
        page = f"/api/v1/communicationparty/search?Page=1&Size={PAGE}"
        found = (await self._posted(page, {"name": text}, _Found)).communication_parties
        known = {entry.her_id for entry in found}
        services = [
            her_id
            for entry in found
            if entry.organization_details is not None
            for her_id in entry.organization_details.services or ()
            if her_id not in known
        ][:PAGE]
        if services:
            found += await self._posted("/api/v1/communicationparty", {"herIds": services}, list[_Entry])
        return [_party(entry, self._clock.now()) for entry in found]

    def forget(self) -> None:
        """Ask the register anew next time."""
        self._known.clear()

    async def _posted(self, path: str, body: object, kind: Any) -> Any:
        path, _, query = path.partition("?")
        params = [tuple(pair.split("=")) for pair in query.split("&")] if query else None
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        reply = await self._api.call("POST", path, headers=headers, params=params, data=msgspec.json.encode(body))
        if reply.status != 200:
            raise _unwilling(reply)
        return _decoded(reply, kind)

    async def _look_up(self, her_id: int) -> Party:
        headers = {"Accept": "application/json"}
        reply = await self._api.call("GET", f"/api/v1/communicationparty/{her_id}", headers=headers)
        if reply.status == 404:
            raise RefusedError(
                422,
                "unknown_party",
                f"The address register knows no communication party with HER-id {her_id}.",
                "Check the HER-id, or look the receiver up again.",
            )
        if reply.status != 200:
            raise _unwilling(reply)
        return _party(_decoded(reply, _Entry), self._clock.now())


def _unwilling(reply: Reply) -> TransportError:
    return TransportError(
        f"the address register answered HTTP {reply.status}: {reply.excerpt()}",
        status=reply.status,
        retry=reply.status >= 500 or reply.status in {401, 429},
    )


def _decoded(reply: Reply, kind: Any) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TransportError(f"the address register's answer cannot be read: {error}") from error


def _party(entry: _Entry, now: datetime) -> Party:
    details = entry.service_details or entry.person_details
    parent = details.parent_organization if details else None
    own = entry.organization_details
    name = entry.display_name or entry.name
    return Party(
        her_id=entry.her_id,
        name=name,
        kind=entry.type,
        organisation_her_id=parent.her_id if parent else entry.her_id,
        organisation_name=parent.name if parent else name,
        organisation_number=_number(parent.organization_number if parent else own.organization_number if own else None),
        edi_address=entry.edi_address or "",
        service_her_ids=tuple(own.services or ()) if own else (),
        active=_is_valid(entry, now),
    )


def _is_valid(entry: _Entry, now: datetime) -> bool:
    """Whether the register's period includes now; a period that cannot be read does not end anything."""
    begin, end = _time(entry.valid_from), _time(entry.valid_to)
    return (begin is None or begin <= now) and (end is None or now < end)


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _number(value: int | str | None) -> str:
    return "" if value is None else str(value)
