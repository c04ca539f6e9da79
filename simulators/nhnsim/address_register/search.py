"""An index of the register's active parties: names by word and beginning of word, numbers and codes exactly.

Each party lies in it as the API shows it, so that a page of a search is read, not made. The index of the seeded world
is a file (SQLite with FTS5) that is made when it is first asked for and kept in the lab; a copy of it follows what is
changed in the register.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from nhnfixtures.world import Party

TABLES: Final = (
    """CREATE TABLE party (
        her_id INTEGER PRIMARY KEY,
        type TEXT NOT NULL,
        number TEXT NOT NULL,
        hpr TEXT,
        business_list TEXT,
        business_type TEXT,
        service_list TEXT,
        service_type TEXT
    ) STRICT""",
    "CREATE INDEX by_number ON party (number)",
    "CREATE INDEX by_hpr ON party (hpr)",
    "CREATE INDEX by_business ON party (business_type, business_list)",
    "CREATE INDEX by_service ON party (service_type, service_list)",
    "CREATE TABLE shown (her_id INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT",
    """CREATE VIRTUAL TABLE word USING fts5 (
        name, tokenize = "unicode61 remove_diacritics 0", prefix = '1 2 3 4'
    )""",
)
MOST_WORDS: Final = 8
LOOKED_AT: Final = 60
"""Parties by which a kept index is told from one of another version of this program."""

SHORT: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "đ": "d", "ŧ": "t", "ŋ": "n"})
LONG: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "đ": "d", "ŧ": "t", "ŋ": "n"})


@dataclass(frozen=True)
class Query:
    """What is searched for; all that is given must fit.

    Attributes:
        name: words, or beginnings of words, of the name.
        type: Organization, Person or Service.
        hpr: of a person.
        business_type: code list and code of an organisation, either may be empty.
        service_type: code list and code of a service, either may be empty.
        page: from 1.
        size: parties on a page.
    """

    name: str = ""
    type: str = ""
    hpr: str = ""
    business_type: tuple[str, str] = ("", "")
    service_type: tuple[str, str] = ("", "")
    page: int = 1
    size: int = 100


class Index:
    """An index in a file. One thread at a time uses it.

    Args:
        path: of the file; must not exist.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000"):
            self._connection.execute(f"PRAGMA {pragma}")

    @classmethod
    def open(cls, folder: Path, world: Iterable[Party], show: Callable[[Party], bytes]) -> Self:
        """A fresh copy of the world's index; made first when the folder has none that fits.

        Args:
            folder: where it is kept.
            world: every party, each time it is iterated over.
            show: a party as JSON.
        """
        digest = hashlib.blake2b("".join(TABLES).encode(), digest_size=8)
        for party in islice(world, LOOKED_AT):
            digest.update(spellings(party.name).encode() + show(party))
        kept = folder / f"index-{digest.hexdigest()}.sqlite"
        if not kept.exists():
            for old in folder.glob("index-*"):
                old.unlink()
            making = kept.with_suffix(".making")
            made = cls(making)
            made.fill(world, show)
            made.close()
            making.rename(kept)
        copy = folder / "search.sqlite"
        shutil.copyfile(kept, copy)
        return cls(copy)

    def fill(self, parties: Iterable[Party], show: Callable[[Party], bytes]) -> None:
        """Make the tables and put parties into them."""
        self._connection.execute("BEGIN")
        for statement in TABLES:
            self._connection.execute(statement)
        for party in parties:
            self.add(party, show(party))
        self._connection.execute("COMMIT")

    def add(self, party: Party, shown: bytes) -> None:
        """Index a party that is not in the index."""
        business, service = party.business_type, party.service_type
        self._connection.execute(
            "INSERT INTO party VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                party.her_id,
                party.type,
                party.organisation_number,
                party.hpr,
                business.table if business else None,
                business.v if business else None,
                service.table if service else None,
                service.v if service else None,
            ),
        )
        self._connection.execute("INSERT INTO shown VALUES (?, ?)", (party.her_id, shown))
        self._connection.execute("INSERT INTO word (rowid, name) VALUES (?, ?)", (party.her_id, spellings(party.name)))

    def remove(self, her_id: int) -> None:
        """Index a party no more."""
        for table, key in (("party", "her_id"), ("shown", "her_id"), ("word", "rowid")):
            self._connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (her_id,))  # noqa: S608 - our own names

    def find(self, query: Query) -> list[tuple[int, bytes]]:
        """The page that is asked for, in the order of HER-ids: each with the party as JSON."""
        source, values = _selected(query)
        order = "word.rowid" if " MATCH " in source else "id"  # the same, but FTS5 knows it is sorted by its own
        found = f"SELECT p.her_id AS id {source} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = self._connection.execute(
            f"SELECT id, entry FROM ({found}) JOIN shown ON her_id = id ORDER BY id",  # noqa: S608 - names of columns
            (*values, query.size, (query.page - 1) * query.size),
        )
        return [(int(row[0]), bytes(row[1])) for row in rows]

    def count(self, query: Query) -> int:
        """How many there are on all pages."""
        source, values = _selected(query)
        return int(self._connection.execute(f"SELECT count(*) {source}", values).fetchone()[0])

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


def _selected(query: Query) -> tuple[str, tuple[str | int, ...]]:
    """FROM and WHERE of a search, and the values for its blanks."""
    where: list[str] = ["1"]
    values: list[str | int] = []
    for column, value in (
        ("p.type", query.type),
        ("hpr", query.hpr),
        ("business_list", query.business_type[0]),
        ("business_type", query.business_type[1]),
        ("service_list", query.service_type[0]),
        ("service_type", query.service_type[1]),
    ):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    table, words, number = "party AS p", _words(query.name), query.name.strip()
    if number and not words:
        where.append("0")
    elif number.isascii() and number.isdigit():
        where.append("(p.her_id = ? OR number = ? OR hpr = ?)")
        values += [int(number), number, number] if len(number) < 18 else [0, number, number]
    elif number:
        table = "word CROSS JOIN party AS p ON her_id = word.rowid"
        where.append("word MATCH ?")
        values.append(words)
    return f"FROM {table} WHERE {' AND '.join(where)}", tuple(values)


def spellings(name: str) -> str:
    """A name as it is indexed: as written, and as typed where there is no æ, ø or å (`Bjørn`, `Bjorn`, `Bjoern`).

    So å finds å, while a and aa find it too.
    """
    written = plain(name)
    return written if written.isascii() else " ".join((written, written.translate(SHORT), written.translate(LONG)))


def plain(text: str) -> str:
    """Lower case without the accents that make no other letter in Norwegian: é is e, å remains å."""
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if lower.isascii():
        return lower
    return "".join(
        letter
        if letter == "å"
        else "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
        for letter in lower
    )


def _words(text: str) -> str:
    """A query of FTS5: every word must begin a word of the name."""
    return " ".join(f'"{word}"*' for word in re.findall(r"[^\W_]+", plain(text))[:MOST_WORDS])
