"""What the address register answers when it says no: problem details (RFC 9457), as ASP.NET writes them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping


class RegisterError(ProtocolError):
    """The request is refused.

    Attributes:
        status: the HTTP status.
        fields: for 400: what is wrong, by the name of the parameter.
        headers: extra headers, such as WWW-Authenticate.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code=str(status))
        self.status = status
        self.detail = detail
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})


def invalid(field: str, text: str) -> RegisterError:
    """400: a parameter does not fit the model."""
    return RegisterError(400, "One or more validation errors occurred.", fields={field: text})


def not_found(what: str) -> RegisterError:
    """404: the register does not have it."""
    return RegisterError(404, what)


def render(error: RegisterError) -> web.Response:
    """The answer for a refused request."""
    response = problem(error.status, error.detail, error.fields)
    response.headers.update(error.headers)
    return response


def problem(status: int, detail: str, fields: Mapping[str, str] | None = None) -> web.Response:
    """A problem document."""
    title = HTTPStatus(status).phrase
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if fields:
        body["errors"] = {name: [text] for name, text in fields.items()}
    return web.json_response(body, status=status, content_type="application/problem+json")
