"""kill -9 of EDI 2.0 at every step at which it writes: before it, with all written and nothing committed, and after it.

What a message meets on its way (post, receipt, read, on both sides of the clinic) is played with a clinic and a
counterpart, whose books must be right; the other steps by a client that asks again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.crash import WHEN
from nhnconform.crash.__main__ import AT_WORK, PLANS
from nhnconform.crash.campaign import run
from nhnconform.crash.scene import Scene
from nhnconform.crash.service import SIDES, PointError, main, parse
from nhnfixtures.world import EDI2_ADDRESS, World
from nhnsim.edi2.walk import STEPS
from nhnsim.network import EPOCH
from nhnsim.parties.client import Edi2ClientError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from nhnconform.crash.scene import Peer

WHOLE = "PROVENETT_CRASH_DATABASES" in os.environ
"""`tox -e crash` plays every point."""

SOME = ("post/out/middle", "receipt/out/after", "read/in/middle")
OUTSIDE = 72


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["points", "points3"])
def test_a_service_killed_at_its_steps_keeps_the_books_right(tmp_path: Path, name: str) -> None:
    """It dies at one point after another and is started again; every message is filed once and answered once."""
    plan = PLANS[name]
    points, messages = (plan.points, 2000) if WHOLE else (SOME, 120)
    report = run(replace(plan, points=points, kills=len(points), messages=messages), tmp_path)
    assert report.problems == [], "\n".join(report.lines())
    assert (tmp_path / "deaths").read_text("utf-8").split() == list(points)


class Story:
    """A service with a fuse, started as often as need be, and a counterpart's client of version 3."""

    def __init__(self, folder: Path, points: list[str]) -> None:
        self._folder = folder
        (folder / "points").write_text("\n".join(points))

    @contextlib.asynccontextmanager
    async def opened(self, hours: int = 0) -> AsyncIterator[tuple[Scene, Peer]]:
        epoch = (EPOCH + timedelta(hours=hours)).isoformat()
        program = ("nhnconform.crash.service", "--points", "points", "--memory", "deaths")
        words = [str(self._folder / word) if word in {"points", "deaths"} else word for word in program]
        only = ("--only", "authority", "helseid", "address_register", "edi2")
        options = ("--clock", "virtual", "--epoch", epoch, *only)
        with Scene(self._folder, options=options, program=words) as scene:
            async with scene.peer() as peer:
                yield scene, peer

    def deaths(self) -> int:
        path = self._folder / "deaths"
        return len(path.read_text().split()) if path.exists() else 0


async def configured(peer: Peer, method: str, path: str, body: Any = None) -> int:
    """A call of version 3; its status, 0 when there was no answer."""
    headers = {"api-version": "3", **({"Content-Type": "application/json"} if body is not None else {})}
    data = None if body is None else json.dumps(body).encode()
    try:
        return (await peer.edi.call(method, path, data, headers=headers)).status
    except Edi2ClientError:
        return 0


@pytest.mark.parametrize("when", WHEN if WHOLE else ("middle",))
def test_a_configuration_is_there_or_not(tmp_path: Path, when: str) -> None:
    """The service dies around PUT and DELETE: all HER-ids of the call have a configuration afterwards, or none has;
    what was not answered can be asked again.
    """  # fmt: skip

    async def rows(peer: Peer) -> int:
        shown = await peer.control("GET", "/snapshot")
        return len(shown["endpoints"]["edi2"]["configurations"])

    async def story() -> None:
        played = Story(tmp_path, [f"configure/in/{when}", f"forget/in/{when}"])
        async with played.opened() as (scene, peer):
            ids = [peer.her_id, peer.her_id + 1]
            body = {"configurations": [{"herId": one, "receiveNotificationChannel": "Api"} for one in ids]}
            assert await configured(peer, "PUT", "/mshconfigurations", body) == 0
            scene.network.ended()
        async with played.opened() as (scene, peer):
            assert await rows(peer) == (2 if when == "after" else 0)
            assert await configured(peer, "PUT", "/mshconfigurations", body) == 204
            gone = f"/mshconfigurations?herIds={ids[0]}&herIds={ids[1]}"
            assert await configured(peer, "DELETE", gone) == 0
            scene.network.ended()
        async with played.opened() as (_, peer):
            assert await rows(peer) == (0 if when == "after" else 2)
            assert await configured(peer, "DELETE", gone) == (404 if when == "after" else 204)
        assert played.deaths() == 2

    asyncio.run(story())


@pytest.mark.parametrize("when", WHEN if WHOLE else ("middle",))
def test_what_is_given_up_is_given_up_once(tmp_path: Path, when: str) -> None:
    """72 hours without a receiver: the service dies while it writes that down; it is told once."""

    async def story() -> None:
        played = Story(tmp_path, [f"give_up/in/{when}"])
        async with played.opened() as (scene, peer):
            world = World(peer.up["seed"])
            services = (party for party in world.parties() if party.type == "Service")
            outside = next(party.her_id for party in services if world.edi_address(party) != EDI2_ADDRESS)
            body = {"configurations": [{"herId": peer.her_id, "receiveNotificationChannel": "Api"}]}
            assert await configured(peer, "PUT", "/mshconfigurations", body) == 204
            sender = peer.her_id
            message = await peer.edi.post(addressed(peer, outside))
            with contextlib.suppress(Exception):
                await peer.leap(OUTSIDE * 3600)
            scene.network.ended()
        async with played.opened(hours=OUTSIDE + 1) as (_, peer):
            (state,) = await peer.edi.status(message)
            assert state["transportDeliveryState"] == "Rejected"
            found = await notified(peer, sender)
            assert [one["description"] for one in found if one["type"] == "MessageDeliveryStateUpdated"] == [
                "Abandoned"
            ]
        assert played.deaths() == 1

    asyncio.run(story())


async def notified(peer: Peer, her_id: int) -> list[dict[str, Any]]:
    answer = await peer.edi.call("GET", f"/notifications?HerIds={her_id}&Offset=0", headers={"api-version": "3"})
    assert answer.status == 200, answer.text
    return list(json.loads(answer.body)["notifications"])


def addressed(peer: Peer, her_id: int) -> bytes:
    """A note of the counterpart's to somebody else than the clinic."""
    note = peer.note("0b5c7a52-68f4-4dd4-9a45-cb2a3d1e7f10")
    return note.replace(str(peer.clinic_her_id).encode(), str(her_id).encode())


def test_every_step_has_a_crash_test() -> None:
    """A step that is added without one is noticed here; two are played where they are options of the endpoint."""
    played = {point.partition("/")[0] for point in AT_WORK} | {"configure", "forget", "give_up"}
    assert set(STEPS) == played | {"acknowledge", "purge"}
    assert len(AT_WORK) == 3 * len(SIDES) * len(WHEN)


@pytest.mark.parametrize("point", ["nowhere/in/before", "post/left/before", "post/in/never", "post", ""])
def test_a_point_that_is_none_is_refused(tmp_path: Path, point: str) -> None:
    """A misspelt one is an error, not a service that lives on."""
    with pytest.raises(PointError, match="is none of"):
        parse(point)
    points = tmp_path / "points"
    points.write_text(point or "x")
    assert main(["--points", str(points), "--memory", str(tmp_path / "deaths"), "up"]) == 2
