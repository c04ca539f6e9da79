"""The network as a whole: the table of endpoints, and how they are started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import socket
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from nhnsim.context import CONTROL, Context
from nhnsim.control import routes as control
from nhnsim.control.model import Counterparts, House, Residents
from nhnsim.exchanges import HttpEar
from nhnsim.faults import Faults
from nhnsim.helseid.testtokens import auth_key
from nhnsim.journal import Journal
from nhnsim.lab import Credential, Lab, LabError
from nhnsim.serving import ServingError, bind, middleware, serve
from nhnsim.skew import skewed
from nhnsim.store import StoreError
from nhnsim.tap import Tap
from nhntime import ClockLostError, Hub, HubClock, open_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from nhnsim.parties.automatic import AutomaticParty
    from nhntime import Clock

EPOCH: Final = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
"""Where virtual time begins: a Monday in winter, 08:00 in Norway."""

PATIENCE: Final = aiohttp.ClientTimeout(total=30)
WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
CONTROL_PORT: Final = 0


@dataclass(frozen=True)
class Endpoint:
    """A row of the table.

    Attributes:
        name: of the folder, the journal entries, the faults.
        offset: of its port from `--port-base`.
        addresses: the endpoint's part of the `up` object, from its base URL.
        tls: False for one that is published over plain HTTP.
    """

    name: str
    offset: int
    addresses: Callable[[str], dict[str, str | None]]
    tls: bool = True


ENDPOINTS: Final = (
    Endpoint("authority", 1, lambda url: {"url": url}),
    Endpoint("helseid", 2, lambda url: {"issuer": url, "test_tokens": f"{url}/v2/create-test-token-with-key"}),
    Endpoint("address_register", 3, lambda url: {"rest": url, "soap": f"{url}/v1/AR", "export": url}),
    Endpoint("edi2", 4, lambda url: {"v2": url, "v3": url}),
    Endpoint("gp_register", 5, lambda url: {"soap": f"{url}/v2/flr"}),
    Endpoint("revocation", 7, lambda url: {"url": url}, tls=False),
)
PLAIN: Final = frozenset({"control", *(row.name for row in ENDPOINTS if not row.tls)})
"""What is served without TLS."""
PARTIES: Final = "parties"
NAMES: Final = (*(endpoint.name for endpoint in ENDPOINTS), PARTIES)
BASIC: Final = {"gp_register": "gp_register", "address_register_soap": "address_register"}
"""Credentials for HTTP Basic by the endpoint they open."""
SCOPES: Final = {"edi2": "nhn:msh/api", "address_register": "nhn:cp-api/access-v2-dpop"}


@dataclass(frozen=True)
class Options:
    """How a network is wanted.

    Attributes:
        state: the lab's folder; None for a temporary one.
        seed: of the world; None for the lab's own.
        tier: parties in its register; None for the lab's own.
        bind: address to listen on.
        port_base: first port; None for free ones, the same each time with `state`.
        public_host: the name under which others reach the network.
        sans: more names and addresses for the server certificate.
        hub: `host:port` of a clock hub elsewhere.
        clock: "real" or "virtual" when there is no `hub`; a virtual clock then moves only through the control port.
        epoch: where virtual time begins.
        only: names from `NAMES`; empty for all.
        tap: False records no bytes and takes no faults.
    """

    state: Path | None = None
    seed: int | None = None
    tier: int | None = None
    bind: str = "127.0.0.1"
    port_base: int | None = None
    public_host: str = "localhost"
    sans: tuple[str, ...] = ()
    hub: str | None = None
    clock: str = "real"
    epoch: datetime = EPOCH
    only: tuple[str, ...] = ()
    tap: bool = True


@dataclass
class Network:
    """A network that is up; close it with `aclose`, or use it as an asynchronous context manager."""

    options: Options
    lab: Lab
    clock: Clock
    house: House
    urls: Mapping[str, str]
    credentials: Mapping[str, Credential]
    hub: str | None
    _stack: contextlib.AsyncExitStack = field(repr=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop everything; a temporary lab is removed."""
        await self._stack.aclose()

    async def lost(self) -> None:
        """Return when the clock's hub is gone, and the network must stop; with a real clock never."""
        if isinstance(self.clock, HubClock):
            await self.clock.lost.wait()
        else:
            await asyncio.Event().wait()

    def describe(self) -> dict[str, Any]:
        """The object that `up --json` prints; see `simulators/README.md`."""
        world = self.lab.world
        clinic = world.clinic
        judge = self.credentials["counterparts"]
        return {
            "provenett": metadata.version("provenett"),
            "seed": self.lab.seed,
            "tier": world.tier,
            "state": str(self.lab.state),
            "clock": {"mode": self.house.mode, "hub": self.hub, "now": self.clock.now().isoformat()},
            "endpoints": {row.name: row.addresses(self.urls[row.name]) for row in ENDPOINTS if row.name in self.urls},
            "credentials": {
                **{name: {**_credential(self.credentials["clinic"]), "scope": scope} for name, scope in SCOPES.items()},
                **{
                    name: {
                        "username": f"OrgUsr{world.clinic_organisation_number}",
                        "password": self.lab.password(world.clinic_organisation_number),
                    }
                    for name, endpoint in BASIC.items()
                    if endpoint in self.urls
                },
                "supplier": {**_credential(self.credentials["supplier"]), "scope": SCOPES["edi2"]},
                **(_test_tokens(self.lab) if "helseid" in self.urls else {}),
            },
            "counterparts": {
                **_credential(judge),
                "organisation_number": judge.client.organisation_number,
                "her_id": world.counterpart_organisation.her_id,
            },
            "trust": str(self.lab.trust),
            "clinic": {
                "api": None,
                "organisation_number": clinic.organisation.organisation_number,
                "name": clinic.organisation.name,
                "her_id": clinic.organisation.her_id,
                "service_her_ids": [service.her_id for service in clinic.services],
                "services": [{"her_id": service.her_id, "name": service.name} for service in clinic.services],
                "users": [asdict(user) for user in clinic.users],
            },
            "parties": {
                name: {"her_id": party.her_id, "kind": party.kind}
                for name, party in (world.named.items() if _wanted(self.options, PARTIES) else ())
            },
            "control": self.urls["control"],
            "console": None,
        }


async def up(options: Options) -> Network:
    """Start a network; when this returns, every endpoint answers.

    Raises:
        LabError, ServingError, StoreError, ClockLostError: it cannot be had like this; the text says why and what to
            do.
    """
    async with contextlib.AsyncExitStack() as stack:
        hosts = [host for host in (options.public_host, options.bind, *options.sans) if host not in WILDCARDS]
        lab = stack.enter_context(Lab.open(options.state, options.seed, hosts, options.tier))
        hub, clock = await _clock(options, stack)
        sockets = _sockets(options, lab, stack)
        urls = {name: _url(options, name, sock) for name, sock in sockets.items()}
        making = [asyncio.get_running_loop().run_in_executor(None, lab.credential, one) for one in lab.world.clients]
        # Two slow things at once: threads look for primes while this one reads modules.
        modules = {name: importlib.import_module(f"nhnsim.{name}.routes") for name in sockets if name != "control"}
        made = await asyncio.gather(*making)
        credentials = {credential.client.name: credential for credential in made}
        lab.publish(made)
        journal = Journal(lab.folder("journal"))
        house = House(
            clock,
            journal,
            Faults([name for name in sockets if name != "control" and options.tap]),
            Counterparts(lab.state / "counterparts.json", lab.world),
            lab.hosts,
        )
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=lab.trusting(), resolver=Resolver(options)), timeout=PATIENCE
        )
        stack.push_async_callback(http.close)

        def context(name: str) -> Context:
            return Context(
                name, skewed(clock), lab.world, urls, lab.folder(name), lambda: str(uuid.uuid4()), http, lab.password
            )

        tls = lab.tls()
        connections = itertools.count(1)
        for name, module in modules.items():
            application = module.application(context(name))

            def ear(name: str = name) -> HttpEar:
                return HttpEar(name, next(connections), clock, journal, house.faults)

            serving = await serve(
                application,
                sockets[name],
                context=None if name in PLAIN else tls,
                tap=Tap(ear) if options.tap else None,
                middleware=middleware(name, clock, journal, tapped=options.tap),
            )
            stack.push_async_callback(serving.aclose)
            house.endpoints[name] = application[CONTROL]
        serving = await serve(control.application(house), sockets["control"], context=None, tap=None, middleware=None)
        stack.push_async_callback(serving.aclose)
        if _wanted(options, PARTIES):
            house.parties = _Parties(context(PARTIES), credentials)
            house.parties.start()
            stack.push_async_callback(house.parties.stop)
        return Network(options, lab, clock, house, urls, credentials, hub, stack.pop_all())


async def _clock(options: Options, stack: contextlib.AsyncExitStack) -> tuple[str | None, Clock]:
    hub = options.hub
    if hub is None and options.clock == "virtual":
        own = await Hub.start(options.epoch)
        stack.push_async_callback(own.aclose)
        hub = own.address
    clock = await open_clock(hub, "network")
    stack.push_async_callback(clock.aclose)
    return hub, clock


def _sockets(options: Options, lab: Lab, stack: contextlib.AsyncExitStack) -> dict[str, socket.socket]:
    """All sockets, bound before anything starts; the control port first."""
    wanted = [("control", CONTROL_PORT), *((row.name, row.offset) for row in ENDPOINTS if _wanted(options, row.name))]
    sockets = {}
    for name, offset in wanted:
        sock = bind(name, options.bind, lab.port(name, offset, options.port_base))
        stack.callback(sock.close)
        sockets[name] = sock
    lab.remember(sockets)
    return sockets


def _url(options: Options, name: str, sock: socket.socket) -> str:
    host = f"[{options.public_host}]" if ":" in options.public_host else options.public_host
    return f"{'http' if name in PLAIN else 'https'}://{host}:{sock.getsockname()[1]}"


def _wanted(options: Options, name: str) -> bool:
    return not options.only or name in options.only


class _Parties(Residents):
    """The automatic parties: each a task that sleeps in domain time between its polls."""

    def __init__(self, context: Context, credentials: Mapping[str, Credential]) -> None:
        self._context = context
        self._known = {name: (have.client.client_id, have.pem, have.kid) for name, have in credentials.items()}
        self._running: list[asyncio.Task[None]] = []
        self._living: dict[str, AutomaticParty] = {}

    def start(self) -> None:
        self._living = importlib.import_module("nhnsim.parties").residents(self._context, self._known)
        spawn = self._context.clock.spawn
        self._running = [spawn(party.run(), f"party {name}") for name, party in self._living.items()]

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running, self._living = [], {}

    def names(self) -> list[str]:
        return list(self._living)

    async def describe(self) -> list[dict[str, object]]:
        return [await party.describe() for party in self._living.values()]

    async def send(self, name: str, wish: Mapping[str, Any]) -> dict[str, object]:
        party = self._living[name]
        return await party.send(importlib.import_module("nhnsim.parties.letters").letter(self._context, party, wish))

    def forget(self) -> None:
        for path in self._context.state.iterdir():
            path.unlink()


def _test_tokens(lab: Lab) -> dict[str, dict[str, str]]:
    return {"test_tokens": {"auth_key": auth_key(lab.folder("helseid"))}}


def _credential(credential: Credential) -> dict[str, str]:
    return {"client_id": credential.client.client_id, "key": str(credential.path), "kid": credential.kid}


class Resolver(AbstractResolver):
    """Inside the process the public name means this machine, whatever it means outside."""

    def __init__(self, options: Options) -> None:
        self._public = options.public_host
        self._here = WILDCARDS.get(options.bind, options.bind)
        self._others = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """This machine for the public name; everything else as usual."""
        if host != self._public:
            return await self._others.resolve(host, port, family)
        kind = socket.AF_INET6 if ":" in self._here else socket.AF_INET
        return [
            ResolveResult(hostname=host, host=self._here, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
        ]

    async def close(self) -> None:
        """Let the usual resolver go."""
        await self._others.close()


STARTING_ERRORS: Final[tuple[type[Exception], ...]] = (LabError, ServingError, StoreError, ClockLostError)
