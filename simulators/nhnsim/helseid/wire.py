"""The token request as bytes: one form in, one request value out (RFC 6749 §4.4.2, RFC 7523 §2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from nhnsim.helseid.errors import refused
from nhnwire.errors import TokenError
from nhnwire.helseid import ASSERTION_TYPE, peek

MAX_FIELDS = 50


@dataclass(frozen=True)
class TokenRequest:
    """A token request as read, before it is judged.

    Attributes:
        client_id: who asks.
        grant_type: as sent.
        assertion: the client assertion, a compact JWT.
        scopes: asked for, each once, in order.
        resource: the one API the token shall be for; None when not said.
    """

    client_id: str
    grant_type: str
    assertion: str
    scopes: tuple[str, ...]
    resource: str | None


def read_token_request(content_type: str, body: bytes) -> TokenRequest:
    """Read the form.

    Raises:
        TokenError: `invalid_request` for what is no such form, `invalid_client` when no assertion comes with it.
    """
    fields = _fields(content_type, body)
    if not fields.get("grant_type"):
        raise refused("invalid_request", "grant_type is missing")
    if "client_secret" in fields:
        raise refused("invalid_client", "client secrets are not accepted here: send a client assertion")
    if fields.get("client_assertion_type") != ASSERTION_TYPE or not fields.get("client_assertion"):
        raise refused("invalid_client", f"send client_assertion with client_assertion_type {ASSERTION_TYPE}")
    assertion = fields["client_assertion"]
    return TokenRequest(
        client_id=fields.get("client_id") or _subject(assertion),
        grant_type=fields["grant_type"],
        assertion=assertion,
        scopes=tuple(dict.fromkeys(fields.get("scope", "").split())),
        resource=fields.get("resource"),
    )


def _subject(assertion: str) -> str:
    """The client an assertion names, where the form does not (RFC 7521 §4.2 lets it be left out)."""
    try:
        return str(peek(assertion)[1].get("sub"))
    except TokenError as error:
        raise refused("invalid_client", "Malformed client assertion.", check="format") from error


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    if content_type != "application/x-www-form-urlencoded":
        raise refused("invalid_request", "send the parameters as application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise refused("invalid_request", "the body is not a form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise refused("invalid_request", "a parameter was sent more than once")
    return fields
