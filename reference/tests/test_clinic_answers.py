"""Whatever EDI 2.0 answers, the clinic's adapters give values or a `TransportError`, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnclinic.domain.values import Answer, Kind, Notice
from nhnclinic.errors import TransportError
from nhnclinic.exchange.edi2 import Edi2
from nhnclinic.exchange.edi3 import Edi3
from nhnclinic.exchange.msh import ID
from nhnclinic.registers.http import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NAMES = (
    *("id", "type", "offset", "notifications", "statusList", "receiverHerId", "relatedMessageId", "apprecInfo"),
    *("appRecStatus", "notificationReceiverHerId", "businessDocument", "contentType", "NewMessage", "Ok", "../x", "æ"),
)
WORDS = st.sampled_from([*NAMES, ""])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
    | WORDS
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=25
)
IDS = st.none() | WORDS | st.uuids().map(str)
NOTIFICATION = st.fixed_dictionaries(
    {"type": WORDS, "notificationReceiverHerId": st.integers(0, 2**31 - 1), "offset": st.integers(0, 2**63 - 1)},
    optional={"relatedMessageId": IDS, "description": st.none() | st.text(), "x": JSON},
)
QUESTIONS: list[Callable[[Any], Awaitable[Any]]] = [
    lambda adapter: adapter.unread([1], 0),
    lambda adapter: adapter.msg_id("x"),
    lambda adapter: adapter.status("x"),
    lambda adapter: adapter.receipts("x"),
    lambda adapter: adapter.post_apprec("x", 1, Answer.OK, ()),
]


class _Said:
    """A service that says one thing."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def call(self, *_: Any, **__: Any) -> Reply:
        return Reply(200, {}, self._body)


def _adapter(kind: type[Any], body: bytes) -> Any:
    made = cast("Any", object.__new__(kind))
    made._msh = _Said(body)
    made._application = {}
    return made


@pytest.mark.parametrize("kind", [Edi2, Edi3])
@pytest.mark.parametrize("question", QUESTIONS, ids=["unread", "msg_id", "status", "receipts", "apprec"])
@given(body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_answer_is_understood_or_refused(
    kind: type[Any], question: Callable[[Any], Awaitable[Any]], body: bytes
) -> None:
    with contextlib.suppress(TransportError):
        asyncio.run(cast("Any", question(_adapter(kind, body))))


@given(st.lists(NOTIFICATION, max_size=6), st.integers(0, 2**63 - 1))
def test_notifications_are_read_in_order_and_none_twice(rows: list[dict[str, Any]], after: int) -> None:
    """Only what lies after the position, by number; nothing that could not go into a path is ever to be fetched."""
    body = json.dumps({"notifications": rows}).encode()
    notices: list[Notice] = asyncio.run(_adapter(Edi3, body).unread([1], after))
    assert [one.offset for one in notices] == sorted(row["offset"] for row in rows if row["offset"] > after)
    for notice in notices:
        if notice.kind in {Kind.DOCUMENT, Kind.UPDATED}:
            assert ID.fullmatch(notice.transport_id)


def test_the_adapters_are_transports() -> None:
    """Both have everything that is asked of a transport."""
    asked = {
        "prepare",
        "unread",
        "stream",
        "msg_id",
        "document",
        "mark_read",
        "post",
        "status",
        "receipts",
        "post_apprec",
    }
    for kind in (Edi2, Edi3):
        assert asked <= {name for name in dir(kind) if not name.startswith("_")}
