"""What has changed in the register since the seeded world: one row a party, and a log of events.

The world is a function of its seed and never changes; whatever a user, a test or a SOAP client changes lies over it.
An event is written in the transaction of the change it tells of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from nhnsim.address_register.attributes import TABLE
from nhnwire.registers.address import EventType

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

SCHEMA: Final = (
    "CREATE TABLE change (her_id INTEGER PRIMARY KEY, fields TEXT NOT NULL) STRICT",
    """CREATE TABLE event (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        her_id INTEGER NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT""",
    TABLE,
    "CREATE INDEX event_of ON event (her_id)",
)

INHERITED: Final = (
    "edi_address",
    "street",
    "postal_code",
    "city",
    "certificate",
    "service_based_addressing",
    "active",
)
"""What changes at an organisation changes for those who belong to it and have no value of their own."""


@dataclass(frozen=True)
class Change:
    """What is different about one party; None is as in the world.

    Attributes:
        name: as registered.
        edi_address: electronic address E_EDI.
        street, postal_code, city: postal address.
        shown_postal_code: written as it is in answers, such as `130` for 0130, as a real answer was.
        service_based_addressing: of an organisation: False takes its services out of the register.
        active: False: deactivated, with `valid_to` from now on unless another is given.
        valid_from, valid_to: ISO 8601 with an offset.
        certificate: which certificates the authority is asked for: `current`, or the name of a broken variant.
    """

    name: str | None = None
    edi_address: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    shown_postal_code: str | None = None
    service_based_addressing: bool | None = None
    active: bool | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    certificate: str | None = None


KINDS: Final = {one.name: bool if "bool" in str(one.type) else str for one in fields(Change)}
"""Type of each field's value, by name."""


@dataclass(frozen=True)
class Happened:
    """An event: its number in the log, whom it concerns, what, and when (ISO 8601)."""

    number: int
    her_id: int
    type: str
    at: str


class ChangeError(ValueError):
    """The change makes no sense; the text says why and what would."""


def read(wish: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a change from a JSON object; null takes a change back.

    Raises:
        ChangeError: an unknown field, or a value of the wrong kind.
    """
    for name, value in wish.items():
        if name not in KINDS:
            raise ChangeError(f"{name} cannot be changed; these can: {', '.join(KINDS)}")
        if value is not None and not isinstance(value, KINDS[name]):
            raise ChangeError(f"{name} must be {'true or false' if KINDS[name] is bool else 'text'}, not {value!r}")
    if not wish:
        raise ChangeError(f"nothing is to be changed; give at least one of {', '.join(KINDS)}")
    return dict(wish)


class Changes:
    """The store of changes. One thread writes; all changes are in memory, as they are few."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        rows = connection.execute("SELECT her_id, fields FROM change")
        self._known = {int(row[0]): Change(**json.loads(row[1])) for row in rows}
        rows = connection.execute("SELECT her_id, at FROM event ORDER BY number")
        self._last = {int(row[0]): str(row[1]) for row in rows}

    def of(self, her_id: int) -> Change | None:
        """What is different about a party; None when nothing is."""
        return self._known.get(her_id)

    def all(self) -> Mapping[int, Change]:
        """Every changed party."""
        return self._known

    def last(self, her_id: int) -> str | None:
        """When a party, or what it inherits, was last changed (ISO 8601); None: never."""
        return self._last.get(her_id)

    def apply(self, her_id: int, wish: Mapping[str, Any], told: Sequence[int], at: str) -> Change:
        """Change a party, and log an event for it and for those who inherit from it; on disk when this returns."""
        before = self._known.get(her_id, Change())
        made = Change(**{**{name: getattr(before, name) for name in KINDS}, **wish})
        known = {name: value for name in KINDS if (value := getattr(made, name)) is not None}
        with self._connection as run:
            run.execute("INSERT OR REPLACE INTO change VALUES (?, ?)", (her_id, json.dumps(known)))
            run.executemany(
                "INSERT INTO event (her_id, type, at) VALUES (?, ?, ?)",
                [(one, EventType.UPDATED.value, at) for one in (her_id, *told)],
            )
        self._known = {**self._known, her_id: made}
        self._last = {**self._last, **dict.fromkeys((her_id, *told), at)}
        return made

    def history(self, her_id: int, limit: int) -> list[Happened]:
        """The newest events of one party, oldest first."""
        rows = self._connection.execute(
            "SELECT number, her_id, type, at FROM event WHERE her_id = ? ORDER BY number DESC LIMIT ?", (her_id, limit)
        )
        return [Happened(*row) for row in rows][::-1]

    def events(self, first: int, limit: int) -> list[Happened]:
        """Events from this number on, oldest first."""
        rows = self._connection.execute(
            "SELECT number, her_id, type, at FROM event WHERE number >= ? ORDER BY number LIMIT ?", (first, limit)
        )
        return [Happened(*row) for row in rows]

    def since(self, at: str, limit: int) -> list[Happened]:
        """Events from this time on (ISO 8601, UTC), oldest first."""
        rows = self._connection.execute(
            "SELECT number, her_id, type, at FROM event WHERE at >= ? ORDER BY number LIMIT ?", (at, limit)
        )
        return [Happened(*row) for row in rows]

    def latest(self) -> Happened | None:
        """The newest event; None when nothing has happened."""
        row = self._connection.execute("SELECT number, her_id, type, at FROM event ORDER BY number DESC").fetchone()
        return None if row is None else Happened(*row)

    def reset(self) -> None:
        """Back to the world; the log is empty, and its numbers go on."""
        with self._connection as run:
            run.execute("DELETE FROM change")
            run.execute("DELETE FROM event")
        self._known, self._last = {}, {}
