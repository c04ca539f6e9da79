"""Compact JWS (RFC 7515), read with suspicion: bounded sizes, strict base64url, one algorithm named by the caller."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import re
import warnings
from typing import TYPE_CHECKING, Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning

from nhnwire.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnwire.helseid.keys import Key

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""What HelseID accepts; never symmetric, never `none`."""

MAX_TOKEN = 64 * 1024
"""Characters of a token; real ones have one to four thousand."""

_PART = re.compile(r"[A-Za-z0-9_-]+")
_LAST_SECOND = 253_402_300_799


class _Registry(jws.JWSRegistry):
    """joserfc's own limit for a header is 512 bytes, less than a DPoP header with a 3072 bit key."""

    max_header_length = MAX_TOKEN
    max_payload_length = MAX_TOKEN


_SIGN = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


def encode(header: Mapping[str, object], claims: Mapping[str, object], key: Key) -> str:
    """Sign claims; `header` names the algorithm."""
    return jws.serialize_compact(dict(header), msgspec.json.encode(dict(claims)), key, registry=_SIGN)


def sign(header: Mapping[str, object], claims: Mapping[str, object], key: Key, algorithm: str) -> str:
    """As `encode`, with an algorithm that the header need not name: for tokens that are wrong on purpose."""
    message = f"{part(msgspec.json.encode(dict(header)))}.{part(msgspec.json.encode(dict(claims)))}"
    return f"{message}.{part(_SIGN.algorithms[algorithm].sign(message.encode('ascii'), key))}"


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token whose signature has not been checked.

    Raises:
        TokenError: (check `format`) when it is no compact JWS with two JSON objects.
    """
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    if len(parts) != 3 or not all(_PART.fullmatch(text) for text in parts):
        raise _malformed()
    header, claims = _object(parts[0]), _object(parts[1])
    if "crit" in header or "b64" in header:
        # RFC 7515 §4.1.11: extensions that must be understood are not understood here.
        raise _malformed()
    return header, claims


def verified(token: str, key: Key, algorithm: str) -> bool:
    """True when the token's signature is the key's, made with exactly this algorithm."""
    registry = _Registry(algorithms=[algorithm], strict_check_header=False)
    try:
        with warnings.catch_warnings():
            # RSA PKCS#1 v1.5 is what HelseID signs with; joserfc warns of some algorithms.
            warnings.simplefilter("ignore", SecurityWarning)
            jws.deserialize_compact(token, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        return False
    return True


def instant(claims: Mapping[str, object], name: str) -> dt.datetime | None:
    """A NumericDate claim as UTC; None when it is absent or no point in time. Digits as text are tolerated (C.3)."""
    value = claims.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or not 0 <= value <= _LAST_SECOND:
        return None
    return dt.datetime.fromtimestamp(value, dt.UTC)


def seconds(moment: dt.datetime) -> int:
    """A NumericDate: whole seconds since 1970."""
    return math.floor(moment.timestamp())


def _object(text: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value = msgspec.json.decode(raw)
    except (binascii.Error, msgspec.DecodeError, ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(value, dict):
        raise _malformed()
    return value


def part(data: bytes) -> str:
    """Bytes as base64url without padding, as JWS writes its parts."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _malformed() -> TokenError:
    return TokenError("Malformed token.", check="format", remedy="send a compact JWS")
