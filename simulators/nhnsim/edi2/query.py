"""Headers, paths and query strings of version 2, checked as the OpenAPI page declares them.

Names of query parameters are case-insensitive, as the service's own clients mix PascalCase and camelCase; names
that are not declared are ignored, as ASP.NET does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from nhnsim.edi2.errors import RefusedError, invalid
from nhnsim.edi2.model import Unread
from nhnwire.edi2 import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

LARGEST_INT32 = 2**31 - 1
LARGEST_PAGE = 100
LONGEST_MSG_ID = 100
LONGEST_SOURCE_SYSTEM = 500

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INTEGER = re.compile(r"-?[0-9]{1,10}")
_ORDERS = {"1": False, "ascending": False, "2": True, "descending": True}
_BOOLEANS = {"true": True, "false": False}


def source_system(headers: Mapping[str, str]) -> str:
    """The value of nhn-source-system, once both obligatory headers are in order.

    Raises:
        RefusedError: 400, naming every header that is missing or wrong.
    """
    version = headers.get("api-version", "").strip()
    source = headers.get("nhn-source-system", "").strip()
    faults = []
    if version != API_VERSION:
        said = f"'{version[:20]}' is not served here" if version else "missing"
        faults.append(f"The api-version header is {said}: send api-version: {API_VERSION}")
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
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name.lower(), []).append(value)
    faults: list[str] = []

    def take(name: str, parse: Callable[[str], T], default: T) -> T:
        values = given.get(name.lower(), [])
        if len(values) > 1:
            faults.append(f"{name} must be given once, not {len(values)} times")
        if not values:
            return default
        try:
            return parse(values[0].strip())
        except RefusedError as error:
            faults.extend(error.violations)
            return default

    receivers = _receivers(given.get("receiverherids", []), faults)
    sender = take("SenderHerId", lambda text: _integer(text, "SenderHerId") if text else None, None)
    msg_id = take("BusinessDocumentId", _business_document_id, None)
    metadata = take("IncludeMetadata", lambda text: _named(text, "IncludeMetadata", _BOOLEANS), default=False)
    limit = take("MessagesToFetch", lambda text: _integer(text, "MessagesToFetch", 1, LARGEST_PAGE), 10)
    descending = take("OrderBy", lambda text: _named(text, "OrderBy", _ORDERS), default=False)
    if faults:
        raise invalid(*faults)
    return Unread(receivers, sender, msg_id, limit, descending), metadata


def _receivers(values: list[str], faults: list[str]) -> tuple[int, ...]:
    her_ids = []
    for value in values:
        try:
            her_ids.append(_integer(value.strip(), "ReceiverHerIds"))
        except RefusedError as error:
            faults.extend(error.violations)
    if not values:
        faults.append(
            "ReceiverHerIds is required: repeat it for each HER-id, as in ReceiverHerIds=42&ReceiverHerIds=43"
        )
    if len(set(her_ids)) != len(her_ids):
        faults.append("ReceiverHerIds must be unique: a HER-id is given twice")
    return tuple(her_ids)


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
