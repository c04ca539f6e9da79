"""What an automatic party remembers, so that nothing is answered twice and nothing is forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnsim.store import open_store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

SCHEMA = (
    """CREATE TABLE received (
        number INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        msg_id TEXT,
        document BLOB NOT NULL,
        status TEXT,
        errors TEXT NOT NULL,
        state TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE reply (
        msg_id TEXT PRIMARY KEY,
        answers INTEGER NOT NULL REFERENCES received (number),
        document BLOB NOT NULL,
        state TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX received_msg_id ON received (msg_id)",
    "ALTER TABLE received ADD COLUMN due INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE letter (
        number INTEGER PRIMARY KEY,
        msg_id TEXT NOT NULL UNIQUE,
        document BLOB NOT NULL,
        receipt_for TEXT,
        due INTEGER NOT NULL,
        state TEXT NOT NULL
    ) STRICT""",
    """INSERT INTO letter (msg_id, document, due, state)
        SELECT msg_id, document, 0, state FROM reply ORDER BY answers, msg_id""",
    "DROP TABLE reply",
    "CREATE TABLE place (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT",
)

OWED = "owed"
DONE = "done"


@dataclass(frozen=True)
class Verdict:
    """What the party says of a message: `Ok`, `Rejected`, or None when the service is asked for no receipt.

    Attributes:
        status: of the receipt.
        errors: for a rejection, (code of table 8221, details).
        due: when it is given, microseconds of domain time; 0: at once.
    """

    status: str | None
    errors: tuple[tuple[str, str], ...] = ()
    due: int = 0


@dataclass(frozen=True)
class Reply:
    """A document of the party's own: an answer, a receipt that it writes itself, or a letter out of the blue.

    Attributes:
        msg_id: its MsgId, or the receipt's Id.
        document: the bytes.
        receipt_for: transport id of the message for which it is the receipt.
        due: when it is sent, microseconds of domain time; 0: at once.
    """

    msg_id: str
    document: bytes
    receipt_for: str | None = None
    due: int = 0


@dataclass
class Diary:
    """The party's store. Each method is one transaction, on disk when it returns."""

    connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path) -> Diary:
        """Open or create it.

        Raises:
            StoreError: the file cannot be used.
        """
        return cls(open_store(path, SCHEMA))

    def knows(self, message_id: str) -> bool:
        """True when the message with this transport id has been kept."""
        return self._exists("SELECT 1 FROM received WHERE message_id = ?", message_id)

    def knows_msg_id(self, msg_id: str | None) -> bool:
        """True when a message with this MsgId has been kept, under whatever transport id."""
        return msg_id is not None and self._exists("SELECT 1 FROM received WHERE msg_id = ?", msg_id)

    def keep(
        self, message_id: str, msg_id: str | None, document: bytes, verdict: Verdict, replies: Iterable[Reply] = ()
    ) -> None:
        """Keep a received message together with all that is now owed for it."""
        with self.connection as run:
            run.execute(
                "INSERT INTO received (message_id, msg_id, document, status, errors, state, due)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    message_id,
                    msg_id,
                    document,
                    verdict.status,
                    json.dumps(verdict.errors),
                    OWED if verdict.status else DONE,
                    verdict.due,
                ),
            )
            for reply in replies:
                self._owe(run, reply)

    def write(self, letter: Reply) -> None:
        """Owe a letter of the party's own; one that went out before goes out again."""
        with self.connection as run:
            self._owe(run, letter)

    def receipts_owed(self, now: int) -> list[tuple[str, Verdict]]:
        """Transport ids of messages whose receipt is due, with the verdict, oldest first.

        Args:
            now: microseconds of domain time.
        """
        rows = self.connection.execute(
            "SELECT message_id, status, errors, due FROM received WHERE state = ? AND due <= ? ORDER BY number",
            (OWED, now),
        )
        return [
            (message_id, Verdict(status, tuple((code, details) for code, details in json.loads(errors)), due))
            for message_id, status, errors, due in rows
        ]

    def letters_owed(self, now: int) -> list[Reply]:
        """Letters that are due and not yet sent, oldest first.

        Args:
            now: microseconds of domain time.
        """
        rows = self.connection.execute(
            "SELECT msg_id, document, receipt_for, due FROM letter WHERE state = ? AND due <= ? ORDER BY number",
            (OWED, now),
        )
        return [Reply(*row) for row in rows]

    def receipted(self, message_id: str, state: str = DONE) -> None:
        """The receipt is sent, or will never be; `state` says which."""
        with self.connection as run:
            run.execute("UPDATE received SET state = ? WHERE message_id = ?", (state, message_id))

    def sent(self, msg_id: str, state: str = DONE) -> None:
        """The letter is sent, or will never be; `state` says which."""
        with self.connection as run:
            run.execute("UPDATE letter SET state = ? WHERE msg_id = ?", (state, msg_id))

    def state_of(self, msg_id: str) -> str:
        """What became of a letter: owed, done or refused."""
        row = self.connection.execute("SELECT state FROM letter WHERE msg_id = ?", (msg_id,)).fetchone()
        return str(row[0])

    @property
    def position(self) -> int:
        """How far notifications have been taken care of."""
        row = self.connection.execute("SELECT position FROM place").fetchone()
        return 0 if row is None else int(row[0])

    def advance(self, position: int) -> None:
        """Everything up to here has been taken care of."""
        with self.connection as run:
            run.execute("INSERT OR REPLACE INTO place (only, position) VALUES (1, ?)", (position,))

    def counts(self) -> dict[str, int]:
        """How many messages were received, and how many receipts and letters are owed."""
        asked = {
            "received": "SELECT count(*) FROM received",
            "receipts_owed": "SELECT count(*) FROM received WHERE state = 'owed'",
            "letters_owed": "SELECT count(*) FROM letter WHERE state = 'owed'",
        }
        return {name: int(self.connection.execute(query).fetchone()[0]) for name, query in asked.items()}

    def close(self) -> None:
        """Let the file go."""
        self.connection.close()

    @staticmethod
    def _owe(run: sqlite3.Connection, letter: Reply) -> None:
        run.execute(
            "INSERT INTO letter (msg_id, document, receipt_for, due, state) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (msg_id) DO UPDATE SET state = excluded.state, due = excluded.due",
            (letter.msg_id, letter.document, letter.receipt_for, letter.due, OWED),
        )

    def _exists(self, statement: str, value: str) -> bool:
        return self.connection.execute(statement, (value,)).fetchone() is not None
