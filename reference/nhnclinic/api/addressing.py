"""The recipient field, the choices of sender, patients' GPs, and the setup."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from nhnclinic.api import registered
from nhnclinic.domain import setup
from nhnclinic.errors import RefusedError
from nhnclinic.exchange import setting as standing_of
from nhnclinic.store import setting

if TYPE_CHECKING:
    from nhnclinic.api.calls import Call
    from nhnclinic.domain.setup import Item
    from nhnclinic.domain.values import Party

SHORTEST = 2
"""Characters of a search: with fewer, everybody would be found."""


async def get_recipients(call: Call) -> tuple[int, object]:
    """Search the recipient field of a message, in the address register."""
    text = call.query.get("query", "").strip()
    if len(text) < SHORTEST:
        raise RefusedError(
            400, "bad_query", f"query must have at least {SHORTEST} characters.", "Write more of the name or number."
        )
    bench = call.exchange.bench
    found = bench.parts.offered(await bench.book.search(text), call.query.get("type", ""))
    kind = call.choice("kind", ("Organization", "Person", "Service"))
    return 200, [_shown(party) for party in found if kind in {"", party.kind}]


async def get_senders(call: Call) -> tuple[int, object]:
    """Who of the clinic can be the sender."""
    bench = call.exchange.bench
    organisation = await bench.book.party(bench.config.organisation.her_id)
    own = []
    for service in bench.config.services:
        try:
            own.append(await bench.book.party(service.her_id))
        except RefusedError:
            continue  # not in the register (any more), so nobody could answer it
    return 200, [_shown(party) for party in bench.parts.senders(organisation, own)]


async def get_gp(call: Call) -> tuple[int, object]:
    """Who is this patient's GP, by the GP register.

    A patient who is on no GP's list is answered with 404 and `no_gp`. What is known is used for a while unless `fresh`.
    """
    gps, number = call.exchange.bench.gps, call.path["number"]
    if gps is None:
        raise RefusedError(
            422, "no_gp_register", "This clinic has no access to the GP register.", "Configure [gp_register]."
        )
    fresh = call.choice("fresh", ("true", "false")) == "true"
    return 200, msgspec.convert(asdict(await gps.gp_of(number, fresh=fresh)), registered.GpOut)


async def get_readiness(call: Call) -> tuple[int, object]:
    """Whether the clinic can send and receive, and every item of the setup with the reason."""
    found = await standing_of.standing(call.exchange.bench)
    ready = not setup.missing(found, frozenset({*setup.EVERYTHING, "edi_address"}), "")
    return 200, registered.ReadinessOut(ready, [_item(one) for one in found])


async def put_setup(call: Call) -> tuple[int, object]:
    """Set an item of the setup."""
    body: registered.SetupIn = call.body
    bench, key = call.exchange.bench, call.path["item"]
    why = setup.problem(key, body.value, body.user, standing_of.facts(bench))
    if why:
        raise RefusedError(422, "bad_setup", why, "See GET /api/readiness for the items.")
    now = bench.clock.now()
    with bench.store.transaction() as connection:
        setting.keep(connection, key, body.user, body.value, call.who.id, now)
    bench.book.forget()
    bench.wake()
    found = await standing_of.standing(bench)
    return 200, next(_item(one) for one in found if one.key == key and one.user in {"", body.user})


def _shown(party: Party) -> registered.PartyOut:
    office = party.organisation_name if party.her_id != party.organisation_her_id else ""
    return registered.PartyOut(
        party.her_id, party.name, party.kind, office, party.organisation_her_id, party.edi_address
    )


def _item(item: Item) -> registered.SetupItem:
    return registered.SetupItem(item.key, item.fulfilled, item.value, item.reason, item.remedy, item.user)
