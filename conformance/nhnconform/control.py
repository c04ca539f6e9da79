"""A client of the network's control port. Whatever goes wrong here is the harness's fault."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec

from nhnconform.errors import HarnessError


class Control:
    """The control port at a URL.

    Args:
        http: a session.
        url: base URL of the control port, plain HTTP.
        patience: real seconds for any one answer.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, patience: float) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._patience = patience

    async def ask(self, method: str, path: str, body: Any = None, **query: str | int) -> Any:
        """One exchange; the decoded JSON.

        Raises:
            HarnessError: no answer, or an error.
        """
        data = await self._exchange(method, path, body, query)
        try:
            return msgspec.json.decode(data) if data else None
        except msgspec.DecodeError as error:
            raise HarnessError(f"the network's control port answered {method} {path} with no JSON: {error}") from error

    async def raw(self, path: str) -> bytes:
        """Bytes behind a path.

        Raises:
            HarnessError: no answer, or an error.
        """
        return await self._exchange("GET", path, None, {})

    async def _exchange(self, method: str, path: str, body: Any, query: dict[str, str | int]) -> bytes:
        try:
            async with (
                asyncio.timeout(self._patience),
                self._http.request(method, self._url + path, json=body, params=query) as response,
            ):
                data = await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise HarnessError(f"the network's control port did not answer {method} {path}: {reason}") from error
        if response.status >= 300:
            raise HarnessError(
                f"the network's control port answered {method} {path} with {response.status}: {data[:300]!r}"
            )
        return data
