"""kill -9 at every named step of the clinic, before it, in its middle and after it: nothing lost, nothing twice.

The network and the clinic are processes, talking over TLS; the clinic is killed by SIGKILL and started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from nhnclinic.errors import NoSeamError
from nhnclinic.exchange.honest import honest
from nhnclinic.exchange.parts import extended, steps
from nhnconform.crash import WHEN, WITH_A_MIDDLE, at
from nhnconform.crash.scene import Process, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nhnconform.crash.cluster import Cluster
    from nhnconform.crash.scene import Peer

NAMES = steps(honest())
WRITING = ("draft", "ready", "address", "build", "store")


DATABASES = os.environ.get("PROVENETT_CRASH_DATABASES", "sqlite").split()
"""`tox -e crash` plays everything on both."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=pytest.mark.integration("postgres", "initdb", apt="postgresql"))
        if kind == "postgresql"
        else kind
        for kind in DATABASES
    ],
)
def scene(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Scene]:
    server: Cluster | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with Scene(tmp_path_factory.mktemp("scene"), server=server) as opened:
        yield opened


def _moments(step: str) -> list[str]:
    """Three deaths for every step; one without a middle dies before it a second time."""
    return [when if when != "middle" or step in WITH_A_MIDDLE else "before" for when in WHEN]


def _crashing(scene: Scene, step: str, when: str, count: int = 1) -> Process:
    point = f"step={step}&when={when}&count={count}&memory={scene.folder}/died-{uuid.uuid4()}"
    return scene.clinic([f"nhnconform.crash:at?{point}"], state=f"clinic-{step}")


def _died(clinic: Process) -> None:
    assert clinic.ended() == -signal.SIGKILL, clinic.log()


def _again(clinic: Process) -> None:
    assert clinic.start(), clinic.log()


@pytest.mark.parametrize("step", NAMES["inbound"])
def test_a_clinic_killed_while_receiving_receives_once(scene: Scene, step: str) -> None:
    """A message is on its way when the clinic dies at the step; started again, it has filed the message once and
    answered it once, and the service does not offer it any more.
    """  # fmt: skip
    for when in _moments(step):
        asyncio.run(_receive(scene, step, when))


async def _receive(scene: Scene, step: str, when: str) -> None:
    async with scene.peer() as peer:
        msg_id = str(uuid.uuid4())
        transport_id = await peer.edi.post(peer.note(msg_id))
        clinic = _crashing(scene, step, when)
        clinic.start()
        _died(clinic)
        _again(clinic)
        await peer.api(clinic, "POST", "/api/poll")
        await _received_once(peer, clinic, msg_id, transport_id)
        assert clinic.stop() == 0, clinic.log()


async def _received_once(peer: Peer, clinic: Process, msg_id: str, transport_id: str) -> None:
    found = await peer.api(clinic, "GET", f"/api/messages?msg_id={msg_id}")
    assert [message["state"] for message in found] == ["received"], clinic.log()
    journal = await peer.api(clinic, "GET", f"/api/patients/{peer.person().number}/journal")
    assert [event["msg_id"] for event in journal] == [msg_id]
    entries = (await peer.control("GET", "/journal?endpoint=edi2&limit=1000"))["entries"]
    mine = [entry for entry in entries if transport_id in entry["path"]]
    answers = [entry for entry in mine if entry["method"] == "POST" and entry["status"] == 201]
    assert len(answers) == 1, "one AppRec for the one recipient, however often the clinic died"
    assert any(entry["method"] == "PUT" and entry["status"] == 204 for entry in mine)
    assert [one["isAppRec"] for one in await peer.unread()] == [True]
    alerts = await peer.api(clinic, "GET", "/api/alerts?open=true")
    assert [alert for alert in alerts if alert["msg_id"] == msg_id] == []


@pytest.mark.parametrize("step", WRITING)
def test_a_clinic_killed_while_a_user_sends_sends_once(scene: Scene, step: str) -> None:
    """The clinic dies in the middle of a user's request; the user's program asks again with the same key, and the
    receiver gets one message with one MsgId.
    """  # fmt: skip
    for when in _moments(step):
        asyncio.run(_write(scene, step, when))


async def _write(scene: Scene, step: str, when: str) -> None:
    async with scene.peer() as peer:
        clinic, key = _crashing(scene, step, when), str(uuid.uuid4())
        _again(clinic)
        with pytest.raises(aiohttp.ClientError):
            await _send(peer, clinic, key)
        _died(clinic)
        _again(clinic)
        msg_id = (await _send(peer, clinic, key))["msg_id"]
        await peer.api(clinic, "POST", "/api/poll")
        assert [one["businessDocumentId"] for one in await peer.unread()] == [msg_id]
        assert (await peer.api(clinic, "GET", f"/api/messages/{msg_id}"))["state"] == "sent"
        assert clinic.stop() == 0, clinic.log()


async def _send(peer: Peer, clinic: Process, key: str) -> Any:
    person = peer.person()
    body = {
        "type": "DIALOG_NOTAT",
        "from_her_id": peer.clinic_her_id,
        "to_her_id": peer.her_id,
        "patient": {"number": person.number, "given_name": person.given_name, "family_name": person.family_name},
        "text": "Prøve",
    }
    return await peer.api(clinic, "POST", "/api/messages", body, Idempotency_Key=key)


@pytest.mark.parametrize(
    ("when", "count", "copies"),
    [("before", 1, 1), ("middle", 1, 1), ("middle", 2, 2), ("middle", 3, 2), ("after", 1, 1)],
    ids=["before", "beginning", "posted", "written", "after"],
)
def test_a_clinic_killed_while_handing_over_keeps_the_msg_id(scene: Scene, when: str, count: int, copies: int) -> None:
    """The clinic dies around the POST: while it writes down that it begins, when the service has answered, while it
    writes down the answer. Whether or not the POST counted, the receiver sees one MsgId and one text, and its one
    AppRec settles the message.
    """  # fmt: skip

    async def story() -> None:
        async with scene.peer() as peer:
            clinic, key = _crashing(scene, "transport", when, count), str(uuid.uuid4())
            _again(clinic)
            # The interface may or may not get its answer out before the clinic dies.
            with contextlib.suppress(aiohttp.ClientError):
                await _send(peer, clinic, key)
            _died(clinic)
            _again(clinic)
            msg_id = (await _send(peer, clinic, key))["msg_id"]
            await peer.api(clinic, "POST", "/api/poll")
            arrived = await peer.unread()
            assert {one["businessDocumentId"] for one in arrived} == {msg_id}
            assert len({await peer.edi.document(one["id"]) for one in arrived}) == 1
            assert len(arrived) == copies
            await peer.edi.post_apprec(arrived[0]["id"], peer.her_id, "Ok")
            await peer.api(clinic, "POST", "/api/poll")
            assert (await peer.api(clinic, "GET", f"/api/messages/{msg_id}"))["state"] == "delivered"
            assert clinic.stop() == 0, clinic.log()

    asyncio.run(story())


@pytest.mark.parametrize("when", WHEN)
def test_a_clinic_killed_while_settling_settles_once(scene: Scene, when: str) -> None:
    """An AppRec comes and the clinic dies while writing that down; started again it says delivered, once."""

    async def story() -> None:
        async with scene.peer() as peer:
            clinic = _crashing(scene, "apprec", when)
            _again(clinic)
            msg_id = (await _send(peer, clinic, "key-" + when))["msg_id"]
            await peer.api(clinic, "POST", "/api/poll")
            (arrived,) = await peer.unread()
            await peer.edi.post_apprec(arrived["id"], peer.her_id, "Ok")
            with pytest.raises(aiohttp.ClientError):
                await peer.api(clinic, "POST", "/api/poll")
            _died(clinic)
            _again(clinic)
            await peer.api(clinic, "POST", "/api/poll")
            message = await peer.api(clinic, "GET", f"/api/messages/{msg_id}")
            assert message["state"] == "delivered"
            assert [event["event"] for event in message["history"]].count("delivered") == 1
            assert clinic.stop() == 0, clinic.log()

    asyncio.run(story())


@pytest.mark.parametrize(("step", "when"), [(step, when) for step in ("status", "deadline") for when in WHEN])
def test_a_clinic_killed_at_the_deadline_alerts_once(scene: Scene, step: str, when: str) -> None:
    """96 hours pass without an AppRec and the clinic dies while looking into it; started again it alerts once, and a
    late AppRec still resolves the alert.
    """  # fmt: skip

    async def story() -> None:
        async with scene.peer() as peer:
            clinic = _crashing(scene, step, when)
            _again(clinic)
            msg_id = (await _send(peer, clinic, "key-" + when))["msg_id"]
            await peer.api(clinic, "POST", "/api/poll")
            await peer.leap(96 * 3600)
            _died(clinic)
            _again(clinic)
            await peer.api(clinic, "POST", "/api/poll")
            assert (await peer.api(clinic, "GET", f"/api/messages/{msg_id}"))["state"] == "apprec_missing"
            assert [alert["kind"] for alert in await _alerts(peer, clinic, msg_id)] == ["apprec_missing"]
            (arrived,) = [one for one in await peer.unread() if one["businessDocumentId"] == msg_id]
            await peer.edi.post_apprec(arrived["id"], peer.her_id, "Ok")
            await peer.api(clinic, "POST", "/api/poll")
            assert (await peer.api(clinic, "GET", f"/api/messages/{msg_id}"))["state"] == "delivered"
            assert [alert["resolved"] for alert in await _alerts(peer, clinic, msg_id)] == [True]
            assert clinic.stop() == 0, clinic.log()

    asyncio.run(story())


async def _alerts(peer: Peer, clinic: Process, msg_id: str) -> list[dict[str, Any]]:
    return [alert for alert in await peer.api(clinic, "GET", "/api/alerts") if alert["msg_id"] == msg_id]


def test_every_step_has_a_crash_test() -> None:
    """A step that is added to the clinic without a crash test is noticed here."""
    assert set(NAMES["outbound"]) == {*WRITING, "transport", "status", "deadline", "apprec"}
    assert set(WITH_A_MIDDLE) <= {name for names in NAMES.values() for name in names}


@pytest.mark.parametrize(("step", "when"), [("nowhere", "before"), ("file", "never"), ("open", "middle")])
def test_a_crash_point_that_reaches_nothing_is_refused(step: str, when: str) -> None:
    """A misspelt step, moment, or the middle of a step that only computes is an error, not a clinic that lives on."""
    with pytest.raises((NoSeamError, ValueError)):
        extended(honest(), lambda parts: at(parts, step=step, when=when), "at")


def test_a_fuse_burns_at_the_nth_time_and_remembers(tmp_path: Path) -> None:
    """With `count=3` the process gets past the point twice and dies at the third; started again it lives."""
    memory = tmp_path / "memory"
    program = (
        "import sys; from pathlib import Path; from nhnconform.crash.points import _Fuse\n"
        "fuse = _Fuse(3, Path(sys.argv[1]))\n"
        "for k in range(5): fuse.burn(); print(k, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(memory)]
    first = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (first.returncode, first.stdout.split()) == (-signal.SIGKILL, ["0", "1"])
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (second.returncode, len(second.stdout.split())) == (0, 5)
