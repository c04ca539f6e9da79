"""HelseID between machines: keys, assertions, proofs, tokens, and everything that must be refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry, serialize_compact

from nhnwire import helseid
from nhnwire.errors import TokenError

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
ISSUER = "https://helseid.example"
AUDIENCE = "nhn:msh"
SCOPE = "nhn:msh/api"
URL = "https://edi2.example/Messages"
HELSEID_KEY = helseid.load_key(RSAKey.generate_key(3072).as_pem(private=True))
CLIENT_KEY = helseid.load_key(ECKey.generate_key("P-256").as_pem(private=True))
RSA_CLIENT_KEY = helseid.load_key(RSAKey.generate_key(2048).as_pem(private=True))
OTHER_KEY = helseid.load_key(ECKey.generate_key("P-256").as_pem(private=True))
JWKS = helseid.jwks_document([helseid.public_jwk(HELSEID_KEY, kid="one")])
JKT = helseid.thumbprint(helseid.public_jwk(CLIENT_KEY))


class Wide(JWSRegistry):
    """joserfc with room for anything a hostile client may put into a header."""

    max_header_length = 100_000


def token(**changes: Any) -> str:
    settings: dict[str, Any] = {
        "kid": "one",
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "client_id": "clinic",
        "scopes": [SCOPE],
        "jkt": JKT,
        "now": NOW,
        "jti": "t-1",
        "organisation_number": "310000027",
    }
    return helseid.issue_access_token(changes.pop("key", HELSEID_KEY), **(settings | changes))


def forged(header: dict[str, Any], claims: dict[str, Any], key: Any = CLIENT_KEY) -> str:
    """A proof as no honest library makes it."""
    whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": helseid.public_jwk(CLIENT_KEY)} | header
    whole = {name: value for name, value in whole.items() if value is not None}
    registry = Wide(algorithms=["ES256", "HS256", "RS256"], strict_check_header=False)
    return serialize_compact(whole, json.dumps(claims).encode(), key, registry=registry)


def claims_for(access_token: str, **changes: Any) -> dict[str, Any]:
    honest = helseid.dpop_proof(CLIENT_KEY, method="GET", url=URL, now=NOW, jti="p-1", access_token=access_token)
    claims = helseid.peek(honest)[1] | changes
    return {name: value for name, value in claims.items() if value is not None}


def check(access_token: str, proof: str | None, *, method: str = "GET", url: str = URL) -> helseid.Authorised:
    return helseid.check_request(
        f"DPoP {access_token}",
        proof,
        method=method,
        url=url,
        now=NOW,
        jwks=JWKS,
        issuer=ISSUER,
        audience=AUDIENCE,
        scopes=[SCOPE],
    )


def test_an_honest_request_passes() -> None:
    """Token and proof of the same key; the URL's query is no part of the proof."""
    access_token = token()
    proof = helseid.dpop_proof(
        CLIENT_KEY, method="GET", url=URL + "?ReceiverHerIds=9000001", now=NOW, jti="p-1", access_token=access_token
    )
    passed = check(access_token, proof, url="https://EDI2.example:443/Messages?ReceiverHerIds=9000001")
    assert passed.claims.organisation_number == "310000027"
    assert passed.claims.client_id == "clinic"
    assert passed.proof.jti == "p-1"
    assert passed.proof.jkt == JKT == CLIENT_KEY.thumbprint()


def bearer(authorization: str | None) -> helseid.Claims:
    return helseid.check_bearer(authorization, now=NOW, jwks=JWKS, issuer=ISSUER, audience=AUDIENCE, scopes=[SCOPE])


def test_a_bearer_token_opens_an_older_api_and_a_bound_one_does_not() -> None:
    """Whoever steals a bound token lacks the key, so it is worth nothing without the proof (RFC 9449 §7.2)."""
    assert bearer(f"bearer {token(jkt=None)}").client_id == "clinic"
    for wrong, reason in (
        (f"Bearer {token()}", "scheme"),
        (f"DPoP {token(jkt=None)}", "scheme"),
        ("Bearer", "scheme"),
        (None, "scheme"),
        (f"Bearer {token(jkt=None, audience='nhn:other')}", "aud"),
    ):
        with pytest.raises(TokenError) as caught:
            bearer(wrong)
        assert caught.value.check == reason


ALGORITHM_NONE = base64.urlsafe_b64encode(b'{"typ":"dpop+jwt","alg":"none"}').rstrip(b"=").decode()

# NHN's own list of bad proofs (Test-Token-Tjeneste), by its names.
BAD_PROOFS: dict[str, tuple[Any, str]] = {
    "DontSetHtuClaimValue": (lambda t: forged({}, claims_for(t, htu=None)), "htu"),
    "DontSetHtmClaimValue": (lambda t: forged({}, claims_for(t, htm=None)), "htm"),
    "SetIatValueInThePast": (lambda t: forged({}, claims_for(t, iat=int(NOW.timestamp()) - 60)), "iat"),
    "SetIatValueInTheFuture": (lambda t: forged({}, claims_for(t, iat=int(NOW.timestamp()) + 60)), "iat"),
    "DontSetAthClaimValue": (lambda t: forged({}, claims_for(t, ath=None)), "ath"),
    "DontSetAlgHeader": (lambda t: recoded(forged({}, claims_for(t)), alg=None), "alg"),
    "DontSetJwkHeader": (lambda t: forged({"jwk": None}, claims_for(t)), "jwk"),
    "DontSetJtiClaim": (lambda t: forged({}, claims_for(t, jti=None)), "jti"),
    "SetAlgHeaderToASymmetricAlgorithm": (
        lambda t: forged({"alg": "HS256"}, claims_for(t), OctKey.import_key("a synthetic secret of good length")),
        "alg",
    ),
    "SetPrivateKeyInJwkHeader": (lambda t: forged({"jwk": CLIENT_KEY.as_dict(private=True)}, claims_for(t)), "private"),
    "SetInvalidTypHeaderValue": (lambda t: forged({"typ": "JWT"}, claims_for(t)), "typ"),
    "SetAnInvalidSignature": (lambda t: forged({}, claims_for(t), OTHER_KEY), "signature"),
}


def recoded(proof: str, **changes: Any) -> str:
    """The same proof with its header rewritten; the signature no longer fits, which is not what is checked first."""
    header = {name: value for name, value in (helseid.peek(proof)[0] | changes).items() if value is not None}
    part = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{part}.{proof.split('.', 1)[1]}"


@pytest.mark.parametrize("name", BAD_PROOFS)
def test_each_bad_proof_of_nhns_own_list_is_refused_for_its_own_reason(name: str) -> None:
    """A proof with exactly one fault: 401 with invalid_dpop_proof, and the check that saw it."""
    make, reason = BAD_PROOFS[name]
    access_token = token()
    with pytest.raises(TokenError) as caught:
        check(access_token, make(access_token))
    assert (caught.value.error, caught.value.check) == ("invalid_dpop_proof", reason)
    assert 'error="invalid_dpop_proof"' in helseid.challenge(caught.value)


def test_set_an_invalid_jkt_value_in_token() -> None:
    """The thirteenth of the list: the token is bound to another key than the proof's."""
    access_token = token(jkt=helseid.thumbprint(helseid.public_jwk(OTHER_KEY)))
    with pytest.raises(TokenError) as caught:
        check(access_token, forged({}, claims_for(access_token)))
    assert caught.value.check == "jkt"


def test_a_replayed_proof_is_seen_by_its_id() -> None:
    """The check gives the id and says how long to remember it; after that, age alone refuses the proof."""
    access_token = token()
    proof = forged({}, claims_for(access_token))
    first, second = check(access_token, proof).proof, check(access_token, proof).proof
    assert first.jti == second.jti
    with pytest.raises(TokenError) as caught:
        helseid.check_dpop_proof(
            proof, method="GET", url=URL, now=first.forget_after, access_token=access_token, jkt=JKT
        )
    assert caught.value.check == "iat"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: None, "presence"),
        (lambda _: "", "presence"),
        (lambda _: "a.b", "format"),
        (lambda _: "a.b.c.d", "format"),
        (lambda t: forged({}, claims_for(t)) + "=", "format"),
        (lambda t: f"{ALGORITHM_NONE}.{forged({}, claims_for(t)).split('.')[1]}.AA", "alg"),
        (lambda t: forged({}, claims_for(t, htm="POST")), "htm"),
        (lambda t: forged({}, claims_for(t, htu=URL + "?x=1")), "htu"),
        (lambda t: forged({}, claims_for(t, htu="https://other.example/Messages")), "htu"),
        (lambda t: forged({}, claims_for(t, htu="https://edi2.example:x/Messages")), "htu"),
        (lambda t: forged({}, claims_for(t, ath="x" * 43)), "ath"),
        (lambda t: forged({}, claims_for(t, jti="")), "jti"),
        (lambda t: forged({}, claims_for(t, jti=["a"])), "jti"),
        (lambda t: forged({}, claims_for(t, iat="soon")), "iat"),
        (lambda t: forged({}, claims_for(t, nonce=7)), "nonce"),
        (lambda t: forged({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, claims_for(t)), "jkt"),
        (lambda t: forged({"jwk": {"kty": "oct"}}, claims_for(t)), "jwk"),
        (lambda t: recoded(forged({}, claims_for(t)), crit=["exp"]), "format"),
        (lambda t: recoded(forged({}, claims_for(t)), alg="ES384"), "signature"),
        (lambda t: recoded(forged({}, claims_for(t)), alg=["ES256"]), "alg"),
    ],
)
def test_other_bad_proofs(make: Any, reason: str) -> None:
    """What else clients get wrong, or attackers try."""
    access_token = token()
    with pytest.raises(TokenError) as caught:
        check(access_token, make(access_token))
    assert caught.value.check == reason


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"key": RSA_CLIENT_KEY}, "invalid_token", "signature"),
        ({"kid": "two"}, "invalid_token", "signature"),
        ({"issuer": "https://other.example"}, "invalid_token", "iss"),
        ({"audience": "nhn:other"}, "invalid_token", "aud"),
        ({"extra": {"aud": [AUDIENCE, "nhn:other"]}}, "invalid_token", "aud"),
        ({"now": NOW - dt.timedelta(hours=1)}, "invalid_token", "exp"),
        ({"now": NOW + dt.timedelta(hours=1)}, "invalid_token", "nbf"),
        ({"scopes": ["nhn:other/api"]}, "insufficient_scope", "scope"),
        ({"jkt": None}, "invalid_token", "cnf"),
        ({"extra": {"cnf": {"x5t#S256": "a"}}}, "invalid_token", "jkt"),
        ({"typ": "dpop+jwt"}, "invalid_token", "typ"),
        ({"client_id": ""}, "invalid_token", "client_id"),
    ],
)
def test_bad_access_tokens(changes: dict[str, Any], error: str, reason: str) -> None:
    """Each fault of a token by itself; only a missing scope is 403."""
    access_token = token(**changes)
    with pytest.raises(TokenError) as caught:
        check(access_token, forged({}, claims_for(access_token)))
    assert (caught.value.error, caught.value.check) == (error, reason)


def test_scopes_and_audience_are_read_in_both_forms() -> None:
    """HelseID writes scope as an array, RFC 9068 as text; aud may be an array of one."""
    access_token = token(extra={"scope": f"openid {SCOPE}", "aud": [AUDIENCE]})
    assert SCOPE in check(access_token, forged({}, claims_for(access_token))).claims.scopes


def test_bearer_is_not_dpop() -> None:
    """An endpoint takes one scheme only."""
    for header in (None, "", "DPoP", f"Bearer {token()}", token()):
        with pytest.raises(TokenError) as caught:
            helseid.check_request(
                header, "x", method="GET", url=URL, now=NOW, jwks=JWKS, issuer=ISSUER, audience=AUDIENCE, scopes=[]
            )
        assert caught.value.check == "scheme"


def test_the_nonce_is_asked_for_at_the_token_endpoint() -> None:
    """Without the right nonce the client is told to repeat with it."""
    url = f"{ISSUER}/connect/token"
    for nonce, fine in ((None, False), ("old", False), ("fresh", True)):
        proof = helseid.dpop_proof(RSA_CLIENT_KEY, method="POST", url=url, now=NOW, jti="p", nonce=nonce)
        assert helseid.check_dpop_proof(proof, method="POST", url=url, now=NOW).nonce == nonce
        if fine:
            helseid.check_dpop_proof(proof, method="POST", url=url, now=NOW, nonce="fresh")
            continue
        with pytest.raises(TokenError) as caught:
            helseid.check_dpop_proof(proof, method="POST", url=url, now=NOW, nonce="fresh")
        assert caught.value.error == "use_dpop_nonce"


def assertion(**changes: Any) -> str:
    made: dict[str, Any] = {"client_id": "clinic", "issuer": ISSUER, "now": NOW, "jti": "a-1", "kid": "k"}
    return helseid.client_assertion(changes.pop("key", RSA_CLIENT_KEY), **(made | changes))


def check_assertion(text: str, **changes: Any) -> helseid.Assertion:
    jwks = [helseid.public_jwk(RSA_CLIENT_KEY, kid="k")]
    asked: dict[str, Any] = {"client_id": "clinic", "jwks": jwks, "audiences": [ISSUER], "now": NOW}
    return helseid.check_client_assertion(text, **(asked | changes))


@pytest.mark.parametrize(("parent", "child"), [("310000027", None), ("310000027", "313456781"), (None, "313456781")])
def test_an_honest_assertion_passes_with_its_organisations(parent: str | None, child: str | None) -> None:
    """Multi-tenant clients name parent and child, single-tenant ones the child."""
    details = helseid.organisation_details(parent=parent, child=child)
    for given_details in (details, [details]):
        passed = check_assertion(assertion(assertion_details=given_details))
        assert helseid.organisations_of(passed.details) == (parent, child)
    assert check_assertion(assertion()).details == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lambda: "not a token", "format"),
        (lambda: assertion(key=OTHER_KEY), "signature"),
        (lambda: assertion(kid="unknown"), "signature"),
        (lambda: assertion(client_id="somebody-else"), "iss"),
        (lambda: assertion(issuer="https://other.example"), "aud"),
        (lambda: assertion(jti=""), "jti"),
        (lambda: assertion(lifetime=61), "exp"),
        (lambda: assertion(now=NOW - dt.timedelta(minutes=5)), "exp"),
        (lambda: assertion(now=NOW + dt.timedelta(minutes=5)), "nbf"),
        (lambda: assertion(assertion_details="NO:ORGNR:310000027"), "assertion_details"),
    ],
)
def test_bad_assertions(text: Any, reason: str) -> None:
    """Each fault of a client assertion by itself is invalid_client."""
    with pytest.raises(TokenError) as caught:
        check_assertion(text())
    assert (caught.value.error, caught.value.check) == ("invalid_client", reason)


def test_unreadable_organisation_details_are_refused() -> None:
    """A detail of HelseID's type that names no organisation is an error, of another type it is somebody else's."""
    assert helseid.organisations_of([{"type": "nhn:sfm:journal-id", "value": {}}]) == (None, None)
    for detail in ({"type": "helseid_authorization"}, {"type": "helseid_authorization", "practitioner_role": "x"}):
        with pytest.raises(TokenError):
            helseid.organisations_of([detail])
    with pytest.raises(ValueError, match="parent or a child"):
        helseid.organisation_details()


def test_keys_that_helseid_does_not_take_are_refused() -> None:
    """Small RSA keys, foreign curves, symmetric keys, numbers that are no key."""
    with pytest.raises(ValueError, match="HelseID"):
        helseid.load_key(ECKey.generate_key("secp256k1").as_pem(private=True))
    public = helseid.public_jwk(RSA_CLIENT_KEY)
    for wrong in (
        {"kty": "oct", "k": "AAAA"},
        {**public, "n": "AQAB"},
        {**public, "n": "A" * 100_000},
        {**public, "n": "!"},
        {**public, "e": ""},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "RSA"},
        {},
    ):
        with pytest.raises(TokenError):
            helseid.import_jwk(wrong)
    assert set(public) == {"kty", "n", "e"}
    assert helseid.import_jwk(public).thumbprint() == helseid.thumbprint(public)


def test_the_thumbprint_of_rfc_7638() -> None:
    """The example of RFC 7638 §3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok"
        "njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu"
        "6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"
        "wapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert helseid.thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_metadata_names_what_clients_look_up() -> None:
    """Endpoints below the issuer, and only methods that are really taken."""
    document = helseid.discovery_document(ISSUER)
    assert document["issuer"] == ISSUER
    assert document["token_endpoint"] == f"{ISSUER}/connect/token"
    assert document["jwks_uri"] == f"{ISSUER}/.well-known/openid-configuration/jwks"
    assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
NAMES = ("iat", "nbf", "exp", "jti", "htm", "htu", "ath", "nonce", "aud", "iss", "scope", "cnf", "client_id")


@settings(deadline=None)
@given(st.text(max_size=50) | st.text(".eyJ0-_A", max_size=50))
def test_any_text_is_refused_with_a_type(text: str) -> None:
    """No text makes a checker fail in any other way."""
    for attempt in (
        lambda: check(text, text),
        lambda: check(token(), text),
        lambda: check_assertion(text),
        lambda: helseid.check_dpop_proof(text, method="GET", url=text, now=NOW),
    ):
        with pytest.raises(TokenError):
            attempt()


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3))
def test_signed_nonsense_is_passed_or_refused_with_a_type(changes: dict[str, Any]) -> None:
    """Well-signed tokens and proofs with claims of any type: a value or a TokenError, nothing else."""
    access_token = token(extra=changes)
    claims = claims_for(access_token) | changes
    for attempt in (
        lambda: check(access_token, forged({}, claims_for(access_token))),
        lambda: check(token(), forged({}, claims)),
        lambda: check_assertion(forged({"typ": "JWT", "kid": "k", "jwk": None}, claims)),
    ):
        try:
            attempt()
        except TokenError:
            continue


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(("typ", "alg", "jwk", "kid", "crit", "b64", "kty")), json_values, max_size=3))
def test_nonsense_in_headers_is_refused_with_a_type(changes: dict[str, Any]) -> None:
    """Headers of any type."""
    access_token = token()
    proof = recoded(forged({}, claims_for(access_token)), **changes)
    for attempt in (lambda: check(access_token, proof), lambda: check(proof, proof), lambda: check_assertion(proof)):
        try:
            attempt()
        except TokenError:
            continue
