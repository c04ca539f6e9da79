"""The judge's hold on the network: started as a process of its own, or already up somewhere."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from nhnconform.attribution import Attribution
from nhnconform.contract import Patient
from nhnconform.control import Control
from nhnconform.counterpart import Counterpart
from nhnconform.errors import HarnessError
from nhnconform.journal import Journal
from nhnconform.judging import check_stimulus
from nhnconform.processes import Process, ProcessError
from nhnconform.stage import Identity
from nhnconform.timing import RemoteMover
from nhnfixtures.world import TIERS, World
from nhntime import ClockLostError, Hub, HubClock, RealClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nhnconform.attribution import Claim
    from nhnconform.counterpart import EdiClient, EdiClientV3
    from nhnconform.oracles import Oracles
    from nhnconform.timing import Mover
    from nhntime import Clock

FIRST_FREE_PATIENT = 1000
"""People of the world below this number may be known to somebody already."""

COUNTERPART_BASE = 9_700_001

SOURCE_SYSTEM = "Provenett counterpart, v1.0"

EPOCH = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
"""Where virtual time begins: a Monday in winter, 08:00 in Norway."""

# No automatic parties: the counterparts of cases are the judge's own, and time need not stop for anybody else's polls.
JUDGED_NETWORK = ("authority", "helseid", "address_register", "edi2")
START_PATIENCE = 60.0
"""Real seconds that a network is given to start: key generation on a busy machine included."""

_MSG_ID = re.compile(rb"<(?:[\w.-]+:)?MsgId>\s*([^<\s]+)\s*<")


@dataclass(frozen=True)
class Network:
    """A network that is up.

    Attributes:
        up: its description, the JSON object of `up --json`.
        path: file that holds `up`.
        clock: domain time.
        hub: our own hub, when we host it.
        mover: what moves virtual time; None when time is the machine's.
        control: its control port.
        process: its process, when we started it.
        oracles: what every stimulus is checked with.
    """

    up: dict[str, Any]
    path: Path
    clock: Clock
    hub: Hub | None
    mover: Mover | None
    control: Control
    process: Process | None
    http: aiohttp.ClientSession
    client: EdiClient
    client_v3: EdiClientV3
    failures: tuple[type[Exception], ...]
    oracles: Oracles

    @property
    def seed(self) -> int:
        """The seed of its world."""
        return int(self.up["seed"])

    @property
    def identity(self) -> Identity:
        """Who the SUT is here."""
        clinic = self.up["clinic"]
        return Identity(
            organisation_number=str(clinic["organisation_number"]),
            her_id=int(clinic["her_id"]),
            service_her_ids=tuple(map(int, clinic["service_her_ids"])),
        )

    async def journal(self) -> Journal:
        """A journal that begins now."""
        parties = [int(party["her_id"]) for party in self.up["parties"].values()]
        users = [int(user["her_id"]) for user in self.up["clinic"]["users"] if user.get("her_id")]
        ours = int(self.up["counterparts"]["her_id"])
        common = (self.identity.her_id, *self.identity.service_her_ids, ours, *parties, *users)
        return Journal(
            self.control,
            ours=str(self.up["counterparts"]["client_id"]),
            theirs=[
                str(self.up["credentials"][name]["client_id"])
                for name in ("edi2", "supplier")
                if name in self.up["credentials"]
            ],
            attribution=Attribution(common),
            since=await self._newest(),
        )

    @cached_property
    def world(self) -> World:
        """Who stands in its registers."""
        return World(self.seed, int(self.up.get("tier", TIERS[0])))

    async def counterpart(self, claim: Claim, *, person: bool = False) -> Counterpart:
        """A party that nobody has met before, a service or a practitioner; its HER-id becomes a key of the claim.

        Raises:
            HarnessError: the network has none to give.
        """
        row = await self.control.ask("POST", "/counterparts", {"type": "Person" if person else "Service"})
        claim.add(her_ids=[int(row["her_id"])])
        return Counterpart(
            her_id=int(row["her_id"]),
            name=str(row["name"]),
            organisation_her_id=int(row["organisation_her_id"]),
            organisation_number=str(row["organisation_number"]),
            organisation_name=str(row["organisation_name"]),
            client=self.client,
            client_v3=self.client_v3,
            claim=claim,
            msg_id_of=msg_id_of,
            check=self.check,
            failures=self.failures,
            hpr=row.get("hpr"),
        )

    def patient(self, counterpart: Counterpart) -> Patient:
        """A person of the world that belongs to this counterpart's case."""
        person = self.world.person(FIRST_FREE_PATIENT + counterpart.her_id - COUNTERPART_BASE)
        return Patient(number=person.number, given_name=person.given_name, family_name=person.family_name)

    def check(self, document: bytes, breaks: str | None) -> None:
        """Check a stimulus."""
        check_stimulus(self.oracles, document, breaks)

    def ended(self) -> str:
        """How our network's process ended; empty while it runs."""
        return self.process.ended() if self.process is not None else ""

    async def _newest(self) -> int:
        since = 0
        while True:
            page = await self.control.ask("GET", "/journal", since=since, limit=1000)
            if not page["entries"]:
                return since
            since = int(page["next"])


def msg_id_of(document: bytes) -> str | None:
    """MsgId as it stands in the bytes, however broken the rest may be."""
    found = _MSG_ID.search(document)
    return found.group(1).decode("utf-8", "replace") if found else None


@contextlib.asynccontextmanager
async def start_network(
    folder: Path, *, seed: int, virtual: bool, oracles: Oracles, patience: float, state: Path | None = None
) -> AsyncIterator[Network]:
    """Start a network as a process of its own, with us as the owner of its time.

    Args:
        folder: gets its log and its description.
        seed: of its world.
        virtual: the judge hosts a hub; else the machine's time.
        oracles: what stimuli are checked with.
        patience: real seconds for any one answer, and, times three, for time to move.
        state: a lab to keep.

    Raises:
        HarnessError: it does not start.
    """
    async with contextlib.AsyncExitStack() as stack:
        hub: Hub | None = None
        argv = [sys.executable, "-m", "nhnsim", "up", "--json", "--seed", str(seed), "--only", *JUDGED_NETWORK]
        if virtual:
            hub = await Hub.start(EPOCH, patience=6 * patience)
            stack.push_async_callback(hub.aclose)
            argv += ["--hub", hub.address]
        if state is not None:
            argv += ["--state", str(state)]
        try:
            process = await Process.start("the network", argv, log=folder / "network.log")
            stack.push_async_callback(process.aclose)
            up = await process.ready_line(START_PATIENCE)
        except ProcessError as error:
            raise HarnessError(f"the network did not start: {error}") from error
        clock: Clock = RealClock()
        if hub is not None:
            clock = await HubClock.connect(hub.address, "judge")
        stack.push_async_callback(clock.aclose)
        yield await _network(stack, up, _kept(up, folder / "up.json"), clock, hub, hub, process, oracles, patience)


@contextlib.asynccontextmanager
async def attach_network(path: Path, *, oracles: Oracles, patience: float) -> AsyncIterator[Network]:
    """Use a network that is already up.

    Args:
        path: file with the object that `up --json` printed; absolute.
        oracles: what stimuli are checked with.
        patience: real seconds for any one answer.

    Raises:
        HarnessError: it does not answer.
        ValueError: the file is no such description; says what to do.
    """
    try:
        up = json.loads(_bytes(str(path)))
        hub_address = up["clock"]["hub"]
        _ = up["control"], up["counterparts"]["client_id"], up["clinic"]["her_id"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it lacks {error}"
        msg = f"{path} does not describe a network ({reason}); write it with: provenett up --json > {path.name}"
        raise ValueError(msg) from error
    async with contextlib.AsyncExitStack() as stack:
        clock: Clock = RealClock()
        mover: Mover | None = None
        if hub_address:
            try:
                agent = await HubClock.connect(hub_address, "judge")
            except ClockLostError as error:
                raise HarnessError(f"the network of {path} is gone: {error}") from error
            clock, mover = agent, RemoteMover(agent)
        stack.push_async_callback(clock.aclose)
        yield await _network(stack, up, path, clock, None, mover, None, oracles, patience)


def _kept(up: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(up), encoding="utf-8")
    return path


def _bytes(path: str) -> bytes:
    return Path(path).read_bytes()


async def _network(
    stack: contextlib.AsyncExitStack,
    up: dict[str, Any],
    path: Path,
    clock: Clock,
    hub: Hub | None,
    mover: Mover | None,
    process: Process | None,
    oracles: Oracles,
    patience: float,
) -> Network:
    from nhnsim.parties.client import Edi2Client, Edi2ClientError  # noqa: PLC0415 - slow to import
    from nhnsim.parties.client_v3 import Edi2ClientV3  # noqa: PLC0415 - as above

    try:
        trust = ssl.create_default_context(cafile=up["trust"])
        ours = up["counterparts"]
        pem = _bytes(ours["key"])
    except (OSError, KeyError, TypeError) as error:
        raise HarnessError(f"the network's description lacks what the judge needs: {error!r}") from error
    limits = aiohttp.ClientTimeout(total=patience)
    http = await stack.enter_async_context(
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust, limit=0), timeout=limits)
    )
    calling: dict[str, Any] = {
        "http": http,
        "clock": clock,
        "issuer": up["endpoints"]["helseid"]["issuer"],
        "client_id": ours["client_id"],
        "key_pem": pem,
        "kid": ours["kid"],
        "source_system": SOURCE_SYSTEM,
        "new_id": lambda: str(uuid.uuid4()),
    }
    edi2 = up["endpoints"]["edi2"]
    failures = (Edi2ClientError, aiohttp.ClientError, TimeoutError, OSError)
    warming = asyncio.create_task(_warm(http, up), name="certificates of both sides")
    stack.callback(warming.cancel)
    return Network(
        up=up,
        path=path,
        clock=clock,
        hub=hub,
        mover=mover,
        control=Control(http, up["control"], patience),
        process=process,
        http=http,
        client=Edi2Client(edi2_url=edi2["v2"], **calling),
        client_v3=Edi2ClientV3(edi2_url=edi2["v3"], **calling),
        failures=failures,
        oracles=oracles,
    )


async def _warm(http: aiohttp.ClientSession, up: dict[str, Any]) -> None:
    """Have both sides' certificates made while the SUT starts; the first look-up of a case would pay for it.

    Only a matter of speed: whatever goes wrong here goes wrong again, and is judged, where it matters.
    """
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, KeyError):
        authority = up["endpoints"]["authority"]["url"]
        for side in ("counterparts", "clinic"):
            for purpose in ("signing", "encryption"):
                number = up[side]["organisation_number"]
                async with http.get(f"{authority}/certificates/enterprise/{number}/{purpose}") as answer:
                    await answer.read()
