"""Groups, access to all messages, what was done by special rights, and drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.api import day
from nhnclinic.api.calls import LONGEST_PAGE
from nhnclinic.domain import handling
from nhnclinic.errors import RefusedError
from nhnclinic.store import people

if TYPE_CHECKING:
    from nhnclinic.api.calls import Call


async def get_groups(call: Call) -> tuple[int, object]:
    """The groups of the clinic, and who is in them."""
    with call.exchange.bench.store.reading() as connection:
        found = people.all_groups(connection)
    return 200, [day.GroupOut(group, name, [day.Member(*one) for one in inside]) for group, name, inside in found]


async def put_group(call: Call) -> tuple[int, object]:
    """Make or change a group. Only the administrator may."""
    body: day.GroupIn = call.body
    bench, group = call.exchange.bench, call.path["id"]
    for member in body.members:
        _known(call, member.user)
    inside = {member.user: member.function for member in body.members}
    with bench.store.transaction() as connection:
        people.keep_group(connection, group, body.name, inside.items())
        people.note(connection, call.who.id, bench.clock.now(), "group", f"{group}: {', '.join(sorted(inside))}")
    return 200, day.GroupOut(group, body.name, [day.Member(*one) for one in sorted(inside.items())])


async def delete_group(call: Call) -> tuple[int, object]:
    """Take a group away. Only the administrator may."""
    bench, group = call.exchange.bench, call.path["id"]
    with bench.store.transaction() as connection:
        if not people.drop_group(connection, group):
            raise RefusedError(404, "unknown_group", f"There is no group {group}.", "See GET /api/groups.")
        people.note(connection, call.who.id, bench.clock.now(), "group taken away", group)
    return 200, day.GroupOut(group, "", [])


async def get_grants(call: Call) -> tuple[int, object]:
    """Who has access to all messages of the clinic."""
    with call.exchange.bench.store.reading() as connection:
        rows = people.all_grants(connection)
    return 200, [day.GrantOut(row["user_id"], granted=True, by=row["by"], at=row["at"]) for row in rows]


async def put_grant(call: Call) -> tuple[int, object]:
    """Give a user access to all messages of the clinic. Only the administrator may, and it is logged."""
    return _grant(call, granted=True)


async def delete_grant(call: Call) -> tuple[int, object]:
    """Take access to all messages away from a user. Only the administrator may, and it is logged."""
    return _grant(call, granted=False)


def _grant(call: Call, *, granted: bool) -> tuple[int, object]:
    bench, user = call.exchange.bench, call.path["user"]
    _known(call, user)
    now = bench.clock.now()
    with bench.store.transaction() as connection:
        if granted:
            people.grant(connection, user, call.who.id, now)
        else:
            people.revoke(connection, user)
        event = "access to all messages granted" if granted else "access to all messages taken away"
        people.note(connection, call.who.id, now, event, user)
    return 200, day.GrantOut(user, granted=granted, by=call.who.id, at=now)


async def get_audit(call: Call) -> tuple[int, object]:
    """What was done by special rights, newest first. Only the administrator may look."""
    limit = call.number("limit", 50, largest=LONGEST_PAGE)
    with call.exchange.bench.store.reading() as connection:
        rows = people.noted(connection, call.number("cursor", 0), limit)
    lines = [day.AuditLine(row["id"], row["at"], row["by"], row["event"], row["detail"]) for row in rows]
    return 200, day.AuditPage(lines, str(lines[-1].id) if len(lines) == limit else "")


async def put_draft(call: Call) -> tuple[int, object]:
    """Keep something half-written, if its type is kept.

    Treatment notes, referrals, sick leaves and medical declarations are; dialogue messages and all others are not: 409.
    """
    body: day.DraftIn = call.body
    bench = call.exchange.bench
    if not handling.table(bench.config.handling).of(body.type).autosave:
        raise RefusedError(
            409,
            "not_kept",
            f"Drafts of type {body.type[:60]} are not kept.",
            "Send it, or write it again: see the rows with autosave in the table of handling.",
        )
    with bench.store.transaction() as connection:
        people.keep_draft(connection, call.who.id, call.path["id"], body.type, body.content, bench.clock.now())
    return 200, day.DraftOut(call.path["id"], body.type, body.content, bench.clock.now())


async def get_drafts(call: Call) -> tuple[int, object]:
    """What the user has half-written."""
    with call.exchange.bench.store.reading() as connection:
        rows = people.drafts_of(connection, call.who.id)
    return 200, [day.DraftOut(row["id"], row["type"], row["content"], row["at"]) for row in rows]


async def delete_draft(call: Call) -> tuple[int, object]:
    """Throw a draft away."""
    bench, draft = call.exchange.bench, call.path["id"]
    with bench.store.transaction() as connection:
        if not people.drop_draft(connection, call.who.id, draft):
            raise RefusedError(404, "unknown_draft", f"There is no draft {draft}.", "See GET /api/drafts.")
    return 200, day.DraftOut(draft, "", {}, bench.clock.now())


def _known(call: Call, user: str) -> None:
    if user not in {one.id for one in call.exchange.bench.config.users}:
        raise RefusedError(
            422 if "id" in call.path else 404, "unknown_user", f"Nobody here has the id {user[:100]}.",
            "See [[users]] in the configuration.",
        )  # fmt: skip
