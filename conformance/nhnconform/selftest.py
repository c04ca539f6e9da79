"""The adapter self-test: does what serves the SUT contract speak it, before anybody is judged by it?

It asks what is declared, with the page's own examples, and what must be refused. Operations that destroy something
(`restart`, `reset`) are not carried out.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from nhnconform.checks import Check
from nhnconform.contract import OPERATIONS, Fault, openapi
from nhnconform.drivers import HttpDriver
from nhnconform.drivers.answers import MAX_ANSWER, decoded, sample
from nhnconform.errors import SutError

if TYPE_CHECKING:
    from nhnconform.contract import Operation

UNKNOWN = "nobody-knows-this"
"""Stands for an id, a MsgId, a user in paths: the answer must be the contract's, or a refusal that explains itself."""

LEFT_ALONE = frozenset({"restart", "reset"})

WRONG = (("no JSON", b"{"), ("no object", b"[]"))

FAULT_REMEDY = 'answer with JSON {"error": …, "cause": …, "remedy": …}'


async def check_adapter(url: str, *, patience: float = 10.0) -> list[Check]:
    """Ask everything.

    Args:
        url: where the contract is served.
        patience: real seconds for any one answer.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience)) as http:
        try:
            driver = await HttpDriver.connect(http, url, patience=patience)
        except SutError as error:
            return [Check("contract", "wrong", str(error), "serve GET /contract as the page shows")]
        declared = driver.declaration
        checks = [Check("contract", "ok", f"{declared.name} {declared.version}: {', '.join(declared.operations)}")]
        asking = _Asking(http, url.rstrip("/"))
        for name in declared.operations:
            if name != "contract":
                checks += await asking.operation(OPERATIONS[name])
        checks.append(await asking.refused("an unknown path", "GET", "/no/such/path", None, 404))
        return checks


class _Asking:
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._page = openapi()

    async def operation(self, row: Operation) -> list[Check]:
        """One answer by its schema, and, where there is a body, a refusal of each wrong one."""
        path = "/".join(UNKNOWN if part.startswith("{") else part for part in row.path.split("/"))
        checks = []
        if row.name in LEFT_ALONE:
            checks.append(Check(row.name, "ok", "not carried out: it would destroy something"))
        elif row.missing:
            checks.append(await self.refused(f"{row.name}, unknown", row.method, path, None, 404))
        else:
            checks.append(await self._answered(row, path))
        if row.request is not None:
            for what, body in WRONG:
                checks.append(await self.refused(f"{row.name}, {what}", row.method, path, body, 400))
        return checks

    async def refused(self, name: str, method: str, path: str, body: bytes | None, wanted: int) -> Check:
        """True to the contract when the status is the wanted one and the body explains itself."""
        try:
            status, answer = await self._ask(method, path, body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return _silent(name, error)
        if status != wanted:
            return Check(name, "wrong", f"{method} {path} answered {status}", f"answer {wanted}")
        fault = _fault(answer)
        missing = [part for part in ("error", "cause", "remedy") if not getattr(fault, part, "")]
        if missing:
            return Check(name, "wrong", f"{status} without {', '.join(missing)}: {sample(answer)}", FAULT_REMEDY)
        return Check(name, "ok", f"{status}")

    async def _answered(self, row: Operation, path: str) -> Check:
        body = None if row.request is None else json.dumps(self._example(row)).encode()
        try:
            status, answer = await self._ask(row.method, path, body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return _silent(row.name, error)
        if status // 100 == 2:
            try:
                decoded(row.name, answer, row.response)
            except SutError as error:
                return Check(row.name, "wrong", str(error), "answer as the contract's page shows")
            return Check(row.name, "ok", f"{status}")
        if status // 100 == 4 and (fault := _fault(answer)) is not None and fault.error:
            return Check(row.name, "ok", f"{status}: {fault.error}")
        return Check(row.name, "wrong", f"{row.method} {path} answered {status}: {sample(answer)}", FAULT_REMEDY)

    async def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        async with self._http.request(method, self._url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.content.read(MAX_ANSWER)

    def _example(self, row: Operation) -> Any:
        operation = self._page["paths"][row.path][row.method.lower()]
        return operation["requestBody"]["content"]["application/json"]["example"]


def _silent(name: str, error: Exception) -> Check:
    said = "no answer" if isinstance(error, asyncio.TimeoutError) else str(error) or type(error).__name__
    return Check(name, "wrong", said, "answer each request, whatever is in it")


def _fault(answer: bytes) -> Fault | None:
    try:
        return msgspec.json.decode(answer, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
