"""What EDI 2.0 answers when it says no: one exception, a few named reasons, one JSON body.

Texts and codes are those of the published OpenAPI page where it shows one (`Not authorized for HerId(s): …`,
`Could not find database document`, code 1000 with `validationErrors`); the others are our own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire.edi2 import ErrorMessage
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNSPECIFIC = 0
INVALID_REQUEST = 1000
RECEIPT_FOR_RECEIPT = 1100
NOT_A_RECEIVER = 1102


class RefusedError(ProtocolError):
    """The request is refused.

    Attributes:
        status: the HTTP status.
        number: `errorCode` of the body.
        violations: `validationErrors` of the body; empty means none are given.
        headers: extra headers of the answer, such as WWW-Authenticate.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        number: int = UNSPECIFIC,
        violations: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text, code=str(number))
        self.status = status
        self.text = text
        self.number = number
        self.violations = violations
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> ErrorMessage:
        """The JSON body."""
        return ErrorMessage(
            request_id=request_id,
            error=self.text,
            error_code=self.number,
            validation_errors=list(self.violations) or None,
        )


def invalid(*violations: str) -> RefusedError:
    """400, code 1000: the request does not fit the model; each text says what and how to put it right."""
    return RefusedError(400, "Model validation error occurred", number=INVALID_REQUEST, violations=violations)


def refused(text: str, number: int = UNSPECIFIC) -> RefusedError:
    """400 by a rule of the service rather than by the model."""
    return RefusedError(400, text, number=number)


def unauthenticated(challenge: str, description: str, status: int = 401) -> RefusedError:
    """401 (or 403 for a missing scope) with the challenge of RFC 9449."""
    return RefusedError(status, description, headers={"WWW-Authenticate": challenge} if challenge else None)


def not_authorised(her_ids: Iterable[int]) -> RefusedError:
    """403: the token does not cover these HER-ids."""
    return RefusedError(403, f"Not authorized for HerId(s): {', '.join(str(her_id) for her_id in her_ids)}")


def not_found() -> RefusedError:
    """404: no message has this id (or it has been purged)."""
    return RefusedError(404, "Could not find database document")


def no_such_resource() -> RefusedError:
    """404: no endpoint has this path."""
    return RefusedError(404, "There is no such resource: the paths are those under /Messages")


def unsupported_media_type(content_type: str) -> RefusedError:
    """415: the body is not JSON."""
    return RefusedError(415, f"Content type {content_type or '(none)'} is not supported: send application/json, UTF-8")


def too_large(limit: int) -> RefusedError:
    """413: more than the request limit, in bytes."""
    return RefusedError(413, f"The request is larger than {limit} bytes: send attachments in another way")


def unexpected() -> RefusedError:
    """500: ours to mend; nothing of the inside is shown."""
    return RefusedError(500, "An unknown error occurred")
