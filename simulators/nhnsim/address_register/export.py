"""The older export API of the register: everything at once as a stream, then what has happened since.

Its answers carry the legacy model. The ids of events are GUIDs here as there; these hold the number of the event.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from nhnsim.address_register import legacy, wire
from nhnsim.address_register.errors import invalid, not_found
from nhnsim.address_register.model import REGISTERED
from nhnsim.context import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnfixtures.world import Party
    from nhnsim.address_register.changes import Happened
    from nhnsim.address_register.register import Register
    from nhnsim.worker import Worker

EXPORT, EVENTS, PARTY = "/CommunicationPartyExport", "/CommunicationPartyEvents", "/CommunicationParties/{herId}"

PAGE: Final = 100
"""Events in one answer; the next ones are where `links.next` points."""

BATCH: Final = 100
"""Parties that are made and sent at a time: the export is never whole in memory."""

MAX_NUMBER: Final = 2**63 - 1


class OlderExport:
    """The handlers.

    Args:
        register: the register, once its store is open.
        worker: the thread that owns the store.
    """

    def __init__(self, register: Callable[[], Register], worker: Worker) -> None:
        self._register = register
        self._worker = worker

    async def export(self, request: web.Request) -> web.StreamResponse:
        """GET /CommunicationPartyExport: every active party; compressed for who accepts gzip."""
        latest = await self._worker.do(self._register().changes.latest)
        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        head = {"LastDateTimeOffset": latest.at if latest else REGISTERED, "LastEventId": event_id(latest)}
        await response.write(msgspec.json.encode(head)[:-1] + b',"CommunicationParties":[')
        batches = _encoded(self._register())
        while part := await self._worker.do(partial(next, batches, b"")):
            await response.write(part)
        await response.write(b"]}")
        await response.write_eof()
        return response

    async def events(self, request: web.Request) -> web.Response:
        """GET /CommunicationPartyEvents: after `EventId`, or from `fromDatetime` on, or all."""
        found = await self._worker.do(self._query(request))
        more = len(found) > PAGE
        page = found[:PAGE]
        note(request, her_ids=[one.her_id for one in page])
        links = {"next": {"href": f"{EVENTS}?EventId={event_id(page[-1])}"}} if more else {}
        return wire.answer({"communicationParties": [self._event(one) for one in page], "links": links})

    async def party(self, request: web.Request) -> web.Response:
        """GET /CommunicationParties/{herId}."""
        her_id = wire.her_id(request.match_info["herId"])
        note(request, her_ids=[her_id])
        party = self._register().party(her_id)
        if party is None:
            raise not_found(f"There is no communication party with HER-id {her_id}.")
        shown = legacy.entry(self._register(), party)
        return wire.answer(
            {
                "herId": her_id,
                "parentHerId": shown["ParentHerId"],
                "type": party.type,
                "communicationParty": shown,
            }
        )

    def _query(self, request: web.Request) -> Callable[[], list[Happened]]:
        """What finds the events that are asked for, and one more."""
        changes = self._register().changes
        after, since = wire.named(request.query, "EventId"), wire.named(request.query, "fromDatetime")
        if after:
            return partial(changes.events, number(after) + 1, PAGE + 1)
        if since:
            return partial(changes.since, moment(since), PAGE + 1)
        return partial(changes.events, 1, PAGE + 1)

    def _event(self, happened: Happened) -> dict[str, Any]:
        """One event; without the party when it is in the register no more."""
        register = self._register()
        party = register.party(happened.her_id)
        return {
            "eventId": event_id(happened),
            "fromDatetime": happened.at,
            "herId": happened.her_id,
            "orgNr": int(party.organisation_number) if party else None,
            "eventType": happened.type,
            "communicationParty": legacy.entry(register, party) if party else None,
        }


def event_id(happened: Happened | None) -> str:
    """The GUID of an event; None: of the one before the first."""
    return str(uuid.UUID(int=happened.number if happened else 0))


def number(text: str) -> int:
    """The number of the event with this GUID.

    Raises:
        RegisterError: 400, no event has it.
    """
    try:
        found = uuid.UUID(text).int
    except ValueError:
        found = -1
    if not 0 <= found < MAX_NUMBER:
        raise invalid("EventId", f"The value '{text[:40]}' is not the id of an event.")
    return found


def moment(text: str) -> str:
    """A point in time from the query, as the store compares it; without an offset it is UTC.

    Raises:
        RegisterError: 400, it is none.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)).isoformat()
    except (ValueError, OverflowError) as error:
        text = f"The value '{text[:40]}' is not valid: ISO 8601, URL-encoded, so that its + is %2B."
        raise invalid("fromDatetime", text) from error


def _encoded(register: Register) -> Iterator[bytes]:
    """The active parties as JSON with commas between them, some at a time."""
    active: Iterator[Party] = (party for party in register.parties() if register.is_active(party))
    comma = b""
    while batch := [msgspec.json.encode(legacy.entry(register, party)) for party in islice(active, BATCH)]:
        yield comma + b",".join(batch)
        comma = b","
