"""A suite for tests of deferred cases: a message is sent, time passes, and something must have become of it."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from nhnconform.case import case

if TYPE_CHECKING:
    from nhnconform.stage import Stage

PROFILES = ("edi2-send", "edi2-receive", "helseid-client")


@case(
    id="D-SOON",
    title="Sent, and still there a moment later",
    needs=("send", "message", "leap"),
    exclusive=True,
    profiles=PROFILES,
)
async def case_soon(sut: Stage) -> None:
    """The moment is shorter than it takes to start the judge again."""
    began = sut.now()
    sut.evidence("counterpart", str(sut.counterpart.her_id).encode())
    msg_id = await sut.send("DIALOG_NOTAT", "synthetic text")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), "the message")
    await sut.counterpart.mark_read(found[0])
    await sut.leap(timedelta(seconds=0.5))
    assert sut.now() - began >= timedelta(seconds=0.5)
    view = await sut.message(msg_id)
    assert view is not None, "it is gone"
    assert view.state == "sent"
    await sut.counterpart.apprec(found[0], "Ok")

    async def delivered() -> bool:
        late = await sut.message(msg_id)
        return late is not None and late.state == "delivered"

    await sut.eventually(delivered, "state delivered after a late receipt")


@case(id="D-LATER", title="Still there after a year", needs=("send", "leap"), exclusive=True, profiles=PROFILES)
async def case_later(sut: Stage) -> None:
    """Not in this test's lifetime."""
    await sut.send("DIALOG_NOTAT", "synthetic text")
    await sut.leap(timedelta(days=365))


@case(
    id="D-FICKLE",
    title="A case that says other things each time",
    needs=("send", "leap"),
    exclusive=True,
    profiles=PROFILES,
)
async def case_fickle(sut: Stage) -> None:
    """Nothing that is drawn at random can be taken up."""
    await sut.send("DIALOG_NOTAT", os.urandom(8).hex())
    await sut.leap(timedelta(seconds=0.5))
