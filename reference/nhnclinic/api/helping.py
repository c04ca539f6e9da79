"""Help: how-to pages by topic and by type of message, and the search over shortcuts; the texts are in `help.toml`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

from nhnclinic.api import day
from nhnclinic.domain import handling
from nhnclinic.errors import RefusedError

if TYPE_CHECKING:
    from nhnclinic.api.calls import Call


class _Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    text: str
    links: tuple[day.Link, ...] = ()


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`help.toml`. `handle` goes before `handle_tab`, which has a text for every type of a tab."""

    topic: tuple[_Topic, ...]
    send: dict[str, str]
    handle: dict[str, str]
    handle_tab: dict[str, str]
    shortcut: tuple[day.Shortcut, ...]


@cache
def pages() -> Pages:
    """The texts, read once."""
    return msgspec.toml.decode((resources.files("nhnclinic.api") / "help.toml").read_bytes(), type=Pages)


async def get_help(call: Call) -> tuple[int, object]:
    """What there is help about: topics, types to send, types to handle."""
    table = handling.table(call.exchange.bench.config.handling)
    handled = [code for code, row in table.types.items() if code in pages().handle or row.tab in pages().handle_tab]
    return 200, day.HelpIndex([one.id for one in pages().topic], list(pages().send), handled)


async def get_help_topic(call: Call) -> tuple[int, object]:
    """Help about a topic."""
    found = [one for one in pages().topic if one.id == call.path["topic"]]
    if not found:
        raise _nothing(call.path["topic"])
    one = found[0]
    return 200, day.HelpOut(one.id, one.title, one.text.strip(), list(one.links))


async def get_help_send(call: Call) -> tuple[int, object]:
    """How to write and send a message of a type."""
    code = call.path["type"]
    if code not in pages().send:
        raise _nothing(code)
    return 200, day.HelpOut(f"send/{code}", _title(call, code), pages().send[code].strip(), [])


async def get_help_handle(call: Call) -> tuple[int, object]:
    """How to handle a received message of a type."""
    code = call.path["type"]
    row = handling.table(call.exchange.bench.config.handling).types.get(code)
    text = pages().handle.get(code) or (pages().handle_tab.get(row.tab) if row is not None else None)
    if text is None:
        raise _nothing(code)
    return 200, day.HelpOut(f"handle/{code}", _title(call, code), text.strip(), [])


async def get_shortcuts(call: Call) -> tuple[int, object]:
    """Shortcuts; `q` searches them by what they open."""
    words = call.query.get("q", "").casefold()
    return 200, [one for one in pages().shortcut if words in one.title.casefold() or words in one.opens.casefold()]


def _title(call: Call, code: str) -> str:
    return handling.table(call.exchange.bench.config.handling).of(code).title


def _nothing(about: str) -> RefusedError:
    return RefusedError(404, "no_help", f"There is no page about {about}.", "GET /api/help lists what there is.")
