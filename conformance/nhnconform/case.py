"""A case: a story that ends in a verdict.

    @case(
        id="EDI-11",
        title="The same message twice is filed once and answered once",
        requirements=("R-042",),
        profiles=("edi2-v2",),
        level=Level.MUST,
        basis=Basis.DOCUMENTATION,
        clause="edi2 A.14 (4)",
        needs=("inbox",),
    )
    async def case_duplicate(sut: Stage) -> None:
        '''What happens, in two sentences; shown in the report.'''

The engine finds cases by type, not by name; the prefix `case_` is for people.
"""

from __future__ import annotations

import enum
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nhnconform.contract import OPERATIONS
from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnconform.stage import Stage

LEAP = "leap"
"""Beside the operations, a case may need this: domain time that can be moved. Without it the case is deferred."""


class Level(enum.StrEnum):
    """How much a rule asks."""

    MUST = "must"
    SHOULD = "should"
    HOUSE = "house"


class Basis(enum.StrEnum):
    """What a rule rests on."""

    SPECIFICATION = "specification"
    DOCUMENTATION = "documentation"
    REAL_CODE = "real code"
    INFERENCE = "inference"


@dataclass(frozen=True)
class Case:
    """A story and what it proves.

    Attributes:
        id: unique over all suites, such as `EDI-11`; names the folder of its evidence.
        title: the rule in one line.
        requirements: ids of the requirements it proves.
        profiles: the profiles it belongs to; a SUT that claims none of them gets `not_applicable`.
        level: must, should or house.
        basis: what the rule rests on. Only a must on specification or documentation fails a run.
        clause: where the rule stands.
        needs: contract operations (`nhnconform.contract.OPERATIONS`) without which it is `untested`, and `leap`.
        exclusive: True when it moves time or arms a fault for everybody; it then runs alone, after the others.
        story: its docstring.
        suite: the module it stands in.
        function: what runs.
    """

    id: str
    title: str
    requirements: tuple[str, ...]
    profiles: tuple[str, ...]
    level: Level
    basis: Basis
    clause: str
    needs: tuple[str, ...]
    exclusive: bool
    story: str
    suite: str
    function: Callable[[Stage], Awaitable[None]] = field(repr=False, compare=False)

    @property
    def fails(self) -> bool:
        """True when breaking this rule fails a run; otherwise it warns."""
        return self.level is Level.MUST and self.basis in {Basis.SPECIFICATION, Basis.DOCUMENTATION}

    async def __call__(self, sut: Stage) -> None:
        """Play the story."""
        await self.function(sut)


def case(
    *,
    id: str,  # noqa: A002 - as above
    title: str,
    requirements: tuple[str, ...] = (),
    profiles: tuple[str, ...] = (),
    level: Level = Level.MUST,
    basis: Basis = Basis.SPECIFICATION,
    clause: str = "",
    needs: tuple[str, ...] = (),
    exclusive: bool = False,
) -> Callable[[Callable[[Stage], Awaitable[None]]], Case]:
    """Make a case of an `async def` that takes a `Stage`.

    Raises:
        HarnessError: no docstring, not a coroutine function, or a need that nobody knows.
    """

    def mark(function: Callable[[Stage], Awaitable[None]]) -> Case:
        story = inspect.getdoc(function) or ""
        unknown = [need for need in needs if need not in (*OPERATIONS, LEAP)]
        if unknown:
            raise HarnessError(f"case {id} needs {unknown}; known are {', '.join((*OPERATIONS, LEAP))}")
        if not story or not inspect.iscoroutinefunction(function):
            raise HarnessError(f"case {id} must be an `async def` whose docstring tells the story")
        if LEAP in needs and not exclusive:
            raise HarnessError(f"case {id} moves time for everybody: mark it exclusive=True")
        return Case(
            id=id,
            title=title,
            requirements=requirements,
            profiles=profiles,
            level=level,
            basis=basis,
            clause=clause,
            needs=needs,
            exclusive=exclusive,
            story=story,
            suite=function.__module__,
            function=function,
        )

    return mark
