"""Every check an API makes behind HelseID, in NHN's order, against NHN's own list of bad proofs."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from nhnwire import helseid
from nhnwire.errors import TokenError
from nhnwire.helseid import jws

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
ISSUER, AUDIENCE, SCOPE = "https://helseid.example", "nhn:msh", "nhn:msh/api"
URL = "https://edi2.example/Messages"
HELSEID_KEY = helseid.load_key(RSAKey.generate_key(2048).as_pem(private=True))
KEYS = {
    "EC": helseid.load_key(ECKey.generate_key("P-256").as_pem(private=True)),
    "RSA": helseid.load_key(RSAKey.generate_key(2048).as_pem(private=True)),
}
JWKS = helseid.jwks_document([helseid.public_jwk(HELSEID_KEY, kid="one")])
FAULTS = [name for name in helseid.VARIANTS if name != "None"]
# Both of such a pair say what one and the same part shall be: the second undoes the first.
UNDOING = {
    ("SetIatValueInThePast", "SetIatValueInTheFuture"),
    ("DontSetJwkHeader", "SetPrivateKeyInJwkHeader"),
}
PAIRS = [pair for pair in itertools.combinations(FAULTS, 2) if pair not in UNDOING]


def issue(jkt: str | None, **changes: Any) -> str:
    asked: dict[str, Any] = {
        "kid": "one",
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "client_id": "clinic",
        "scopes": [SCOPE],
        "now": NOW,
        "jti": "t-1",
    }
    return helseid.issue_access_token(HELSEID_KEY, jkt=jkt, **(asked | changes))


def made(*names: str, kind: str = "EC") -> helseid.Credentials:
    return helseid.negative_variant(*names, key=KEYS[kind], issue=issue, method="GET", url=URL, now=NOW, jti="p-1")


def check(credentials: helseid.Credentials, now: dt.datetime = NOW) -> helseid.Authorised:
    return helseid.check_request(
        f"DPoP {credentials.access_token}",
        credentials.proof,
        method="GET",
        url=URL,
        now=now,
        jwks=JWKS,
        issuer=ISSUER,
        audience=AUDIENCE,
        scopes=[SCOPE],
    )


def failure(credentials: helseid.Credentials) -> TokenError:
    with pytest.raises(TokenError) as caught:
        check(credentials)
    return caught.value


def test_the_list_is_nhns_own_thirteen_and_the_honest_one() -> None:
    """Numbers and names as the test token service has them."""
    assert [variant.number for variant in helseid.VARIANTS.values()] == list(range(14))
    assert [name for name, variant in helseid.VARIANTS.items() if not variant.error] == ["None"]
    with pytest.raises(ValueError, match="SetIatValueInThePast"):
        made("SetIatValueInThePresent")


@pytest.mark.parametrize("kind", KEYS)
def test_without_a_fault_the_request_passes(kind: str) -> None:
    """What the variants start from is honest, so that each of them has one fault only."""
    assert check(made("None", kind=kind)).proof.jti == check(made(kind=kind)).proof.jti == "p-1"


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("name", FAULTS)
def test_each_variant_is_refused_by_its_own_check(name: str, kind: str) -> None:
    """One fault, one check, one OAuth error; the answer says what is wrong and what to do."""
    variant, error = helseid.VARIANTS[name], failure(made(name, kind=kind))
    assert (error.check, error.error) == (variant.check, variant.error)
    assert error.remedy
    assert f'error="{variant.error}", error_description="{error}"' in helseid.challenge(error)


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_of_two_faults_the_earlier_check_speaks(pair: tuple[str, str]) -> None:
    """The order is NHN's own validator's: with two faults in one request, the check with the lower number is named."""
    steps = {row.name: row.step for row in helseid.CHECKS.values() if row.step and row.error == "invalid_dpop_proof"}
    earlier = min((helseid.VARIANTS[name].check for name in pair), key=steps.__getitem__)
    error = failure(made(*pair))
    assert steps[error.check] == steps[earlier]


def test_the_steps_are_numbered_as_nhn_numbers_them() -> None:
    """Fifteen steps, in the order of the table, each with a text and a remedy."""
    steps = [row.step for row in helseid.CHECKS.values() if row.step]
    assert steps == sorted(steps)
    assert set(steps) == set(range(1, 16))
    assert all(row.text.endswith(".") and row.remedy for row in helseid.CHECKS.values())
    assert helseid.CHECKS["cnf"].text.startswith("Missing 'cnf' claim")
    assert helseid.CHECKS["proof-format"].text == "Malformed DPoP token."


def test_a_replay_is_refused_with_the_last_step() -> None:
    """An honest proof sent twice: the caller's memory sees it, and says so with the table's own words."""
    seen: set[tuple[str, str]] = set()
    honest = made()
    for expected in (False, True):
        proof = check(honest).proof
        replayed = (proof.jkt, proof.jti) in seen
        assert replayed is expected
        seen.add((proof.jkt, proof.jti))
    error = helseid.refused("replay")
    assert (error.error, error.check) == ("invalid_dpop_proof", "replay")


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"issuer": "https://x.example", "audience": "x", "now": NOW - dt.timedelta(hours=1)}, "iss"),
        ({"audience": "x", "now": NOW - dt.timedelta(hours=1)}, "exp"),
        ({"audience": "x", "scopes": ["x"]}, "aud"),
        ({"scopes": ["x"]}, "scope"),
        ({"extra": {"cnf": None}}, "cnf"),
        ({"extra": {"cnf": {}}}, "cnf-jkt"),
    ],
)
def test_the_token_is_judged_before_its_binding_and_the_proof(changes: dict[str, Any], ids: str) -> None:
    """Every later part is wrong too, and the first fault is told."""
    error = failure(helseid.Credentials(issue("x", **changes), "no proof"))
    row = helseid.CHECKS[ids]
    assert (str(error), error.error, error.check) == (row.text, row.error, row.name)


def test_claims_are_read_under_both_spellings() -> None:
    """Tenancy has two names; scope is an array or text; aud may be an array of one. Contradictions say nothing."""
    first, second = "helseid://claims/client/client_tenancy", "helseid://claims/client/claims/client_tenancy"
    prefix = "helseid://claims/client/claims/orgnr_"
    for extra, tenancy in (
        ({first: "multi-tenant"}, "multi-tenant"),
        ({second: "single-tenant"}, "single-tenant"),
        ({first: "none", second: "none"}, "none"),
        ({first: "none", second: "multi-tenant"}, None),
        ({first: "something"}, None),
        ({first: ["none"]}, None),
    ):
        token = issue("j", extra={**extra, f"{prefix}supplier": "310000027", f"{prefix}parent": "313456781"})
        claims = helseid.check_access_token(token, jwks=JWKS, issuer=ISSUER, audience=AUDIENCE, scopes=[SCOPE], now=NOW)
        assert claims.tenancy == tenancy
        assert (claims.supplier_organisation_number, claims.organisation_number) == ("310000027", "313456781")
        assert claims.authentication == "private_key_jwt"
    for scope in ([SCOPE, "openid"], f"{SCOPE} openid"):
        token = issue("j", extra={"scope": scope, "aud": [AUDIENCE]})
        found = helseid.check_access_token(token, jwks=JWKS, issuer=ISSUER, audience=AUDIENCE, scopes=[SCOPE], now=NOW)
        assert found.scopes == {SCOPE, "openid"}


def test_a_challenge_holds_only_what_a_header_may() -> None:
    """Nothing a peer wrote can end the quoted text or the header."""
    error = TokenError('a "quoted" \\ text\r\nSet-Cookie: é')
    assert helseid.challenge(error).startswith(
        "DPoP error=\"invalid_token\", error_description=\"a 'quoted' ' text''Set-Cookie: '\", algs="
    )


hostile_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def compact(*parts: bytes) -> str:
    return ".".join(jws.part(part) for part in parts)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.binary(max_size=40) | hostile_json.map(lambda value: json.dumps(value).encode()), max_size=4))
def test_hostile_compact_tokens_are_refused_with_a_type(parts: list[bytes]) -> None:
    """Anything base64url in one to four parts: a TokenError, never another exception."""
    text = compact(*parts)
    honest = made()
    for attempt in (
        lambda: check(helseid.Credentials(text, honest.proof)),
        lambda: check(helseid.Credentials(honest.access_token, text)),
        lambda: helseid.check_client_assertion(text, client_id="c", jwks=[], audiences=[ISSUER], now=NOW),
    ):
        with pytest.raises(TokenError):
            attempt()


@pytest.mark.parametrize(
    "text",
    [
        compact(b'{"typ":"dpop+jwt","alg":"ES256","jwk":' + b"[" * 40_000, b"{}", b"x"),
        compact(b'{"a":' * 9_000 + b"1" + b"}" * 9_000, b"{}", b"x"),
        "A" * 10_000_000,
        "." * 1_000_000,
        compact(b"\xff\xfe{}", b"{}", b"x"),
        compact(b'\xef\xbb\xbf{"typ":"dpop+jwt"}', b"{}", b"x"),
        compact(b'{"typ":"dpop+jwt\x00"}', b"{}", b"x"),
        compact(
            b'{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","n":"' + b"A" * 40_000 + b'","e":"AQAB"}}', b"{}", b"x"
        ),
        compact(
            b'{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"' + b"A" * 40_000 + b'"}}', b"{}", b"x"
        ),
        compact(b'{"typ":"dpop+jwt","alg":"ES256"}', b'{"iat":1e999}', b"x"),
    ],
    ids=[
        "deep array",
        "deep object",
        "long",
        "dots",
        "utf-16",
        "bom",
        "nul",
        "huge modulus",
        "huge exponent",
        "infinite",
    ],
)
def test_absurd_proofs_cost_little(text: str) -> None:
    """Depth, length, encodings and numbers beyond reason: refused before any cryptography."""
    with pytest.raises(TokenError):
        check(helseid.Credentials(made().access_token, text))
