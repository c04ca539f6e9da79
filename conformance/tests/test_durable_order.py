"""Read from the system calls: what is acknowledged was on disk before.

The clinic, and then the network, run under strace. An fdatasync (or fsync) of the right database must lie between a
document's arrival and its being marked as read, and between a request and the 2xx that answers it.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from nhnconform.crash.scene import Scene
from nhnconform.crash.tracing import SYNC, Trace, strace_trouble, synced

if TYPE_CHECKING:
    from pathlib import Path

    from nhnconform.crash.scene import Peer, Process

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(bool(strace_trouble()), reason=strace_trouble()),
]


def _body(peer: Peer) -> dict[str, Any]:
    person = peer.person()
    return {
        "type": "DIALOG_NOTAT",
        "from_her_id": peer.clinic_her_id,
        "to_her_id": peer.her_id,
        "patient": {"number": person.number, "given_name": person.given_name, "family_name": person.family_name},
        "text": "Prøve",
    }


def test_the_clinic_syncs_before_it_acknowledges(tmp_path: Path) -> None:
    """The clinic marks no document as read, and gives no AppRec, before an fdatasync of its database has followed the
    download; and answers no user's change with 2xx before one has followed the request.
    """  # fmt: skip
    trace = Trace(tmp_path / "clinic.trace")

    async def story(scene: Scene, clinic: Process) -> None:
        async with scene.peer() as peer:
            for _ in range(3):
                start = trace.length()
                await peer.edi.post(peer.note(str(uuid.uuid4())))
                await peer.api(clinic, "POST", "/api/poll")
                lines = trace.lines("mark: step receipt ends", start)
                assert synced(lines, "mark: asked document", "mark: asking mark_read", "clinic.sqlite-wal")
                assert synced(lines, "mark: step file begins", "mark: asking post_apprec", "clinic.sqlite-wal")
            changes: list[tuple[str, str, Any]] = [
                ("POST", "/api/messages", _body(peer)),
                ("PUT", f"/api/patients/{peer.person().number}", {"given_name": "Vakker", "family_name": "Blomst"}),
            ]
            for method, path, body in changes:
                start = trace.length()
                await peer.api(clinic, method, path, body)
                lines = trace.lines('"HTTP/1.1 20', start)
                assert synced(lines, f'"{method} {path}', '"HTTP/1.1 20', "clinic.sqlite-wal"), f"{method} {path}"

    with Scene(tmp_path) as scene:
        marks = tmp_path / "marks"
        clinic = scene.clinic([f"nhnconform.crash:marked?path={marks}"], prefix=trace.command)
        assert clinic.start(), clinic.log()
        asyncio.run(story(scene, clinic))
        clinic.stop()


def test_a_clinic_that_acknowledges_first_is_seen(tmp_path: Path) -> None:
    """The same look at a clinic whose steps are in the wrong order finds no fdatasync where there must be one."""
    trace = Trace(tmp_path / "clinic.trace")

    async def story(scene: Scene, clinic: Process) -> None:
        async with scene.peer() as peer:
            start = trace.length()
            await peer.edi.post(peer.note(str(uuid.uuid4())))
            await peer.api(clinic, "POST", "/api/poll")
            lines = trace.lines("mark: step receipt ends", start)
            assert not synced(lines, "mark: asked document", "mark: asking mark_read", "clinic.sqlite-wal")

    with Scene(tmp_path) as scene:
        swapped = "nhnclinic.exchange.parts:move_step?name=acknowledge&before=persist"
        marked = f"nhnconform.crash:marked?path={tmp_path / 'marks'}"
        clinic = scene.clinic([swapped, marked], prefix=trace.command)
        assert clinic.start(), clinic.log()
        asyncio.run(story(scene, clinic))
        clinic.stop()


def test_resolving_an_alert_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    """A user resolves an alert; the 2xx comes after an fdatasync."""
    trace = Trace(tmp_path / "clinic.trace")

    async def story(scene: Scene, clinic: Process) -> None:
        async with scene.peer() as peer:
            await peer.api(clinic, "POST", "/api/messages", _body(peer))
            await peer.api(clinic, "POST", "/api/poll")
            await peer.leap(96 * 3600)
            (alert,) = await peer.api(clinic, "GET", "/api/alerts?open=true")
            start = trace.length()
            path = f"/api/alerts/{alert['id']}/resolve"
            await peer.api(clinic, "POST", path)
            lines = trace.lines('"HTTP/1.1 20', start)
            assert synced(lines, f'"POST {path}', '"HTTP/1.1 20', "clinic.sqlite-wal")

    with Scene(tmp_path) as scene:
        clinic = scene.clinic(prefix=trace.command)
        assert clinic.start(), clinic.log()
        asyncio.run(story(scene, clinic))
        clinic.stop()


def test_the_edi_service_syncs_before_its_2xx(tmp_path: Path) -> None:
    """Between the bytes of a POST or PUT coming in on the EDI service's socket and its answer going out on the same
    socket lies an fdatasync of the service's database. TLS hides the text, so one request is made at a time.
    """  # fmt: skip
    trace = Trace(tmp_path / "network.trace")

    async def story(scene: Scene, clinic: Process) -> None:
        port = urlsplit(scene.up["endpoints"]["edi2"]["v2"]).port
        async with scene.peer() as peer:
            await peer.api(clinic, "POST", "/api/messages", _body(peer))
            await peer.api(clinic, "POST", "/api/poll")
            clinic.stop()
            (arrived,) = await peer.unread()  # token, keys and connection are there from now on
            changes = (
                lambda: peer.edi.post(peer.note(str(uuid.uuid4()))),
                lambda: peer.edi.post_apprec(arrived["id"], peer.her_id, "Ok"),
                lambda: peer.edi.mark_read(arrived["id"], peer.her_id),
            )
            for change in changes:
                start = trace.length()
                await change()
                await peer.unread()
                _assert_synced_on_the_socket(trace.lines(f":{port}->", start), port)

    with Scene(tmp_path, network_prefix=trace.command) as scene:
        clinic = scene.clinic()
        assert clinic.start(), clinic.log()
        asyncio.run(story(scene, clinic))


def _assert_synced_on_the_socket(lines: list[str], port: int | None) -> None:
    arriving = re.compile(rf"(?:recvfrom|recvmsg|read)\((\d+)<TCP[^>]*:{port}->[^>]*>.* = [1-9]\d*")
    received = next((n, match[1]) for n, line in enumerate(lines) if (match := arriving.search(line)))
    first, descriptor = received
    leaving = re.compile(rf"(?:sendto|sendmsg|write|writev)\({descriptor}<TCP[^>]*:{port}->")
    last = next(n for n, line in enumerate(lines) if n > first and leaving.search(line))
    synced = [match["file"] for line in lines[first:last] if (match := SYNC.search(line))]
    assert any("edi2" in name for name in synced), lines[first : last + 1]
