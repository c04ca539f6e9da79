"""A network with a fuse in its EDI 2.0 service: `python -m nhnconform.crash.service --points FILE --memory FILE up`.

Each line of the points is `STEP/SIDE/WHEN`: a step of `nhnsim.edi2.walk`, the clinic's side (`out`: what it sends or
marks, `in`: what is sent to it or marked by its counterpart), and `before`, `middle` (all is written and nothing
committed) or `after` (on disk, and nobody answered). The process dies by SIGKILL at the first point, one more line in
the memory says so, and the next process goes on to the next point; after the last one it lives.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhnconform.crash.points import WHEN
from nhnfixtures.world import World
from nhnsim.__main__ import main as network
from nhnsim.edi2.walk import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIDES = ("in", "out")


class PointError(Exception):
    """There is no such point; the text names those there are."""


def parse(point: str) -> tuple[str, str, str]:
    """Step, side and moment.

    Raises:
        PointError: one of them is none.
    """
    step, _, rest = point.partition("/")
    side, _, when = rest.partition("/")
    for found, known in ((step, (*STEPS,)), (side, SIDES), (when, WHEN)):
        if found not in known:
            raise PointError(f"{point!r}: {found!r} is none of {', '.join(known)}")
    return step, side, when


def arm(point: str, own: frozenset[int], die: Callable[[], None]) -> None:
    """Put the fuse into the step, in this process.

    Args:
        point: see the module.
        own: the clinic's HER-ids.
        die: what is done there.

    Raises:
        PointError: there is no such point.
    """
    step, side, when = parse(point)
    owner, method = STEPS[step].owner, STEPS[step].method
    honest = getattr(owner, method)

    def fused(self: Any, *arguments: Any, **named: Any) -> Any:
        if not (_is_due(self, step, arguments) and _fits(step, side, own, arguments)):
            return honest(self, *arguments, **named)
        if when == "before":
            die()
        if when == "middle":
            self.connection.set_trace_callback(lambda statement: die() if statement.startswith("COMMIT") else None)
        done = honest(self, *arguments, **named)
        self.connection.set_trace_callback(None)
        if when == "after":
            die()
        return done

    setattr(owner, method, fused)


def _is_due(office: Any, step: str, arguments: tuple[Any, ...]) -> bool:
    """Whether there is anything to do: what time brings is looked for at the start and after every request."""
    if step not in {"give_up", "purge"}:
        return True
    due = office.next_due()
    return due is not None and due <= arguments[0]


def _fits(step: str, side: str, own: frozenset[int], arguments: tuple[Any, ...]) -> bool:
    """Whether a call is of that step and on that side of the clinic."""
    if step in {"post", "receipt"}:
        message = arguments[0]
        return message.is_app_rec == (step == "receipt") and (message.sender in own) == (side == "out")
    if step == "read":
        return (arguments[1] in own) == (side == "out")
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Arm the next point, then be the network."""
    parser = argparse.ArgumentParser(prog="python -m nhnconform.crash.service", description=__doc__)
    parser.add_argument("--points", type=Path, required=True, help="one to a line")
    parser.add_argument("--memory", type=Path, required=True, help="a line for each death")
    parser.add_argument("network", nargs=argparse.REMAINDER, help="as of python -m nhnsim")
    given = parser.parse_args(arguments)
    points = given.points.read_text("utf-8").split()
    deaths = len(given.memory.read_text("utf-8").split()) if given.memory.exists() else 0
    if deaths < len(points):
        clinic = World(1).clinic
        own = frozenset([clinic.organisation.her_id, *(party.her_id for party in (*clinic.services,))])
        own |= {user.her_id for user in clinic.users if user.her_id}

        def die() -> None:
            with given.memory.open("a", encoding="utf-8") as file:
                file.write(f"{points[deaths]}\n")
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

        try:
            arm(points[deaths], own, die)
        except PointError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    return network(given.network)


if __name__ == "__main__":
    sys.exit(main())
