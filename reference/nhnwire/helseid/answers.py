"""The token endpoint's answer, made and read: what was granted, what was not (RFC 6749 §5, HelseID's documentation)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from nhnwire.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MAX_ANSWER = 256 * 1024


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A granted token.

    Attributes:
        access_token: to be sent as it is; not to be read by the client.
        lifetime: from the request on.
        scopes: granted; None when the answer does not say, and then all that was asked for (RFC 6749 §5.1).
        rejected: scopes whose terms the organisation that a multi-tenant client acts for has not accepted; the token
            is good for the others.
    """

    access_token: str
    lifetime: dt.timedelta
    scopes: tuple[str, ...] | None
    rejected: tuple[str, ...] = ()


def divide_scopes(
    asked: Sequence[str], allowed: Collection[str], not_accepted: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Scopes to grant and scopes to reject, in the order asked for, each once.

    Args:
        asked: by the client.
        allowed: what the client is registered for.
        not_accepted: what the organisation it acts for has not accepted the terms of.

    Raises:
        TokenError: `invalid_scope` when none is asked for, one may not be asked for, or none is left to grant.
    """
    each = tuple(dict.fromkeys(asked))
    if not each:
        raise _scope("scope is missing", "name the scopes, with spaces between them")
    if unknown := [scope for scope in each if scope not in allowed]:
        raise _scope(f"this client may not have: {' '.join(unknown)[:200]}", "register the client for it")
    rejected = tuple(scope for scope in each if scope in not_accepted)
    if len(rejected) == len(each):
        raise _scope("the organisation has accepted the terms of none of the scopes", "let it accept them first")
    return tuple(scope for scope in each if scope not in not_accepted), rejected


def token_answer(answer: TokenAnswer) -> dict[str, object]:
    """The JSON object of a granted token; `rejected_scope` only when there is something in it."""
    body: dict[str, object] = {
        "access_token": answer.access_token,
        "expires_in": int(answer.lifetime.total_seconds()),
        "token_type": "DPoP",
    }
    if answer.scopes is not None:
        body["scope"] = " ".join(answer.scopes)
    if answer.rejected:
        body["rejected_scope"] = " ".join(answer.rejected)
    return body


def read_token_answer(body: bytes) -> TokenAnswer:
    """Read the body of a 200 from the token endpoint; scopes are taken as text with spaces and as arrays.

    Raises:
        TokenError: it holds no token that can be used with DPoP.
    """
    found = _object(body)
    token, seconds = found.get("access_token"), found.get("expires_in")
    if not isinstance(token, str) or not token:
        raise _unusable("it has no access_token")
    if str(found.get("token_type", "")).lower() != "dpop":
        raise _unusable("token_type is not DPoP: the token is bound to no key")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= 366 * 86_400:
        raise _unusable("expires_in is not a number of seconds")
    scopes = _scopes(found["scope"]) if "scope" in found else None
    return TokenAnswer(token, dt.timedelta(seconds=seconds), scopes, _scopes(found.get("rejected_scope")))


def read_token_error(status: int, headers: Mapping[str, str], body: bytes) -> tuple[TokenError, str | None]:
    """Read any other answer: the error, and the nonce when the request should be repeated with it.

    Clients tell a demand for a nonce in different ways: by the header alone, by the error and the header, by status
    400 and the header. Whoever sends the header sends all three; a reader needs the header only.

    Args:
        status: of the answer.
        headers: of the answer; names in any case.
        body: of the answer; whatever it is, it does no harm.
    """
    nonce = next((value for name, value in headers.items() if name.lower() == "dpop-nonce" and value), None)
    try:
        found = _object(body)
    except TokenError:
        found = {}
    error, text = found.get("error"), found.get("error_description")
    name = error if isinstance(error, str) and error else "use_dpop_nonce" if nonce else "server_error"
    message = text if isinstance(text, str) and text else f"HelseID answered {status} without saying why."
    return TokenError(message, error=name, check="answer"), nonce


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_ANSWER:
        raise _unusable("it is too long")
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise _unusable("it is no JSON object") from None


def _scopes(value: object) -> tuple[str, ...]:
    parts = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(part for part in parts if isinstance(part, str))


def _scope(text: str, remedy: str) -> TokenError:
    return TokenError(text, error="invalid_scope", check="scope", remedy=remedy)


def _unusable(reason: str) -> TokenError:
    return TokenError(f"The token endpoint's answer cannot be used: {reason}.", error="server_error", check="answer")
