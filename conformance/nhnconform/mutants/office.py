"""Defects in what a user meets: the setup, the recipient field, the choices of sender."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nhnclinic.domain.values import Party
from nhnclinic.errors import RefusedError
from nhnclinic.exchange.parts import wrap_step
from nhnconform.mutants.wrapping import Changed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from nhnclinic.domain.setup import Facts, Item, Stored
    from nhnclinic.domain.values import Parcel
    from nhnclinic.exchange.bench import Bench, Wiring
    from nhnclinic.exchange.parts import Parts, Run


def pretends(parts: Parts, *, item: str) -> Parts:
    """An item of the setup is always fulfilled."""

    def standing(stored: Stored, facts: Facts) -> tuple[Item, ...]:
        found = parts.standing(stored, facts)
        return tuple(replace(one, fulfilled=True, reason="", remedy="") if one.key == item else one for one in found)

    return replace(parts, standing=standing)


def anybody_may(parts: Parts) -> Parts:
    """Roles are not looked at."""

    def may(has: frozenset[str], asked: frozenset[str]) -> bool:
        del has, asked
        return True

    return replace(parts, may=may)


def hides(parts: Parts, *, kind: str) -> Parts:
    """The recipient field leaves out parties of a kind."""

    def offered(found: Iterable[Party], message_type: str) -> list[Party]:
        return [party for party in parts.offered(found, message_type) if party.kind != kind]

    return replace(parts, offered=offered)


def names_no_office(parts: Parts) -> Parts:
    """Practitioners are offered without the office they belong to."""

    def offered(found: Iterable[Party], message_type: str) -> list[Party]:
        return [
            replace(party, organisation_name="") if party.kind == "Person" else party
            for party in parts.offered(found, message_type)
        ]

    return replace(parts, offered=offered)


def asks_for_notes_only(parts: Parts) -> Parts:
    """Only the recipient field of notes is linked to the register."""

    def offered(found: Iterable[Party], message_type: str) -> list[Party]:
        return parts.offered(found, message_type) if message_type == "DIALOG_NOTAT" else []

    return replace(parts, offered=offered)


def trusts_any_her_id(parts: Parts) -> Parts:
    """A HER-id that the register does not know is written to all the same."""

    async def party(honest: Callable[[int], Awaitable[Party]], her_id: int) -> Party:
        try:
            return await honest(her_id)
        except RefusedError:
            return Party(her_id, "Ukjent", "Service", her_id, "Ukjent", "")

    def make(wiring: Wiring) -> Any:
        return Changed(parts.book(wiring), {"party": party})

    return replace(parts, book=make)


def one_sender(parts: Parts) -> Parts:
    """Whatever is chosen, the first service is the sender."""

    def wrapper(run: Run[Parcel]) -> Run[Parcel]:
        async def address(bench: Bench, parcel: Parcel) -> Parcel:
            done = await run(bench, parcel)
            first = bench.config.services[0]
            sender = await bench.book.party(first.her_id)
            return replace(done, sender=sender)

        return address

    return wrap_step(parts, "address", wrapper)


def always_a_service(parts: Parts) -> Parts:
    """The clinic offers a service as sender, whether or not it has registered one."""

    def senders(organisation: Party, own: Iterable[Party]) -> list[Party]:
        choices = parts.senders(organisation, own)
        if any(party.kind == "Service" for party in choices):
            return choices
        service = replace(organisation, her_id=organisation.her_id + 1, kind="Service", name="Legekontor")
        return [*choices, service]

    return replace(parts, senders=senders)
