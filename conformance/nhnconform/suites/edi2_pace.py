"""How often a SUT asks."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from nhnconform.case import LEAP, Basis, Level, case
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import mark, sut_calls

if TYPE_CHECKING:
    from nhnconform.stage import Stage

QUIET = timedelta(minutes=20)


@case(
    id="EDI-28",
    title="Messages are not looked for more often than once a minute",
    requirements=("EDI-28",),
    profiles=("edi2-pace",),
    level=Level.SHOULD,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation, example loop: every minute",
    needs=(LEAP,),
    exclusive=True,
)
async def case_pace(sut: Stage) -> None:
    """Nothing happens for twenty minutes. The SUT looks for messages once a minute at most."""
    last = await mark(sut)
    await sut.run(QUIET)
    looks = calls.of(await sut_calls(sut, "edi2", after=last), "look")
    often = Counter((entry.path.lower(), entry.her_ids) for entry in looks)
    most = max(often.values(), default=0)
    allowed = int(QUIET / timedelta(minutes=1)) + 2
    assert most <= allowed, f"in {QUIET} without news the same list was asked for {most} times; {allowed} are enough"
