"""The address register (*Adresseregisteret*) over REST, cpapi v1, with a cache.

A party that was looked up is believed for `FRESH`; when the register does not answer, what was last known serves
for `STALE`, so that letters can be written while the register is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from nhnclinic.domain.values import Party
from nhnclinic.errors import RefusedError, TransportError
from nhnclinic.registers.secured import SecuredApi

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Wiring

FRESH = timedelta(minutes=15)
STALE = timedelta(days=7)


class _Parent(msgspec.Struct, rename="camel"):
    her_id: int
    name: str = ""
    organization_number: int | str | None = None


class _Details(msgspec.Struct, rename="camel"):
    parent_organization: _Parent | None = None
    organization_number: int | str | None = None


class _Entry(msgspec.Struct, rename="camel"):
    """What the clinic reads of a `CommunicationParty`; whatever else there is, is let pass."""

    her_id: int
    type: str
    name: str = ""
    display_name: str = ""
    organization_details: _Details | None = None
    person_details: _Details | None = None
    service_details: _Details | None = None


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
            raise TransportError(
                f"the address register answered HTTP {reply.status}: {reply.excerpt()}",
                status=reply.status,
                retry=reply.status >= 500 or reply.status in {401, 429},
            )
        try:
            entry = msgspec.json.decode(reply.body, type=_Entry)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TransportError(f"the address register's answer cannot be read: {error}") from error
        return _party(entry)


def _party(entry: _Entry) -> Party:
    details = entry.service_details or entry.person_details
    parent = details.parent_organization if details else None
    name = entry.display_name or entry.name
    if parent is not None:
        return Party(
            her_id=entry.her_id,
            name=name,
            kind=entry.type,
            organisation_her_id=parent.her_id,
            organisation_name=parent.name,
            organisation_number=_number(parent.organization_number),
        )
    own: Any = entry.organization_details.organization_number if entry.organization_details else None
    return Party(
        her_id=entry.her_id,
        name=name,
        kind=entry.type,
        organisation_her_id=entry.her_id,
        organisation_name=name,
        organisation_number=_number(own),
    )


def _number(value: int | str | None) -> str:
    return "" if value is None else str(value)
