"""What the control port answers to a request it cannot fulfil: `{"error": cause and remedy}`."""

from __future__ import annotations

from aiohttp import web


class ControlError(Exception):
    """The request cannot be fulfilled.

    Attributes:
        status: of the HTTP answer, 4xx.
    """

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def body(status: int, text: str) -> web.Response:
    """The answer."""
    return web.json_response({"error": text}, status=status)
