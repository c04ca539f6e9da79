"""Bytes to values and back, for the CommunicationParty API v1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from nhnsim.address_register.errors import RegisterError, invalid
from nhnsim.address_register.search import Query
from nhnwire.registers.address import Event, HerIds, SearchParameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnsim.address_register.changes import Happened

HER_ID = re.compile(r"[+-]?[0-9]{1,10}")
JSON_TYPE = re.compile(r"(application|text)/json|application/.+\+json")
MAX_INT32 = 2**31 - 1
MAX_IDS = 1000


def her_id(text: str) -> int:
    """A HER-id from the path.

    Raises:
        RegisterError: 400, it is no 32-bit integer.
    """
    if not text.isascii() or not HER_ID.fullmatch(text) or abs(int(text)) > MAX_INT32:
        raise invalid("herId", f"The value '{text[:40]}' is not valid.")
    return int(text)


def organisation_number(text: str) -> str:
    r"""An organisation number from the path: the pattern of the API is ^\d{9}$.

    Raises:
        RegisterError: 400, it is not nine digits.
    """
    if not re.fullmatch(r"[0-9]{9}", text):
        raise invalid("organizationNumber", r"The field must match the regular expression '^\d{9}$'.")
    return text


def truth(text: str | None, name: str) -> bool:
    """A boolean from the query; absent is false.

    Raises:
        RegisterError: 400, it is neither true nor false.
    """
    if text is None:
        return False
    if text.lower() not in {"true", "false"}:
        raise invalid(name, f"The value '{text[:40]}' is not valid.")
    return text.lower() == "true"


def her_ids(content_type: str, body: bytes) -> list[int]:
    """The HER-ids of a POST body, each once, in order.

    Raises:
        RegisterError: 415 for another media type, 400 for what does not fit.
    """
    if not JSON_TYPE.fullmatch(content_type):
        raise RegisterError(415, "Send the body as application/json.")
    try:
        asked = msgspec.json.decode(body, type=HerIds).her_ids
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid("$", f"The JSON value could not be converted: {error}") from error
    if len(asked) > MAX_IDS:
        raise invalid("herIds", f"At most {MAX_IDS} HER-ids may be asked for at once.")
    if any(abs(one) > MAX_INT32 for one in asked):
        raise invalid("herIds", "A HER-id is a 32-bit integer.")
    return list(dict.fromkeys(asked))


def search(content_type: str, body: bytes, query: Mapping[str, str]) -> Query:
    """The body and query of a search.

    Raises:
        RegisterError: 415 for another media type, 400 for what does not fit.
    """
    page, size = whole(query, "Page", 1, 1, MAX_INT32), whole(query, "Size", 100, 1, 100)
    if not JSON_TYPE.fullmatch(content_type):
        raise RegisterError(415, "Send the body as application/json.")
    try:
        asked = msgspec.json.decode(body, type=SearchParameters)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid("$", f"The JSON value could not be converted: {error}") from error
    organisation, person = asked.organization_search_parameters, asked.person_search_parameters
    service = asked.service_search_parameters
    kinds = [
        kind
        for kind, wanted in (("Organization", organisation), ("Person", person), ("Service", service))
        if wanted is not None
    ]
    if len(kinds) > 1:
        raise invalid("$", f"Ask for one kind of party at a time, not for {' and '.join(kinds)}.")
    return Query(
        name=asked.name or "",
        type=kinds[0] if kinds else "",
        hpr=str(person.hpr_number) if person and person.hpr_number is not None else "",
        business_type=(
            (organisation.business_type_code_list_id or "", organisation.business_type_code_value or "")
            if organisation
            else ("", "")
        ),
        service_type=(
            (service.service_type_code_list_id or "", service.service_type_code_value or "") if service else ("", "")
        ),
        page=page,
        size=size,
    )


def event(happened: Happened) -> Event:
    """An event as the API shows it."""
    return Event(
        sequence_number=happened.number,
        her_id=happened.her_id,
        event_type=happened.type,
        event_timestamp=happened.at,
    )


def named(query: Mapping[str, str], name: str) -> str | None:
    """A query parameter by its name in any case."""
    return next((value for key, value in query.items() if key.lower() == name.lower()), None)


def whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query.

    Raises:
        RegisterError: 400, it is none or out of bounds.
    """
    text = named(query, name)
    if text is None:
        return default
    if not text.isascii() or not HER_ID.fullmatch(text) or not least <= int(text) <= most:
        raise invalid(name, f"The field {name} must be between {least} and {most}.")
    return int(text)


def answer(value: object) -> web.Response:
    """200 with JSON; absent members are left out."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", charset="utf-8")
