"""NHN's own list of bad DPoP proofs, by the names its test token service (Test-Token-Tjeneste) gives them.

An API that lets one of these through is not ready for HelseID. Each variant is an honest request with exactly one
fault; `negative_variant` makes it for a test, for a judge, or for a token service that imitates NHN's (HelseID's
documentation). The replay of an honest proof, which NHN's tool does too, needs no making: send the proof twice.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from nhnwire.helseid import jws
from nhnwire.helseid.dpop import TYPE, plain_url, token_hash
from nhnwire.helseid.keys import algorithm_of, public_jwk, thumbprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nhnwire.helseid.keys import Key

HONEST: Final = "None"
"""The list's first name: no fault at all."""

WRONG_TYPE: Final = "JWT"
SYMMETRIC: Final = "HS256"
FAR: Final = dt.timedelta(hours=1)
"""How far `iat` is moved: beyond any patience an API may have."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes into the headers of one request: `Authorization: DPoP <access_token>` and `DPoP: <proof>`."""

    access_token: str
    proof: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A proof about to be signed.

    Attributes:
        header: JOSE header.
        claims: payload.
        key: the honest key.
        algorithm: what is signed with, whatever the header says; `HS256` takes the public key for a secret.
        spoil: the signature does not fit.
        bound_to: thumbprint in the access token.
    """

    header: Mapping[str, object]
    claims: Mapping[str, object]
    key: Key
    algorithm: str
    spoil: bool = False
    bound_to: str = ""

    def signed(self) -> str:
        """The proof as text."""
        if self.algorithm == SYMMETRIC:
            return _sign_symmetric(self)
        proof = jws.sign(self.header, self.claims, self.key, self.algorithm)
        return _spoilt(proof) if self.spoil else proof


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to be wrong.

    Attributes:
        number: in NHN's enumeration.
        name: in NHN's enumeration.
        check: name of the check that must refuse it; empty for the honest one.
        error: OAuth error an API answers with (RFC 9449 §7.1).
        apply: makes the fault.
    """

    number: int
    name: str
    check: str
    apply: Callable[[Draft], Draft] = field(repr=False)
    error: str = "invalid_dpop_proof"


def _honest(draft: Draft) -> Draft:
    return draft


def _without_claim(name: str) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        return replace(draft, claims={key: value for key, value in draft.claims.items() if key != name})

    return apply


def _without_header(name: str) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        return replace(draft, header={key: value for key, value in draft.header.items() if key != name})

    return apply


def _moved(by: dt.timedelta) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        issued = jws.instant(draft.claims, "iat")
        assert issued is not None, "the honest draft has iat"
        return replace(draft, claims={**draft.claims, "iat": jws.seconds(issued + by)})

    return apply


def _symmetric(draft: Draft) -> Draft:
    return replace(draft, header={**draft.header, "alg": SYMMETRIC}, algorithm=SYMMETRIC)


def _private(draft: Draft) -> Draft:
    return replace(draft, header={**draft.header, "jwk": draft.key.as_dict(private=True)})


def _wrong_type(draft: Draft) -> Draft:
    return replace(draft, header={**draft.header, "typ": WRONG_TYPE})


def _wrong_signature(draft: Draft) -> Draft:
    return replace(draft, spoil=True)


def _wrong_binding(draft: Draft) -> Draft:
    # A thumbprint in form, of no key at all.
    digest = hashlib.sha256(b"no key has this thumbprint: " + draft.bound_to.encode("ascii")).digest()
    return replace(draft, bound_to=jws.part(digest))


VARIANTS: Final = {
    variant.name: variant
    for variant in (
        Variant(0, HONEST, "", _honest, error=""),
        Variant(1, "DontSetHtuClaimValue", "htu", _without_claim("htu")),
        Variant(2, "DontSetHtmClaimValue", "htm", _without_claim("htm")),
        Variant(3, "SetIatValueInThePast", "iat", _moved(-FAR)),
        Variant(4, "SetIatValueInTheFuture", "iat", _moved(FAR)),
        Variant(5, "DontSetAthClaimValue", "ath", _without_claim("ath")),
        Variant(6, "DontSetAlgHeader", "alg", _without_header("alg")),
        Variant(7, "DontSetJwkHeader", "jwk", _without_header("jwk")),
        Variant(8, "DontSetJtiClaim", "jti", _without_claim("jti")),
        Variant(9, "SetAlgHeaderToASymmetricAlgorithm", "alg", _symmetric),
        Variant(10, "SetPrivateKeyInJwkHeader", "private", _private),
        Variant(11, "SetInvalidTypHeaderValue", "typ", _wrong_type),
        Variant(12, "SetAnInvalidSignature", "signature", _wrong_signature),
        Variant(13, "SetAnInvalidJktValueInToken", "jkt", _wrong_binding),
    )
}
"""The list by name, in its own order; the first is the honest request."""


def negative_variant(
    *names: str,
    key: Key,
    issue: Callable[[str], str],
    method: str,
    url: str,
    now: dt.datetime,
    jti: str,
) -> Credentials:
    """Token and proof of one request with the named faults; `None` alone makes an honest request.

    Args:
        names: of `VARIANTS`; several are applied in the order given.
        key: the key that the token is bound to and the proof is made with. `SetPrivateKeyInJwkHeader` puts its private
            half into the proof: use no key that anything depends on.
        issue: makes the access token, bound to the thumbprint it is given.
        method: HTTP method, upper case.
        url: of the request.
        now: time of issue.
        jti: a fresh id for the proof.

    Raises:
        ValueError: a name is not on the list.
    """
    if unknown := [name for name in names if name not in VARIANTS]:
        raise ValueError(f"{unknown[0]!r} is not on NHN's list: {', '.join(VARIANTS)}")
    jwk, algorithm = public_jwk(key), algorithm_of(key)
    claims: dict[str, object] = {"jti": jti, "htm": method, "htu": plain_url(url), "iat": jws.seconds(now), "ath": ""}
    draft = Draft({"typ": TYPE, "alg": algorithm, "jwk": jwk}, claims, key, algorithm, bound_to=thumbprint(jwk))
    for name in names:
        draft = VARIANTS[name].apply(draft)
    access_token = issue(draft.bound_to)
    if "ath" in draft.claims:
        draft = replace(draft, claims={**draft.claims, "ath": token_hash(access_token)})
    return Credentials(access_token, draft.signed())


def _sign_symmetric(draft: Draft) -> str:
    """HMAC with the public key as its secret: what a verifier that trusts `alg` would take for genuine."""
    secret = msgspec.json.encode(public_jwk(draft.key))
    parts = (draft.header, draft.claims)
    message = ".".join(jws.part(msgspec.json.encode(dict(value))) for value in parts)
    return f"{message}.{jws.part(hmac.digest(secret, message.encode('ascii'), hashlib.sha256))}"


def _spoilt(proof: str) -> str:
    head, _, signature = proof.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return f"{head}.{jws.part(bytes([raw[0] ^ 1]) + raw[1:])}"
