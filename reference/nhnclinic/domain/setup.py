"""What a clinic needs before it can exchange messages: items, each with its value, and why it is not fulfilled.

Pure: what is stored and what the address register says are handed in. Which message type needs which item is data
(`needs.toml`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = bool | int | str | None
Stored: TypeAlias = "Mapping[tuple[str, str], Value]"
"""What the operator has set, by item and user; the user is empty for items of the clinic."""

SWITCHES: Final = ("membership", "integration", "electronic_messages", "certificates")
USERS_OWN: Final = ("user_her_id",)
ITEMS: Final = (*SWITCHES, "clinic_her_id", "user_her_id", "edi_address", "cpa_nav", "smart_card")
"""membership of the health network; the integration with it; the add-on service electronic messages; certificates and
credentials; HER-id of the clinic and of each user; the EDI address stored here; the agreement with NAV; the card."""

EVERYTHING: Final = (*SWITCHES, "clinic_her_id")
"""Without these nothing is sent and nothing is fetched."""

KINDS: Final[Mapping[str, type]] = {
    **dict.fromkeys(SWITCHES, bool),
    "clinic_her_id": int,
    "user_her_id": int,
    "edi_address": str,
    "cpa_nav": str,
}
"""Type of each item that can be set; the smart card is in a reader or not."""


@dataclass(frozen=True)
class Person:
    """A user, as far as the setup goes."""

    id: str
    name: str
    her_id: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known beside what was set.

    Attributes:
        her_id: of the clinic, as configured.
        people: the users.
        registered_edi: the EDI address that the address register has for the clinic; None when it was not asked.
        register_error: why the register could not say.
    """

    her_id: int
    people: tuple[Person, ...] = ()
    registered_edi: str | None = None
    register_error: str = ""


@dataclass(frozen=True)
class Item:
    """One item, as it stands.

    Attributes:
        key: out of `ITEMS`.
        value: as set, or as configured.
        fulfilled: it keeps nobody from anything.
        reason: why not.
        remedy: what would help.
        user: whose it is, for items of a user.
    """

    key: str
    value: Value
    fulfilled: bool
    reason: str = ""
    remedy: str = ""
    user: str = field(default="")


_SWITCHED_OFF: Final = {
    "membership": (
        "The clinic is no member of the health network: its membership is missing.",
        "Join Norsk Helsenett, then let the operator note it.",
    ),
    "integration": (
        "The integration with Norsk Helsenett is not active.",
        "Let the operator switch the integration on.",
    ),
    "electronic_messages": (
        'The add-on service "electronic messages" is missing.',
        "Order it, then let the operator switch it on.",
    ),
    "certificates": (
        "The certificates for message exchange are missing.",
        "Let the operator install the clinic's certificates and credentials.",
    ),
}


def items(stored: Stored, facts: Facts) -> tuple[Item, ...]:
    """Every item, those of users once for each user."""
    found = [_switch(key, stored) for key in SWITCHES]
    found.append(_clinic_her_id(stored, facts))
    found += [_user_her_id(person, stored) for person in facts.people]
    found.append(_edi_address(stored, facts))
    agreement = stored.get(("cpa_nav", ""))
    remedy = "Make an agreement with NAV and let the operator register its CPA id."
    found.append(
        Item("cpa_nav", agreement, fulfilled=True)
        if agreement
        else Item("cpa_nav", None, fulfilled=False, reason="The CPA id for messages to NAV is missing.", remedy=remedy)
    )
    found.append(
        Item(
            "smart_card",
            None,
            fulfilled=False,
            reason="No smart card is in the reader.",
            remedy="Put your card into the reader; types that need no personal signature go without.",
        )
    )
    return tuple(found)


def needs(message_type: str) -> frozenset[str]:
    """The items that a message type needs; those that all need for a type that is not in the table."""
    table = _table()
    return frozenset([*table["always"], *table["types"].get(message_type, ())])


def missing(found: tuple[Item, ...], wanted: frozenset[str], user: str) -> tuple[Item, ...]:
    """What keeps this user from something that needs these items."""
    return tuple(item for item in found if item.key in wanted and not item.fulfilled and item.user in {"", user})


def problem(key: str, value: object, user: str, facts: Facts) -> str:
    """Why an item cannot be set like that; empty when it can."""
    if key not in KINDS:
        known = ", ".join(KINDS)
        return f"{key} cannot be set; these can: {known}."
    if value is None:
        fits = key not in SWITCHES
    elif KINDS[key] is int:
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**10
    elif KINDS[key] is str:
        fits = isinstance(value, str) and 0 < len(value) <= 320
    else:
        fits = isinstance(value, bool)
    if not fits:
        kind = {bool: "true or false", int: "a HER-id or null", str: "a text or null"}[KINDS[key]]
        return f"{key} must be {kind}."
    if (key in USERS_OWN) != bool(user):
        return f"{key} is {'a matter of one user: name whose' if key in USERS_OWN else 'no matter of a single user'}."
    if user and user not in {person.id for person in facts.people}:
        return f"There is no user {user!r}."
    return ""


def _switch(key: str, stored: Stored) -> Item:
    value = bool(stored.get((key, ""), True))
    if value:
        return Item(key, value=True, fulfilled=True)
    reason, remedy = _SWITCHED_OFF[key]
    return Item(key, value=False, fulfilled=False, reason=reason, remedy=remedy)


def _clinic_her_id(stored: Stored, facts: Facts) -> Item:
    value = stored.get(("clinic_her_id", ""), facts.her_id)
    if value == facts.her_id:
        return Item("clinic_her_id", value, fulfilled=True)
    reason = "The clinic has no HER-id." if value is None else f"HER-id {value} is not the clinic's ({facts.her_id})."
    remedy = "Register the clinic in the address register and let the operator store its HER-id."
    return Item("clinic_her_id", value, fulfilled=False, reason=reason, remedy=remedy)


def _user_her_id(person: Person, stored: Stored) -> Item:
    value = stored.get(("user_her_id", person.id), person.her_id)
    if value is not None:
        return Item("user_her_id", value, fulfilled=True, user=person.id)
    return Item(
        "user_her_id",
        None,
        fulfilled=False,
        reason=f"{person.name} ({person.id}) has no HER-id of their own.",
        remedy="Register the person under the clinic in the address register, and let the operator store the HER-id.",
        user=person.id,
    )


def _edi_address(stored: Stored, facts: Facts) -> Item:
    """What is stored must be what the register has; with nothing stored the register's counts."""
    registered = facts.registered_edi
    value = stored.get(("edi_address", ""), registered)
    if facts.register_error:
        reason = f"The address register could not be asked: {facts.register_error}."
        return Item("edi_address", value, fulfilled=False, reason=reason, remedy="Try again later.")
    if value and value == registered:
        return Item("edi_address", value, fulfilled=True)
    reason = (
        f"The EDI address stored here is {value or 'missing'}, and the address register has {registered or 'none'}."
    )
    remedy = "Let the operator store the registered address, or have the register corrected."
    return Item("edi_address", value, fulfilled=False, reason=reason, remedy=remedy)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("nhnclinic.domain").joinpath("needs.toml").read_text("utf-8"))
