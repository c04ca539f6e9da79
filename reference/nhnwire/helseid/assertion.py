"""Client assertions (RFC 7523) towards HelseID's token endpoint, with organisation numbers in `assertion_details`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhnwire.errors import TokenError
from nhnwire.helseid import jws
from nhnwire.helseid.keys import algorithm_of, fits, import_jwk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nhnwire.helseid.keys import Key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPE = "client-authentication+jwt"
MAX_LIFETIME = dt.timedelta(seconds=60)
SKEW = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client assertion that passed; `jti` may be used once, and is to be remembered until `forget_after`."""

    client_id: str
    jti: str
    details: tuple[Mapping[str, Any], ...]
    forget_after: dt.datetime


def client_assertion(
    key: Key,
    *,
    client_id: str,
    issuer: str,
    now: dt.datetime,
    jti: str,
    kid: str,
    lifetime: int = 60,
    assertion_details: object = None,
) -> str:
    """A client assertion that lives `lifetime` seconds (at most 60); `jti` must be fresh for each."""
    issued = jws.seconds(now)
    claims: dict[str, object] = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": jti,
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime,
    }
    if assertion_details is not None:
        claims["assertion_details"] = assertion_details
    return jws.encode({"typ": TYPE, "alg": algorithm_of(key), "kid": kid}, claims, key)


def check_client_assertion(
    assertion: str,
    *,
    client_id: str,
    jwks: Sequence[Mapping[str, Any]],
    audiences: Iterable[str],
    now: dt.datetime,
    skew: dt.timedelta = SKEW,
    strict_type: bool = False,
) -> Assertion:
    """Check a client assertion at the token endpoint; whether its `jti` was seen before is the caller's to say.

    Args:
        assertion: the form field's value.
        client_id: the client it must be of.
        jwks: that client's registered public keys as JWKs with `kid`.
        audiences: what `aud` may be: the issuer, and with older clients the token endpoint.
        now: the time of receipt.
        skew: how far clocks may differ.
        strict_type: refuse the older `typ` of JWT.

    Raises:
        TokenError: `invalid_client`, with the failed check.
    """
    try:
        header, claims = jws.peek(assertion)
    except TokenError:
        raise _refused("format", "Malformed client assertion.") from None
    if header.get("typ", "JWT") not in ((TYPE,) if strict_type else (TYPE, "JWT")):
        raise _refused("typ", "Invalid 'typ' value in the client assertion.")
    algorithm = header.get("alg")
    if algorithm not in jws.ALGORITHMS:
        raise _refused("alg", "Invalid 'alg' value in the client assertion.")
    keys = [jwk for jwk in jwks if jwk.get("kid") == header.get("kid") and fits(str(algorithm), jwk)]
    if not any(jws.verified(assertion, import_jwk(jwk), str(algorithm)) for jwk in keys):
        raise _refused("signature", "Unknown key or invalid signature on the client assertion.")
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise _refused("iss", "The client assertion's issuer and subject are not the client.")
    found = claims.get("aud")
    named = {found} if isinstance(found, str) else set(map(str, found)) if isinstance(found, list) else set()
    if not named & frozenset(audiences):
        raise _refused("aud", "Invalid audience of the client assertion.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 512:
        raise _refused("jti", "Missing 'jti' value in the client assertion.")
    expires = _check_times(claims, now, skew)
    if "authorization_details" in claims:
        # That name belongs to the request object of a user's login; the two may not be combined.
        raise _refused("assertion_details", "A client assertion has assertion_details, not authorization_details.")
    return Assertion(client_id, jti, _details(claims.get("assertion_details")), expires + skew)


def _check_times(claims: Mapping[str, Any], now: dt.datetime, skew: dt.timedelta) -> dt.datetime:
    issued, expires = jws.instant(claims, "iat"), jws.instant(claims, "exp")
    not_before = jws.instant(claims, "nbf") or issued
    if issued is None or expires is None:
        raise _refused("exp", "Missing 'iat' or 'exp' value in the client assertion.")
    if expires - issued > MAX_LIFETIME:
        raise _refused("exp", "The client assertion lives longer than 60 seconds.")
    if expires + skew <= now:
        raise _refused("exp", "The client assertion has expired.")
    if max(issued, not_before or issued) - skew > now:
        raise _refused("nbf", "The client assertion is not valid yet.")
    return expires


def _details(value: object) -> tuple[Mapping[str, Any], ...]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(detail, dict) for detail in found):
        raise _refused("assertion_details", "The assertion_details are neither an object nor an array of objects.")
    return tuple(found)


def _refused(check: str, text: str) -> TokenError:
    return TokenError(text, error="invalid_client", check=check)
