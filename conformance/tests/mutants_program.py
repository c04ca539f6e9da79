"""Judge mutants by their expected cases only, in one network; a JSON line for each. A program for tests.

Usage: mutants_program.py NAME...
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nhnconform.adapter import sut_file
from nhnconform.engine import Limits
from nhnconform.events import Stream
from nhnconform.mutants import mutant
from nhnconform.plugin import with_cases
from nhnconform.runner import Settings, judge_sut, network_for
from nhnconform.sut import Subject

if TYPE_CHECKING:
    from nhnconform.case import Case


async def judged(names: list[str], cases: list[Case], folder: Path) -> None:
    """One after the other."""
    settings = Settings(seed=1, limits=Limits(patience=40), folder=folder)
    async with network_for(settings, virtual=True) as network:
        for one in map(mutant, names):
            subject = Subject(sut_file(one.with_, name=one.name))
            with one.applied():
                wanted = [case for case in cases if case.id in one.expected]
                run = await judge_sut(network, subject, wanted, Stream([]), settings)
            verdicts = {outcome.case.id: [str(outcome.verdict), outcome.detail] for outcome in run.outcomes}
            sys.stdout.write(json.dumps({"name": one.name, "verdicts": verdicts}) + "\n")


def program(cases: list[Case]) -> int:
    """With the suites at hand."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(judged(sys.argv[1:], cases, Path(folder)))
    return 0


sys.exit(with_cases(program))
