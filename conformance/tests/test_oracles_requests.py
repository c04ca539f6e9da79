"""HTTP requests and JWTs as the oracles see them, and the rules on them: one change breaks one rule."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from nhnconform.errors import HarnessError
from nhnconform.oracles import Oracles, table
from nhnconform.oracles.jose import hash_of, read_jwt, thumbprint
from nhnconform.oracles.requests import request
from nhnwire.validation import schema_path

if TYPE_CHECKING:
    from collections.abc import Mapping

ORACLES = Oracles(schema_path())
RSA = rsa.generate_private_key(65537, 2048)
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


RSA_JWK = {"kty": "RSA", "n": number(RSA.public_key().public_numbers().n), "e": "AQAB"}
POINT = ELLIPTIC.public_key().public_numbers()
EC_JWK = {"kty": "EC", "crv": "P-256", "x": b64(POINT.x.to_bytes(32, "big")), "y": b64(POINT.y.to_bytes(32, "big"))}


def signed(head: Mapping[str, object], claims: Mapping[str, object]) -> str:
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    if head["alg"] == "ES256":
        r, s = decode_dss_signature(ELLIPTIC.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    pad = padding.PKCS1v15() if head["alg"] == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return f"{text}.{b64(RSA.sign(text.encode(), pad, hashes.SHA256()))}"


ACCESS = signed({"alg": "RS256", "typ": "at+jwt"}, {"iss": "https://id.test", "cnf": {"jkt": thumbprint(EC_JWK)}})
HEAD: dict[str, object] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": EC_JWK}
CLAIMS: dict[str, object] = {
    "jti": "a",
    "htm": "POST",
    "htu": "https://edi.test:8104/Messages",
    "iat": 1,
    "ath": hash_of(ACCESS),
}
BODY = {"contentType": "application/xml", "contentTransferEncoding": "base64", "businessDocument": "PGEvPg=="}


def call(proof: str = "", body: object = BODY, path: str = "/Messages?A=1", **headers: str | None) -> bytes:
    data = json.dumps(body).encode()
    wanted: dict[str, str | None] = {
        "Host": "edi.test:8104",
        "api-version": "2",
        "nhn-source-system": "Test EHR, v1.0",
        "Authorization": f"DPoP {ACCESS}",
        "DPoP": proof or signed(HEAD, CLAIMS),
        "Content-Type": "application/json",
        "Content-Length": str(len(data)),
    }
    wanted |= {key.replace("_", "-"): value for key, value in headers.items()}
    lines = [f"{key}: {value}" for key, value in wanted.items() if value is not None]
    return "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode() + data


def rules(name: str, raw: bytes | list[bytes]) -> set[str]:
    return {finding.rule for finding in ORACLES.check(name, raw)}


def test_a_good_call_breaks_nothing() -> None:
    """A message posted with an elliptic key, and one with an RSA key under PSS."""
    assert rules("edi-request", call()) == set()
    access = signed({"alg": "RS256"}, {"cnf": {"jkt": thumbprint(RSA_JWK)}})
    proof = signed({"typ": "dpop+jwt", "alg": "PS256", "jwk": RSA_JWK}, CLAIMS | {"ath": hash_of(access)})
    assert rules("edi-request", call(proof, Authorization=f"DPoP {access}")) == set()


def proof(head: dict[str, object] | None = None, **claims: object) -> str:
    return signed(HEAD | (head or {}), {key: value for key, value in (CLAIMS | claims).items() if value is not None})


ANSWER = "https://edi.test:8104/messages/1/apprec"
TAMPERED = signed(HEAD, CLAIMS)[:-8] + "AAAAAAAA"
CALLS = [
    ("EDIR-01", call(api_version="1")),
    ("EDIR-02", call(nhn_source_system=None)),
    ("EDIR-03", call(nhn_source_system="Test EHR")),
    ("EDIR-04", call(Authorization=f"Bearer {ACCESS}")),
    ("EDIR-05", call(DPoP=None)),
    ("EDIR-06", call(proof({"typ": "jwt"}))),
    ("EDIR-07", call(proof({"alg": "RS1"}))),
    ("EDIR-08", call(TAMPERED)),
    ("EDIR-09", call(proof({"jwk": EC_JWK | {"d": "AAAA"}}))),
    ("EDIR-10", call(proof(htm="GET"))),
    ("EDIR-11", call(proof(htu="https://edi.test:8104/Messages?A=1"))),
    ("EDIR-12", call(proof(ath=None))),
    ("EDIR-13", call(signed({"typ": "dpop+jwt", "alg": "RS256", "jwk": RSA_JWK}, CLAIMS))),
    ("EDIR-14", call(proof(jti=None))),
    ("EDIR-15", call(body=BODY | {"contentType": "text/xml"})),
    ("EDIR-16", call(api_version="3")),
    ("EDIR-17", call(proof(htu=ANSWER), path="/messages/1/apprec", api_version="3", body={"appRecStatus": "Ok"})),
]


@pytest.mark.parametrize(("rule", "raw"), CALLS, ids=[row[0] for row in CALLS])
def test_one_fault_in_a_call_breaks_one_rule(rule: str, raw: bytes) -> None:
    """Each fault is named by its own rule; a call without `nhn-source-system` has no well-formed one either."""
    implied = {"EDIR-02": {"EDIR-03"}, "EDIR-07": {"EDIR-08"}}.get(rule, set())
    assert rules("edi-request", raw) - implied == {rule}


def token_request(**changes: object) -> bytes:
    claims: dict[str, object] = {"iss": "c", "sub": "c", "aud": "https://id.test", "jti": "j", "iat": 10, "exp": 40}
    parts: dict[str, object] = {"typ": "client-authentication+jwt", "alg": "PS256"}
    proof_claims: dict[str, object] = {"jti": "p", "htm": "POST", "htu": "https://id.test/connect/token", "iat": 10}
    for key, value in changes.items():
        where = proof_claims if key.startswith("proof_") else parts if key == "alg" else claims
        where[key.removeprefix("proof_")] = value
    claims = {key: value for key, value in claims.items() if value is not None}
    head = parts | {"alg": "PS256"}
    assertion = signed(head, claims)
    if parts["alg"] != "PS256":
        assertion = ".".join([b64(json.dumps(parts).encode()), *assertion.split(".")[1:]])
    body = (
        "grant_type=client_credentials&scope=x&client_assertion_type="
        "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + assertion
    )
    dpop = signed(HEAD, proof_claims)
    head_lines = f"POST /connect/token HTTP/1.1\r\nHost: id.test\r\nDPoP: {dpop}\r\n"
    return f"{head_lines}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()


TOKENS = [
    ("HIDR-01", token_request().replace(b"jwt-bearer", b"saml2-bearer")),
    ("HIDR-02", token_request(aud="https://other.test")),
    ("HIDR-03", token_request(exp=100)),
    ("HIDR-04", token_request(jti=None)),
    ("HIDR-05", token_request(proof_htu="https://id.test/")),
    ("HIDR-06", token_request(alg="HS256")),
]


@pytest.mark.parametrize(("rule", "raw"), TOKENS, ids=[row[0] for row in TOKENS])
def test_one_fault_in_a_token_request_breaks_one_rule(rule: str, raw: bytes) -> None:
    """Assertion and proof of a request for a token (HelseID C.2 to C.5)."""
    assert rules("token-request", token_request()) == set()
    assert rules("token-request", raw) == {rule}


DETAILS = {
    "type": "helseid_authorization",
    "practitioner_role": {
        "organization": {"identifier": {"system": "urn:oid:1.0.6523", "type": "ENH", "value": "NO:ORGNR:310000008:"}}
    },
}


def test_organisations_and_keys_in_a_token_request() -> None:
    """An organisation in the described form, as an object or in a list, is right; a private key is never."""
    assert rules("token-details", token_request(assertion_details=DETAILS)) == set()
    assert rules("token-details", token_request(assertion_details=[DETAILS])) == set()
    assert rules("token-details", token_request(assertion_details=DETAILS | {"type": "organisation"})) == {"HIDD-01"}
    assert rules("shown-keys", call()) == set()
    assert rules("shown-keys", call(proof({"jwk": EC_JWK | {"d": "AAAA"}}))) == {"HIDK-01"}


def test_what_is_used_twice_is_found_in_the_sequence() -> None:
    """The same proof on two calls, the same assertion in two requests; fresh ones are fine."""
    assert rules("edi-requests", [call(), call(proof(jti="b"))]) == set()
    assert rules("edi-requests", [call(), call(proof(jti="b")), call()]) == {"EDIS-01"}
    fresh = token_request(jti="k", proof_jti="q")
    assert rules("token-requests", [token_request(), fresh]) == set()
    assert rules("token-requests", [token_request(), token_request()]) == {"HIDS-01", "HIDS-02"}


def test_every_row_for_requests_is_tried_here() -> None:
    """No row without a fault that breaks it."""
    tried = {row[0] for row in (*CALLS, *TOKENS)} | {"EDIS-01", "HIDS-01", "HIDS-02", "HIDD-01", "HIDK-01"}
    names = ("edi-request", "edi-requests", "token-request", "token-requests", "token-details", "shown-keys")
    assert {row.id for name in names for row in table(name).rows} <= tried


def test_the_thumbprint_of_the_rfc() -> None:
    """RFC 7638 §3.1 gives a key and its thumbprint; this is the shape of it with a key of our own."""
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": EC_JWK["x"], "y": EC_JWK["y"]}, separators=(",", ":"))
    assert thumbprint(EC_JWK | {"use": "sig"}) == b64(hashlib.sha256(members.encode()).digest())
    assert thumbprint({"kty": "oct", "k": "AA"}) == ""


@given(st.text())
def test_any_text_is_read_as_a_jwt_without_an_error(text: str) -> None:
    """Hostile tokens never break the judge."""
    assert read_jwt(text).signature in {"invalid", "unchecked", "valid"}


@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_a_request_without_an_error(raw: bytes) -> None:
    """Hostile requests never break the judge either; all rules can be asked of them."""
    assert request(raw).tag == "request"
    assert rules("edi-request", raw)


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=9))
def test_chunked_bodies_are_put_together(body: bytes, size: int) -> None:
    """However a body is cut, the same JSON comes out."""
    data = json.dumps({"a": b64(body)}).encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert request(head + chunked).findtext("json/member") == b64(body)


def test_misuse_of_a_table_is_our_fault_and_says_so() -> None:
    """Wrong kinds of input, unknown tables and unbound variables are errors of the harness."""
    for name, data in (("no-such-table", b""), ("edi-requests", b""), ("edi-request", [b""]), ("apprec-echo", b"<a/>")):
        with pytest.raises(HarnessError, match=re.compile("table", re.IGNORECASE)):
            ORACLES.check(name, data)
