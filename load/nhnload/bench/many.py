"""Ten messages made many: every row of a database again and again, with ids of its own.

Rows that belong together stay together: a copy's number is added to row ids and takes the place of the first eight
digits of GUIDs, wherever they stand. The documents' bytes stay those of the originals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection

ROW, GUID, TEXT, LATER, KEY = "row", "guid", "text", "later", "key"
"""What a column holds: a row's number (of which table, after a colon), a GUID, a text with the message's MsgId in it,
microseconds that grow with the copy, a name that the copy's number makes another. Other columns stay as they are."""

EDI2: Mapping[str, Mapping[str, str]] = {
    "message": {"number": "row:message", "id": GUID, "msg_id": GUID, "original": GUID, "sort_key": LATER},
    "delivery": {"message": "row:message", "receipt": GUID, "sort_key": LATER},
    "notification": {"number": "row:notification", "message": GUID},
}
CLINIC: Mapping[str, Mapping[str, str]] = {
    "messages": {
        "id": "row:messages",
        "identity": TEXT,
        "msg_id": GUID,
        "request_key": GUID,
        "transport_id": GUID,
        "parent": GUID,
        "conversation": GUID,
        "replaces": GUID,
    },
    "deliveries": {"id": "row:deliveries", "transport_id": GUID, "message_id": "row:messages"},
    "receipts": {"id": "row:receipts", "message_id": "row:messages", "transport_id": GUID},
    "journal": {"id": "row:journal", "message_id": "row:messages"},
    "history": {"id": "row:history", "message_id": "row:messages"},
    "filings": {"id": "row:filings", "message_id": "row:messages"},
    "alerts": {"id": "row:alerts", "key": KEY, "msg_id": GUID},
}
STEP = 100
"""Rows of a table that one copy may take: more than ten messages make."""


def multiply(connection: Connection, tables: Mapping[str, Mapping[str, str]], copies: int) -> None:
    """Add so many copies of every row, in one transaction of the caller's."""
    hexadecimal = "printf('%08x', n)" if connection.dialect.name == "sqlite" else "lpad(to_hex(n), 8, '0')"
    connection.exec_driver_sql("CREATE TEMPORARY TABLE copies (n INTEGER PRIMARY KEY)")
    connection.execute(sa.text("INSERT INTO copies VALUES (:n)"), [{"n": n} for n in range(1, copies + 1)])
    for table, special in tables.items():
        columns = [one["name"] for one in sa.inspect(connection).get_columns(table)]
        made = [_copied(table, name, special.get(name, ""), hexadecimal) for name in columns]
        most = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - our own names
        if most >= STEP:
            raise ValueError(f"{table} has {most} rows already; at most {STEP - 1} can be multiplied")
        names = ", ".join(f'"{name}"' for name in columns)
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(made)} FROM {table} CROSS JOIN copies ORDER BY n"  # noqa: S608 - our own names
        )
        if connection.dialect.name == "postgresql" and "id" in columns:
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608 - our own names
    connection.exec_driver_sql("DROP TABLE copies")


def multiply_file(path: Path, tables: Mapping[str, Mapping[str, str]], copies: int) -> None:
    """The same for a SQLite file that nobody has open."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        multiply(connection, tables, copies)
    engine.dispose()


def _copied(table: str, name: str, what: str, hexadecimal: str) -> str:
    """An expression for a column of a copy."""
    column = f'{table}."{name}"'
    if what.startswith(ROW):
        return f"{column} + n * {STEP}"
    if what == LATER:
        return f"{column} + n * 1000000"
    if what == GUID:
        return f"CASE WHEN length({column}) = 36 THEN {hexadecimal} || substr({column}, 9) ELSE {column} END"
    if what == TEXT:
        new = f"{hexadecimal} || substr({table}.msg_id, 9)"
        return f"replace({column}, {table}.msg_id, {new})"
    if what == KEY:
        return f"{column} || '-' || n"
    return column
