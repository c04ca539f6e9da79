"""What only version 3 of EDI 2.0 has: configurations, notifications by offset, the stream, refused messages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from nhnconform.case import LEAP, Basis, Level, case
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import accepted, letter, look, mark, open_alerts, sut_calls, two_polls

if TYPE_CHECKING:
    from nhnconform.attribution import Entry
    from nhnconform.stage import Stage

PROFILE, STREAM = ("edi2-v3",), ("edi2-v3-stream",)

_OFFSET = re.compile(r"(?:^|&)offset=(\d+)", re.IGNORECASE)


def _offset(entry: Entry) -> int | None:
    found = _OFFSET.search(entry.query)
    return int(found.group(1)) if found else None


def _asking(history: list[Entry]) -> list[Entry]:
    """Looks for notifications and openings of the stream, oldest first."""
    looks = [entry for entry in calls.of(history, "look") if "notifications" in entry.path.lower()]
    return sorted([*looks, *calls.of(history, "stream")], key=lambda entry: entry.wall)


@case(
    id="EDI-19",
    title="Each HER-id is configured before anything is asked for",
    requirements=("EDI-19",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 API v3, PUT /mshconfigurations at start-up",
    needs=("restart", "inbox"),
    exclusive=True,
)
async def case_configures(sut: Stage) -> None:
    """The SUT is started again.

    Before it asks for notifications it configures its services. Then a note is received as any other.
    """
    before = await mark(sut)
    await sut.restart()
    await accepted(sut, letter(sut, "Etter ny konfigurering."))
    history = await sut_calls(sut, "edi2", after=before)
    configured = [entry for entry in calls.of(history, "configure") if entry.status == 204]
    assert configured, "after its start the SUT put no configuration (PUT /mshconfigurations)"
    asked = _asking(history)
    assert asked, "after its start the SUT asked for no notifications"
    assert configured[0].wall <= asked[0].wall, f"{asked[0].method} {asked[0].path} came before the first configuration"
    lacking = sorted(set(sut.identity.service_her_ids) - {one for entry in configured for one in entry.her_ids})
    assert not lacking, f"HER-ids {lacking} were not configured"


@case(
    id="EDI-20",
    title="A lock by another client is told to somebody, and waited out",
    requirements=("EDI-20",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 API v3, clientLocked and 423",
    needs=("inbox", "alerts"),
    exclusive=True,
)
async def case_locked(sut: Stage) -> None:
    """EDI 2.0 answers 423 when the SUT asks for notifications.

    A user finds an alert. When the lock is gone, the note that waited comes in.
    """
    known = {alert.id for alert in await sut.alerts()}
    sent = letter(sut, "Ventet på at låsen ble åpnet.")
    async with sut.fault("edi2", "status", status=423, count=10_000, match={"path_prefix": "/notifications"}):
        await sut.counterpart.send(sent.to_bytes())
        await look(sut)
        await sut.wait(two_polls(sut))
        told = [alert for alert in await open_alerts(sut) if alert.id not in known]
        assert told, "EDI 2.0 says that another client has locked the SUT out (423), and no alert tells anybody"
    await look(sut)
    await sut.eventually(lambda: sut.inbox(sent.msg_id), "the note that waited", timedelta(hours=1))


@case(
    id="EDI-21",
    title="After a power cut notifications are asked for from where they were processed",
    requirements=("EDI-21",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation v3: offsets are global; store them after processing",
    needs=("restart", "inbox", "settle"),
    exclusive=True,
)
async def case_offset(sut: Stage) -> None:
    """A note has been received and the SUT has asked for what follows. Then the power goes.

    It asks on from the same offset, however many numbers others have used, and the next note comes in once.
    """
    await accepted(sut, letter(sut, "Før strømbruddet."))
    await look(sut)
    history = _asking(await sut_calls(sut, "edi2"))
    reached = max((offset for entry in history if (offset := _offset(entry)) is not None), default=0)
    last = await mark(sut)
    await sut.restart(abrupt=True)
    sent = letter(sut, "Etter strømbruddet.")
    await sut.counterpart.send(sent.to_bytes())
    await look(sut)
    filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the message {sent.msg_id} in the inbox")
    assert len(filed) == 1, f"the message is in the inbox {len(filed)} times"
    again = _asking(await sut_calls(sut, "edi2", after=last))
    first = _offset(again[0]) if again else None
    assert first is not None, "after the power cut the SUT asked for notifications without saying from where"
    assert first >= reached, f"after the power cut the SUT asked from offset {first}; it had reached {reached} before"


@case(
    id="EDI-22",
    title="A broken stream is opened again from the last notification",
    requirements=("EDI-22",),
    profiles=STREAM,
    level=Level.MUST,
    basis=Basis.REAL_CODE,
    clause="EDI 2.0 v3, GET /notifications/stream; NAV's adapter",
    needs=("restart", "inbox"),
    exclusive=True,
)
async def case_stream_breaks(sut: Stage) -> None:
    """The stream is cut in the middle. The SUT opens another with the offset it has reached, and misses nothing."""
    await accepted(sut, letter(sut, "Før bruddet."))
    await look(sut)
    history = await sut_calls(sut, "edi2")
    reached = max((offset for entry in _asking(history) if (offset := _offset(entry)) is not None), default=0)
    last = await mark(sut)
    streaming = {"path_prefix": "/notifications/stream"}
    async with sut.fault("edi2", "truncate", count=1, at_byte=400, match=streaming):
        await sut.restart()
        sent = letter(sut, "Under bruddet.")
        await sut.counterpart.send(sent.to_bytes())
        await sut.wait(timedelta(minutes=5))
    filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the message {sent.msg_id} in the inbox")
    assert len(filed) == 1, f"the message is in the inbox {len(filed)} times"

    async def opened() -> list[Entry]:
        streams = calls.of(await sut_calls(sut, "edi2", after=last), "stream")
        return [entry for entry in streams if entry.fault is not None]

    cut = await sut.eventually(opened, "the stream that was cut")
    offset = _offset(cut[0])
    assert offset is not None, "the stream was opened without an offset, so that what happened before is missed"
    assert offset >= reached, f"the stream was opened from offset {offset}; the SUT had reached {reached}"


@case(
    id="EDI-22-REFUSED",
    title="A stream that is refused is not asked for again and again",
    requirements=("EDI-22",),
    profiles=STREAM,
    level=Level.MUST,
    basis=Basis.REAL_CODE,
    clause="EDI 2.0 v3, GET /notifications/stream; NAV's adapter stops on 4xx",
    needs=("restart", "inbox", LEAP),
    exclusive=True,
)
async def case_stream_refused(sut: Stage) -> None:
    """The stream is answered with 403. In half an hour it is asked for twice at most, and messages still come."""
    last = await mark(sut)
    streaming = {"path_prefix": "/notifications/stream"}
    async with sut.fault("edi2", "status", status=403, count=10_000, match=streaming):
        await sut.restart()
        sent = letter(sut, "Uten strøm.")
        await sut.counterpart.send(sent.to_bytes())
        await sut.run(timedelta(minutes=30))
    asked = calls.of(await sut_calls(sut, "edi2", after=last), "stream")
    refused = [entry for entry in asked if entry.status == 403]
    assert len(refused) <= 2, f"a stream that is answered with 403 was asked for {len(refused)} times in half an hour"
    await sut.eventually(lambda: sut.inbox(sent.msg_id), "the note, without a stream")
    await sut.restart()


@case(
    id="EDI-23",
    title="A refused message is not fetched, and somebody is told",
    requirements=("EDI-23",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="EDI 2.0 documentation v3: RefusedMessage has no document",
    needs=("inbox", "alerts"),
    exclusive=True,
)
async def case_refused(sut: Stage) -> None:
    """The SUT's configuration refuses clinical dialogues, and one comes: it gets a notification RefusedMessage.

    It does not try to fetch a document, and a user finds an alert.
    """
    known = {alert.id for alert in await sut.alerts()}
    service = sut.identity.service
    await sut.change("edi2", her_id=service, refuses=["DIALOG_HELSEFAGLIG"])
    try:
        sent = letter(sut, "Denne typen tas ikke imot.", "DIALOG_HELSEFAGLIG")
        delivered = await sut.counterpart.send(sent.to_bytes())
        await look(sut)
        await sut.wait(two_polls(sut))
    finally:
        await sut.change("edi2", her_id=service, refuses=[])
    fetched = calls.of(await sut.sut_entries(endpoint="edi2"), "fetch", delivered.message_id)
    assert not fetched, f"the document of a refused message was asked for {len(fetched)} times"
    told = [alert for alert in await open_alerts(sut) if alert.id not in known]
    assert told, "a message was refused on its way to the SUT, and no alert tells anybody"
    assert not await sut.inbox(sent.msg_id), "a refused message is in the inbox"
