"""Groups, who sees all messages, what administrators did, and drafts that are kept half-written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.store.tables import audit, drafts, grants, groups, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping


def all_groups(connection: Connection) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Id, name, and members (user, function) of each group."""
    inside: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(sa.select(members).order_by(members.c.user_id)).mappings():
        inside.setdefault(row["group_id"], []).append((row["user_id"], row["function"]))
    rows = connection.execute(sa.select(groups).order_by(groups.c.id)).mappings().all()
    return [(row["id"], row["name"], inside.get(row["id"], [])) for row in rows]


def keep_group(connection: Connection, group: str, name: str, inside: Iterable[tuple[str, str]]) -> bool:
    """Make or change a group; True when new."""
    new = not connection.execute(sa.update(groups).where(groups.c.id == group).values(name=name)).rowcount
    if new:
        connection.execute(sa.insert(groups).values(id=group, name=name))
    connection.execute(sa.delete(members).where(members.c.group_id == group))
    rows = [{"group_id": group, "user_id": user, "function": function} for user, function in inside]
    if rows:
        connection.execute(sa.insert(members), rows)
    return new


def drop_group(connection: Connection, group: str) -> bool:
    """Take a group away; False when there is none."""
    connection.execute(sa.delete(members).where(members.c.group_id == group))
    return bool(connection.execute(sa.delete(groups).where(groups.c.id == group)).rowcount)


def grant(connection: Connection, user: str, by: str, at: datetime) -> None:
    """Give access to all messages; again is fine."""
    if connection.execute(sa.select(grants.c.user_id).where(grants.c.user_id == user)).first() is None:
        connection.execute(sa.insert(grants).values(user_id=user, by=by, at=at))


def revoke(connection: Connection, user: str) -> None:
    """Take it away; again is fine."""
    connection.execute(sa.delete(grants).where(grants.c.user_id == user))


def all_grants(connection: Connection) -> Sequence[RowMapping]:
    """Who has access to all messages, and by whom."""
    return connection.execute(sa.select(grants).order_by(grants.c.user_id)).mappings().all()


def note(connection: Connection, by: str, at: datetime, event: str, detail: str) -> None:
    """Remember what somebody with special rights did."""
    connection.execute(sa.insert(audit).values(by=by, at=at, event=event, detail=detail))


def noted(connection: Connection, before: int, limit: int) -> Sequence[RowMapping]:
    """What was done, newest first."""
    query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
    return connection.execute(query.where(audit.c.id < before) if before else query).mappings().all()


def keep_draft(connection: Connection, user: str, draft: str, kind: str, content: Any, at: datetime) -> bool:
    """Keep something half-written; True when new."""
    same = (drafts.c.user_id == user, drafts.c.id == draft)
    if connection.execute(sa.update(drafts).where(*same).values(type=kind, content=content, at=at)).rowcount:
        return False
    connection.execute(sa.insert(drafts).values(user_id=user, id=draft, type=kind, content=content, at=at))
    return True


def drafts_of(connection: Connection, user: str) -> Sequence[RowMapping]:
    """What a user has half-written."""
    return connection.execute(sa.select(drafts).where(drafts.c.user_id == user).order_by(drafts.c.id)).mappings().all()


def drop_draft(connection: Connection, user: str, draft: str) -> bool:
    """Throw it away; False when there is none."""
    same = (drafts.c.user_id == user, drafts.c.id == draft)
    return bool(connection.execute(sa.delete(drafts).where(*same)).rowcount)
