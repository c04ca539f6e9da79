"""Headers, paths and query strings of both versions, checked as the OpenAPI pages declare them.

Names of query parameters are case-insensitive, as the service's own clients mix PascalCase and camelCase; names
that are not declared are ignored, as ASP.NET does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from nhnsim.edi2.errors import RefusedError, invalid
from nhnsim.edi2.model import Unread
from nhnwire.edi2 import API_VERSION, v3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

LARGEST_INT32 = 2**31 - 1
LARGEST_PAGE = 100
LONGEST_MSG_ID = 100
LONGEST_SOURCE_SYSTEM = 500
LARGEST_INT64 = 2**63 - 1
VERSIONS = (API_VERSION, v3.API_VERSION)

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_ORDERS = {"1": False, "ascending": False, "2": True, "descending": True}
_BOOLEANS = {"true": True, "false": False}


def version_of(headers: Mapping[str, str]) -> str:
    """The version a caller wants to be answered in: 3 when it says so, else 2."""
    return v3.API_VERSION if headers.get("api-version", "").strip() == v3.API_VERSION else API_VERSION


def source_system(headers: Mapping[str, str]) -> str:
    """The value of nhn-source-system, once both obligatory headers are in order.

    Raises:
        RefusedError: 400, naming every header that is missing or wrong.
    """
    version = headers.get("api-version", "").strip()
    source = headers.get("nhn-source-system", "").strip()
    faults = []
    if version not in VERSIONS:
        said = f"'{version[:20]}' is not served here" if version else "missing"
        faults.append(f"The api-version header is {said}: send api-version: {' or '.join(VERSIONS)}")
    if not source or not source.isprintable() or len(source) > LONGEST_SOURCE_SYSTEM:
        faults.append("The nhn-source-system header is required: send name and version, as in 'MyApplication, v1.337'")
    if faults:
        raise invalid(*faults)
    return source


def message_id(text: str) -> str:
    """A GUID from the path, in lower case.

    Raises:
        RefusedError: 400 for anything else.
    """
    if _GUID.fullmatch(text) is None:
        raise invalid(f"The value '{text[:100]}' is not valid for id: it must be a GUID")
    return text.lower()


def her_id(text: str, name: str = "herId") -> int:
    """A HER-id from the path: 1 to 2,147,483,647.

    Raises:
        RefusedError: 400 for anything else.
    """
    return _integer(text, name, 1, LARGEST_INT32)


def unread(query: Iterable[tuple[str, str]]) -> tuple[Unread, bool]:
    """The query of GET /Messages, and whether metadata is wanted.

    Raises:
        RefusedError: 400, naming every parameter that is missing or wrong.
    """
    asked = _Asked(query)
    take, faults = asked.take, asked.faults
    receivers = asked.her_ids("ReceiverHerIds")
    sender = take("SenderHerId", lambda text: _integer(text, "SenderHerId") if text else None, None)
    msg_id = take("BusinessDocumentId", _business_document_id, None)
    metadata = take("IncludeMetadata", lambda text: _named(text, "IncludeMetadata", _BOOLEANS), default=False)
    limit = take("MessagesToFetch", lambda text: _integer(text, "MessagesToFetch", 1, LARGEST_PAGE), 10)
    descending = take("OrderBy", lambda text: _named(text, "OrderBy", _ORDERS), default=False)
    if faults:
        raise invalid(*faults)
    return Unread(receivers, sender, msg_id, limit, descending), metadata


@dataclass(frozen=True)
class Listening:
    """The query of GET /notifications and of its stream.

    Attributes:
        her_ids: whose notifications.
        offset: those beyond it; None, in a stream, for those to come.
        limit: how many at most.
    """

    her_ids: tuple[int, ...]
    offset: int | None
    limit: int


def listening(query: Iterable[tuple[str, str]], *, stream: bool = False) -> Listening:
    """The query of GET /notifications, or of GET /notifications/stream.

    Raises:
        RefusedError: 400, naming every parameter that is missing or wrong.
    """
    asked = _Asked(query)
    her_ids = asked.her_ids("HerIds")
    if len(her_ids) > v3.MOST_HER_IDS:
        asked.faults.append(f"HerIds must be at most {v3.MOST_HER_IDS}, not {len(her_ids)}")
    offset = asked.take("Offset", lambda text: _integer(text, "Offset", 0, LARGEST_INT64), None)
    if offset is None and not stream and not asked.faults:
        asked.faults.append("Offset is required: 0 for everything, else that of the last notification you processed")
    limit = asked.take(
        "NotificationsToFetch", lambda text: _integer(text, "NotificationsToFetch", 1, v3.LARGEST_PAGE), 100
    )
    if asked.faults:
        raise invalid(*asked.faults)
    return Listening(her_ids, offset, limit)


def her_ids(query: Iterable[tuple[str, str]]) -> tuple[int, ...]:
    """The query of DELETE /mshconfigurations.

    Raises:
        RefusedError: 400, saying what is wrong.
    """
    asked = _Asked(query)
    found = asked.her_ids("herIds")
    if asked.faults:
        raise invalid(*asked.faults)
    return found


class _Asked:
    """A query string; names are case-insensitive, and every fault is collected."""

    def __init__(self, query: Iterable[tuple[str, str]]) -> None:
        self.given: dict[str, list[str]] = {}
        for name, value in query:
            self.given.setdefault(name.lower(), []).append(value)
        self.faults: list[str] = []

    def take(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """A parameter that may be given once."""
        values = self.given.get(name.lower(), [])
        if len(values) > 1:
            self.faults.append(f"{name} must be given once, not {len(values)} times")
        if not values:
            return default
        try:
            return parse(values[0].strip())
        except RefusedError as error:
            self.faults.extend(error.violations)
            return default

    def her_ids(self, name: str) -> tuple[int, ...]:
        """A parameter that is repeated for each HER-id."""
        values, found = self.given.get(name.lower(), []), []
        for value in values:
            try:
                found.append(_integer(value.strip(), name))
            except RefusedError as error:
                self.faults.extend(error.violations)
        if not values:
            self.faults.append(f"{name} is required: repeat it for each HER-id, as in {name}=42&{name}=43")
        if len(set(found)) != len(found):
            self.faults.append(f"{name} must be unique: a HER-id is given twice")
        return tuple(found)


def _business_document_id(text: str) -> str | None:
    if len(text) > LONGEST_MSG_ID:
        raise invalid(f"BusinessDocumentId must be at most {LONGEST_MSG_ID} characters")
    return text or None


def _integer(text: str, name: str, least: int = -LARGEST_INT32 - 1, most: int = LARGEST_INT32) -> int:
    if _INTEGER.fullmatch(text) is None or not least <= int(text) <= most:
        raise invalid(f"The value '{text[:100]}' is not valid for {name}: it must be an integer from {least} to {most}")
    return int(text)


def _named(text: str, name: str, values: Mapping[str, T]) -> T:
    try:
        return values[text.lower()]
    except KeyError:
        allowed = ", ".join(values)
        raise invalid(f"The value '{text[:100]}' is not valid for {name}: it must be one of {allowed}") from None
