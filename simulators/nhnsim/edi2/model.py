"""The post office: messages, one delivery per receiver, and what has become of each.

A delivery goes through three states that do not depend on one another (dossier of EDI 2.0 §A.11): transport
(`Unconfirmed` or `Acknowledged`), the application receipt (none, `Ok`, `Rejected` or `OkErrorInMessagePart`), and
whether the receiver has marked it as read. Every change is one transaction, on disk before the method returns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

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
)

COLUMNS = (
    "id, msg_id, msg_type, gen_date, sort_key, is_app_rec, sender, patients, original, accepted_at, client_id, "
    "source_system, overrides"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACKNOWLEDGED = "Acknowledged"
UNCONFIRMED = "Unconfirmed"


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
        transport: dict[int, str],
        answers: Answered | None = None,
    ) -> None:
        """Take a message in, with a delivery per receiver, and record what it answers.

        The first receipt of a receiver counts; a later one is carried as a message but changes no status.

        Args:
            message: the envelope.
            content: the document's exact bytes.
            transport: the initial transport state of each receiver.
            answers: for a receipt whose original is known.
        """
        with self.connection as run:
            number = run.execute(
                f"INSERT INTO message ({COLUMNS}, content) VALUES ({', '.join('?' * 14)})",  # noqa: S608 - names
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
                ),
            ).lastrowid
            run.executemany(
                "INSERT INTO delivery (message, place, receiver, transport) VALUES (?, ?, ?, ?)",
                [(number, place, her_id, transport[her_id]) for place, her_id in enumerate(message.receivers)],
            )
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
        """Unread messages with the receiver each of them waits for, sorted by GenDate, then by arrival."""
        marks = ", ".join("?" * len(query.receivers))
        direction = "DESC" if query.descending else "ASC"
        rows = self.connection.execute(
            f"SELECT {COLUMNS}, number, receiver FROM delivery JOIN message ON number = message "  # noqa: S608 - names
            f"WHERE receiver IN ({marks}) AND read_at IS NULL AND (? IS NULL OR sender = ?) "
            f"AND (? IS NULL OR msg_id = ?) ORDER BY sort_key {direction}, number {direction}, place LIMIT ?",
            (*query.receivers, query.sender, query.sender, query.msg_id, query.msg_id, query.limit),
        ).fetchall()
        return [(self._message(row[:-2], row[-2]), row[-1]) for row in rows]

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
            "SELECT receiver, transport, read_at, status, errors FROM delivery "
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

    def acknowledge(self, message_id: str, receivers: tuple[int, ...]) -> None:
        """Transport is done for these receivers (used when a download is what acknowledges)."""
        with self.connection as run:
            run.executemany(
                "UPDATE delivery SET transport = ? WHERE receiver = ? "
                "AND message = (SELECT number FROM message WHERE id = ?)",
                [(ACKNOWLEDGED, receiver, message_id) for receiver in receivers],
            )

    def reset(self) -> None:
        """Forget every message."""
        with self.connection as run:
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


def _delivery(receiver: int, transport: str, read_at: str | None, status: str | None, errors: str) -> Delivery:
    receipt = None if status is None else Receipt(status, tuple(ReceiptError(*error) for error in json.loads(errors)))
    return Delivery(receiver, transport, read_at, receipt)


def _errors_to_json(errors: tuple[ReceiptError, ...]) -> str:
    return json.dumps([[error.code, error.details, error.description, error.oid] for error in errors])
