"""A network and a clinic, each a process of its own, and a counterpart: the stage for killing one of them.

The network's clock is virtual and stands still except when `Peer.leap` moves it, so nothing here depends on timing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nhnclinic.config import OPERATOR, from_up
from nhnclinic.registers.http import open_session
from nhnconform.errors import HarnessError
from nhnfixtures.world import World
from nhnsim.parties.client import Edi2Client
from nhntime import open_clock
from nhnwire import codes, msghead
from nhnwire.dialogmelding import Dialogmelding, Note
from nhnwire.msghead import MsgHead, Organisation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from types import TracebackType

    import aiohttp

    from nhnconform.crash.cluster import Cluster
    from nhnfixtures.people import Person
    from nhntime import Clock

PATIENCE = 60.0
"""Real seconds for a process to be ready, to answer, or to end."""

TOKEN = "scene"  # noqa: S105 - the token of a clinic that lives as long as a test
"""Of the clinic's first user; the others' and the operator's are `scene-ID`."""


class Process:
    """A child whose first line of output says that it is ready."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = list(command)
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}

    def start(self) -> bool:
        """Start it; False when it ended before it was ready."""
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log)  # noqa: S603 - our own
        assert self._child.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._child.kill)
        watchdog.start()
        with self._child.stdout as stdout:
            line = stdout.readline()  # the only one there is
        watchdog.cancel()
        self.ready = json.loads(line) if line.strip() else {}
        return bool(self.ready)

    def ended(self) -> int:
        """Wait for its end; the exit status, negative for a signal.

        Raises:
            HarnessError: it lives on; what it wrote is in the message.
        """
        assert self._child is not None
        try:
            return self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise HarnessError(f"{self._command[1:4]} did not end: {self.log()}") from None

    def is_alive(self) -> bool:
        """True while it runs."""
        return self._child is not None and self._child.poll() is None

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        if self._child is not None:
            self._child.kill()
            self.ended()

    def stop(self) -> int:
        """Ask it to stop and wait; the exit status."""
        if self._child is None:
            return 0
        self._child.terminate()
        return self.ended()

    def log(self) -> str:
        """The end of what it wrote to stderr."""
        return self._log.read_text("utf-8", "replace")[-2000:] if self._log.exists() else ""


@dataclass
class Scene:
    """A network that is up; use it as a context manager.

    Attributes:
        folder: for everything that is written.
        network_prefix: command words put before the network's, such as `strace -o FILE`.
        options: of `nhnsim up` beside the folder for its state.
        program: the module that is the network, with words that stand before `up`.
        server: where clinics have their databases, one for each state folder; None for SQLite.
    """

    folder: Path
    network_prefix: Sequence[str] = ()
    options: Sequence[str] = ("--clock", "virtual")
    program: Sequence[str] = ("nhnsim",)
    server: Cluster | None = None
    up: dict[str, Any] = field(default_factory=dict)
    _databases: dict[str, str] = field(default_factory=dict)
    _network: Process | None = None

    @property
    def network(self) -> Process:
        """The network's process."""
        assert self._network is not None, "the scene has been entered"
        return self._network

    def __enter__(self) -> Self:
        command = [*self.network_prefix, sys.executable, "-m", *self.program, "up", "--json", *self.options]
        self._network = Process([*command, "--state", str(self.folder / "network")], self.folder / "network.log")
        if not self._network.start():
            raise HarnessError(f"the network did not start: {self._network.log()}")
        self.up = self._network.ready
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._network is not None:
            self._network.stop()

    def clinic(
        self, extensions: Sequence[str] = (), *, prefix: Sequence[str] = (), state: str = "clinic", **settings: Any
    ) -> Process:
        """A clinic of that state folder, not yet started; `settings` as of `nhnclinic.config.from_up`."""
        folder = self.folder / state
        folder.mkdir(exist_ok=True)
        if self.server is not None and "database" not in settings:
            if state not in self._databases:
                self._databases[state] = self.server.create(f"{state}-{uuid.uuid4()}")
            settings["database"] = self._databases[state]
        config = self.folder / f"{state}.toml"
        ids = [str(user["id"]) for user in self.up["clinic"]["users"]]
        tokens = {ids[0]: TOKEN, **{one: f"{TOKEN}-{one}" for one in (*ids[1:], OPERATOR)}}
        config.write_text(from_up(self.up, folder, tokens=tokens, **settings), encoding="utf-8")
        words = [*prefix, sys.executable, "-m", "nhnclinic", "serve", "--config", str(config)]
        return Process([*words, *(f"--with={one}" for one in extensions)], self.folder / f"{state}.log")

    @contextlib.asynccontextmanager
    async def peer(self) -> AsyncIterator[Peer]:
        """A counterpart nobody has talked to, with the judge's credentials."""
        credentials, endpoints = self.up["counterparts"], self.up["endpoints"]
        async with contextlib.AsyncExitStack() as stack:
            clock = await open_clock(self.up["clock"]["hub"], f"peer {uuid.uuid4()}")
            stack.push_async_callback(clock.aclose)
            http = await stack.enter_async_context(open_session(self.up["trust"]))
            edi = Edi2Client(
                http,
                clock,
                endpoints["helseid"]["issuer"],
                endpoints["edi2"]["v2"],
                credentials["client_id"],
                await asyncio.to_thread(Path(credentials["key"]).read_bytes),
                credentials["kid"],
                "Provenett scene, v0.1.0",
                lambda: str(uuid.uuid4()),
            )
            async with http.post(f"{self.up['control']}/counterparts") as response:
                own = await response.json()
            yield Peer(self.up, clock, http, edi, own)


@dataclass(frozen=True)
class Peer:
    """A counterpart of the clinic, who also sees the network from outside."""

    up: dict[str, Any]
    clock: Clock
    http: aiohttp.ClientSession
    edi: Edi2Client
    own: dict[str, Any]

    @property
    def her_id(self) -> int:
        """The counterpart's HER-id."""
        return int(self.own["her_id"])

    @property
    def clinic_her_id(self) -> int:
        """The clinic's first service."""
        return int(self.up["clinic"]["service_her_ids"][0])

    def person(self) -> Person:
        """A person nobody has written about: the counterpart's number picks it."""
        return World(self.up["seed"]).person(1000 + self.her_id % 90_000)

    def note(self, msg_id: str, text: str = "Prøvemelding") -> bytes:
        """A dialogue note to the clinic about `person`."""
        person, clinic = self.person(), self.up["clinic"]
        service = next(one for one in clinic["services"] if one["her_id"] == self.clinic_her_id)
        note = Note(codes.value("7321", "6"), text, "Prøve")
        return MsgHead(
            type=codes.plain("8279", "DIALOG_NOTAT"),
            gen_date=self.clock.now(),
            msg_id=msg_id,
            sender=_organisation(
                self.own["organisation_name"], self.own["organisation_her_id"], self.own["organisation_number"],
                self.own["name"], self.her_id,
            ),
            receiver=_organisation(
                clinic["name"], clinic["her_id"], clinic["organisation_number"], service["name"], service["her_id"]
            ),
            patient=msghead.Person(
                person.family_name, person.given_name, (msghead.person_ident("FNR", person.number),)
            ),
            documents=(msghead.business_document(Dialogmelding("1.0", notes=(note,)).to_bytes()),),
        ).to_bytes()  # fmt: skip

    async def api(self, clinic: Process, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request to the clinic's interface; its answer as JSON.

        Raises:
            aiohttp.ClientError: the clinic died meanwhile.
            HarnessError: the clinic refused.
        """
        sent = {"Authorization": f"Bearer {TOKEN}", **{key.replace("_", "-"): value for key, value in headers.items()}}
        async with self.http.request(method, clinic.ready["api"] + path, json=body, headers=sent) as response:
            answer = await response.json()
            if response.status >= 400:
                raise HarnessError(f"{method} {path}: {response.status} {answer}")
            return answer

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the network's control port."""
        async with self.http.request(method, self.up["control"] + path, json=body) as response:
            answer = await response.json() if response.status != 204 else None
            if response.status >= 400:
                raise HarnessError(f"control {method} {path}: {response.status} {answer}")
            return answer

    async def leap(self, seconds: float) -> None:
        """Move domain time."""
        await self.control("POST", "/clock/leap", {"seconds": seconds})

    async def unread(self) -> list[dict[str, Any]]:
        """What waits for the counterpart."""
        return await self.edi.unread([self.her_id])


def _organisation(name: str, her_id: int, number: str, service: str, service_her_id: int) -> Organisation:
    return Organisation(
        name,
        (msghead.ident("HER", her_id), msghead.ident("ENH", number)),
        organisation=Organisation(service, (msghead.ident("HER", service_her_id),)),
    )
