"""What a call costs when there are 100,000 messages, beside what it costs with ten: `python -m nhnload.bench.growth`.

Three networks with a clinic each: one with ten messages, one more with ten, and one with many. In each round every kind
of call is made to all three in turns, a few times; what counts is the median of a round's calls. The ratio of many to
ten, round by round, is held against the ratio of ten to ten, which is what the machine's mood amounts to.

Calls are sequential, over connections that are kept, with the client on the same machine: times are what a caller
sees, in milliseconds. `poll` is the clinic's inbound leg: one waiting message fetched, kept, filed, answered and
marked. Calls that write add to what is there: a few hundred messages in each house by the end.

Prints a table, or with `--json` one object on one line. Exit code 1 when the median ratio of a kind of call is above
1.10 times the same of ten to ten.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nhnload.bench.houses import EACH_WAY, House, copied

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    Call = Callable[[], Awaitable[object]]

LIMIT: Final = 1.10
TEN: Final = 2 * EACH_WAY
SIDES: Final = ("ten", "same", "many")
PAGE: Final = 10
"""Rows of a list, no more than there are in the small houses; of failed messages and alerts there is one."""


class Edi2Calls:
    """The calls to EDI 2.0, both versions, by a counterpart that has much to fetch."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._posted = ""

    async def prepare(self) -> None:
        """Find something to ask for."""
        house = self._house
        rows = [{"herId": house.own, "receiveNotificationChannel": "ApiPolling"}]
        body = json.dumps({"configurations": rows}).encode()
        await house.peer3.call("PUT", "/mshconfigurations", body, headers={"Content-Type": "application/json"})
        waiting = await house.peer.unread([house.own], 100)
        self._sent = next(one["id"] for one in waiting if not one["isAppRec"])

    def table(self) -> Mapping[str, Call]:
        """By name."""
        house, peer, peer3 = self._house, self._house.peer, self._house.peer3
        newest = f"/notifications?HerIds={house.own}&Offset=0&NotificationsToFetch={PAGE}"
        return {
            "v2 POST /Messages": self._post,
            "v2 GET /Messages": lambda: peer.unread([house.own], PAGE),
            "v2 GET /Messages/{id}": lambda: peer.message(self._sent),
            "v2 GET …/business-document": lambda: peer.document(self._sent),
            "v2 GET …/status": lambda: peer.status(self._posted),
            "v2 GET …/apprec": lambda: peer.apprecs(self._posted),
            "v2 POST …/apprec": lambda: peer.post_apprec(self._sent, house.own, "Ok"),
            "v2 PUT …/read": lambda: peer.mark_read(self._sent, house.own),
            "v3 GET /notifications": lambda: peer3.json("GET", newest),
            "v3 GET /messages/{id}": lambda: peer3.json("GET", f"/messages/{self._sent}"),
        }

    async def _post(self) -> None:
        self._posted = await self._house.peer.post(self._house.note())


class ClinicCalls:
    """The calls to the clinic, and the arrival of a message."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def prepare(self) -> None:
        """Find something to ask for, and fetch what waits."""
        rows = await self._house.api("GET", f"/api/inbox?limit={PAGE}")
        self._came = rows[0]["msg_id"]
        await self._house.api("POST", "/api/poll")

    def table(self) -> Mapping[str, Call]:
        """By name."""
        number, her_id = self._house.patient["number"], self._house.service["her_id"]
        paths = {
            "GET message": f"/api/messages/{self._came}",
            "GET messages": f"/api/messages?direction=out&limit={PAGE}",
            "GET failed": "/api/messages?state=rejected&limit=1",
            "GET inbox": f"/api/inbox?limit={PAGE}",
            "GET mailboxes": "/api/mailboxes",
            "GET mailbox": f"/api/mailboxes/{her_id}/feedback?limit={PAGE}",
            "GET log": f"/api/clinic/message-log?limit={PAGE}",
            "GET sent": f"/api/sent?limit={PAGE}",
            "GET alerts": "/api/alerts?open=true&limit=1",
            "GET journal": f"/api/patients/{number}/journal?limit={PAGE}",
            "GET correspondence": f"/api/patients/{number}/correspondence",
            "GET other correspondence": f"/api/patients/{number}/correspondence/other?limit={PAGE}",
        }
        asking: dict[str, Call] = {f"clinic {name}": self._get(path) for name, path in paths.items()}
        return {"clinic POST message": self._house.write, "clinic poll": self._arrive, **asking}

    def _get(self, path: str) -> Call:
        return lambda: self._house.api("GET", path)

    async def _arrive(self) -> None:
        await self._house.api("POST", "/api/poll")


class Measure:
    """Rounds over three houses."""

    def __init__(self, houses: Mapping[str, House]) -> None:
        self._houses = houses
        self._calls: dict[str, dict[str, Call]] = {}
        self.taken: dict[str, dict[str, list[float]]] = {}

    async def prepare(self) -> None:
        """What every house has to ask for."""
        for side, house in self._houses.items():
            self._calls[side] = {}
            for kind in (Edi2Calls, ClinicCalls):
                calls = kind(house)
                await calls.prepare()
                self._calls[side] |= calls.table()

    async def round(self, number: int, times: int) -> None:
        """Every kind of call to all houses in turns, beginning with another one each round."""
        order = [SIDES[(number + place) % len(SIDES)] for place in range(len(SIDES))]
        for name in self._calls[SIDES[0]]:
            taken: dict[str, list[float]] = {side: [] for side in SIDES}
            for _ in range(times):
                for side in order:
                    taken[side].append(await self._timed(side, name))
            for side in SIDES:
                self.taken.setdefault(name, {}).setdefault(side, []).append(statistics.median(taken[side]))

    async def _timed(self, side: str, name: str) -> float:
        if name == "clinic poll":
            house = self._houses[side]
            await house.peer.post(house.note())
        call = self._calls[side][name]
        begun = time.perf_counter()
        await call()
        return (time.perf_counter() - begun) * 1000

    def found(self) -> dict[str, dict[str, float | bool]]:
        """By kind of call: milliseconds, both ratios, and whether the limit holds."""
        rows: dict[str, dict[str, float | bool]] = {}
        for name, taken in self.taken.items():
            many = statistics.median(m / t for m, t in zip(taken["many"], taken["ten"], strict=True))
            same = statistics.median(s / t for s, t in zip(taken["same"], taken["ten"], strict=True))
            rows[name] = {
                **{side: round(statistics.median(taken[side]), 3) for side in SIDES},
                "many_to_ten": round(many, 3),
                "same_to_ten": round(same, 3),
                "holds": many <= LIMIT * same,
            }
        return rows


async def run(folder: Path, messages: int, rounds: int, times: int) -> dict[str, Any]:
    """Build, measure, and say what was found."""
    seed = folder / "seed"
    seed.mkdir()
    first = await House.open(seed)
    try:
        await first.begin()
    finally:
        await first.close()
    begun = time.perf_counter()
    copies = {"ten": 0, "same": 0, "many": messages // TEN - 1}
    folders = {side: await asyncio.to_thread(copied, seed, folder / side, number) for side, number in copies.items()}
    built = time.perf_counter() - begun
    houses: dict[str, House] = {}
    try:
        for side, place in folders.items():
            houses[side] = await House.open(place)
        measure = Measure(houses)
        await measure.prepare()
        await measure.round(0, 1)
        measure.taken.clear()
        for number in range(rounds):
            await measure.round(number, times)
    finally:
        for house in houses.values():
            await house.close()
    calls = measure.found()
    sizes = {
        name: round((folders["many"] / path).stat().st_size / 1e6, 1)
        for name, path in {"edi2": "network/edi2/messages.sqlite", "clinic": "clinic/clinic.sqlite"}.items()
    }
    return {
        "messages": {"ten": TEN, "many": (copies["many"] + 1) * TEN},
        "rounds": rounds,
        "calls_each": times,
        "limit": LIMIT,
        "megabytes": sizes,
        "build_seconds": round(built, 1),
        "machine": {"cores": os.cpu_count(), "load": os.getloadavg()[0], "shared_by": "client, networks and clinics"},
        "calls": calls,
        "holds": all(row["holds"] for row in calls.values()),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when every call costs what it costs with ten messages."""
    parser = argparse.ArgumentParser(
        prog="python -m nhnload.bench.growth",
        description="what a call costs with many messages, beside what it costs with ten",
    )
    parser.add_argument("--messages", type=int, default=100_000, help="in the large house (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved (default: 15)")
    parser.add_argument("--calls", type=int, default=9, help="of each kind to each house in a round (default: 9)")
    parser.add_argument("--json", action="store_true", help="print one object on one line")
    given = parser.parse_args(arguments)
    if given.messages < TEN or min(given.rounds, given.calls) < 1:
        parser.error(f"--messages must be at least {TEN}, --rounds and --calls at least 1")
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(Path(folder), given.messages, given.rounds, given.calls))
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        head = f"{'call':32} {'ten':>8} {'same':>8} {'many':>8}  ms   many/ten  same/ten"
        lines = [
            f"{name:32} {row['ten']:8.2f} {row['same']:8.2f} {row['many']:8.2f}       {row['many_to_ten']:8.3f}"
            f"  {row['same_to_ten']:8.3f}  {'' if row['holds'] else 'ABOVE THE LIMIT'}"
            for name, row in found["calls"].items()
        ]
        sizes = ", ".join(f"{name} {size:g} MB" for name, size in found["megabytes"].items())
        foot = f"{found['messages']['many']} messages ({sizes}), {given.rounds} rounds, limit {LIMIT} times same/ten"
        sys.stdout.write("\n".join((head, *lines, foot)) + "\n")
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
