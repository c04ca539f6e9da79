"""What an automatic party remembers, so that nothing is answered twice and nothing is forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnsim.store import open_store

if TYPE_CHECKING:
    import sqlite3
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
)

OWED = "owed"
DONE = "done"


@dataclass(frozen=True)
class Verdict:
    """What the party says of a message: `Ok`, `Rejected`, or None when no receipt is due.

    Attributes:
        status: of the receipt.
        errors: for a rejection, (code of table 8221, details).
    """

    status: str | None
    errors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reply:
    """A message of the party's own that answers one it received."""

    msg_id: str
    document: bytes


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

    def keep(self, message_id: str, msg_id: str | None, document: bytes, verdict: Verdict, reply: Reply | None) -> None:
        """Keep a received message together with all that is now owed for it."""
        with self.connection as run:
            number = run.execute(
                "INSERT INTO received (message_id, msg_id, document, status, errors, state) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    message_id,
                    msg_id,
                    document,
                    verdict.status,
                    json.dumps(verdict.errors),
                    OWED if verdict.status else DONE,
                ),
            ).lastrowid
            if reply is not None:
                run.execute(
                    "INSERT INTO reply (msg_id, answers, document, state) VALUES (?, ?, ?, ?)",
                    (reply.msg_id, number, reply.document, OWED),
                )

    def receipts_owed(self) -> list[tuple[str, Verdict]]:
        """Transport ids of messages that await their receipt, with the verdict, oldest first."""
        rows = self.connection.execute(
            "SELECT message_id, status, errors FROM received WHERE state = ? ORDER BY number", (OWED,)
        )
        return [
            (message_id, Verdict(status, tuple((code, details) for code, details in json.loads(errors))))
            for message_id, status, errors in rows
        ]

    def replies_owed(self) -> list[Reply]:
        """Replies not yet sent, oldest first."""
        rows = self.connection.execute(
            "SELECT msg_id, document FROM reply WHERE state = ? ORDER BY answers, msg_id", (OWED,)
        )
        return [Reply(msg_id, document) for msg_id, document in rows]

    def receipted(self, message_id: str, state: str = DONE) -> None:
        """The receipt is sent, or will never be; `state` says which."""
        with self.connection as run:
            run.execute("UPDATE received SET state = ? WHERE message_id = ?", (state, message_id))

    def replied(self, msg_id: str, state: str = DONE) -> None:
        """The reply is sent, or will never be; `state` says which."""
        with self.connection as run:
            run.execute("UPDATE reply SET state = ? WHERE msg_id = ?", (state, msg_id))

    def close(self) -> None:
        """Let the file go."""
        self.connection.close()

    def _exists(self, statement: str, value: str) -> bool:
        return self.connection.execute(statement, (value,)).fetchone() is not None
