"""The post office: messages, one delivery per receiver, and what has become of each.

A delivery goes through three states that do not depend on one another: transport (`Unconfirmed`, `Acknowledged`,
`Rejected` or, when resends are exhausted, `Abandoned`), the application receipt (none, `Ok`, `Rejected` or
`OkErrorInMessagePart`), and whether the receiver has marked it as read. Every change is one transaction, on disk
before the method returns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from nhnsim.edi2 import notices
from nhnsim.edi2.notices import Notice, write
from nhnwire.edi2.v3 import NotificationType

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

SCHEMA = (
    """CREATE TABLE message (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        msg_id TEXT,
        msg_type TEXT NOT NULL,
        gen_date TEXT,
        sort_key INTEGER NOT NULL,
        is_app_rec INTEGER NOT NULL,
        sender INTEGER NOT NULL,
        patients TEXT NOT NULL,
        original TEXT REFERENCES message (id),
        accepted_at TEXT NOT NULL,
        client_id TEXT NOT NULL,
        source_system TEXT NOT NULL,
        overrides TEXT,
        content BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE delivery (
        message INTEGER NOT NULL REFERENCES message (number),
        place INTEGER NOT NULL,
        receiver INTEGER NOT NULL,
        transport TEXT NOT NULL,
        read_at TEXT,
        status TEXT,
        errors TEXT NOT NULL DEFAULT '[]',
        receipt TEXT,
        PRIMARY KEY (message, receiver)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX unread ON delivery (receiver) WHERE read_at IS NULL",
    "CREATE INDEX sent ON message (msg_id, sender)",
    "ALTER TABLE delivery ADD COLUMN refused INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE delivery ADD COLUMN abandoned_at INTEGER",
    "CREATE INDEX abandoned ON delivery (abandoned_at) WHERE abandoned_at IS NOT NULL",
    "ALTER TABLE message ADD COLUMN kept_until INTEGER",
    "CREATE INDEX kept ON message (kept_until) WHERE kept_until IS NOT NULL",
    "ALTER TABLE delivery ADD COLUMN sort_key INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX unread",
    "CREATE INDEX waiting ON delivery (receiver, sort_key, message) WHERE read_at IS NULL AND refused = 0",
    *notices.SCHEMA,
)

COLUMNS = (
    "id, msg_id, msg_type, gen_date, sort_key, is_app_rec, sender, patients, original, accepted_at, client_id, "
    "source_system, overrides"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACKNOWLEDGED = "Acknowledged"
UNCONFIRMED = "Unconfirmed"
REJECTED = "Rejected"
ABANDONED = "Abandoned"


@dataclass(frozen=True)
class ReceiptError:
    """One error of an application receipt, as version 2 shows it."""

    code: str
    details: str = ""
    description: str | None = None
    oid: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What a receiver said of a message: `status` is Ok, Rejected or OkErrorInMessagePart."""

    status: str
    errors: tuple[ReceiptError, ...] = ()


@dataclass(frozen=True)
class Message:
    """A message without its content.

    Attributes:
        id: transport id, a GUID, the same for sender and receivers.
        msg_id: MsgInfo/MsgId, or AppRec/Id.
        msg_type: code of table 8279.
        gen_date: as the document has it, with or without an offset; None when it has none that can be read.
        sort_key: the same point in time in microseconds since 1970; 0 without one.
        is_app_rec: True for an application receipt.
        sender: HER-id.
        receivers: HER-ids, main receiver first.
        patients: patient ids in the document.
        original: for a receipt, the transport id of the message it answers, when that is known.
        accepted_at: domain time, ISO 8601.
        client_id: the HelseID client that uploaded it.
        source_system: header nhn-source-system of the upload.
        overrides: `ebXmlOverrides` of the upload as JSON; kept, without effect between users of EDI 2.0.
    """

    id: str
    msg_id: str | None
    msg_type: str
    gen_date: str | None
    sort_key: int
    is_app_rec: bool
    sender: int
    receivers: tuple[int, ...]
    accepted_at: str
    client_id: str
    source_system: str
    patients: tuple[str, ...] = ()
    original: str | None = None
    overrides: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A message's fate at one receiver."""

    receiver: int
    transport: str
    read_at: str | None
    receipt: Receipt | None
    refused: bool = False


@dataclass(frozen=True)
class Sending:
    """How a message goes to one receiver.

    Attributes:
        transport: the state it begins in.
        refused: the receiver does not take messages of its type: it is told of it at most.
        abandoned_at: when the transport gives up, in microseconds since 1970; None when there is nothing to give up.
    """

    transport: str
    refused: bool = False
    abandoned_at: int | None = None


@dataclass(frozen=True)
class Answered:
    """Which delivery a receipt answers: the message it was sent with, and the receiver who speaks."""

    message: str
    receiver: int
    receipt: Receipt


@dataclass(frozen=True)
class Unread:
    """A query for unread messages (GET /Messages)."""

    receivers: tuple[int, ...]
    sender: int | None = None
    msg_id: str | None = None
    limit: int = 10
    descending: bool = False


@dataclass
class PostOffice:
    """The store behind the endpoint. Not thread-safe: one thread uses it."""

    connection: sqlite3.Connection

    def accept(
        self,
        message: Message,
        content: bytes,
        *,
        sending: Mapping[int, Sending],
        answers: Answered | None = None,
        notices: Iterable[Notice] = (),
        kept_until: int | None = None,
    ) -> None:
        """Take a message in, with a delivery per receiver, and record what it answers and who is told.

        The first receipt of a receiver counts; a later one is carried as a message but changes no status.

        Args:
            message: the envelope.
            content: the document's exact bytes.
            sending: how it goes to each receiver.
            answers: for a receipt whose original is known.
            notices: notifications of all that.
            kept_until: microseconds since 1970, after which it may be purged; None for ever.
        """
        with self.connection as run:
            number = run.execute(
                f"INSERT INTO message ({COLUMNS}, content, kept_until) VALUES ({', '.join('?' * 15)})",  # noqa: S608 - names
                (
                    message.id,
                    message.msg_id,
                    message.msg_type,
                    message.gen_date,
                    message.sort_key,
                    int(message.is_app_rec),
                    message.sender,
                    json.dumps(message.patients),
                    message.original,
                    message.accepted_at,
                    message.client_id,
                    message.source_system,
                    message.overrides,
                    content,
                    kept_until,
                ),
            ).lastrowid
            run.executemany(
                "INSERT INTO delivery (message, place, receiver, transport, refused, abandoned_at, sort_key) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (number, place, her_id, way.transport, int(way.refused), way.abandoned_at, message.sort_key)
                    for place, her_id in enumerate(message.receivers)
                    for way in (sending[her_id],)
                ],
            )
            write(run, notices, message.accepted_at)
            if answers is not None:
                run.execute(
                    "UPDATE delivery SET status = ?, errors = ?, receipt = ? WHERE receiver = ? AND status IS NULL "
                    "AND message = (SELECT number FROM message WHERE id = ?)",
                    (
                        answers.receipt.status,
                        _errors_to_json(answers.receipt.errors),
                        message.id,
                        answers.receiver,
                        answers.message,
                    ),
                )

    def unread(self, query: Unread) -> list[tuple[Message, int]]:
        """Unread messages with the receiver each of them waits for, sorted by GenDate, then by arrival.

        Each receiver's first ones are taken from an index that is sorted already, so that a backlog costs nothing.
        """
        direction = "DESC" if query.descending else "ASC"
        narrow = "".join(
            f" AND {column} = ?" for column, value in (("sender", query.sender), ("msg_id", query.msg_id)) if value
        )
        wanted = [value for value in (query.sender, query.msg_id) if value]
        rows = []
        for receiver in query.receivers:
            rows += self.connection.execute(
                f"SELECT {', '.join(f'm.{name.strip()}' for name in COLUMNS.split(','))}, number, place, receiver "  # noqa: S608 - names
                "FROM delivery AS d JOIN message AS m ON number = d.message "
                f"WHERE receiver = ? AND read_at IS NULL AND refused = 0{narrow} "
                f"ORDER BY d.sort_key {direction}, d.message {direction} LIMIT ?",
                (receiver, *wanted, query.limit),
            ).fetchall()
        rows.sort(key=lambda row: (row[4], row[-3]), reverse=query.descending)
        return [(self._message(row[:-3], row[-3]), row[-1]) for row in rows[: query.limit]]

    def message(self, message_id: str) -> Message | None:
        """The message with this transport id; None when there is none."""
        row = self.connection.execute(
            f"SELECT {COLUMNS}, number FROM message WHERE id = ?",  # noqa: S608 - names
            (message_id,),
        ).fetchone()
        return None if row is None else self._message(row[:-1], row[-1])

    def content(self, message_id: str) -> bytes:
        """The document's exact bytes; empty when there is no such message."""
        row = self.connection.execute("SELECT content FROM message WHERE id = ?", (message_id,)).fetchone()
        return b"" if row is None else bytes(row[0])

    def deliveries(self, message_id: str) -> list[Delivery]:
        """One per receiver, main receiver first."""
        rows = self.connection.execute(
            "SELECT receiver, transport, read_at, status, errors, refused FROM delivery "
            "WHERE message = (SELECT number FROM message WHERE id = ?) ORDER BY place",
            (message_id,),
        )
        return [_delivery(*row) for row in rows]

    def answered_by(self, msg_id: str, sender: int, receiver: int) -> str | None:
        """The message a receipt answers: sent by `sender` to `receiver` under this MsgId.

        When the same MsgId was uploaded more than once, the oldest that is still without a receipt, else the oldest.
        """
        row = self.connection.execute(
            "SELECT id FROM message JOIN delivery ON message = number "
            "WHERE msg_id = ? AND sender = ? AND receiver = ? AND is_app_rec = 0 "
            "ORDER BY status IS NOT NULL, number LIMIT 1",
            (msg_id, sender, receiver),
        ).fetchone()
        return None if row is None else str(row[0])

    def sent_before(self, msg_id: str, sender: int) -> bool:
        """True when this sender has uploaded this MsgId already."""
        found = self.connection.execute("SELECT 1 FROM message WHERE msg_id = ? AND sender = ?", (msg_id, sender))
        return found.fetchone() is not None

    def mark_read(self, message_id: str, receiver: int, at: str) -> None:
        """The receiver has taken care of it; the first time counts."""
        with self.connection as run:
            run.execute(
                "UPDATE delivery SET read_at = ? WHERE read_at IS NULL AND receiver = ? "
                "AND message = (SELECT number FROM message WHERE id = ?)",
                (at, receiver, message_id),
            )

    def acknowledge(self, message_id: str, receivers: Iterable[int], at: str) -> None:
        """Transport is done for these receivers (where a download is what acknowledges); the sender is told once."""
        for receiver in receivers:
            with self.connection as run:
                changed = run.execute(
                    "UPDATE delivery SET transport = ?, abandoned_at = NULL WHERE receiver = ? AND transport = ? "
                    "AND message = (SELECT number FROM message WHERE id = ?)",
                    (ACKNOWLEDGED, receiver, UNCONFIRMED, message_id),
                ).rowcount
                if changed:
                    write(run, [self._delivery_notice(message_id, receiver, ACKNOWLEDGED)], at)

    def next_due(self) -> int | None:
        """When something is next to be given up or purged, in microseconds since 1970; None for never."""
        rows = (
            self.connection.execute("SELECT min(abandoned_at) FROM delivery WHERE abandoned_at IS NOT NULL").fetchone(),
            self.connection.execute("SELECT min(kept_until) FROM message WHERE kept_until IS NOT NULL").fetchone(),
        )
        return min((row[0] for row in rows if row[0] is not None), default=None)

    def give_up(self, now: int, at: str) -> int:
        """Abandon what no resend brought to its receiver in time, and tell the senders; how many."""
        rows = self.connection.execute(
            "SELECT id, receiver FROM delivery JOIN message ON number = message WHERE abandoned_at <= ?", (now,)
        ).fetchall()
        for message_id, receiver in rows:
            with self.connection as run:
                run.execute(
                    "UPDATE delivery SET transport = ?, abandoned_at = NULL WHERE receiver = ? "
                    "AND message = (SELECT number FROM message WHERE id = ?)",
                    (ABANDONED, receiver, message_id),
                )
                write(run, [self._delivery_notice(message_id, receiver, ABANDONED)], at)
        return len(rows)

    def purge(self, now: int) -> int:
        """Forget messages that were kept long enough, with all that is known of them; how many."""
        with self.connection as run:
            old = [row[0] for row in run.execute("SELECT id FROM message WHERE kept_until <= ?", (now,))]
            run.executemany("UPDATE message SET original = NULL WHERE original = ?", [(one,) for one in old])
            run.executemany("DELETE FROM notification WHERE message = ?", [(one,) for one in old])
            run.executemany(
                "DELETE FROM delivery WHERE message = (SELECT number FROM message WHERE id = ?)",
                [(one,) for one in old],
            )
            run.executemany("DELETE FROM message WHERE id = ?", [(one,) for one in old])
        return len(old)

    def _delivery_notice(self, message_id: str, receiver: int, state: str) -> Notice:
        sender = self.connection.execute("SELECT sender FROM message WHERE id = ?", (message_id,)).fetchone()[0]
        return Notice(NotificationType.DELIVERY, sender, message_id, receiver, state)

    def reset(self) -> None:
        """Forget every message."""
        with self.connection as run:
            run.execute("DELETE FROM notification")
            run.execute("DELETE FROM configuration")
            run.execute("DELETE FROM delivery")
            run.execute("UPDATE message SET original = NULL")
            run.execute("DELETE FROM message")

    def snapshot(self) -> list[dict[str, object]]:
        """Every message with its deliveries, oldest first, as JSON values."""
        rows = self.connection.execute(f"SELECT {COLUMNS}, number FROM message ORDER BY number").fetchall()  # noqa: S608 - names
        return [self._shown(self._message(row[:-1], row[-1])) for row in rows]

    def _shown(self, message: Message) -> dict[str, object]:
        return {
            "id": message.id,
            "msg_id": message.msg_id,
            "msg_type": message.msg_type,
            "is_app_rec": message.is_app_rec,
            "answers": message.original,
            "sender": message.sender,
            "accepted_at": message.accepted_at,
            "source_system": message.source_system,
            "receivers": [
                {
                    "her_id": delivery.receiver,
                    "transport": delivery.transport,
                    "read_at": delivery.read_at,
                    "app_rec": delivery.receipt.status if delivery.receipt else None,
                    "errors": [error.code for error in delivery.receipt.errors] if delivery.receipt else [],
                }
                for delivery in self.deliveries(message.id)
            ],
        }

    def _message(self, row: tuple[Any, ...], number: int) -> Message:
        receivers = self.connection.execute("SELECT receiver FROM delivery WHERE message = ? ORDER BY place", (number,))
        return Message(
            id=row[0],
            msg_id=row[1],
            msg_type=row[2],
            gen_date=row[3],
            sort_key=row[4],
            is_app_rec=bool(row[5]),
            sender=row[6],
            patients=tuple(json.loads(row[7])),
            original=row[8],
            accepted_at=row[9],
            client_id=row[10],
            source_system=row[11],
            overrides=row[12],
            receivers=tuple(her_id for (her_id,) in receivers),
        )


def micros(when: datetime) -> int:
    """Whole microseconds since 1970."""
    return (when - EPOCH) // timedelta(microseconds=1)


def _delivery(
    receiver: int, transport: str, read_at: str | None, status: str | None, errors: str, refused: int
) -> Delivery:
    receipt = None if status is None else Receipt(status, tuple(ReceiptError(*error) for error in json.loads(errors)))
    return Delivery(receiver, transport, read_at, receipt, bool(refused))


def _errors_to_json(errors: tuple[ReceiptError, ...]) -> str:
    return json.dumps([[error.code, error.details, error.description, error.oid] for error in errors])
