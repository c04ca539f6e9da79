"""Read from the system calls of a PostgreSQL server: what the clinic acknowledges was in its log on disk before.

Clinic and server run under strace on one machine, so their calls can be laid side by side by time.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest

from nhnconform.crash.cluster import cluster
from nhnconform.crash.scene import Scene
from nhnconform.crash.tracing import Trace, command, merged, strace_trouble, synced

if TYPE_CHECKING:
    from pathlib import Path

    from nhnconform.crash.scene import Peer, Process

pytestmark = [
    pytest.mark.integration("strace", "postgres", "initdb", apt="strace postgresql"),
    pytest.mark.skipif(bool(strace_trouble()), reason=strace_trouble()),
]

LOG = "pg_wal/"


def test_the_servers_log_is_synced_before_anything_is_acknowledged(tmp_path: Path) -> None:
    """No document is marked as read before an fdatasync of the server's log has followed its download, no AppRec is
    given before one has followed its filing, and no user's change is answered before one has followed the request.
    """  # fmt: skip
    ours = Trace(tmp_path / "clinic.trace")

    async def story(scene: Scene, clinic: Process, theirs: Trace) -> None:
        async with scene.peer() as peer:
            for _ in range(3):
                mine, server = ours.length(), theirs.length()
                await peer.edi.post(peer.note(str(uuid.uuid4())))
                await peer.api(clinic, "POST", "/api/poll")
                lines = await _together(peer, clinic, (ours, mine), (theirs, server), "mark: step receipt ends")
                assert synced(lines, "mark: asked document", "mark: asking mark_read", LOG)
                assert synced(lines, "mark: step file begins", "mark: asking post_apprec", LOG)
            mine, server = ours.length(), theirs.length()
            await _change(peer, clinic)
            lines = await _together(peer, clinic, (ours, mine), (theirs, server), '"HTTP/1.1 20')
            assert synced(lines, f'"PUT /api/patients/{peer.person().number}', '"HTTP/1.1 20', LOG)

    with cluster(prefix=command("{folder}/trace")) as server, Scene(tmp_path) as scene:
        marks = f"nhnconform.crash:marked?path={tmp_path / 'marks'}"
        clinic = scene.clinic([marks], prefix=ours.command, database=server.create("clinic"))
        assert clinic.start(), clinic.log()
        asyncio.run(story(scene, clinic, Trace(server.folder / "trace")))
        clinic.stop()


async def _change(peer: Peer, clinic: Process) -> None:
    names = {"given_name": "Vakker", "family_name": "Blomst"}
    await peer.api(clinic, "PUT", f"/api/patients/{peer.person().number}", names)


async def _together(
    peer: Peer, clinic: Process, ours: tuple[Trace, int], theirs: tuple[Trace, int], until: str
) -> list[str]:
    """Both traces from where they were, once each has written what happened before the end was read in ours."""
    (mine, start), (server, begin) = ours, theirs
    lines = mine.lines(until, start)
    # The other strace writes in order, when it likes: a question now ends what there is to wait for.
    reached = server.length()
    await peer.api(clinic, "GET", "/api/alerts?limit=1")
    server.lines(" recvfrom(", max(begin, reached))
    return merged(lines, server.all()[begin:])
