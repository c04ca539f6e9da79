"""Custom attributes: codes that an organisation gives its parties, for its own use."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from nhnwire.registers.party.common import Code, CodesOfParty

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

TABLE = """CREATE TABLE attribute (
    her_id INTEGER NOT NULL,
    oid INTEGER NOT NULL,
    value TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (her_id, oid, value)
) STRICT"""


class Attributes:
    """The store of them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, her_id: int, code: Code) -> None:
        """Give a party a code; on disk when this returns."""
        with self._connection as run:
            run.execute(
                "INSERT OR REPLACE INTO attribute VALUES (?, ?, ?, ?)",
                (her_id, code.oid, code.code_value, json.dumps(asdict(code))),
            )

    def remove(self, her_id: int, code: Code) -> bool:
        """Take a code away; False when the party does not have it."""
        with self._connection as run:
            found = run.execute(
                "DELETE FROM attribute WHERE her_id = ? AND oid = ? AND value = ?", (her_id, code.oid, code.code_value)
            )
        return found.rowcount > 0

    def of(self, her_ids: Iterable[int]) -> tuple[CodesOfParty, ...]:
        """The codes of parties; those without any are missing."""
        made = []
        for her_id in dict.fromkeys(her_ids):
            rows = self._connection.execute(
                "SELECT code FROM attribute WHERE her_id = ? ORDER BY oid, value", (her_id,)
            ).fetchall()
            if rows:
                made.append(CodesOfParty(key=her_id, value=tuple(Code(**json.loads(row[0])) for row in rows)))
        return tuple(made)

    def reset(self) -> None:
        """Forget them all."""
        with self._connection as run:
            run.execute("DELETE FROM attribute")
