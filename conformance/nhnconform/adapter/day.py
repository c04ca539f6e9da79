"""The contract's second half, a user's day: each operation is one or a few calls to the clinic's API, as some user."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from nhnconform.adapter.refusal import Refused
from nhnconform.contract import (
    Acted,
    ActRequest,
    Attachable,
    AttachmentView,
    BeginRequest,
    ClipRow,
    Done,
    DraftView,
    GrantRequest,
    Group,
    HelpLink,
    HelpPage,
    JournalView,
    LogRow,
    Mailbox,
    ResendRequest,
    Sent,
    ShortcutView,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp import web

    from nhnconform.adapter.staff import Staff
    from nhnconform.contract import MessageView

OPERATIONS = (
    "actions", "act", "resend", "attachments", "mailboxes", "filter", "targets", "grant", "log", "sent",
    "correspondence", "journal", "help", "paperclip", "begin", "shortcuts", "attachables", "leave", "drafts",
    "next_tab",
)  # fmt: skip

ALL = "all"
"""The filter that lets everything through."""


class Day:
    """Each operation is one or a few calls.

    Args:
        ask: a call to the clinic's interface: method, path, body, token.
        fetch: media type and bytes of what is at a path.
        view: a message of the interface as the contract shows it.
        staff: who works there.
    """

    def __init__(
        self,
        ask: Callable[..., Awaitable[Any]],
        fetch: Callable[[str], Awaitable[tuple[str, bytes]]],
        view: Callable[[dict[str, Any]], MessageView],
        staff: Staff,
    ) -> None:
        self._ask = ask
        self._fetch = fetch
        self._view = view
        self._staff = staff

    async def _by(self, method: str, path: str, body: Any = None, *, by: str | None = None) -> Any:
        return await self._ask(method, path, body, token=self._staff.token(by))

    async def prepare(self) -> None:
        """An office has groups: all who treat or receive patients, and among them who is on duty."""
        users = self._staff.users
        staff = [user for user in users if user.role not in {"administrator", "operator"}]
        administrators = [user for user in users if user.role == "administrator"]
        if len(staff) < 2 or not administrators:
            return
        members = [{"user": one.id, "function": "vakt" if place else ""} for place, one in enumerate(staff)]
        group = {"name": "Behandlere og mottak", "members": members}
        await self._by("PUT", "/api/groups/staff", group, by=administrators[0].id)

    async def actions(self, request: web.Request) -> list[str]:
        """What a message allows."""
        rights = await self._by("GET", f"{_message(request)}/actions")
        return [str(action) for action in rights["actions"]]

    async def act(self, request: web.Request) -> Acted:
        """Do it, as the user named or else as one whom the message is for."""
        order = msgspec.json.decode(await request.read(), type=ActRequest)
        path = _message(request)
        by = order.user or next(iter((await self._by("GET", path)).get("participants") or ()), None)
        text = {"text": order.text or ""}
        bodies: dict[str, Any] = {
            "answer": text,
            "deviation": text,
            "forward": {"to": list(order.to), "confirm": order.confirm},
        }
        if order.action == "attachment":
            await self._by("GET", f"{path}/attachments/1", by=by)
            return Acted()
        answer = await self._by("POST", f"{path}/{order.action}", bodies.get(order.action), by=by)
        if order.action in {"answer", "deviation"}:
            return Acted(msg_id=answer["msg_id"])
        return Acted(done=bool(answer.get("done", True)))

    async def resend(self, request: web.Request) -> Sent:
        """Send a failed message anew; a patient is named by number and keeps the names she had."""
        order = msgspec.json.decode(await request.read() or b"{}", type=ResendRequest)
        changes: dict[str, Any] = msgspec.to_builtins(order)
        if order.patient is not None:
            before = (await self._by("GET", _message(request)))["patient"]
            changes["patient"] = {**before, "number": order.patient}
        return Sent((await self._by("POST", f"{_message(request)}/resend", changes))["msg_id"])

    async def attachments(self, request: web.Request) -> list[AttachmentView]:
        """Each opened."""
        listed = await self._by("GET", f"{_message(request)}/attachments")
        return [await self._attachment(_message(request), one) for one in listed]

    async def _attachment(self, path: str, listed: dict[str, Any]) -> AttachmentView:
        mime_type, data = await self._fetch(f"{path}/attachments/{listed['number']}")
        return AttachmentView(mime_type, base64.b64encode(data).decode("ascii"), listed["description"])

    async def mailboxes(self, request: web.Request) -> list[Mailbox]:
        """The tree as a list: main mailboxes, their inboxes, and the categories of Feedback."""
        found: list[Mailbox] = []
        by = request.match_info["user"]
        for main in await self._by("GET", "/api/mailboxes", by=by):
            name = f"{main['name']} ({main['her_id']})"
            found.append(Mailbox((name,), "main"))
            for inbox in main["inboxes"]:
                path = f"/api/mailboxes/{main['her_id']}/{inbox['id']}"
                rows = [row async for row in self._pages(path, by=by)]
                msg_ids = tuple(row["msg_id"] for row in rows)
                found.append(Mailbox((name, inbox["title"]), inbox["role"], msg_ids))
                if inbox["role"] == "feedback":
                    found += _categories((name, inbox["title"]), rows)
        return found

    async def filter(self, request: web.Request) -> list[MessageView]:
        """What is in the user's inboxes, of one type or all."""
        by, kind = request.match_info["user"], request.match_info["type"]
        query = "" if kind == ALL else f"type={quote(kind, safe='')}"
        found = []
        for main in await self._by("GET", "/api/mailboxes", by=by):
            path = f"/api/mailboxes/{main['her_id']}/feedback"
            found += [row["msg_id"] async for row in self._pages(path, query, by=by)]
        return [self._view(await self._by("GET", f"/api/messages/{quote(one, safe='')}")) for one in found]

    async def targets(self, _request: web.Request) -> list[Target]:
        """Whom a message can be forwarded to."""
        return [
            Target(one["id"], one["kind"], one["name"], tuple(one["members"]))
            for one in await self._by("GET", "/api/forward-targets")
        ]

    async def grant(self, request: web.Request) -> Done:
        """Give or take access to all messages."""
        order = msgspec.json.decode(await request.read(), type=GrantRequest)
        method = "PUT" if order.granted else "DELETE"
        await self._by(method, f"/api/grants/{quote(order.user, safe='')}", by=order.by)
        return Done()

    async def log(self, _request: web.Request) -> list[LogRow]:
        """The message log, all of it."""
        return [_log_row(row) async for row in self._pages("/api/clinic/message-log")]

    async def sent(self, request: web.Request) -> list[LogRow]:
        """What a user has sent."""
        return [_log_row(row) async for row in self._pages("/api/sent", by=request.match_info["user"])]

    async def correspondence(self, request: web.Request) -> list[Group]:
        """A patient's overview; the whole of each tab."""
        path = f"/api/patients/{quote(request.match_info['number'], safe='')}/correspondence"
        groups = []
        for tab in await self._by("GET", path):
            rows = [row async for row in self._pages(f"{path}/{tab['id']}")]
            groups.append(Group(tab["title"], tuple(row["msg_id"] for row in rows)))
        return groups

    async def next_tab(self, request: web.Request) -> Group:
        """Where the tab key goes from a group."""
        path, title = f"{_patient(request)}/correspondence", request.match_info["title"]
        here = next(tab for tab in await self._by("GET", path) if tab["title"] == title)
        there = await self._by("GET", f"{path}/{quote(here['next_tab'], safe='')}?limit=500")
        return Group(there["title"], tuple(row["msg_id"] for row in there["rows"]))

    async def paperclip(self, request: web.Request) -> list[ClipRow]:
        """Open the paperclip."""
        clips = await self._by("GET", f"{_patient(request)}/paperclip")
        return [ClipRow(one["type"], one["title"], tuple(row["msg_id"] for row in one["messages"])) for one in clips]

    async def begin(self, request: web.Request) -> DraftView:
        """Choose the type in the paperclip, or press the shortcut that opens it: both lead to an editor."""
        order = msgspec.json.decode(await request.read(), type=BeginRequest)
        clips = await self._by("GET", f"{_patient(request)}/paperclip")
        chosen = next(one for one in clips if one["type"] == order.type)
        path = chosen["opens"]
        if order.via == "shortcut":
            pressed = next(one for one in await self._by("GET", "/api/shortcuts") if one["keys"] == chosen["keys"])
            path = f"{_patient(request)}/editor/{pressed['opens']}"
        draft = await self._by("GET", path)
        return DraftView(draft["type"], draft["patient"]["number"], draft["text"])

    async def shortcuts(self, request: web.Request) -> list[ShortcutView]:
        """CTRL+Space."""
        text = quote(request.match_info["text"], safe="")
        return [ShortcutView(one["title"], one["opens"]) for one in await self._by("GET", f"/api/shortcuts?q={text}")]

    async def attachables(self, request: web.Request) -> list[Attachable]:
        """ALT+: types and messages."""
        path = f"{_patient(request)}/paperclip?q={quote(request.match_info['text'], safe='')}"
        found = []
        for one in await self._by("GET", path):
            found.append(Attachable(one["title"], one["type"]))
            found += [Attachable(row["subject"] or one["title"], msg_id=row["msg_id"]) for row in one["messages"]]
        return found

    async def leave(self, request: web.Request) -> Done:
        """Close the editor: what is kept is kept, and what is not is gone."""
        order = msgspec.json.decode(await request.read(), type=DraftView)
        body = {"type": order.type, "content": {"patient": order.patient, "text": order.text}}
        try:
            await self._by("PUT", f"/api/drafts/{uuid.uuid4()}", body)
        except Refused as refused:
            if refused.fault.error != "not_kept":
                raise
        return Done()

    async def drafts(self, _request: web.Request) -> list[DraftView]:
        """What is half-written."""
        return [
            DraftView(one["type"], one["content"].get("patient"), str(one["content"].get("text", "")))
            for one in await self._by("GET", "/api/drafts")
        ]

    async def journal(self, request: web.Request) -> list[JournalView]:
        """A patient's journal."""
        path = f"/api/patients/{quote(request.match_info['number'], safe='')}/journal"
        return [JournalView(one["title"], one["msg_id"]) for one in await self._by("GET", path)]

    async def help(self, request: web.Request) -> HelpPage:
        """A how-to: `send TYPE`, `handle TYPE`, or a topic in words."""
        topic = request.match_info["topic"]
        verb, _, kind = topic.partition(" ")
        path = (
            f"{verb}/{quote(kind, safe='')}" if verb in {"send", "handle"} else quote(topic.replace(" ", "-"), safe="")
        )
        page = await self._by("GET", f"/api/help/{path}")
        links = tuple(HelpLink(one["title"], one["url"], one.get("language", "")) for one in page["links"])
        return HelpPage(topic, page["text"], links)

    async def _pages(self, path: str, query: str = "", *, by: str | None = None) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        while True:
            asked = "&".join(filter(None, (query, "limit=500", f"cursor={cursor}" if cursor else "")))
            page = await self._by("GET", f"{path}?{asked}", by=by)
            for row in page["rows"]:
                yield row
            cursor = page["next"]
            if not cursor:
                return


def _patient(request: web.Request) -> str:
    return f"/api/patients/{quote(request.match_info['number'], safe='')}"


def _message(request: web.Request) -> str:
    return f"/api/messages/{quote(request.match_info['msg_id'], safe='')}"


def _categories(path: tuple[str, ...], rows: list[dict[str, Any]]) -> list[Mailbox]:
    by_title: dict[str, list[str]] = {}
    for row in rows:
        by_title.setdefault(row["category"], []).append(row["msg_id"])
    return [Mailbox((*path, title), "category", tuple(msg_ids)) for title, msg_ids in sorted(by_title.items())]


def _log_row(row: dict[str, Any]) -> LogRow:
    return LogRow(
        msg_id=row["msg_id"],
        direction=row["direction"],
        status=row["status"],
        at=row["at"],
        counterpart=row["counterpart"],
        type=row["type"],
        error=row["error"],
    )
