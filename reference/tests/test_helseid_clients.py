"""What clients send HelseID and read from it: organisation details in every spelling, the token endpoint's answer."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from nhnwire import helseid
from nhnwire.errors import TokenError

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
ISSUER = "https://helseid.example"
PARENT, CHILD = "310000027", "313456781"
JOURNAL = "9d1f8a3c-56d4-4a53-8f0e-0d6a0a1a5a11"
KEY = helseid.load_key(ECKey.generate_key("P-384").as_pem(private=True))
SAMPLE_SYSTEM = "urn:oid:2.16.578.1.12.4.1.2.101"


def identifier(value: object, system: object = "urn:oid:1.0.6523", kind: str = "ENH") -> dict[str, object]:
    return {
        "type": "helseid_authorization",
        "practitioner_role": {"organization": {"identifier": {"system": system, "type": kind, "value": value}}},
    }


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([], (None, None, None)),
        ([helseid.organisation_details(parent=PARENT)], (PARENT, None, None)),
        ([helseid.organisation_details(parent=PARENT, last_colon=False)], (PARENT, None, None)),
        ([helseid.organisation_details(parent=PARENT, child=CHILD)], (PARENT, CHILD, None)),
        ([helseid.organisation_details(child=CHILD)], (None, CHILD, None)),
        ([helseid.organisation_details(child=CHILD, single_tenant_system=SAMPLE_SYSTEM)], (None, CHILD, None)),
        ([helseid.journal_details(JOURNAL)], (None, None, JOURNAL)),
        (
            [helseid.organisation_details(parent=PARENT, child=CHILD), helseid.journal_details(JOURNAL)],
            (PARENT, CHILD, JOURNAL),
        ),
        ([identifier(f"NO:ORGNR:{PARENT}:"), identifier(f"NO:ORGNR:{PARENT}")], (PARENT, None, None)),
        ([{"type": "somebody:else"}], (None, None, None)),
    ],
)
def test_details_are_read_as_every_library_writes_them(details: list[Any], expected: tuple[str | None, ...]) -> None:
    """.NET ends a lone parent with a colon, Java does not; single-tenant samples use another OID than the libraries."""
    token = helseid.client_assertion(
        KEY, client_id="c", issuer=ISSUER, now=NOW, jti="1", kid="k", assertion_details=details or None
    )
    passed = helseid.check_client_assertion(
        token, client_id="c", jwks=[helseid.public_jwk(KEY, kid="k")], audiences=[ISSUER], now=NOW
    )
    read = helseid.read_details(passed.details)
    assert (read.parent, read.child, read.journal_id) == expected


def test_the_two_spellings_of_a_lone_parent() -> None:
    """The wire forms themselves."""

    def value(**form: Any) -> Any:
        made: Any = helseid.organisation_details(**form)
        return made["practitioner_role"]["organization"]["identifier"]["value"]

    assert value(parent=PARENT) == "NO:ORGNR:310000027:"
    assert value(parent=PARENT, last_colon=False) == "NO:ORGNR:310000027"
    assert value(parent=PARENT, child=CHILD, last_colon=False) == "NO:ORGNR:310000027:313456781"


@pytest.mark.parametrize(
    "details",
    [
        [identifier("NO:ORGNR::313456781")],
        [identifier("NO:ORGNR:31000002")],
        [identifier("NO:ORGNR:310000027:313456781:")],
        [identifier("NO:ORGNR:３１００００027")],
        [identifier(PARENT)],
        [identifier(None)],
        [identifier(f"NO:ORGNR:{PARENT}", kind="HER")],
        [identifier(f"NO:ORGNR:{PARENT}", SAMPLE_SYSTEM)],
        [identifier(CHILD, "urn:oid:1.2.3")],
        [identifier(CHILD, ["urn:oid:1.0.6523"])],
        [{"type": "helseid_authorization", "practitioner_role": [[]]}],
        [helseid.organisation_details(parent=PARENT), helseid.organisation_details(parent=CHILD)],
        [helseid.journal_details("not a guid")],
        [{"type": "nhn:sfm:journal-id", "value": JOURNAL}],
    ],
)
def test_details_that_cannot_be_read_are_invalid_client(details: list[Any]) -> None:
    """No parent, no nine digits, another system, two that contradict each other."""
    with pytest.raises(TokenError) as caught:
        helseid.read_details(details)
    assert (caught.value.error, caught.value.check) == ("invalid_client", "assertion_details")
    assert caught.value.remedy


def test_the_name_of_the_request_object_is_not_the_assertions() -> None:
    """authorization_details belongs to a user's login; HelseID does not take both."""
    token = helseid.jws.encode(
        {"typ": "JWT", "alg": "ES384", "kid": "k"},
        {
            "iss": "c",
            "sub": "c",
            "aud": ISSUER,
            "jti": "1",
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 10,
            "authorization_details": [],
        },
        KEY,
    )
    with pytest.raises(TokenError) as caught:
        helseid.check_client_assertion(
            token, client_id="c", jwks=[helseid.public_jwk(KEY, kid="k")], audiences=[ISSUER], now=NOW
        )
    assert caught.value.check == "assertion_details"


def test_scopes_whose_terms_are_not_accepted_are_rejected_and_the_rest_granted() -> None:
    """The answer names both; the client can still work with what it got."""
    granted, rejected = helseid.divide_scopes(["a", "b", "a", "c"], {"a", "b", "c", "d"}, {"b"})
    assert (granted, rejected) == (("a", "c"), ("b",))
    body = helseid.token_answer(helseid.TokenAnswer("t", dt.timedelta(minutes=10), granted, rejected))
    assert body == {
        "access_token": "t",
        "expires_in": 600,
        "token_type": "DPoP",
        "scope": "a c",
        "rejected_scope": "b",
    }
    read = helseid.read_token_answer(json.dumps(body).encode())
    assert (read.scopes, read.rejected) == (granted, rejected)
    for asked, not_accepted in (((), ()), (("x",), ()), (("a",), ("a",))):
        with pytest.raises(TokenError) as caught:
            helseid.divide_scopes(asked, {"a"}, not_accepted)
        assert caught.value.error == "invalid_scope"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"access_token":"t","token_type":"Bearer","expires_in":600}',
        b'{"access_token":"t","token_type":"DPoP"}',
        b'{"access_token":"t","token_type":"DPoP","expires_in":true}',
        b'{"access_token":"t","token_type":"DPoP","expires_in":0}',
        b'{"access_token":7,"token_type":"DPoP","expires_in":600}',
        b"[" * 100_000,
        b" " * 300_000,
    ],
)
def test_answers_without_a_usable_token(body: bytes) -> None:
    """A Bearer token, a missing lifetime or a page of HTML is no token."""
    with pytest.raises(TokenError):
        helseid.read_token_answer(body)


def test_a_demand_for_a_nonce_is_seen_whatever_the_body_says() -> None:
    """By the header; the error's name is read where there is one."""
    told = b'{"error":"use_dpop_nonce","error_description":"nonce please"}'
    for headers, body, name, nonce in (
        ({"DPoP-Nonce": "n"}, told, "use_dpop_nonce", "n"),
        ({"dpop-nonce": "n"}, b"<html>", "use_dpop_nonce", "n"),
        ({}, b'{"error":"invalid_client"}', "invalid_client", None),
        ({"DPoP-Nonce": ""}, b"[]", "server_error", None),
        ({}, b'{"error":7}', "server_error", None),
    ):
        error, found = helseid.read_token_error(400, headers, body)
        assert (error.error, found) == (name, nonce)


@given(st.binary(max_size=60), st.sampled_from([200, 400, 500]))
def test_any_answer_is_read_or_refused_with_a_type(body: bytes, status: int) -> None:
    """Bytes of any kind from a token endpoint."""
    helseid.read_token_error(status, {}, body)
    with contextlib.suppress(TokenError):
        helseid.read_token_answer(body)
