"""Receipts that do not come in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nhnconform.case import LEAP, Basis, Level, case

if TYPE_CHECKING:
    from nhnconform.stage import Stage

LIMIT = timedelta(hours=96)


@case(
    id="EDI-16",
    title="No receipt within 96 hours raises one alert, and a late one still counts",
    requirements=("EDI-16", "R-063"),
    profiles=("edi2-deadlines",),
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: 96 hours from GenDate; a late positive receipt is legal",
    needs=("send", "message", "alerts", LEAP),
    exclusive=True,
)
async def case_no_receipt(sut: Stage) -> None:
    """The SUT sends a note, its receiver takes it and keeps silent.

    An hour of polling later nobody is alarmed; after 96 hours the user finds one alert and the message as
    unanswered. When the receipt comes at last, it counts.
    """
    msg_id = await sut.send("DIALOG_NOTAT", "Gi beskjed når dette er lest.", subject="Oppfølging")
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}")
    await sut.counterpart.mark_read(found[0])

    await sut.run(timedelta(hours=1))
    view = await sut.message(msg_id)
    assert view is not None, f"the SUT knows no message {msg_id}"
    assert view.state == "sent", f"an hour after sending, without a receipt, the state is {view.state}"
    assert not await sut.alerts(msg_id), "an hour without a receipt is no reason for an alert"

    await sut.leap(LIMIT - timedelta(hours=1) + timedelta(minutes=1))
    alerts = await sut.eventually(lambda: sut.alerts(msg_id), "an alert for the missing receipt after 96 hours")
    assert len(alerts) == 1, f"one alert is due for {msg_id}; there are {len(alerts)}"
    view = await sut.message(msg_id)
    assert view is not None, f"the SUT knows no message {msg_id} any more"
    assert view.state == "apprec_missing", f"after 96 hours without a receipt the state is {view.state}"

    await sut.counterpart.apprec(found[0], "Ok")

    async def delivered() -> bool:
        late = await sut.message(msg_id)
        assert late is not None, f"the SUT knows no message {msg_id} any more"
        assert late.state == "delivered", f"after the late receipt the state is {late.state}"
        return True

    await sut.eventually(delivered, "state delivered after the late receipt")
