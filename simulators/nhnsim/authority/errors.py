"""What the authority says when it cannot give a certificate."""

from __future__ import annotations

from aiohttp import web


class AuthorityError(Exception):
    """The caller asked for something that is not there.

    Attributes:
        status: of the HTTP answer.
    """

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def body(status: int, text: str) -> web.Response:
    """`{"error": text}`."""
    return web.json_response({"error": text}, status=status)
