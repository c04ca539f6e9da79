"""Protocol-aware faults: objects that wrap an endpoint's answer.

An endpoint knows nothing of them. The middleware hands the request and the endpoint's handler to the wrapping of the
fault that was armed, and what the wrapping returns is the answer. What a fault cannot do to an answer (turn round a
list where there is none) it leaves undone. The table of kinds, with their parameters, is in `nhnsim.faults`.
"""

from __future__ import annotations

import asyncio
import base64
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from nhnsim.skew import SKEW
from nhnsim.spoiling import SPOIL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nhnsim.context import ErrorBody
    from nhnsim.faults import Fault

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CHALLENGE: Final = (
    'DPoP error="invalid_token", error_description="The token has expired", algs="ES256 ES384 PS256 RS256"'
)
ENUMS: Final = ("transportDeliveryState", "appRecStatus", "type", "eventType", "amqpTransportStatus")
"""Members of JSON answers whose values are words of an enumeration."""
UNKNOWN_WORD: Final = "ProvenettUnknown"
UNKNOWN_PROPERTY: Final = "provenettUnknown"


class Wrapping(ABC):
    """What becomes of one call."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    @abstractmethod
    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        """The answer to give.

        Args:
            request: the call.
            handler: the endpoint.
            error_body: how the endpoint words an error.
        """


class Status(Wrapping):
    """An error that the endpoint does not mean; with `commit` it has done what was asked all the same."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        if self.fault.commit:
            await handler(request)
        response = error_body(self.fault.status, f"A fault was armed: {self.fault.id}")
        response.set_status(self.fault.status)
        if self.fault.retry_after:
            response.headers["Retry-After"] = str(self.fault.retry_after)
        return response


class StaleToken(Wrapping):
    """Valid credentials are answered as if they had run out (RFC 9449 §7.1)."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        del request, handler
        response = error_body(401, "The token has expired")
        response.headers["WWW-Authenticate"] = CHALLENGE
        return response


class UseNonce(Wrapping):
    """A nonce is asked for, as if the one that came (if one came) had been replaced (RFC 9449 §8)."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        del handler
        nonce = {"DPoP-Nonce": f"provenett-{self.fault.id}"}
        if request.path.lower().startswith("/connect/"):
            body = {"error": "use_dpop_nonce", "error_description": "Authorization server requires nonce in DPoP proof"}
            return web.json_response(body, status=400, headers=nonce)
        response = error_body(401, "A nonce is required in the DPoP proof")
        response.headers.update({**nonce, "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'})
        return response


class LoseAnswer(Wrapping):
    """The endpoint has done what was asked, and then the connection is gone."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        response = await handler(request)
        del error_body
        if request.transport is not None:
            request.transport.abort()
        return response


class Slow(Wrapping):
    """The endpoint takes its time, in real seconds, before it begins."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        del error_body
        await asyncio.sleep(self.fault.seconds)
        return await handler(request)


class ClockSkew(Wrapping):
    """The endpoint's clock is ahead (or behind) while it handles the call: it judges and dates accordingly."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        del error_body
        before = SKEW.set(timedelta(seconds=self.fault.seconds))
        try:
            return await handler(request)
        finally:
            SKEW.reset(before)


class Body(Wrapping):
    """The endpoint's answer with another body."""

    async def answer(self, request: web.Request, handler: Handler, error_body: ErrorBody) -> web.StreamResponse:
        del error_body
        response = await handler(request)
        if isinstance(response, web.Response) and isinstance(response.body, bytes) and response.body:
            self.change(response, response.body)
        return response

    @abstractmethod
    def change(self, response: web.Response, body: bytes) -> None:
        """Give the response its other body."""


class EmptyBody(Body):
    """Nothing where something should be."""

    def change(self, response: web.Response, body: bytes) -> None:
        del body
        response.body = b""


class Malformed(Body):
    """HTTP is intact and the body is not: cut in the middle, garbled, or of another kind than it says."""

    def change(self, response: web.Response, body: bytes) -> None:
        variants: Mapping[str, Callable[[], bytes]] = {
            "cut": lambda: body[: len(body) // 2],
            "garbled": lambda: body[:1] + bytes(byte ^ 0x5A for byte in body[1:]),
            "html": lambda: b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>",
        }
        response.body = variants[self.fault.variant]()
        if self.fault.variant == "html":
            response.content_type = "text/html"


class Json(Body):
    """A JSON answer with something changed in it; other answers stay as they are."""

    def change(self, response: web.Response, body: bytes) -> None:
        if not response.content_type.endswith("json"):
            return
        try:
            value = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        response.body = msgspec.json.encode(self.changed(value))

    @abstractmethod
    def changed(self, value: Any) -> Any:
        """What becomes of the decoded body."""


class Listed(Json):
    """An answer that is a list, or an object with a list in it."""

    def changed(self, value: Any) -> Any:
        if isinstance(value, list):
            return self.relisted(value)
        if isinstance(value, dict):
            name = next((key for key, inner in value.items() if isinstance(inner, list)), None)
            return value if name is None else {**value, name: self.relisted(value[name])}
        return value

    @abstractmethod
    def relisted(self, items: list[Any]) -> list[Any]:
        """What becomes of the list."""


class Duplicate(Listed):
    """Every item is there twice."""

    def relisted(self, items: list[Any]) -> list[Any]:
        return [item for item in items for _ in range(2)]


class Reorder(Listed):
    """The last is first."""

    def relisted(self, items: list[Any]) -> list[Any]:
        return items[::-1]


class EmptyPage(Listed):
    """There is nothing, it says."""

    def relisted(self, items: list[Any]) -> list[Any]:
        return items[:0]


class LostNotification(Listed):
    """The first items are not told of; who asks again from where they stood gets them."""

    def relisted(self, items: list[Any]) -> list[Any]:
        return items[self.fault.size :]


class UnknownProperty(Json):
    """Every object has a member that nobody has heard of."""

    def changed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.changed(item) for item in value]
        if isinstance(value, dict):
            return {
                **{key: self.changed(inner) for key, inner in value.items()},
                UNKNOWN_PROPERTY: {"since": "tomorrow"},
            }
        return value


class UnknownEnum(Json):
    """A word of an enumeration is one that nobody has heard of."""

    def changed(self, value: Any) -> Any:
        names = (self.fault.variant,) if self.fault.variant else ENUMS
        if isinstance(value, list):
            return [self.changed(item) for item in value]
        if isinstance(value, dict):
            return {
                key: UNKNOWN_WORD if key in names and isinstance(inner, str) else self.changed(inner)
                for key, inner in value.items()
            }
        return value


class Document(Json):
    """The business document in the answer has been spoilt."""

    def changed(self, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("businessDocument"), str):
            return value
        document = base64.b64decode(value["businessDocument"])
        return {**value, "businessDocument": base64.b64encode(SPOIL[self.fault.variant](document)).decode("ascii")}


WRAPPINGS: Final[Mapping[str, type[Wrapping]]] = {
    "status": Status,
    "stale_token": StaleToken,
    "use_nonce": UseNonce,
    "lose_answer": LoseAnswer,
    "slow": Slow,
    "clock_skew": ClockSkew,
    "empty_body": EmptyBody,
    "malformed": Malformed,
    "duplicate": Duplicate,
    "reorder": Reorder,
    "empty_page": EmptyPage,
    "lost_notification": LostNotification,
    "unknown_property": UnknownProperty,
    "unknown_enum": UnknownEnum,
    "document": Document,
}
"""The wrapping of each kind of fault."""
