"""The register as it stands: the seeded world with what has changed laid over it."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nhnsim.address_register.attributes import Attributes
from nhnsim.address_register.changes import INHERITED, SCHEMA, ChangeError, Changes, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nhnfixtures.world import Party, World
    from nhnsim.address_register.changes import Change


RECENT = 256
"""Organisations that are kept at hand: those who belong to one are mostly asked for together."""


class Register:
    """Who there is, by HER-id, number and kind; inheritance; changes.

    Args:
        world: the seeded world.
        changes: what lies over it.
        attributes: codes of the parties' own.
    """

    def __init__(self, world: World, changes: Changes, attributes: Attributes) -> None:
        self.world = world
        self.changes = changes
        self.attributes = attributes
        self._recent: tuple[object, dict[str, Party | None]] = (None, {})

    def __iter__(self) -> Iterator[Party]:
        return self.parties()

    def party(self, her_id: int) -> Party | None:
        """The party with this HER-id, deactivated or not; None when there is none, or none any more.

        A service is in the register only while its organisation uses service-based addressing.
        """
        found = self.world.party(her_id)
        return None if found is None or self._is_hidden(found) else self._changed(found)

    def organisation(self, number: str) -> Party | None:
        """The organisation with this number; None when there is none."""
        as_of = self.changes.all()
        if self._recent[0] is not as_of or len(self._recent[1]) >= RECENT:
            self._recent = (as_of, {})
        recent = self._recent[1]
        if number not in recent:
            found = self.world.organisation(number)
            recent[number] = None if found is None else self._changed(found)
        return recent[number]

    def owner(self, party: Party) -> Party:
        """The organisation a party belongs to; itself for an organisation.

        Raises:
            LookupError: the world is not whole.
        """
        found = self.organisation(party.organisation_number)
        if found is None:
            raise LookupError(f"the world has no organisation {party.organisation_number}")
        return found

    def parties(self) -> Iterator[Party]:
        """Every party, organisations before what belongs to them."""
        for found in self.world.parties():
            if not self._is_hidden(found):
                yield self._changed(found)

    def change_of(self, party: Party) -> Change | None:
        """What is different about a party."""
        return self.changes.of(party.her_id)

    def is_active(self, party: Party) -> bool:
        """False for a deactivated party, and for all that belong to a deactivated organisation."""
        own, above = self.changes.of(party.her_id), self.changes.of(party.parent_her_id or 0)
        return not any(change is not None and change.active is False for change in (own, above))

    def valid_to(self, party: Party) -> str | None:
        """When the party ends or ended, with its organisation if not before; None when nobody has said so."""
        own, above = self.changes.of(party.her_id), self.changes.of(party.parent_her_id or 0)
        if own is not None and own.valid_to is not None:
            return own.valid_to
        return above.valid_to if above is not None and above.active is False else None

    def edi_address(self, party: Party) -> tuple[str, bool]:
        """The EDI address that counts, and whether it is inherited from the organisation."""
        if party.edi_address is not None:
            return party.edi_address, False
        return self.owner(party).edi_address or "", True

    def certificate(self, party: Party) -> str:
        """Which certificates count: `current`, or the name of a broken variant of the party's or its organisation's."""
        own, above = self.changes.of(party.her_id), self.changes.of(party.parent_her_id or 0)
        found = next((change.certificate for change in (own, above) if change and change.certificate), None)
        return found or "current"

    def change(self, her_id: int, wish: Mapping[str, Any], at: str) -> Party | None:
        """Change a party; whoever inherits what is changed gets an event too.

        Args:
            her_id: whose.
            wish: fields of `Change`.
            at: domain time, ISO 8601.

        Raises:
            ChangeError: there is no such party, or the wish makes no sense.
        """
        found = self.world.party(her_id)
        if found is None:
            raise ChangeError(f"there is no communication party with HER-id {her_id}")
        made = read(wish)
        if "active" in made:
            made.setdefault("valid_to", at if made["active"] is False else None)
        if "service_based_addressing" in made and found.type != "Organization":
            raise ChangeError("service_based_addressing is a matter of organisations")
        heirs = (*found.services, *found.persons) if set(made) & set(INHERITED) else ()
        self.changes.apply(her_id, made, heirs, at)
        return self.party(her_id)

    def _is_hidden(self, party: Party) -> bool:
        above = self.changes.of(party.parent_her_id or 0)
        return party.type == "Service" and above is not None and above.service_based_addressing is False

    def _changed(self, party: Party) -> Party:
        change = self.changes.of(party.her_id)
        if change is None:
            return party
        names = ("name", "edi_address", "street", "postal_code", "city")
        new: dict[str, Any] = {name: value for name in names if (value := getattr(change, name)) is not None}
        if change.service_based_addressing is False:
            new["services"] = ()
        return replace(party, **new)


def untouched(world: World) -> Register:
    """The register as it is before anything is changed."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
        return Register(world, Changes(connection), Attributes(connection))
