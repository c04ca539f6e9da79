"""Access tokens as HelseID issues them (JWT, RFC 9068 with HelseID's claims) and as APIs check them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhnwire.helseid import jws
from nhnwire.helseid.checks import refused
from nhnwire.helseid.keys import fits, import_jwk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nhnwire.helseid.keys import Key

TYPE = "at+jwt"
ALGORITHM = "RS256"
LIFETIME = dt.timedelta(seconds=600)
SKEW = dt.timedelta(seconds=5)
PARENT = "helseid://claims/client/claims/orgnr_parent"
CHILD = "helseid://claims/client/claims/orgnr_child"
SUPPLIER = "helseid://claims/client/claims/orgnr_supplier"
CLIENT_NAME = "helseid://claims/client/client_name"
TENANCY = "helseid://claims/client/client_tenancy"
OTHER_TENANCY = "helseid://claims/client/claims/client_tenancy"
"""NHN's metadata spells the claim the first way, its own tool the second (HelseID's documentation)."""

TENANCIES = frozenset({"none", "single-tenant", "multi-tenant"})
AUTHENTICATION = "helseid://claims/client/amr"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a checked access token says.

    Attributes:
        jkt: thumbprint of the key the token is bound to; None when it is bound to none.
        organisation_number: the legal entity acted for (orgnr_parent); None when the token names none.
        child_organisation_number: its sub-unit (orgnr_child).
        raw: all claims.
        supplier_organisation_number: the supplier of a multi-tenant client (orgnr_supplier).
        tenancy: one of `TENANCIES`, under either of the names it has; None when it is neither said nor known.
        client_name: for logs only.
        authentication: how the client proved itself to HelseID, such as `private_key_jwt`.
    """

    client_id: str
    issuer: str
    audience: str
    scopes: frozenset[str]
    expires: dt.datetime
    jti: str | None
    jkt: str | None
    organisation_number: str | None
    child_organisation_number: str | None
    raw: Mapping[str, Any]
    supplier_organisation_number: str | None = None
    tenancy: str | None = None
    client_name: str | None = None
    authentication: str | None = None


def issue_access_token(
    key: Key,
    *,
    kid: str,
    issuer: str,
    audience: str,
    client_id: str,
    scopes: Iterable[str],
    jkt: str | None,
    now: dt.datetime,
    jti: str,
    lifetime: dt.timedelta = LIFETIME,
    organisation_number: str | None = None,
    child_organisation_number: str | None = None,
    extra: Mapping[str, object] | None = None,
    typ: str = TYPE,
) -> str:
    """An access token signed RS256 with HelseID's RSA key; `extra` adds or replaces claims."""
    issued = jws.seconds(now)
    claims: dict[str, object] = {
        "iss": issuer,
        "nbf": issued,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "aud": audience,
        "client_id": client_id,
        "client_amr": "private_key_jwt",
        "scope": list(scopes),
        "jti": jti,
    }
    named = {PARENT: organisation_number, CHILD: child_organisation_number}
    claims |= {name: value for name, value in named.items() if value is not None}
    if jkt is not None:
        claims["cnf"] = {"jkt": jkt}
    return jws.encode({"typ": typ, "alg": ALGORITHM, "kid": kid}, claims | dict(extra or {}), key)


def check_access_token(
    token: str,
    *,
    jwks: Mapping[str, Any],
    issuer: str,
    audience: str,
    scopes: Iterable[str],
    now: dt.datetime,
    skew: dt.timedelta = SKEW,
) -> Claims:
    """Check an access token as NHN's validator does: signature, issuer, times, audience, scope.

    Args:
        token: the token.
        jwks: HelseID's key set, `{"keys": [...]}`.
        issuer: HelseID's issuer.
        audience: the API's own name; the token must have exactly this one.
        scopes: any one of these suffices; empty means that none is asked for.
        now: the time of receipt.
        skew: how far clocks may differ.

    Raises:
        TokenError: `invalid_token`, or `insufficient_scope` (403) when only the scope is wrong.
    """
    header, claims = jws.peek(token)
    if str(header.get("typ", "")).lower().removeprefix("application/") not in {TYPE, "jwt"}:
        raise refused("token-typ")
    _check_signature(token, header, jwks)
    if claims.get("iss") != issuer:
        raise refused("iss")
    expires, not_before = jws.instant(claims, "exp"), jws.instant(claims, "nbf")
    if expires is None or expires + skew <= now:
        raise refused("exp")
    if "nbf" in claims and (not_before is None or not_before - skew > now):
        raise refused("nbf")
    found = claims.get("aud")
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if found != audience:
        raise refused("aud")
    client_id = claims.get("client_id")
    if not isinstance(client_id, str) or not client_id:
        raise refused("client_id")
    held, wanted = _scopes(claims.get("scope")), frozenset(scopes)
    if wanted and not wanted & held:
        raise refused("scope", remedy=f"ask HelseID for {' or '.join(sorted(wanted))}")
    confirmation = claims.get("cnf")
    return Claims(
        client_id=client_id,
        issuer=issuer,
        audience=audience,
        scopes=held,
        expires=expires,
        jti=_text(claims.get("jti")),
        jkt=_text(confirmation.get("jkt")) if isinstance(confirmation, dict) else None,
        organisation_number=_text(claims.get(PARENT)),
        child_organisation_number=_text(claims.get(CHILD)),
        raw=claims,
        supplier_organisation_number=_text(claims.get(SUPPLIER)),
        tenancy=_tenancy(claims),
        client_name=_text(claims.get(CLIENT_NAME)),
        authentication=_text(claims.get("client_amr")) or _text(claims.get(AUTHENTICATION)),
    )


def _check_signature(token: str, header: Mapping[str, Any], jwks: Mapping[str, Any]) -> None:
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in jws.ALGORITHMS:
        raise refused("token-alg")
    keys = [key for key in jwks.get("keys", ()) if isinstance(key, dict) and fits(str(algorithm), key)]
    named = [key for key in keys if key.get("kid") == kid]
    if not any(jws.verified(token, import_jwk(key), str(algorithm)) for key in named):
        raise refused("token-signature")


def _scopes(value: object) -> frozenset[str]:
    # HelseID writes an array; RFC 9068 a string with spaces.
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()


def _tenancy(claims: Mapping[str, Any]) -> str | None:
    said = {_text(claims.get(name)) for name in (TENANCY, OTHER_TENANCY)} - {None}
    # Two names with two values say nothing that may be relied on.
    return next(iter(said)) if len(said) == 1 and said <= TENANCIES else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
