"""`python -m nhnconform.crash [SCENARIO...]`: kill things at random and look at the books afterwards."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nhnconform.crash.campaign import Plan, run
from nhnconform.crash.points import WHEN
from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence


TO_THE_CLINIC, FROM_THE_CLINIC = ("post/in", "read/out", "receipt/out"), ("post/out", "read/in", "receipt/in")
"""A message's walk through the service, in each direction."""

AT_WORK = tuple(f"{step}/{when}" for walk in (TO_THE_CLINIC, FROM_THE_CLINIC) for when in WHEN for step in walk)
"""Three deaths of the service at each step, in both directions."""

PLANS = {
    "clinic": Plan("one clinic on SQLite"),
    "service": Plan("the EDI service, with a clinic on SQLite", victim="service"),
    "points": Plan("the EDI service at its named steps, version 2", "service", faults="none", points=AT_WORK),
    "points3": Plan(
        "the EDI service at its named steps, version 3", "service", version=3, faults="none", points=AT_WORK
    ),
    "stream": Plan("one clinic on SQLite that holds the stream of version 3", version=3, receive="stream"),
    "postgresql": Plan("two clinics on one PostgreSQL", database="postgresql", clinics=2, share=0.3),
}
POINTS_MESSAGES = 2000
"""More than pass while the service dies at every point."""

LEAST_IN_FLIGHT = 0.6
"""Of the kills must have hit work in flight, or the campaign proved little."""


def planned(name: str, kills: int | None = None, messages: int | None = None) -> Plan:
    """A plan by name; the numbers as given, else PROVENETT_CRASH_KILLS and PROVENETT_CRASH_MESSAGES, else its own."""
    plan = PLANS[name]
    if plan.points:
        return replace(plan, kills=len(plan.points), messages=POINTS_MESSAGES)
    return replace(
        plan,
        kills=kills or int(os.environ.get("PROVENETT_CRASH_KILLS") or plan.kills),
        messages=messages or int(os.environ.get("PROVENETT_CRASH_MESSAGES") or plan.messages),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when all books are right and enough blows hit work in flight, else 1; 3 when we broke."""
    parser = argparse.ArgumentParser(prog="python -m nhnconform.crash", description=__doc__)
    parser.add_argument("scenarios", nargs="*", choices=[*PLANS, []], metavar="SCENARIO", help=", ".join(PLANS))
    parser.add_argument("--kills", type=int, metavar="N", help="default 200, or PROVENETT_CRASH_KILLS")
    parser.add_argument("--messages", type=int, metavar="N", help="default 2000, or PROVENETT_CRASH_MESSAGES")
    parser.add_argument("--faults", choices=("clinic", "network"), default="network", help="where calls fail")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="an empty folder for databases and logs, which are kept"
    )
    given = parser.parse_args(arguments)
    right = True
    for name in given.scenarios or PLANS:
        with tempfile.TemporaryDirectory(prefix="provenett-crash-") as temporary:
            folder = (given.keep or Path(temporary)) / name
            folder.mkdir(parents=True)
            try:
                plan = planned(name, given.kills, given.messages)
                report = run(plan if plan.points else replace(plan, faults=given.faults), folder)
            except HarnessError as error:
                sys.stderr.write(f"nhnconform.crash: {name}: {error}\n")
                return 3
        enough = report.in_flight >= LEAST_IN_FLIGHT * report.kills
        right = right and not report.problems and enough
        sys.stdout.write("\n".join(report.lines()) + "\n")
        sys.stdout.flush()
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
