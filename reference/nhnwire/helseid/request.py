"""What an API checks on every request: scheme, access token, binding, proof, in the order of NHN's own validator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhnwire.helseid import jws
from nhnwire.helseid.access import Claims, check_access_token
from nhnwire.helseid.checks import refused
from nhnwire.helseid.dpop import MAX_AGE, SKEW, Proof, check_dpop_proof

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from nhnwire.errors import TokenError


_FORBIDDEN = re.compile(r"[^ !#-\[\]-~]")


@dataclass(frozen=True, slots=True)
class Authorised:
    """A request whose token and proof passed.

    Step 15 is the caller's: when its memory holds `proof.jkt` with `proof.jti`, it raises `refused("replay")`, else it
    remembers the pair until `proof.forget_after`.
    """

    claims: Claims
    proof: Proof


def check_request(
    authorization: str | None,
    proof: str | None,
    *,
    method: str,
    url: str,
    now: dt.datetime,
    jwks: Mapping[str, Any],
    issuer: str,
    audience: str,
    scopes: Iterable[str],
    max_age: dt.timedelta = MAX_AGE,
    skew: dt.timedelta = SKEW,
) -> Authorised:
    """Check the Authorization and DPoP headers of a request; see `check_access_token` and `check_dpop_proof`.

    Raises:
        TokenError: `invalid_token`, `insufficient_scope` or `invalid_dpop_proof`; `challenge` makes the header.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "dpop" or not token.strip():
        raise refused("scheme")
    token = token.strip()
    claims = check_access_token(token, jwks=jwks, issuer=issuer, audience=audience, scopes=scopes, now=now, skew=skew)
    if not isinstance(claims.raw.get("cnf"), dict):
        raise refused("cnf")
    if claims.jkt is None:
        raise refused("cnf-jkt")
    passed = check_dpop_proof(
        proof,
        method=method,
        url=url,
        now=now,
        access_token=token,
        jkt=claims.jkt,
        max_age=max_age,
        skew=skew,
    )
    return Authorised(claims, passed)


def check_bearer(
    authorization: str | None,
    *,
    now: dt.datetime,
    jwks: Mapping[str, Any],
    issuer: str,
    audience: str,
    scopes: Iterable[str],
    skew: dt.timedelta = SKEW,
) -> Claims:
    """Check the Authorization header of a request to an API older than DPoP; see `check_access_token`.

    A token that is bound to a key is no bearer token: without the proof, whoever stole it could use it (RFC 9449 §7.2).

    Raises:
        TokenError: `invalid_token` or `insufficient_scope`.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused("scheme")
    claims = check_access_token(
        token.strip(), jwks=jwks, issuer=issuer, audience=audience, scopes=scopes, now=now, skew=skew
    )
    if "cnf" in claims.raw:
        raise refused("bound")
    return claims


def challenge(error: TokenError) -> str:
    """Value of the WWW-Authenticate header for a refused request (RFC 9449 §7.1; characters as RFC 6750 §3 allows)."""
    text = _FORBIDDEN.sub("'", str(error))
    return f'DPoP error="{error.error}", error_description="{text}", algs="{" ".join(jws.ALGORITHMS)}"'
