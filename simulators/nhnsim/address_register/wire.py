"""Bytes to values and back, for the CommunicationParty API v1."""

from __future__ import annotations

import re

import msgspec
from aiohttp import web

from nhnsim.address_register.errors import RegisterError, invalid
from nhnwire.registers.address import HerIds

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
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid("$", f"The JSON value could not be converted: {error}") from error
    if len(asked) > MAX_IDS:
        raise invalid("herIds", f"At most {MAX_IDS} HER-ids may be asked for at once.")
    if any(abs(one) > MAX_INT32 for one in asked):
        raise invalid("herIds", "A HER-id is a 32-bit integer.")
    return list(dict.fromkeys(asked))


def answer(value: object) -> web.Response:
    """200 with JSON; absent members are left out."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", charset="utf-8")
