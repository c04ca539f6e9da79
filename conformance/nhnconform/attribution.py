"""Whose traffic is it? Journal entries belong to a case by what they carry, never by when they came.

A case owns keys: its counterparts' HER-ids, its patient, the transport ids and MsgIds it has met. An entry that
carries a key of exactly one case is that case's; the transport id and MsgId of such an entry become keys too, so that
`GET /Messages/{id}/status` finds home although it names nobody. An entry with keys of several cases (a poll that
answers with a list) is shared context. One without any key that a case could own (discovery, tokens, empty polls) is
context, and so is a search of the address register, or for several of its parties, which names whoever was found. What
is left is *stray*: somebody's message that nobody here knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = tuple[str, object]


class Entry(msgspec.Struct, frozen=True):
    """One HTTP exchange as the network's journal has it (control port, `GET /journal`).

    Attributes:
        n: its number, rising.
        at: domain time, ISO 8601.
        wall: machine time, ISO 8601.
        status: HTTP status, None when no answer was completed.
        message_ids: transport ids (GUIDs).
        msg_ids: MsgIds of business documents.
        fault: id of the fault that was applied.
        error: a defect of the network itself, which answered 500 because of it.
    """

    n: int
    endpoint: str
    method: str
    path: str
    status: int | None = None
    connection: str | int | None = None
    at: str = ""
    wall: str = ""
    query: str = ""
    client_id: str | None = None
    organisation_number: str | None = None
    her_ids: tuple[int, ...] = ()
    message_ids: tuple[str, ...] = ()
    msg_ids: tuple[str, ...] = ()
    patients: tuple[str, ...] = ()
    fault: str | int | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    complete: bool = True
    error: str | None = None

    def keys(self) -> set[Key]:
        """Everything that a case could own it by."""
        return {
            *(("message", value.lower()) for value in self.message_ids),
            *(("msg", value.lower()) for value in self.msg_ids),
            *(("her", value) for value in self.her_ids),
            *(("patient", value) for value in self.patients),
        }


def entries_from(rows: Iterable[dict[str, Any]]) -> list[Entry]:
    """Decode journal rows; unknown members are ignored.

    Raises:
        msgspec.ValidationError: a row is not an entry.
    """
    return [msgspec.convert(row, Entry, strict=False) for row in rows]


@dataclass(eq=False)
class Claim:
    """What one case owns."""

    name: str
    keys: set[Key] = field(default_factory=set)

    def add(
        self,
        *,
        her_ids: Iterable[int] = (),
        patients: Iterable[str] = (),
        message_ids: Iterable[str] = (),
        msg_ids: Iterable[str] = (),
    ) -> None:
        """Own more keys."""
        self.keys.update(("her", value) for value in her_ids)
        self.keys.update(("patient", value) for value in patients)
        self.keys.update(("message", value.lower()) for value in message_ids)
        self.keys.update(("msg", value.lower()) for value in msg_ids)


class Attribution:
    """Assigns entries to claims.

    Args:
        common: HER-ids that belong to nobody in particular: the SUT's own, the organisation of the counterparts.
    """

    def __init__(self, common: Iterable[int] = ()) -> None:
        self._common: set[Key] = {("her", value) for value in common}
        self._claims: list[Claim] = []
        self._owned: dict[Claim, list[Entry]] = {}
        self._shared: dict[int, tuple[Entry, tuple[Claim, ...]]] = {}
        self._context: list[Entry] = []
        self._open: list[Entry] = []

    def claim(self, name: str) -> Claim:
        """A new claim, without keys so far."""
        claim = Claim(name)
        self._claims.append(claim)
        self._owned[claim] = []
        return claim

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in new entries."""
        for entry in entries:
            (self._open if self._telling(entry) and not _is_search(entry) else self._context).append(entry)

    def owned(self, claim: Claim) -> list[Entry]:
        """The entries of one case, oldest first."""
        self._assign()
        return sorted(self._owned[claim], key=_number)

    def shared(self, claim: Claim) -> list[Entry]:
        """Entries that this case shares with others."""
        self._assign()
        return [entry for entry, claims in self._shared.values() if claim in claims]

    def context(self) -> list[Entry]:
        """Entries that belong to nobody in particular, the shared ones included; oldest first."""
        self._assign()
        return sorted([*self._context, *(entry for entry, _ in self._shared.values())], key=_number)

    def strays(self) -> list[Entry]:
        """Entries that carry keys which no case owns."""
        self._assign()
        return sorted(self._open, key=_number)

    def _telling(self, entry: Entry) -> set[Key]:
        return entry.keys() - self._common

    def _assign(self) -> None:
        """Until nothing changes: an entry that finds home may bring keys for another."""
        moved = True
        while moved:
            moved = False
            remaining: list[Entry] = []
            for entry in self._open:
                keys = self._telling(entry)
                owners = tuple(claim for claim in self._claims if claim.keys & keys)
                if not owners:
                    remaining.append(entry)
                    continue
                moved = True
                if len(owners) > 1:
                    self._shared[entry.n] = (entry, owners)
                    continue
                self._owned[owners[0]].append(entry)
                # What is asked for may list others' messages; what is handed in is this case's, answer included.
                if len(entry.message_ids) == 1 or entry.method == "POST":
                    owners[0].add(message_ids=entry.message_ids)
                if len(entry.msg_ids) == 1 or entry.method == "POST":
                    owners[0].add(msg_ids=entry.msg_ids)
            self._open = remaining


def _is_search(entry: Entry) -> bool:
    return entry.endpoint == "address_register" and entry.method == "POST"


def _number(entry: Entry) -> int:
    return entry.n
