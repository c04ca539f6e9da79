"""What may be done with a message, where it is put and what may be kept half-written: a table, `handling.toml`.

What a type of message allows is a choice of the clinic, so a configuration may name a table of its own: its rows stand
in for the shipped ones of the same code, member by member.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nhnclinic.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tab(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of a patient's overview."""

    id: str
    title: str


class Inbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An inbox beside Feedback; `senders`: first words of the names of organisations whose messages it gets."""

    id: str
    title: str
    senders: tuple[str, ...] = ()


class Handling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One type of message; the members are explained at the head of `handling.toml`."""

    code: str
    title: str
    tab: str = "other"
    sign: bool = False
    answer: str = ""
    deviation: bool = False
    attachment: bool = False
    documents: tuple[str, ...] = ()
    inbox: str = ""
    writes: bool = False
    autosave: bool = False
    source: str = ""

    @property
    def actions(self) -> tuple[str, ...]:
        """What the type allows: open and forward always, the others by the table."""
        rights = {"sign": self.sign, "answer": bool(self.answer), "deviation": self.deviation}
        allowed = tuple(name for name, holds in rights.items() if holds)
        return ("open", *allowed, *(("attachment",) if self.attachment else ()), "forward")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tab: tuple[Tab, ...] = ()
    inbox: tuple[Inbox, ...] = ()
    type: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class Table:
    """The whole table."""

    types: Mapping[str, Handling]
    tabs: tuple[Tab, ...]
    inboxes: tuple[Inbox, ...]

    def of(self, code: str) -> Handling:
        """The row of a type; one that allows nothing particular for a type nobody has written down."""
        return self.types.get(code) or Handling(code=code, title=code or "?")

    def inbox_of(self, code: str, sender: str) -> str:
        """The inbox beside Feedback that a message of that type from an organisation of that name gets; or empty."""
        first = sender.split(maxsplit=1)[0].upper() if sender.split() else ""
        by_sender = (inbox.id for inbox in self.inboxes if first and first in inbox.senders)
        return next(by_sender, self.of(code).inbox)

    def types_of(self, tab: str) -> tuple[str, ...]:
        """The types of a tab; `other` is what no other tab has."""
        return tuple(row.code for row in self.types.values() if row.tab == tab)


OTHER = Tab("other", "Annet")
"""Where a type goes that the table does not know."""


@lru_cache(maxsize=8)
def table(path: str = "") -> Table:
    """The shipped table, with the rows of the file at `path` in place of its own.

    Raises:
        ConfigError: the file cannot be read, or is no such table.
    """
    shipped = _read((resources.files("nhnclinic.domain") / "handling.toml").read_bytes(), "handling.toml")
    own = _File()
    if path:
        try:
            own = _read(Path(path).read_bytes(), path)
        except OSError as error:
            raise ConfigError(f"handling = {path!r} cannot be read: {error.strerror}.") from error
    rows: dict[str, dict[str, object]] = {}
    for row in (*shipped.type, *own.type):
        code = str(row.get("code", ""))
        rows[code] = {**rows.get(code, {}), **row}
    try:
        types = {code: msgspec.convert(row, Handling) for code, row in rows.items()}
    except msgspec.ValidationError as error:
        raise ConfigError(f"handling = {path!r}: {error}. Every row names its code, and known members only.") from error
    return Table(types, (*shipped.tab, OTHER), own.inbox or shipped.inbox)


def _read(data: bytes, name: str) -> _File:
    try:
        return msgspec.toml.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"handling = {name!r} is no table of types: {error}.") from error
