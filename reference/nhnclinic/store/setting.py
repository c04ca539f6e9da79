"""What the operator has set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from nhnclinic.store.tables import setup

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from nhnclinic.domain.setup import Stored, Value


def stored(connection: Connection) -> Stored:
    """All of it, by item and user."""
    rows = connection.execute(sa.select(setup.c.item, setup.c.user, setup.c.value))
    return {(row.item, row.user): row.value for row in rows}


def keep(connection: Connection, item: str, user: str, value: Value, by: str, at: datetime) -> None:
    """Set an item; who did it, and when, is kept."""
    connection.execute(sa.delete(setup).where(setup.c.item == item, setup.c.user == user))
    connection.execute(sa.insert(setup).values(item=item, user=user, value=value, set_by=by, set_at=at))
