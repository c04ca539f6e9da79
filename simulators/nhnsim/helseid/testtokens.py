"""The test token service (*Test-Token-Tjeneste*): tokens and proofs, right or wrong in a named way, signed by HelseID.

An API is tested with tokens that no client could get: expired, of another issuer, bound to another key, and with NHN's
own thirteen wrong DPoP proofs. The request's members are those of NHN's service; members that are not known here are
let pass.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from nhnwire.helseid import Key, jws, load_key, thumbprint
from nhnwire.helseid.access import (
    ALGORITHM,
    AUTHENTICATION,
    CHILD,
    CLIENT_NAME,
    OTHER_TENANCY,
    PARENT,
    SUPPLIER,
    TENANCY,
    TYPE,
)
from nhnwire.helseid.keys import public_jwk
from nhnwire.helseid.negative import HONEST, VARIANTS, negative_variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

DEFAULT_LIFETIME: Final = timedelta(seconds=600)
TENANCIES: Final = ("multi-tenant", "single-tenant", "none")
BY_NUMBER: Final = {variant.number: variant.name for variant in VARIANTS.values()}
ENVIRONMENTS: Final = ("", "-inttest", "-development")
INVALID: Final = "https://invalid.example"


class TestTokenError(ValueError):
    """The request cannot be served; the text says why."""

    __test__ = False


class _Json(msgspec.Struct, rename="camel", kw_only=True):
    """A part of the request: members that are not known are let pass."""


class _Expiration(_Json):
    set_expiration_time_as_expired: bool = False
    expiration_time_in_seconds: int | None = None
    expiration_time_in_days: int | None = None


class _Header(_Json):
    typ: str | None = None


class _Client(_Json):
    scope: list[str] | None = None
    client_id: str | None = None
    orgnr_parent: str | None = None
    orgnr_child: str | None = None
    orgnr_supplier: str | None = None
    client_tenancy: str | None = None
    client_tenancy_type: int | None = None
    client_name: str | None = None
    jti: str | None = None
    cnf_jkt: str | None = None
    cnf_public_key: str | None = None
    sfm_journal_id: str | None = None


class _Proof(_Json):
    htu_claim_value: str | None = None
    htm_claim_value: str | None = None
    private_key_for_proof_creation: str | None = None
    invalid_d_po_p_proof_parameters: int | str = msgspec.field(name="invalidDPoPProofParameters", default=0)


class _ApiClaim(_Json):
    type: str
    value: Any


class _Request(_Json):
    audience: str = ""
    client_claims_parameters_generation: int = 1
    without_default_client_claims: bool = False
    issuer_environment: int = 0
    create_d_po_p_token_with_d_po_p_proof: bool = msgspec.field(name="createDPoPTokenWithDPoPProof", default=False)
    sign_jwt_with_invalid_signing_key: bool = False
    set_invalid_issuer: bool = False
    set_invalid_audience: bool = False
    expiration_parameters: _Expiration = msgspec.field(default_factory=_Expiration)
    header_parameters: _Header = msgspec.field(default_factory=_Header)
    client_claims_parameters: _Client = msgspec.field(default_factory=_Client)
    d_po_p_proof_parameters: _Proof = msgspec.field(name="dPoPProofParameters", default_factory=_Proof)
    api_specific_claims: list[_ApiClaim] = []


@dataclass(frozen=True)
class Maker:
    """What tokens are made with.

    Attributes:
        key: HelseID's signing key.
        kid: its id.
        issuer: HelseID.
        now: domain time.
        new_id: makes ids.
    """

    key: Key
    kid: str
    issuer: str
    now: datetime
    new_id: Callable[[], str]


@dataclass(frozen=True)
class Made:
    """A token, and the proof that goes with it if one was asked for."""

    access_token: str
    proof: str | None = None


def auth_key(state: Path) -> str:
    """The key of the service, made when first asked for and kept."""
    path = state / "test-tokens.key"
    if not path.exists():
        part = path.with_name(path.name + ".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(24)))
        part.replace(path)
    return path.read_text("ascii")


def create(body: bytes, maker: Maker) -> Made:
    """Make what a request asks for. Takes a moment when another key must be made: call it in a thread.

    Raises:
        TestTokenError: it is no such request.
    """
    try:
        asked = msgspec.json.decode(body, type=_Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TestTokenError(f"the body is no request for a test token: {error}") from error
    if not asked.audience:
        raise TestTokenError("audience is missing")
    proof = asked.d_po_p_proof_parameters
    if not asked.create_d_po_p_token_with_d_po_p_proof:
        return Made(_token(asked, maker, _bound_to(asked.client_claims_parameters)))
    name = _variant(proof.invalid_d_po_p_proof_parameters)
    if not proof.htu_claim_value or not proof.htm_claim_value:
        raise TestTokenError("dPoPProofParameters must name htuClaimValue and htmClaimValue")
    made = negative_variant(
        name,
        key=_private_key(proof.private_key_for_proof_creation),
        issue=lambda jkt: _token(asked, maker, jkt),
        method=proof.htm_claim_value,
        url=proof.htu_claim_value,
        now=maker.now,
        jti=maker.new_id(),
    )
    return Made(made.access_token, made.proof)


def success(made: Made) -> web.Response:
    """The answer with a token."""
    body = {"accessTokenJwt": made.access_token, "dPoPProof": made.proof}
    return web.json_response({"isError": False, "successResponse": body, "errorResponse": None})


def refusal(status: int, text: str) -> web.Response:
    """The answer without one."""
    body = {"isError": True, "successResponse": None, "errorResponse": {"errorMessage": text}}
    return web.json_response(body, status=status)


def _token(asked: _Request, maker: Maker, jkt: str | None) -> str:
    environment = asked.issuer_environment
    if not 0 <= environment < len(ENVIRONMENTS):
        raise TestTokenError("issuerEnvironment must be 0, 1 or 2")
    issuer = INVALID if asked.set_invalid_issuer else maker.issuer + ENVIRONMENTS[environment]
    issued, lifetime = maker.now, _lifetime(asked.expiration_parameters)
    if asked.expiration_parameters.set_expiration_time_as_expired:
        issued, lifetime = issued - timedelta(hours=2), timedelta(hours=1)
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": f"{asked.audience}:invalid" if asked.set_invalid_audience else asked.audience,
        "nbf": jws.seconds(issued),
        "iat": jws.seconds(issued),
        "exp": jws.seconds(issued + lifetime),
        **_client_claims(asked, maker),
        **{one.type: one.value for one in asked.api_specific_claims},
    }
    if jkt is not None:
        claims["cnf"] = {"jkt": jkt}
    key = _stranger() if asked.sign_jwt_with_invalid_signing_key else maker.key
    typ = TYPE if asked.header_parameters.typ is None else asked.header_parameters.typ
    return jws.encode({"typ": typ, "alg": ALGORITHM, "kid": maker.kid}, claims, key)


def _client_claims(asked: _Request, maker: Maker) -> dict[str, object]:
    """0: none; 1: the defaults; 2: what the request names; 3: both, where what it names counts."""
    kind, given = asked.client_claims_parameters_generation, asked.client_claims_parameters
    if kind not in {0, 1, 2, 3}:
        raise TestTokenError("clientClaimsParametersGeneration must be 0, 1, 2 or 3")
    claims: dict[str, object] = {}
    if kind in {1, 3} and not asked.without_default_client_claims:
        claims |= {
            "client_id": "provenett-test-token",
            "client_amr": "private_key_jwt",
            "scope": [asked.audience],
            "jti": maker.new_id(),
            CLIENT_NAME: "Provenett test token",
            TENANCY: "none",
            AUTHENTICATION: "private_key_jwt",
        }
    if kind in {2, 3}:
        tenancy = given.client_tenancy
        if tenancy is None and given.client_tenancy_type is not None:
            if not 0 <= given.client_tenancy_type < len(TENANCIES):
                raise TestTokenError("clientTenancyType must be 0, 1 or 2")
            tenancy = TENANCIES[given.client_tenancy_type]
        named: dict[str, object] = {
            "client_id": given.client_id,
            "scope": given.scope,
            "jti": given.jti,
            PARENT: given.orgnr_parent,
            CHILD: given.orgnr_child,
            SUPPLIER: given.orgnr_supplier,
            TENANCY: tenancy,
            OTHER_TENANCY: tenancy,
            CLIENT_NAME: given.client_name,
            "nhn:sfm:journal-id": given.sfm_journal_id,
        }
        claims |= {name: value for name, value in named.items() if value is not None}
    return claims


def _lifetime(asked: _Expiration) -> timedelta:
    try:
        if asked.expiration_time_in_days is not None:
            return timedelta(days=asked.expiration_time_in_days)
        if asked.expiration_time_in_seconds is not None:
            return timedelta(seconds=asked.expiration_time_in_seconds)
    except OverflowError as error:
        raise TestTokenError("no token lives that long") from error
    return DEFAULT_LIFETIME


def _bound_to(given: _Client) -> str | None:
    if given.cnf_jkt:
        return given.cnf_jkt
    if given.cnf_public_key:
        return thumbprint(public_jwk(_imported(given.cnf_public_key)))
    return None


def _variant(given: int | str) -> str:
    name = BY_NUMBER.get(given) if isinstance(given, int) else given
    if name not in VARIANTS:
        raise TestTokenError(f"invalidDPoPProofParameters must be 0 to 13, or one of {', '.join(VARIANTS)}")
    return name or HONEST


def _private_key(given: str | None) -> Key:
    if not given:
        return ECKey.generate_key("P-256")
    key = _imported(given)
    if not key.is_private:
        raise TestTokenError("privateKeyForProofCreation must be a private key")
    return key


def _imported(text: str) -> Key:
    """A key from a JWK as JSON, or from PEM.

    Raises:
        TestTokenError: it is none.
    """
    try:
        if text.lstrip().startswith("-----"):
            return load_key(text.encode())
        jwk = msgspec.json.decode(text, type=dict[str, Any])
        kind: type[RSAKey | ECKey] = RSAKey if jwk.get("kty") == "RSA" else ECKey
        return kind.import_key(jwk)
    except (msgspec.DecodeError, JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise TestTokenError(f"the key cannot be read: {str(error) or type(error).__name__}") from error


@cache
def _stranger() -> Key:
    """A key that is nobody's, under HelseID's key id."""
    return RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))
