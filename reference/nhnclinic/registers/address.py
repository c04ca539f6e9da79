"""The address register (*Adresseregisteret*) over REST, cpapi v1, with a cache that its events keep true.

A party that was looked up is believed for `FOLLOWED` while the register's events are heard, and for `FRESH` while they
are not; never beyond a date on which its period begins or ends. When the register does not answer, what was last known
serves for `STALE`, so that letters can be written while the register is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from nhnclinic.domain.values import Party
from nhnclinic.errors import RefusedError, TransportError
from nhnclinic.registers.cpapi import Cpapi
from nhnclinic.registers.events import EventFeed

if TYPE_CHECKING:
    from collections.abc import Collection

    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.events import Event

FOLLOWED = timedelta(hours=24)
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
    """A party as it was read at a time; `border` is when its period next begins or ends."""

    party: Party
    at: datetime
    border: datetime | None

    def holds(self, now: datetime, span: timedelta) -> bool:
        return now - self.at < span and (self.border is None or now < self.border)


class AddressBook:
    """Parties by HER-id.

    Attributes:
        events: tells of parties that have changed, which are forgotten at once.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._api = Cpapi(wiring)
        self._clock = wiring.clock
        self._known: dict[int, _Known] = {}
        self._forgotten = 0
        every = timedelta(seconds=wiring.config.address_register.events_seconds)
        self.events = EventFeed(self._api, wiring.clock, every, self._happened)

    async def party(self, her_id: int) -> Party:
        """The party with that HER-id, and the organisation above it.

        Raises:
            RefusedError: the register does not know it.
            TransportError: the register does not answer, and nothing is known from before.
        """
        known, now, forgotten = self._known.get(her_id), self._clock.now(), self._forgotten
        if known is not None and known.holds(now, FOLLOWED if self.events.is_current else FRESH):
            return known.party
        try:
            entry = await self._look_up(her_id)
        except TransportError:
            if known is not None and now - known.at < STALE:
                return known.party
            raise
        found = _Known(_party(entry, now), now, _border(entry, now))
        if forgotten == self._forgotten:  # else something was forgotten meanwhile, and this may be older than that
            self._known[her_id] = found
        return found.party

    async def search(self, text: str) -> list[Party]:
        """Parties whose name (or number) fits, and the services of the organisations among them.

        Raises:
            TransportError: the register does not answer.
        """
        page = await self._api.post("/api/v1/communicationparty/search", {"name": text}, _Found, Page=1, Size=PAGE)
        found: list[_Entry] = page.communication_parties
        known = {entry.her_id for entry in found}
        services = [
            her_id
            for entry in found
            if entry.organization_details is not None
            for her_id in entry.organization_details.services or ()
            if her_id not in known
        ][:PAGE]
        if services:
            found += await self._api.post("/api/v1/communicationparty", {"herIds": services}, list[_Entry])
        return [_party(entry, self._clock.now()) for entry in found]

    def forget(self) -> None:
        """Ask the register anew next time."""
        self._known.clear()
        self._forgotten += 1

    def _happened(self, events: Collection[Event] | None) -> None:
        """Forget who has changed, who belongs to them, and whom they belong to; None: everybody."""
        if events is None:
            self.forget()
            return
        changed = {event.her_id for event in events}
        above = {known.party.organisation_her_id for her_id, known in self._known.items() if her_id in changed}
        created = any(event.creates for event in events)

        def stays(party: Party) -> bool:
            theirs = {party.her_id, party.organisation_her_id} & changed or party.her_id in above
            # A new party may belong to any organisation, whose list of services is longer then.
            return not (theirs or (created and party.kind == "Organization"))

        self._known = {her_id: known for her_id, known in self._known.items() if stays(known.party)}
        self._forgotten += 1

    async def _look_up(self, her_id: int) -> _Entry:
        found: _Entry | None = await self._api.get(f"/api/v1/communicationparty/{her_id}", _Entry)
        if found is None:
            raise RefusedError(
                422,
                "unknown_party",
                f"The address register knows no communication party with HER-id {her_id}.",
                "Check the HER-id, or look the receiver up again.",
            )
        return found


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


def _border(entry: _Entry, now: datetime) -> datetime | None:
    """When the register's period next begins or ends."""
    dates = (_time(entry.valid_from), _time(entry.valid_to))
    return min((one for one in dates if one is not None and one > now), default=None)


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _number(value: int | str | None) -> str:
    return "" if value is None else str(value)
