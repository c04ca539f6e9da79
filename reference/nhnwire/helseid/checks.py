"""What an API checks on every request, as a table: the order, the words and the remedies.

The order is that of NHN's own validator (HelseID's documentation): first the access token, then fifteen steps over the
token's binding and the proof. Texts follow that validator where its texts are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nhnwire.errors import TokenError

_TOKEN, _SCOPE, _PROOF, _NONCE = "invalid_token", "insufficient_scope", "invalid_dpop_proof", "use_dpop_nonce"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is checked.

    Attributes:
        id: unique; what `refused` is called with.
        step: 1 to 15 as NHN numbers the steps of the binding and the proof; 0 for what comes before them.
        name: of the part that is looked at; several checks may look at one part.
        error: OAuth error name.
        text: what the caller is told.
        remedy: what the caller should do.
    """

    id: str
    step: int
    name: str
    error: str
    text: str
    remedy: str


_ROWS: Final = (
    (
        "scheme",
        0,
        "scheme",
        _TOKEN,
        "Missing access token in the scheme DPoP.",
        "send 'Authorization: DPoP <token>' and a DPoP proof",
    ),
    (
        "bound",
        0,
        "scheme",
        _TOKEN,
        "The access token is bound to a key and is no bearer token.",
        "send it as 'Authorization: DPoP <token>' with a DPoP proof",
    ),
    ("token", 0, "format", _TOKEN, "Malformed token.", "send the access token as HelseID gave it: a compact JWS"),
    (
        "token-typ",
        0,
        "typ",
        _TOKEN,
        "Invalid 'typ' value in the access token.",
        "send an access token (at+jwt), not another kind of token",
    ),
    (
        "token-alg",
        0,
        "alg",
        _TOKEN,
        "Invalid 'alg' value in the access token.",
        "send a token signed with an asymmetric algorithm, as HelseID gave it",
    ),
    (
        "token-signature",
        0,
        "signature",
        _TOKEN,
        "Invalid signature on the access token.",
        "send a token of this environment's HelseID, unchanged",
    ),
    (
        "iss",
        0,
        "iss",
        _TOKEN,
        "Invalid issuer of the access token.",
        "ask for the token at the HelseID this API trusts",
    ),
    (
        "exp",
        0,
        "exp",
        _TOKEN,
        "The access token has expired.",
        "ask HelseID for a new one before 'expires_in' has passed",
    ),
    (
        "nbf",
        0,
        "nbf",
        _TOKEN,
        "The access token is not valid yet.",
        "compare the clocks of the API, HelseID and the caller",
    ),
    (
        "aud",
        0,
        "aud",
        _TOKEN,
        "Invalid audience of the access token.",
        "ask for the scopes of one API at a time, or name the API in 'resource'",
    ),
    (
        "client_id",
        0,
        "client_id",
        _TOKEN,
        "Missing 'client_id' claim in the access token.",
        "send a token that HelseID issued to a client",
    ),
    ("scope", 0, "scope", _SCOPE, "The access token lacks the scope of this API.", "ask HelseID for this API's scope"),
    (
        "cnf",
        1,
        "cnf",
        _TOKEN,
        "Missing 'cnf' claim in the access token.",
        "ask for the token with a DPoP proof, so that it is bound to a key",
    ),
    (
        "cnf-jkt",
        2,
        "jkt",
        _TOKEN,
        "Missing 'jkt' value in the 'cnf' claim of the access token.",
        "ask for the token with a DPoP proof, so that it is bound to a key",
    ),
    ("proof", 3, "presence", _PROOF, "Missing DPoP proof.", "send one DPoP header with a proof made for this request"),
    ("proof-format", 3, "format", _PROOF, "Malformed DPoP token.", "send the proof as a compact JWS"),
    ("typ", 4, "typ", _PROOF, "Invalid 'typ' value in the DPoP proof.", "set typ to dpop+jwt"),
    (
        "alg",
        5,
        "alg",
        _PROOF,
        "Invalid 'alg' value in the DPoP proof.",
        "sign with RS, PS or ES 256, 384 or 512; never symmetric, never none",
    ),
    ("jwk", 6, "jwk", _PROOF, "Missing 'jwk' value in the DPoP proof.", "put the public key into the proof's header"),
    (
        "private",
        7,
        "private",
        _PROOF,
        "The 'jwk' value in the DPoP proof contains a private key.",
        "send the public members only, and replace this key: it is known to others now",
    ),
    (
        "jkt",
        8,
        "jkt",
        _PROOF,
        "The key of the DPoP proof is not the key the access token is bound to.",
        "use one key for the token request and for the calls that the token is used in",
    ),
    (
        "signature",
        9,
        "signature",
        _PROOF,
        "Invalid signature on the DPoP proof.",
        "sign with the private half of the key in 'jwk', with the algorithm in 'alg'",
    ),
    (
        "ath-missing",
        10,
        "ath",
        _PROOF,
        "Missing 'ath' value in the DPoP proof.",
        "set ath to the base64url of the SHA-256 of the access token",
    ),
    (
        "ath",
        10,
        "ath",
        _PROOF,
        "Invalid 'ath' value in the DPoP proof.",
        "make the proof for the very token that is sent: ath is the base64url of its SHA-256",
    ),
    ("jti", 11, "jti", _PROOF, "Missing 'jti' value in the DPoP proof.", "put a fresh id into each proof"),
    ("htm", 12, "htm", _PROOF, "Invalid 'htm' value in the DPoP proof.", "set htm to the request's method"),
    (
        "htu",
        13,
        "htu",
        _PROOF,
        "Invalid 'htu' value in the DPoP proof.",
        "set htu to the URL that is called: scheme, host and path, without query and fragment",
    ),
    ("iat", 14, "iat", _PROOF, "Missing 'iat' value in the DPoP proof.", "set iat to the time of the request"),
    (
        "iat-future",
        14,
        "iat",
        _PROOF,
        "The DPoP proof is issued in the future.",
        "set the caller's clock, and let iat be whole seconds since 1970",
    ),
    (
        "iat-past",
        14,
        "iat",
        _PROOF,
        "The DPoP proof has expired.",
        "make the proof when the request is sent, and set the caller's clock",
    ),
    (
        "replay",
        15,
        "replay",
        _PROOF,
        "The DPoP proof has been used before.",
        "make a new proof, with a new jti, for every request",
    ),
    ("nonce-type", 0, "nonce", _PROOF, "Invalid 'nonce' value in the DPoP proof.", "send the nonce as text"),
    (
        "nonce",
        0,
        "nonce",
        _NONCE,
        "A nonce is required in the DPoP proof.",
        "repeat the request with the value of the DPoP-Nonce header in the proof",
    ),
)

CHECKS: Final = {row[0]: Check(*row) for row in _ROWS}
"""Every check by its id, in the order in which they are made (the nonce's last: only HelseID asks for one)."""


def refused(check: str, *, remedy: str = "") -> TokenError:
    """The error for a failed check, to be raised.

    Args:
        check: an id of `CHECKS`.
        remedy: in place of the table's.
    """
    row = CHECKS[check]
    return TokenError(row.text, error=row.error, check=row.name, remedy=remedy or row.remedy)
