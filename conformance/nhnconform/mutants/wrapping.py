"""How a mutant changes what the clinic's transport or store does without touching its code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnclinic.exchange.bench import Transport, Wiring
    from nhnclinic.exchange.parts import Parts


class Changed:
    """An object some of whose methods are replaced; each replacement is given the honest method first."""

    def __init__(self, honest: Any, changes: dict[str, Callable[..., Awaitable[Any]]]) -> None:
        self._honest = honest
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        honest = getattr(self._honest, name)
        change = self._changes.get(name)
        if change is None:
            return honest

        def call(*arguments: Any, **named: Any) -> Awaitable[Any]:
            return change(honest, *arguments, **named)

        return call


def changed_transport(parts: Parts, **changes: Callable[..., Awaitable[Any]]) -> Parts:
    """Parts whose transport has these methods replaced."""

    def make(wiring: Wiring) -> Transport:
        made: Transport = Changed(parts.transport(wiring), changes)
        return made

    return replace(parts, transport=make)
