"""Weather: extensions of the reference clinic that make its calls fail, and its waiting short enough to be watched.

Given to `python -m nhnclinic serve --with nhnconform.crash.weather:failing?every=10&seed=1`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from nhnclinic.errors import TransportError
from nhnconform.crash.points import REQUESTS, Then, marker

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from nhnclinic.exchange.parts import Parts


def failing(parts: Parts, *, every: str, seed: str = "1", path: str = "") -> Parts:
    """A clinic one in `every` of whose calls to EDI 2.0 fails: half of them unsent, half done and unanswered.

    Args:
        parts: the clinic.
        every: 10 for one call in ten.
        seed: of the chances; each process has its own beside it.
        path: file to which `call NAME` and `failed NAME` are appended, a line each; empty for none.
    """
    chance = Random(f"{seed}:{os.getpid()}")  # noqa: S311 - weather, not secrets
    mark = marker(path) if path else _unmarked
    return replace(parts, transport=Then(parts.transport, lambda made: _Weather(made, chance, int(every), mark)))


def hasty(parts: Parts, *, factor: str) -> Parts:
    """A clinic that waits only so much of its back-off."""
    part = float(factor)

    def back_off(attempts: int, seed: str) -> timedelta:
        return parts.back_off(attempts, seed) * part

    return replace(parts, back_off=back_off)


def _unmarked(line: str) -> None:
    del line


class _Weather:
    def __init__(self, inner: Any, chance: Random, every: int, mark: Callable[[str], None]) -> None:
        self._inner = inner
        self._chance = chance
        self._every = every
        self._mark = mark

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in REQUESTS:
            return found

        async def ask(*arguments: Any) -> Any:
            lot = self._chance.random() * self._every
            self._mark(f"call {name}" if lot >= 1 else f"failed {name}")
            if lot < 0.5:
                raise TransportError(f"{name}: lost on the way, as it was to be")
            answer = await found(*arguments)
            if lot < 1:
                raise TransportError(f"{name}: the answer was lost, as it was to be")
            return answer

        return ask
