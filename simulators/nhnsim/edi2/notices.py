"""Version 3's own tables: notifications by offset, and how each HER-id uses the service.

Offsets are one sequence for all HER-ids of the service, so that every client sees gaps, and nothing is ever taken
away by a client. A notification is written in the transaction of what it tells of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhnwire.edi2.v3 import NotificationType

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

SCHEMA = (
    """CREATE TABLE notification (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        receiver INTEGER NOT NULL,
        type TEXT NOT NULL,
        message TEXT,
        triggered_by INTEGER,
        description TEXT,
        created_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX notified ON notification (receiver, number)",
    "CREATE INDEX notified_of ON notification (message)",
    """CREATE TABLE configuration (
        her_id INTEGER PRIMARY KEY,
        channel TEXT NOT NULL,
        locked INTEGER NOT NULL,
        client_id TEXT NOT NULL,
        refuses TEXT NOT NULL,
        told_of_refused INTEGER NOT NULL
    ) STRICT""",
)


COLUMNS = "number, type, receiver, message, triggered_by, description, created_at"


@dataclass(frozen=True)
class Notice:
    """A notification to be written.

    Attributes:
        type: what it tells.
        receiver: the HER-id it is for.
        triggered_by: the HER-id whose doing it was.
        message: transport id.
        description: for people.
    """

    type: NotificationType
    receiver: int
    message: str | None = None
    triggered_by: int | None = None
    description: str | None = None


@dataclass(frozen=True)
class Noticed:
    """A notification as it was written; `offset` is its place in the sequence of the service."""

    offset: int
    notice: Notice
    created_at: str


@dataclass(frozen=True)
class Configuration:
    """How a HER-id uses the service.

    Attributes:
        her_id: whose.
        channel: as the client named it.
        locked: only `client_id` may act for it.
        client_id: the HelseID client that made it.
        refuses: message types (table 8279) that it does not take.
        told_of_refused: it wants a notification when something was refused.
    """

    her_id: int
    channel: str
    client_id: str
    locked: bool = False
    refuses: frozenset[str] = field(default_factory=frozenset)
    told_of_refused: bool = False


def write(run: sqlite3.Connection, notices: Iterable[Notice], at: str) -> None:
    """Write notifications, inside the caller's transaction."""
    run.executemany(
        "INSERT INTO notification (receiver, type, message, triggered_by, description, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(one.receiver, one.type.value, one.message, one.triggered_by, one.description, at) for one in notices],
    )


@dataclass
class NoticeBoard:
    """Notifications and configurations in the post office's store. One thread uses it."""

    connection: sqlite3.Connection

    def after(self, offset: int, her_ids: Sequence[int], limit: int) -> list[Noticed]:
        """Notifications for these HER-ids beyond an offset, oldest first."""
        marks = ", ".join("?" * len(her_ids))
        query = f"SELECT {COLUMNS} FROM notification WHERE receiver IN ({marks}) AND number > ? ORDER BY number LIMIT ?"  # noqa: S608 - names and marks
        rows = self.connection.execute(query, (*her_ids, offset, limit))
        return [_noticed(*row) for row in rows]

    def newest(self) -> int:
        """The offset of the newest notification of all; 0 when there is none."""
        row = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'notification'").fetchone()
        return 0 if row is None else int(row[0])

    def begin_at(self, offset: int) -> None:
        """Let the next notification have an offset beyond this one, if none has yet."""
        if not self.newest():
            with self.connection as run:
                run.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('notification', ?)", (offset,))

    def configurations(self, her_ids: Iterable[int]) -> dict[int, Configuration]:
        """Those that exist, by HER-id."""
        found = {}
        for her_id in her_ids:
            row = self.connection.execute(
                "SELECT her_id, channel, client_id, locked, refuses, told_of_refused FROM configuration "
                "WHERE her_id = ?",
                (her_id,),
            ).fetchone()
            if row is not None:
                found[her_id] = Configuration(
                    row[0], row[1], row[2], bool(row[3]), frozenset(json.loads(row[4])), bool(row[5])
                )
        return found

    def configure(self, configurations: Iterable[Configuration]) -> None:
        """Make or replace them, all or none."""
        with self.connection as run:
            run.executemany(
                "INSERT OR REPLACE INTO configuration (her_id, channel, client_id, locked, refuses, told_of_refused) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        one.her_id,
                        one.channel,
                        one.client_id,
                        int(one.locked),
                        json.dumps(sorted(one.refuses)),
                        int(one.told_of_refused),
                    )
                    for one in configurations
                ],
            )

    def forget(self, her_ids: Iterable[int]) -> None:
        """Take configurations away."""
        with self.connection as run:
            run.executemany("DELETE FROM configuration WHERE her_id = ?", [(her_id,) for her_id in her_ids])

    def snapshot(self) -> list[dict[str, Any]]:
        """Every configuration as JSON values."""
        rows = self.connection.execute(
            "SELECT her_id, channel, client_id, locked, refuses FROM configuration ORDER BY her_id"
        )
        return [
            {"her_id": row[0], "channel": row[1], "client_id": row[2], "locked": bool(row[3]), "refuses": row[4]}
            for row in rows
        ]


def _noticed(
    number: int,
    kind: str,
    receiver: int,
    message: str | None,
    triggered_by: int | None,
    description: str | None,
    created_at: str,
) -> Noticed:
    notice = Notice(NotificationType(kind), receiver, message, triggered_by, description)
    return Noticed(number, notice, created_at)
