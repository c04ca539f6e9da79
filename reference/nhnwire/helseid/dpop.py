"""DPoP proofs (RFC 9449), made and checked; the order of checks is NHN's own validator's."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nhnwire.errors import TokenError
from nhnwire.helseid import jws
from nhnwire.helseid.checks import refused
from nhnwire.helseid.keys import algorithm_of, fits, has_private_part, import_jwk, public_jwk, thumbprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnwire.helseid.keys import Key

TYPE = "dpop+jwt"
MAX_AGE = dt.timedelta(seconds=10)
SKEW = dt.timedelta(seconds=5)
_MAX_JTI = 512
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that passed.

    Attributes:
        jti: its id, to be remembered until `forget_after` so that a replay is seen.
        jkt: thumbprint of its key.
        nonce: the nonce in it, or None.
        issued: when it says it was made.
        forget_after: from then on its age alone refuses it.
    """

    jti: str
    jkt: str
    nonce: str | None
    issued: dt.datetime
    forget_after: dt.datetime


def dpop_proof(
    key: Key,
    *,
    method: str,
    url: str,
    now: dt.datetime,
    jti: str,
    nonce: str | None = None,
    access_token: str | None = None,
) -> str:
    """A proof for one request.

    Args:
        key: the private key the access token is bound to.
        method: HTTP method, upper case.
        url: the request's URL; query and fragment are left out of the proof.
        now: the time of issue.
        jti: a fresh id.
        nonce: what HelseID asked for in `DPoP-Nonce`.
        access_token: the token the request carries; none towards the token endpoint.
    """
    claims: dict[str, object] = {"jti": jti, "htm": method, "htu": plain_url(url), "iat": jws.seconds(now)}
    if nonce is not None:
        claims["nonce"] = nonce
    if access_token is not None:
        claims["ath"] = token_hash(access_token)
    header = {"typ": TYPE, "alg": algorithm_of(key), "jwk": public_jwk(key)}
    return jws.encode(header, claims, key)


def check_dpop_proof(
    proof: str | None,
    *,
    method: str,
    url: str,
    now: dt.datetime,
    access_token: str | None = None,
    jkt: str | None = None,
    nonce: str | None = None,
    max_age: dt.timedelta = MAX_AGE,
    skew: dt.timedelta = SKEW,
) -> Proof:
    """Check the proof of one request; whether its `jti` was seen before is for the caller's replay set to say.

    Args:
        proof: the DPoP header's value; None when the header is absent.
        method: the request's method, upper case.
        url: the request's URL as its sender saw it (the public one).
        now: the time of receipt.
        access_token: the token the request carried; None at the token endpoint, where there is none.
        jkt: thumbprint the token is bound to; None at the token endpoint.
        nonce: the nonce that must be in the proof; None when any or none will do.
        max_age: how old a proof may be.
        skew: how far clocks may differ.

    Raises:
        TokenError: `invalid_dpop_proof`, or `use_dpop_nonce` when the nonce is missing or another; `check` names
            the failed check.
    """
    if not proof:
        raise refused("proof")
    try:
        header, claims = jws.peek(proof)
    except TokenError:
        raise refused("proof-format") from None
    jwk, algorithm = _check_header(header)
    print_of_key = thumbprint(jwk)
    if jkt is not None and not _same(print_of_key, jkt):
        raise refused("jkt")
    if not fits(algorithm, jwk) or not jws.verified(proof, import_jwk(jwk), algorithm):
        raise refused("signature")
    if access_token is not None:
        _check_token_hash(claims, access_token)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
        raise refused("jti")
    if claims.get("htm") != method:
        raise refused("htm")
    if not _same_url(claims.get("htu"), url):
        raise refused("htu")
    issued = _check_time(claims, now, max_age, skew)
    return Proof(jti, print_of_key, _check_nonce(claims, nonce), issued, issued + max_age + 2 * skew)


def _check_token_hash(claims: Mapping[str, Any], access_token: str) -> None:
    ath = claims.get("ath")
    if ath is None:
        raise refused("ath-missing")
    if not isinstance(ath, str) or not _same(ath, token_hash(access_token)):
        raise refused("ath")


def _check_nonce(claims: Mapping[str, Any], nonce: str | None) -> str | None:
    carried = claims.get("nonce")
    if carried is not None and not isinstance(carried, str):
        raise refused("nonce-type")
    if nonce is not None and (carried is None or not _same(carried, nonce)):
        raise refused("nonce")
    return carried


def _check_header(header: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    if header.get("typ") != TYPE:
        raise refused("typ")
    algorithm = header.get("alg")
    if algorithm not in jws.ALGORITHMS:
        raise refused("alg")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise refused("jwk")
    if has_private_part(jwk):
        raise refused("private")
    return jwk, str(algorithm)


def _check_time(claims: Mapping[str, Any], now: dt.datetime, max_age: dt.timedelta, skew: dt.timedelta) -> dt.datetime:
    issued = jws.instant(claims, "iat")
    if issued is None:
        raise refused("iat")
    if issued > now + skew:
        raise refused("iat-future")
    if issued < now - max_age - skew:
        raise refused("iat-past")
    return issued


def token_hash(access_token: str) -> str:
    """`ath`: base64url of the SHA-256 of the token's characters."""
    digest = hashlib.sha256(access_token.encode("ascii", errors="replace")).digest()
    return jws.part(digest)


def plain_url(url: str) -> str:
    """A URL without query and fragment."""
    return url.split("#", 1)[0].split("?", 1)[0]


def _same_url(claimed: object, url: str) -> bool:
    """Equal after lower case of scheme and host, default ports and the empty path; a query in the claim is wrong."""
    if not isinstance(claimed, str) or plain_url(claimed) != claimed:
        return False
    parts = _url_parts(claimed)
    return parts is not None and parts == _url_parts(plain_url(url))


def _url_parts(url: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme], parts.path or "/"


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
