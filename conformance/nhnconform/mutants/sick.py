"""Clinics that hang, die or lose their wits in the middle of a message: the judge must end them as failed, in time."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from nhnclinic.exchange.parts import wrap_step

if TYPE_CHECKING:
    from nhnclinic.domain.values import Delivery
    from nhnclinic.exchange.bench import Bench
    from nhnclinic.exchange.parts import Parts, Run


def hangs(parts: Parts, *, step: str = "open") -> Parts:
    """The step never ends; the clinic stays busy for ever."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def hang(bench: Bench, delivery: Delivery) -> Delivery:
            await asyncio.get_running_loop().create_future()
            return await run(bench, delivery)

        return hang

    return wrap_step(parts, step, wrapper)


def dies(parts: Parts, *, step: str = "open") -> Parts:
    """The process is killed at the step, each time it is reached."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def die(bench: Bench, delivery: Delivery) -> Delivery:
            os.kill(os.getpid(), signal.SIGKILL)
            return await run(bench, delivery)

        return die

    return wrap_step(parts, step, wrapper)
