"""What both versions' answers have in common: JSON out, JSON in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from nhnsim.edi2 import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


def json_answer(
    body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None, kind: str = "application/json"
) -> web.Response:
    """An answer with a JSON body; none with an empty one."""
    if not body:
        return web.Response(status=status, headers=headers)
    return web.Response(body=body, status=status, content_type=kind, charset="utf-8", headers=headers)


def require_json(request: web.Request) -> None:
    """`application/json`, `text/json` or `application/*+json`, in UTF-8.

    Raises:
        RefusedError: 415 for anything else; 400 when there is no body at all.
    """
    if not request.body_exists:
        raise errors.invalid("A non-empty request body is required: send a JSON object.")
    given = request.headers.get("Content-Type", "")
    kind = request.content_type.lower()
    is_json = kind in {"application/json", "text/json"} or (kind.startswith("application/") and kind.endswith("+json"))
    charset = (request.charset or "utf-8").lower()
    if not given or not is_json or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise errors.unsupported_media_type(given)
