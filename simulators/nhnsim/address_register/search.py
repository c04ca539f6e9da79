"""An index of the register's parties: names by word and beginning of word, numbers and codes exactly.

It is a file of its own (SQLite with FTS5), made when it is first asked for and thrown away when the register is
reset: a party is looked up in the register itself, and the index only says which.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
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
        service_type TEXT,
        municipality TEXT
    ) STRICT""",
    "CREATE INDEX by_number ON party (number)",
    "CREATE INDEX by_hpr ON party (hpr)",
    "CREATE INDEX by_business ON party (business_type, business_list)",
    "CREATE INDEX by_service ON party (service_type, service_list)",
    """CREATE VIRTUAL TABLE word USING fts5 (
        name, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3 4'
    )""",
)
MOST_WORDS: Final = 8


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
    """The index in a file. One thread uses it.

    Args:
        path: of the file; what was there is replaced.
        parties: to be found.
    """

    def __init__(self, path: Path, parties: Iterable[Party]) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        for statement in TABLES:
            self._connection.execute(statement)
        for party in parties:
            self._add(party)
        self._connection.execute("COMMIT")

    def replace(self, party: Party) -> None:
        """Index a party anew."""
        self._connection.execute("DELETE FROM party WHERE her_id = ?", (party.her_id,))
        self._connection.execute("DELETE FROM word WHERE rowid = ?", (party.her_id,))
        self._add(party)

    def find(self, query: Query, limit: int, offset: int) -> list[int]:
        """HER-ids that fit, organisations first, in the order of the register."""
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
        table = "party AS p"
        words = _words(query.name)
        if query.name.strip():
            if not words:
                return []
            number = query.name.strip()
            if number.isascii() and number.isdigit():
                where.append("(p.her_id = ? OR number = ? OR hpr = ?)")
                values += [int(number), number, number] if len(number) < 18 else [0, number, number]
            else:
                table = "word JOIN party AS p ON her_id = word.rowid"
                where.append("word MATCH ?")
                values.append(words)
        rows = self._connection.execute(
            f"SELECT p.her_id FROM {table} WHERE {' AND '.join(where)} ORDER BY p.her_id LIMIT ? OFFSET ?",  # noqa: S608 - names of columns
            (*values, limit, offset),
        )
        return [int(row[0]) for row in rows]

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _add(self, party: Party) -> None:
        business, service = party.business_type, party.service_type
        self._connection.execute(
            "INSERT INTO party VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                party.her_id,
                party.type,
                party.organisation_number,
                party.hpr,
                business.table if business else None,
                business.v if business else None,
                service.table if service else None,
                service.v if service else None,
                party.municipality,
            ),
        )
        self._connection.execute("INSERT INTO word (rowid, name) VALUES (?, ?)", (party.her_id, party.name))


def _words(text: str) -> str:
    """A query of FTS5: every word must begin a word of the name."""
    return " ".join(f'"{word}"*' for word in re.findall(r"[^\W_]+", text)[:MOST_WORDS])
