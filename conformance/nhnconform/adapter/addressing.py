"""The contract's operations on recipients, senders and the setup, over the clinic's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from nhnconform.contract import Done, Readiness, ReadinessItem, Recipient, RecipientsRequest, Sender, SetupRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from nhnconform.adapter.staff import Staff

    Ask = Callable[..., Awaitable[Any]]


class Addressing:
    """Each operation is one call.

    Args:
        ask: a call to the clinic's interface: method, path, body, query, token.
        staff: who works there.
    """

    def __init__(self, ask: Ask, staff: Staff) -> None:
        self._ask = ask
        self._staff = staff

    async def recipients(self, request: web.Request) -> list[Recipient]:
        """Search the recipient field."""
        order = msgspec.json.decode(await request.read(), type=RecipientsRequest)
        query = {"query": order.text} | ({"type": order.type} if order.type else {})
        rows = await self._ask("GET", "/api/recipients", query=query)
        return [Recipient(row["her_id"], row["name"], row["kind"], row["office"] or None) for row in rows]

    async def senders(self, _request: web.Request) -> list[Sender]:
        """The choices of sender."""
        rows = await self._ask("GET", "/api/senders")
        return [Sender(row["her_id"], row["name"], row["kind"]) for row in rows]

    async def readiness(self, _request: web.Request) -> Readiness:
        """The setup as it stands."""
        shown = await self._ask("GET", "/api/readiness")
        items = tuple(
            ReadinessItem(row["item"], row["fulfilled"], row["value"], row["reason"], row["remedy"])
            for row in shown["items"]
        )
        return Readiness(shown["ready"], items)

    async def setup(self, request: web.Request) -> Done:
        """Change an item, as whoever asks."""
        order = msgspec.json.decode(await request.read(), type=SetupRequest)
        body = {"value": order.value, "user": order.user or ""}
        await self._ask("PUT", f"/api/setup/{order.item}", body, token=self._staff.token_of(order.by))
        return Done()
