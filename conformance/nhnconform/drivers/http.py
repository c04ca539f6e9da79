"""The driver that speaks the contract over HTTP, and never waits longer than patience nor reads more than a cap."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import msgspec

from nhnconform.contract import OPERATIONS, Declaration
from nhnconform.drivers.answers import MAX_ANSWER, decoded, fault_said, too_much
from nhnconform.drivers.base import Driver
from nhnconform.errors import SutBabbleError, SutCrashError, SutHangError, SutRefusalError

if TYPE_CHECKING:
    from collections.abc import Callable


def _running() -> str:
    return ""


class HttpDriver(Driver):
    """A SUT behind a URL."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        declaration: Declaration,
        *,
        patience: float,
        ended: Callable[[], str] = _running,
    ) -> None:
        """Args are as for `connect`, which is the way to make one."""
        super().__init__(declaration)
        self._http = http
        self._url = url.rstrip("/")
        self._patience = patience
        self._ended = ended

    @classmethod
    async def connect(
        cls,
        http: aiohttp.ClientSession,
        url: str,
        *,
        patience: float,
        operations: tuple[str, ...] | None = None,
        ended: Callable[[], str] = _running,
    ) -> HttpDriver:
        """Ask the SUT what it has.

        Args:
            http: a session; needs no cookies, proxies or TLS settings.
            url: where the contract is served.
            patience: real seconds for any one answer.
            operations: replaces what the SUT declares, when its SUT file says so.
            ended: "" while the SUT's process runs, else how it ended; put into the reason of a crash.

        Raises:
            SutError: it hangs, crashes or babbles.
        """
        driver = cls(
            http, url, Declaration(name="", version="", operations=("contract",)), patience=patience, ended=ended
        )
        declaration: Declaration = await driver._call("contract", None, {})
        if operations is not None:
            declaration = msgspec.structs.replace(declaration, operations=operations)
        unknown = sorted(set(declaration.operations) - set(OPERATIONS))
        if unknown:
            raise SutBabbleError(
                f"contract: it declares operations that the contract does not have: {', '.join(unknown)}"
            )
        driver.declaration = declaration
        return driver

    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        row = OPERATIONS[operation]
        url = self._url + row.path.format(**{key: quote(value, safe="") for key, value in path.items()})
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if data is not None else {})
        try:
            async with (
                asyncio.timeout(self._patience),
                self._http.request(row.method, url, data=data, headers=headers, allow_redirects=False) as response,
            ):
                status = response.status
                answer = await self._read(operation, response)
        except TimeoutError:
            raise SutHangError(
                f"{operation}: no complete answer within {self._patience:g} s ({row.method} {url})"
            ) from None
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            self._raise_if_ended(operation)
            raise SutBabbleError(f"{operation}: the answer is not HTTP as it should be: {error}") from None
        except (aiohttp.ClientError, OSError) as error:
            self._raise_if_ended(operation)
            raise SutCrashError(f"{operation}: {row.method} {url}: {str(error) or type(error).__name__}") from None
        if row.missing and status == 404:
            return None
        if status // 100 != 2:
            raise SutRefusalError(
                f"{operation}: {row.method} {row.path} answered {status}: {fault_said(answer)}", status
            )
        return decoded(operation, answer, row.response)

    async def _read(self, operation: str, response: aiohttp.ClientResponse) -> bytes:
        answer = bytearray()
        async for piece in response.content.iter_any():
            answer += piece
            if len(answer) > MAX_ANSWER:
                raise too_much(operation)
        return bytes(answer)

    def _raise_if_ended(self, operation: str) -> None:
        if end := self._ended():
            raise SutCrashError(f"{operation}: {end}") from None
