"""Hostile requests at every operation of the clinic's interface: documented typed errors, no trace, no hang."""

from __future__ import annotations

import asyncio
import io
import json
import re
from typing import TYPE_CHECKING

import aiohttp
import pytest
from conformance.tests.hostile_requests import CLASSES, OF_BODIES
from yarl import URL

from nhnclinic.api.describe import openapi
from nhnclinic.api.routes import ROUTES
from nhnconform.crash.scene import Scene
from nhnfixtures.hostile import ENOUGH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from nhnclinic.api.calls import Route
    from nhnconform.crash.scene import Process
    from nhnfixtures.hostile import Attack

PATIENCE = 20.0
"""Real seconds within which an answer of any kind must come."""

AT_ONCE = 8
LISTED = openapi(ROUTES)["paths"]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with Scene(tmp_path_factory.mktemp("hostile")) as scene:
        process = scene.clinic(state="hostile")
        assert process.start(), process.log()
        yield process
        assert process.is_alive()
        assert process.stop() == 0
        assert "Traceback" not in process.log(), process.log()


def _targets(name: str) -> list[Route]:
    """The operations that a class of attacks is for. `poll` asks the network, whatever it is sent."""
    if name == "framing":
        return []
    return [
        route for route in ROUTES if route.path != "/api/poll" and (route.takes is not None or name not in OF_BODIES)
    ]


def _url(base: str, route: Route, attack: Attack) -> URL:
    path = re.sub(r"{\w+}", lambda _: attack.path if attack.path is not None else "1", route.path)
    return URL(f"{base}{path}{'?' + attack.query if attack.query else ''}", encoded=True)


async def _one(http: aiohttp.ClientSession, base: str, route: Route, attack: Attack) -> str:
    """What is wrong with the answer; empty when nothing is."""
    headers = {"Authorization": "Bearer scene-administrator", "Content-Type": "application/json", **attack.headers}
    body = attack.body if attack.body is not None else (b"{}" if route.takes is not None else None)
    try:
        async with (
            asyncio.timeout(PATIENCE),
            http.request(
                route.method,
                _url(base, route, attack),
                headers=headers,
                data=io.BytesIO(body) if body is not None else None,
            ) as response,
        ):
            data = await response.read()
    except (TimeoutError, aiohttp.ClientError) as error:
        return f"no answer: {error!r}"
    documented = {int(status) for status in LISTED[route.path][route.method.lower()]["responses"]}
    return _verdict(response.status, response.content_type, data, documented | {404, 405})


def _verdict(status: int, content_type: str, data: bytes, documented: set[int]) -> str:
    if b"Traceback" in data or b'File "' in data:
        return f"a trace: {data[:200]!r}"
    if status not in documented or status >= 500:
        return f"status {status}, documented are {sorted(documented)}: {data[:200]!r}"
    if status < 400:
        return ""
    if content_type != "application/json":
        return f"{status} as {content_type}: {data[:200]!r}"
    problem = json.loads(data)
    return "" if set(problem) == {"error", "cause", "remedy"} and all(problem.values()) else f"no Problem: {problem}"


async def _framed(base: str, attack: Attack) -> str:
    """Raw bytes on a connection of their own; the answer is typed, or the connection ends."""
    assert attack.raw is not None
    url = URL(base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(attack.raw)
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
    except TimeoutError:
        return "no answer and no end"
    except ConnectionError:
        return ""
    finally:
        writer.close()
    if not answer:
        return ""
    head, _, body = answer.partition(b"\r\n\r\n")
    kind = re.search(rb"(?i)content-type: ([\w/+-]+)", head)
    documented = {400, 401, 404, 405, 408, 413, 414, 417, 431}
    return _verdict(int(head.split()[1]), kind.group(1).decode() if kind else "", body, documented)


@pytest.mark.parametrize("name", CLASSES)
def test_hostile_requests_are_refused_in_words(clinic: Process, name: str) -> None:
    """Each example of the class at each operation it is for: an answer that is documented there, typed, without a trace
    and in time; and after all of them the next good request is answered as ever.
    """  # fmt: skip
    base = clinic.ready["api"]
    assert len(CLASSES[name]) >= ENOUGH

    async def story() -> list[str]:
        gate = asyncio.Semaphore(AT_ONCE)
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as http:

            async def guarded(route: Route | None, attack: Attack, number: int) -> str:
                async with gate:
                    wrong = await (_framed(base, attack) if route is None else _one(http, base, route, attack))
                where = f"{route.method} {route.path}" if route is not None else "raw"
                return f"{where}, example {number}: {wrong}" if wrong else ""

            routes: list[Route | None] = [None] if name == "framing" else [*_targets(name)]
            jobs = [guarded(route, attack, n) for route in routes for n, attack in enumerate(CLASSES[name])]
            found = [wrong for wrong in await asyncio.gather(*jobs) if wrong]
            headers = {"Authorization": "Bearer scene"}
            async with http.put(
                f"{base}/api/patients/x", headers=headers, json={"given_name": "A", "family_name": "B"}
            ) as good:
                assert good.status in {200, 201}
            async with http.get(f"{base}/api/me", headers=headers) as good:
                assert (await good.json())["id"] == "physician1"
            return found

    assert asyncio.run(story()) == []


def test_a_body_beyond_all_bounds_is_refused_while_it_comes(clinic: Process) -> None:
    """49 MB in pieces, without a length: 413 as soon as it is too much, and the clinic is none the worse."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(49):
            yield b" " * 1024 * 1024

    async def story() -> None:
        headers = {"Authorization": "Bearer scene", "Content-Type": "application/json"}
        async with aiohttp.ClientSession() as http:
            url = f"{clinic.ready['api']}/api/messages"
            async with http.post(url, headers=headers, data=pieces()) as response:
                assert (response.status, (await response.json())["error"]) == (413, "too_large")
            async with http.get(f"{clinic.ready['api']}/api/me", headers=headers) as good:
                assert good.status == 200

    asyncio.run(story())
