"""How HelseID says no: OAuth errors with a name, a description and a status (RFC 6749 §5.2, RFC 9449 §5 and §8)."""

from __future__ import annotations

from aiohttp import web

from nhnwire.errors import TokenError


class NonceError(TokenError):
    """The proof lacks a fresh nonce of ours.

    Attributes:
        nonce: the one to use.
    """

    def __init__(self, nonce: str) -> None:
        text = "Authorization server requires nonce in DPoP proof"
        super().__init__(text, error="use_dpop_nonce", check="nonce")
        self.nonce = nonce


def refused(error: str, description: str, *, check: str = "") -> TokenError:
    """An OAuth error by its name, such as `invalid_client`."""
    return TokenError(description, error=error, check=check)


def render(error: TokenError) -> web.Response:
    """400 with the OAuth JSON body; HelseID uses it for `invalid_client` too."""
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if isinstance(error, NonceError):
        headers["DPoP-Nonce"] = error.nonce
    return web.json_response({"error": error.error, "error_description": str(error)}, status=400, headers=headers)


def render_other(status: int, text: str) -> web.Response:
    """What the token endpoint's own rules do not cover: unknown paths, wrong methods, a defect of ours."""
    name = "server_error" if status >= 500 else "invalid_request"
    return web.json_response({"error": name, "error_description": text}, status=status)
