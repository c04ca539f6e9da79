"""The setup as it stands: what is stored, what is configured, and what the address register says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.domain.setup import EVERYTHING, Facts, Item, Person, missing
from nhnclinic.errors import RefusedError, TransportError
from nhnclinic.store import setting

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Bench


def facts(bench: Bench) -> Facts:
    """What the configuration says."""
    people = tuple(
        Person(user.id, user.name, user.her_id) for user in bench.config.users if "operator" not in user.roles
    )
    return Facts(bench.config.organisation.her_id, people)


async def standing(bench: Bench) -> tuple[Item, ...]:
    """Every item; the address register is asked for the clinic's EDI address."""
    known = facts(bench)
    try:
        party = await bench.book.party(known.her_id)
        known = Facts(known.her_id, known.people, party.edi_address)
    except (TransportError, RefusedError) as error:
        known = Facts(known.her_id, known.people, register_error=str(error).rstrip("."))
    with bench.store.reading() as connection:
        stored = setting.stored(connection)
    return bench.parts.standing(stored, known)


def closed(bench: Bench) -> str:
    """Why this clinic neither sends nor fetches; empty when it does both."""
    with bench.store.reading() as connection:
        stored = setting.stored(connection)
    found = missing(bench.parts.standing(stored, facts(bench)), frozenset(EVERYTHING), "")
    return " ".join(item.reason for item in found)


async def require(bench: Bench, message_type: str, user: str) -> None:
    """See that the setup lets this user send a message of this type.

    Raises:
        RefusedError: (422) with every missing item.
    """
    lacking = missing(await standing(bench), bench.parts.needs(message_type), user)
    if lacking:
        raise RefusedError(
            422,
            "setup_incomplete",
            " ".join(item.reason for item in lacking),
            " ".join(dict.fromkeys(item.remedy for item in lacking)),
        )
