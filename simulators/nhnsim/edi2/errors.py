"""What EDI 2.0 answers when it says no: one exception, a few named reasons, one JSON body.

Texts and codes are those of the published OpenAPI page where it shows one (`Not authorized for HerId(s): …`,
`Could not find database document`, code 1000 with `validationErrors`); the others are our own words.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from nhnwire.edi2 import ErrorMessage
from nhnwire.edi2.v3 import ProblemDetails
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNSPECIFIC = 0
INVALID_REQUEST = 1000
INVALID_REQUEST_V3 = 1001
MISSING = 1010
RECEIPT_FOR_RECEIPT = 1100
NOT_A_RECEIVER = 1102
NO_ADDRESSEES = 1200
NO_ADDRESSEE = 1201
NOT_COVERED = 1202
LOCKED = 1210


class RefusedError(ProtocolError):
    """The request is refused.

    Attributes:
        status: the HTTP status.
        number: `errorCode` of the body in version 2.
        number_v3: `errorCode` of the body in version 3, which has more of them.
        violations: `validationErrors` of the body; empty means none are given.
        headers: extra headers of the answer, such as WWW-Authenticate.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        number: int = UNSPECIFIC,
        number_v3: int | None = None,
        violations: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text, code=str(number))
        self.status = status
        self.text = text
        self.number = number
        self.number_v3 = number if number_v3 is None else number_v3
        self.violations = violations
        self.headers = dict(headers or {})

    def problem(self, request_id: str, *, path: str, at: str) -> ProblemDetails:
        """The JSON body in version 3 (RFC 9457)."""
        return ProblemDetails(
            status=self.status,
            title=HTTPStatus(self.status).phrase,
            error_code=self.number_v3,
            type="about:blank",
            detail=self.text,
            instance=path,
            request_id=request_id,
            validation_errors=list(self.violations) or None,
            timestamp=at,
        )

    def body(self, request_id: str) -> ErrorMessage:
        """The JSON body in version 2."""
        return ErrorMessage(
            request_id=request_id,
            error=self.text,
            error_code=self.number,
            validation_errors=list(self.violations) or None,
        )


def invalid(*violations: str) -> RefusedError:
    """400, code 1000: the request does not fit the model; each text says what and how to put it right."""
    return RefusedError(
        400,
        "Model validation error occurred",
        number=INVALID_REQUEST,
        number_v3=INVALID_REQUEST_V3,
        violations=violations,
    )


def refused(text: str, number: int = UNSPECIFIC) -> RefusedError:
    """400 by a rule of the service rather than by the model."""
    return RefusedError(400, text, number=number, number_v3=number or INVALID_REQUEST_V3)


def not_addressed(text: str) -> RefusedError:
    """400: sender or receivers cannot be deduced, so that nobody could be authorised."""
    return RefusedError(400, text, number_v3=NO_ADDRESSEES)


def unauthenticated(challenge: str, description: str, status: int = 401) -> RefusedError:
    """401 (or 403 for a missing scope) with the challenge of RFC 9449."""
    return RefusedError(status, description, headers={"WWW-Authenticate": challenge} if challenge else None)


def not_authorised(her_ids: Iterable[int]) -> RefusedError:
    """403: the token does not cover these HER-ids."""
    return RefusedError(403, _not_authorised(her_ids), number_v3=NOT_COVERED)


def no_addressee(her_ids: Iterable[int]) -> RefusedError:
    """403: the caller is neither the sender nor a receiver."""
    return RefusedError(403, _not_authorised(her_ids), number_v3=NO_ADDRESSEE)


def locked(her_ids: Iterable[int]) -> RefusedError:
    """423: another HelseID client has locked these HER-ids."""
    return RefusedError(
        423,
        f"Locked by another client: HerId(s) {', '.join(str(her_id) for her_id in her_ids)}. "
        "Let that client set clientLocked to false, or use it.",
        number_v3=LOCKED,
    )


def not_configured(her_ids: Iterable[int]) -> RefusedError:
    """404: version 3 serves only HER-ids that have a configuration."""
    return RefusedError(
        404,
        f"No configuration exists for HerId(s): {', '.join(str(her_id) for her_id in her_ids)}. "
        "PUT /mshconfigurations first.",
        number_v3=MISSING,
    )


def other_version(version: str) -> RefusedError:
    """404: the path belongs to another version of the interface."""
    return RefusedError(404, f"There is no such resource in api-version {version}", number_v3=MISSING)


def not_found() -> RefusedError:
    """404: no message has this id (or it has been purged)."""
    return RefusedError(404, "Could not find database document", number_v3=MISSING)


def no_such_resource() -> RefusedError:
    """404: no endpoint has this path."""
    return RefusedError(404, "There is no such resource: see the OpenAPI page of the version", number_v3=MISSING)


def unsupported_media_type(content_type: str) -> RefusedError:
    """415: the body is not JSON."""
    return RefusedError(415, f"Content type {content_type or '(none)'} is not supported: send application/json, UTF-8")


def too_large(limit: int) -> RefusedError:
    """413: more than the request limit, in bytes."""
    return RefusedError(413, f"The request is larger than {limit} bytes: send attachments in another way")


def unexpected() -> RefusedError:
    """500: ours to mend; nothing of the inside is shown."""
    return RefusedError(500, "An unknown error occurred")


def _not_authorised(her_ids: Iterable[int]) -> str:
    return f"Not authorized for HerId(s): {', '.join(str(her_id) for her_id in her_ids)}"
