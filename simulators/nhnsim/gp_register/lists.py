"""Who is on which GP list and when: the seeded world, with moves and ended contracts laid over it.

All times here are naive Norwegian local time, as the register writes them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

    from nhnfixtures.world import GpList, World

SCHEMA: Final = (
    """CREATE TABLE move (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL,
        contract INTEGER,
        at TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE ending (contract INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT",
)

BEGAN: Final = datetime.fromisoformat("2020-01-01T00:00:00")
"""When every contract of the world began, and everybody came to their list."""


@dataclass(frozen=True)
class Stay:
    """Somebody's time on a list.

    Attributes:
        number: which of this person's stays it is, from 0.
        person: index in the world.
        contract: the list.
        start: from when.
        end: until when; None while it lasts.
        left: True when the patient left, False when the contract ended.
    """

    number: int
    person: int
    contract: int
    start: datetime
    end: datetime | None = None
    left: bool = True

    def holds(self, at: datetime) -> bool:
        """True when the patient is on the list at this time."""
        return self.start <= at and (self.end is None or at < self.end)


class Lists:
    """The lists. One thread writes; changes are few and in memory.

    Args:
        world: the seeded world.
        connection: of a store with `SCHEMA`.
    """

    def __init__(self, world: World, connection: sqlite3.Connection) -> None:
        self.world = world
        self._connection = connection
        self._moves: dict[int, tuple[tuple[int | None, datetime], ...]] = defaultdict(tuple)
        for row in connection.execute("SELECT person, contract, at FROM move ORDER BY number"):
            self._moves[row["person"]] += ((row["contract"], datetime.fromisoformat(row["at"])),)
        rows = connection.execute("SELECT contract, at FROM ending")
        self._endings = {int(row["contract"]): datetime.fromisoformat(row["at"]) for row in rows}

    def ends(self, contract: int) -> datetime | None:
        """When a contract ends or ended; None when nobody has said so."""
        return self._endings.get(contract)

    def stays(self, person: int) -> tuple[Stay, ...]:
        """All stays of a person on lists, oldest first."""
        first = self.world.gp_list_of(person)
        steps = ((first.id if first else None, BEGAN), *self._moves.get(person, ()))
        ends = (*(at for _, at in steps[1:]), None)
        found = []
        for number, ((contract, start), end) in enumerate(zip(steps, ends, strict=True)):
            if contract is None:
                continue
            last = self._endings.get(contract)
            cut = last is not None and (end is None or last < end)
            if last is None or last > start:
                found.append(Stay(number, person, contract, start, last if cut else end, left=not cut))
        return tuple(found)

    def stay(self, person: int, at: datetime) -> Stay | None:
        """The stay somebody has at this time; None when they have no GP then."""
        return next((one for one in reversed(self.stays(person)) if one.holds(at)), None)

    def patients(self, entry: GpList, at: datetime) -> list[Stay]:
        """Who is on a list at this time, in the order of the world."""
        moved = self._moves.keys()
        people = {*entry.patients, *(one for one in moved if any(to == entry.id for to, _ in self._moves[one]))}
        found = (self.stay(person, at) for person in sorted(people))
        return [one for one in found if one is not None and one.contract == entry.id]

    def move(self, person: int, contract: int | None, at: datetime) -> None:
        """Move a person to another list, or to none; on disk when this returns."""
        with self._connection as run:
            run.execute("INSERT INTO move (person, contract, at) VALUES (?, ?, ?)", (person, contract, at.isoformat()))
        self._moves[person] += ((contract, at),)

    def end(self, contract: int, at: datetime | None) -> None:
        """End a contract, or let it go on; on disk when this returns."""
        with self._connection as run:
            run.execute("DELETE FROM ending WHERE contract = ?", (contract,))
            if at is not None:
                run.execute("INSERT INTO ending VALUES (?, ?)", (contract, at.isoformat()))
        self._endings.pop(contract, None)
        if at is not None:
            self._endings[contract] = at

    def reset(self) -> None:
        """Back to the world."""
        with self._connection as run:
            run.execute("DELETE FROM move")
            run.execute("DELETE FROM ending")
        self._moves.clear()
        self._endings.clear()

    def changes(self) -> dict[str, object]:
        """What is different from the world, as JSON values."""
        return {
            "moves": [
                {"patient": self.world.person(person).number, "contract": contract, "at": at.isoformat()}
                for person, moves in self._moves.items()
                for contract, at in moves
            ],
            "endings": {str(contract): at.isoformat() for contract, at in self._endings.items()},
        }
