"""The GP register's read service over HTTP."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from nhnsim.context import CONTROL, ERROR_BODY, Controllable
from nhnsim.gp_register.answers import Answers, table
from nhnsim.gp_register.lists import SCHEMA, Lists
from nhnsim.soap import MAX_BODY, SoapService, naive
from nhnsim.store import open_store
from nhnsim.worker import Worker
from nhnwire.registers.gp.service import GP_READ

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from nhnsim.context import Context
    from nhnsim.soap import Answer, Caller

PATH = "/v2/flr"


def application(context: Context) -> web.Application:
    """The endpoint as an aiohttp application."""
    register = GpRegister(context)
    app = web.Application(client_max_size=MAX_BODY)
    app[CONTROL] = register
    app[ERROR_BODY] = lambda status, text: web.Response(status=status, text=f"{text}\n")
    app.cleanup_ctx.append(register.open)
    answers = {name: register.answering(name) for name in GP_READ.by_name}
    SoapService(context, GP_READ, PATH, answers).add_to(app)
    return app


class GpRegister(Controllable):
    """The register, its store, and what the control port may do to it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._worker = Worker("GP register store")

    async def open(self, app: web.Application) -> AsyncIterator[None]:
        """Keep the store open while the application is served."""
        del app
        connection = await self._worker.do(partial(open_store, self._context.state / "gp.sqlite", SCHEMA))
        self._lists = Lists(self._context.world, connection)
        self._table = table(Answers(self._lists, self._now))
        yield
        await self._worker.do(connection.close)
        await self._worker.aclose()

    def answering(self, name: str) -> Answer:
        """The function of an operation, which runs in a thread: a long list takes a while to write."""

        async def answer(caller: Caller, asked: Mapping[str, Any]) -> Any:
            return await asyncio.to_thread(self._table[name], caller, asked)

        return answer

    async def change(self, wish: Mapping[str, Any]) -> dict[str, object]:
        """Move a patient, or end a contract.

        Args:
            wish: `patient` and `contract` (null: no GP any more), or `contract` and `ends` (ISO 8601; null: it goes
                on). `at` is when a move counts from; domain time unless given.

        Raises:
            ValueError: it makes no sense.
        """
        if odd := wish.keys() - {"patient", "contract", "ends", "at"}:
            raise ValueError(
                f"{', '.join(sorted(odd))} cannot be changed; give patient and contract, or contract and ends"
            )
        if ("patient" in wish) == ("ends" in wish) or "contract" not in wish:
            raise ValueError("give patient and contract to move a patient, or contract and ends to end a contract")
        contract = None if wish["contract"] is None and "patient" in wish else self._contract(wish["contract"])
        if contract is not None and "ends" in wish:
            await self._worker.do(partial(self._lists.end, contract, _moment(wish["ends"])))
            return {"contract": contract, "ends": wish["ends"]}
        patient = wish["patient"]
        person = self._context.world.index_of(patient) if isinstance(patient, str) else None
        if person is None:
            raise ValueError(f"nobody in this world has the number {patient!r}")
        at = _moment(wish.get("at")) or self._now()
        await self._worker.do(partial(self._lists.move, person, contract, at))
        return {"patient": patient, "contract": contract, "at": at.isoformat()}

    async def reset(self) -> None:
        """Back to the world."""
        await self._worker.do(self._lists.reset)

    async def snapshot(self) -> dict[str, object]:
        """What has changed since the seeded world."""
        return self._lists.changes()

    def _contract(self, wanted: object) -> int:
        if not isinstance(wanted, int) or self._context.world.gp_list(wanted) is None:
            raise ValueError(f"there is no contract {wanted!r}; ids begin at {self._context.world.gp_lists.start}")
        return wanted

    def _now(self) -> datetime:
        return naive(self._context.clock.now())


def _moment(text: object) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError(f"a time is ISO 8601 as text, not {text!r}")  # noqa: TRY004 - the control port answers 400 for it
    return naive(datetime.fromisoformat(text))
