"""One operation and one request: what every handler is given, and what the table of routes is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhnclinic.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nhnclinic.config import UserSettings
    from nhnclinic.exchange.worker import Exchange

    May = Callable[[frozenset[str], frozenset[str]], bool]

LONGEST_PAGE = 500
LIST, LONGEST_LIST = 1000, 10_000
"""Rows of a list that is no page, unless asked for, and at most."""
LONGEST_KEY = 200
_KEY = re.compile(r"[\x21-\x7e]{0,200}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Call:
    """One authenticated request.

    Attributes:
        user: who asks; None where no user is needed.
        path: the variable parts of the path.
        query: query parameters, the last value of each.
        body: the decoded body, of the type the route names.
        key: names the request by the header Idempotency-Key, within the user's own; empty without the header.
    """

    exchange: Exchange
    user: UserSettings | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    key: str

    @property
    def who(self) -> UserSettings:
        """Who asks, where the route asks for a user."""
        assert self.user is not None, "the route asks for a user"
        return self.user

    def number(self, name: str, default: int, *, largest: int = 2**63 - 1) -> int:
        """A query parameter that is a whole number from 1.

        Raises:
            RefusedError: (400) it is none.
        """
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= largest):
            raise RefusedError(
                400, "bad_query", f"{name} is no whole number from 1 to {largest}.", "Correct it, or leave it out."
            )
        return int(text)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """A query parameter out of a few values; empty when it is not given.

        Raises:
            RefusedError: (400) it is none of them.
        """
        text = self.query.get(name, "")
        if text and text not in allowed:
            raise RefusedError(400, "bad_query", f"{name} is not one of {', '.join(allowed)}.", "Choose one of them.")
        return text


@dataclass(frozen=True)
class Bytes:
    """An answer that is no JSON."""

    data: bytes
    content_type: str


@dataclass(frozen=True)
class Route:
    """One operation.

    Attributes:
        run: its docstring's first line becomes the summary.
        gives: type of the answer; `bytes` for a document.
        takes: type of the JSON body; None for none.
        query: parameters in the query, each with what it means; others are refused.
        needs_user: a bearer token is asked for.
        roles: who may ask; empty for every user.
        status: of the answer when all is well.
        sends: something may be sent because of it, so the header Idempotency-Key is honoured.
        refuses: statuses of refusals beyond those that every operation has.
    """

    method: str
    path: str
    run: Callable[[Call], Awaitable[tuple[int, object]]]
    gives: Any
    takes: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    needs_user: bool = True
    roles: tuple[str, ...] = ()
    status: int = 200
    sends: bool = False
    refuses: tuple[int, ...] = ()


def check_role(user: UserSettings | None, route: Route, may: May) -> None:
    """See that the user may ask this; `may` is the clinic's rule (`Parts.may`).

    Raises:
        RefusedError: (403) no role of hers is among those of the route.
    """
    if not may(user.all_roles if user is not None else frozenset(), frozenset(route.roles)):
        raise RefusedError(
            403,
            "forbidden",
            f"{route.method} {route.path} is for the role {' or '.join(route.roles)}.",
            "Ask somebody who has that role, or have it given to you in the configuration.",
        )


def check_texts(route: Route, path: Mapping[str, str], query: Mapping[str, str]) -> None:
    """See that path and query can be looked up.

    Raises:
        RefusedError: (400) a parameter nobody knows, or characters that no name or number has.
    """
    unknown = sorted(set(query) - set(route.query))
    if unknown:
        known = ", ".join(route.query) or "none"
        raise RefusedError(
            400, "bad_query", f"Unknown parameter {unknown[0][:60]!r}.", f"Known here: {known}. See /openapi.json."
        )
    for name, text in (*path.items(), *query.items()):
        if _CONTROL.search(text) or len(text) > 500:
            raise RefusedError(
                400, "bad_address", f"{name} holds control characters, broken UTF-8 or too much.", "Correct it."
            )


def key_of(user: UserSettings | None, route: Route, header: str) -> str:
    """The request's name for duplicate control: two users never share one.

    Raises:
        RefusedError: (400) the header is too long or not plain.
    """
    if not (route.sends and header):
        return ""
    if len(header) > LONGEST_KEY or not _KEY.fullmatch(header):
        raise RefusedError(
            400,
            "bad_key",
            f"Idempotency-Key must be up to {LONGEST_KEY} visible ASCII characters.",
            "Send a UUID, for example.",
        )
    return f"{user.id if user is not None else ''}:{header}"
