"""The control port: journal, faults, clock, counterparts, reset and snapshot over plain HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from nhnsim.network import EPOCH, Network, Options, up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ONLY = Options(only=("authority",), clock="virtual")


class Remote:
    """A client of the control port, and of the authority behind it."""

    def __init__(self, network: Network, session: aiohttp.ClientSession) -> None:
        self.network = network
        self._session = session

    async def ask(self, method: str, path: str, json: Any = None, data: io.BytesIO | None = None) -> tuple[int, Any]:
        """Status and decoded answer."""
        url = self.network.urls["control"] + path
        async with self._session.request(method, url, json=json, data=data) as response:
            if response.content_type == "application/json":
                return response.status, await response.json()
            return response.status, await response.read()

    async def visit(self, path: str = "/root.pem") -> tuple[int, bytes]:
        """One exchange with the authority, on a connection of its own."""
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.network.lab.trusting())) as session,
            session.post(self.network.urls["authority"] + path, data=b"body") as response,
        ):
            return response.status, await response.read()


@contextlib.asynccontextmanager
async def remote(options: Options = ONLY) -> AsyncIterator[Remote]:
    """A small network with its remote control."""
    async with await up(options) as network, aiohttp.ClientSession() as session:
        yield Remote(network, session)


def test_the_journal_tells_what_was_on_the_wire() -> None:
    """Each exchange is an entry with its raw bytes; a reader goes on from its cursor and may wait for more."""

    async def story() -> None:
        async with remote() as control:
            assert await control.ask("GET", "/journal") == (200, {"entries": [], "next": 0})
            waiting = asyncio.create_task(control.ask("GET", "/journal?wait=20&endpoint=authority"))
            status, body = await control.visit()
            _, found = await waiting
            (entry,) = found["entries"]
            assert entry["status"] == status == 405
            assert (entry["method"], entry["path"], entry["endpoint"]) == ("POST", "/root.pem", "authority")
            assert entry["at"] == EPOCH.isoformat()
            assert entry["complete"]
            assert await control.ask("GET", "/journal/1") == (200, entry)
            assert (await control.ask("GET", "/journal/1/in"))[1].endswith(b"\r\n\r\nbody")
            sent = (await control.ask("GET", "/journal/1/out"))[1]
            assert sent.startswith(b"HTTP/1.1 405")
            assert sent.endswith(body)
            assert len(sent) == entry["bytes_out"]
            assert await control.ask("GET", f"/journal?since={found['next']}") == (200, {"entries": [], "next": 1})
            assert (await control.ask("GET", "/journal?endpoint=edi2"))[1]["entries"] == []

    asyncio.run(story())


def test_faults_are_armed_and_disarmed_while_the_network_runs() -> None:
    """A reset armed for one exchange hits one, and is then gone from the list."""

    async def story() -> None:
        async with remote() as control:
            wish = {"endpoint": "authority", "kind": "reset", "match": {"path_prefix": "/x"}}
            status, answer = await control.ask("POST", "/faults", json=wish)
            assert status == 201
            assert [fault["id"] for fault in (await control.ask("GET", "/faults"))[1]["faults"]] == [answer["id"]]
            assert (await control.visit())[0] == 405
            with pytest.raises(aiohttp.ClientError):
                await control.visit("/x")
            assert await control.ask("GET", "/faults") == (200, {"faults": []})
            assert (await control.ask("GET", "/journal"))[1]["entries"][-1]["fault"] == answer["id"]
            _, second = await control.ask("POST", "/faults", json=wish)
            assert (await control.ask("DELETE", f"/faults/{second['id']}"))[0] == 204
            assert (await control.ask("DELETE", f"/faults/{second['id']}"))[0] == 404
            await control.ask("POST", "/faults", json=wish)
            assert (await control.ask("DELETE", "/faults"))[0] == 204
            assert await control.ask("GET", "/faults") == (200, {"faults": []})

    asyncio.run(story())


def test_virtual_time_moves_on_request() -> None:
    """Leaps and runs go forward, by seconds or to a point in time, and every answer says what time it is."""

    async def story() -> None:
        async with remote() as control:
            assert await control.ask("GET", "/clock") == (200, {"mode": "virtual", "now": EPOCH.isoformat()})
            later = EPOCH + timedelta(hours=96)
            assert await control.ask("POST", "/clock/leap", json={"seconds": 345_600}) == (
                200,
                {"now": later.isoformat()},
            )
            latest = (later + timedelta(days=1)).isoformat()
            assert await control.ask("POST", "/clock/run", json={"to": latest}) == (200, {"now": latest})
            for wrong in (
                {},
                {"to": EPOCH.isoformat()},
                {"to": "soon"},
                {"to": "2031-01-01T00:00:00"},
                {"seconds": -1},
                {"seconds": "1"},
                {"seconds": 1e300},
                {"seconds": 1, "to": latest},
                {"to": 5},
            ):
                status, answer = await control.ask("POST", "/clock/leap", json=wrong)
                assert status == 400
                assert answer["error"]
            assert (await control.ask("GET", "/clock"))[1]["now"] == latest

    asyncio.run(story())


def test_time_does_not_move_past_work_that_goes_on() -> None:
    """Somebody who holds a token for too long is named, and the clock stays."""

    async def story() -> None:
        async with remote() as control:
            with control.network.clock.busy("a surgeon at work"):
                move = asyncio.create_task(control.ask("POST", "/clock/leap", json={"seconds": 60}))
                await asyncio.sleep(0.1)
                assert not move.done()
                assert (await control.ask("GET", "/clock"))[1]["now"] == EPOCH.isoformat()
            assert (await move)[0] == 200

    asyncio.run(story())


def test_real_time_cannot_be_moved() -> None:
    """409, with the remedy."""

    async def story() -> None:
        async with remote(Options(only=("authority",))) as control:
            assert (await control.ask("GET", "/clock"))[1]["mode"] == "real"
            status, answer = await control.ask("POST", "/clock/run", json={"seconds": 1})
            assert status == 409
            assert "--clock virtual" in answer["error"]

    asyncio.run(story())


def test_a_counterpart_is_handed_out_once_even_across_restarts(tmp_path: Path) -> None:
    """Concurrent cases and later runs each get a HER-id of their own; they share the judge's organisation."""
    options = Options(state=tmp_path, only=("authority",))

    async def story() -> list[dict[str, Any]]:
        async with remote(options) as control:
            found = await asyncio.gather(*(control.ask("POST", "/counterparts") for _ in range(5)))
            assert {status for status, _ in found} == {201}
            world = control.network.lab.world
            for _, party in found:
                registered = world.party(party["her_id"])
                assert registered is not None
                assert registered.name == party["name"]
                assert party["organisation_number"] == world.counterpart_organisation.organisation_number
                assert party["organisation_her_id"] == world.counterpart_organisation.her_id
                assert party["organisation_name"] == world.counterpart_organisation.name
            return [party for _, party in found]

    both = [*asyncio.run(story()), *asyncio.run(story())]
    assert len({party["her_id"] for party in both}) == 10


def test_reset_leads_back_to_the_seeded_world() -> None:
    """Journal, faults and counterparts are gone; keys and certificates stay."""

    async def story() -> None:
        async with remote() as control:
            await control.visit()
            _, first = await control.ask("POST", "/counterparts")
            await control.ask("POST", "/faults", json={"endpoint": "authority", "kind": "reset"})
            trust = control.network.lab.trust.read_bytes()
            _, before = await control.ask("GET", "/snapshot")
            assert before["counterparts"] == 1
            assert len(before["faults"]) == 1
            assert before["clock"]["mode"] == "virtual"
            assert (await control.ask("POST", "/reset"))[0] == 204
            assert (await control.ask("GET", "/journal"))[1]["entries"] == []
            _, after = await control.ask("GET", "/snapshot")
            assert (after["counterparts"], after["faults"]) == (0, [])
            assert (await control.ask("POST", "/counterparts"))[1] == first
            assert control.network.lab.trust.read_bytes() == trust

    asyncio.run(story())


NONSENSE = (
    ("GET", "/nothing", b"", 404),
    ("GET", "/journal/99", b"", 404),
    ("GET", "/journal/" + "9" * 30, b"", 404),
    ("GET", "/journal?since=-1", b"", 400),
    ("GET", "/journal?limit=0", b"", 400),
    ("GET", "/journal?wait=nan", b"", 400),
    ("GET", "/journal?wait=1e9", b"", 400),
    ("PUT", "/reset", b"", 405),
    ("POST", "/faults", b"", 400),
    ("POST", "/faults", b"[]", 400),
    ("POST", "/faults", b'{"kind": "reset", "endpoint": "edi2"}', 400),
    ("POST", "/faults", b"[" * 100_000, 400),
    ("POST", "/clock/leap", b"\xff", 400),
    ("POST", "/clock/back", b"{}", 404),
    ("POST", "/faults", b" " * 2_000_000, 413),
)


def test_what_makes_no_sense_is_refused_with_a_reason() -> None:
    """Always JSON with an error text, never a 500, and the port goes on."""

    async def story() -> None:
        async with remote() as control:
            for method, path, body, status in NONSENSE:
                got, answer = await control.ask(method, path, data=io.BytesIO(body) if body else None)
                assert (method, path, got) == (method, path, status)
                assert answer["error"]
            assert (await control.ask("GET", "/health")) == (200, {"ok": True, "endpoints": ["authority"]})

    asyncio.run(story())


def test_a_web_page_cannot_reach_the_control_port() -> None:
    """A page of another origin, or one whose name was rebound to this machine, is turned away; a program is not."""

    async def story() -> None:
        async with remote() as control:
            port = control.network.urls["control"].rpartition(":")[2]
            url = f"http://127.0.0.1:{port}/reset"
            for headers, status in (
                ({"Origin": "https://page.example"}, 403),
                ({"Host": f"page.example:{port}"}, 403),
                ({"Host": f"page.example:{port}", "Origin": f"http://page.example:{port}"}, 403),
                ({"Origin": f"http://127.0.0.1:{port}"}, 204),
                ({}, 204),
            ):
                async with aiohttp.ClientSession() as session, session.post(url, headers=headers) as answer:
                    assert answer.status == status

    asyncio.run(story())


def test_a_waiting_reader_does_not_hold_up_the_end() -> None:
    """Whoever waits for the journal gets an empty answer when the network stops."""

    async def story() -> None:
        async with aiohttp.ClientSession() as session:
            network = await up(ONLY)
            waiting = asyncio.create_task(session.get(network.urls["control"] + "/journal?wait=60"))
            await asyncio.sleep(0.1)
            async with asyncio.timeout(1.5):
                await network.aclose()
                assert await (await waiting).json() == {"entries": [], "next": 0}

    asyncio.run(story())


def test_without_a_tap_there_are_entries_but_no_faults() -> None:
    """Under load the bytes are left out; a fault says why it cannot be armed."""

    async def story() -> None:
        async with remote(Options(only=("authority",), tap=False)) as control:
            await control.visit()
            _, found = await control.ask("GET", "/journal?wait=10")
            (entry,) = found["entries"]
            assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/root.pem", 405)
            assert entry["bytes_out"] == 0
            status, answer = await control.ask("POST", "/faults", json={"endpoint": "authority", "kind": "reset"})
            assert status == 400
            assert "not tapped" in answer["error"]

    asyncio.run(story())
