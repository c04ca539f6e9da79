"""What an API checks on every request: scheme, access token, binding, proof, in the order of NHN's own validator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhnwire.errors import TokenError
from nhnwire.helseid import jws
from nhnwire.helseid.access import Claims, check_access_token
from nhnwire.helseid.dpop import MAX_AGE, SKEW, Proof, check_dpop_proof

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Authorised:
    """A request whose token and proof passed; the caller still asks its replay set about `proof.jti`."""

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
        raise TokenError(
            "Missing access token in the scheme DPoP.",
            check="scheme",
            remedy="send 'Authorization: DPoP <token>' and a DPoP proof",
        )
    token = token.strip()
    claims = check_access_token(token, jwks=jwks, issuer=issuer, audience=audience, scopes=scopes, now=now, skew=skew)
    if not isinstance(claims.raw.get("cnf"), dict):
        raise TokenError("Missing 'cnf' claim in the access token.", check="cnf")
    if claims.jkt is None:
        raise TokenError("Missing 'jkt' value in the 'cnf' claim of the access token.", check="jkt")
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


def challenge(error: TokenError) -> str:
    """Value of the WWW-Authenticate header for a refused request (RFC 9449 §7.1)."""
    text = str(error).replace("\\", "\\\\").replace('"', '\\"')
    return f'DPoP error="{error.error}", error_description="{text}", algs="{" ".join(jws.ALGORITHMS)}"'
