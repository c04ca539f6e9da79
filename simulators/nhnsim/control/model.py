"""What the control port can see and do: the whole network, from above."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhnsim.authority.model import write_private
from nhnsim.control.errors import ControlError
from nhntime import ClockError, HubClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from nhnfixtures.world import Party, World
    from nhnsim.context import Controllable
    from nhnsim.faults import Faults
    from nhnsim.journal import Journal
    from nhntime import Clock


class Counterparts:
    """Hands out parties of the world's organisation "counterparts", each once; remembers across restarts."""

    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._makers: dict[str, Callable[[int], Party]] = {"Service": world.counterpart, "Person": world.practitioner}
        self._next = json.loads(path.read_bytes()) if path.exists() else {}

    @property
    def given(self) -> int:
        """How many have been handed out."""
        return sum(self._next.values())

    def hand_out(self, kind: object = "Service") -> dict[str, object]:
        """The next one; on disk as handed out before it is.

        Args:
            kind: `Service`, or `Person` for a practitioner.

        Raises:
            ControlError: there is no such kind, or the world has no more of it.
        """
        if not isinstance(kind, str) or kind not in self._makers:
            raise ControlError(400, f"type {kind!r} is no kind of counterpart; use one of {', '.join(self._makers)}")
        number = self._next.get(kind, 0)
        try:
            party = self._makers[kind](number)
        except (ValueError, LookupError) as error:
            raise ControlError(409, f"all counterparts are handed out ({error}); POST /reset begins anew") from error
        self._keep({**self._next, kind: number + 1})
        organisation = self._world.counterpart_organisation
        return {
            "her_id": party.her_id,
            "name": party.name,
            "type": party.type,
            "hpr": party.hpr,
            "organisation_number": organisation.organisation_number,
            "organisation_her_id": organisation.her_id,
            "organisation_name": organisation.name,
        }

    def reset(self) -> None:
        """Begin anew."""
        self._keep({})

    def _keep(self, numbers: dict[str, int]) -> None:
        write_private(self._path, json.dumps(numbers).encode())
        self._next = numbers


class Residents(ABC):
    """Those who live in the network and act by themselves: the automatic parties."""

    @abstractmethod
    def start(self) -> None:
        """Let them go to work."""

    @abstractmethod
    async def stop(self) -> None:
        """Let them rest; what they know stays on disk."""

    @abstractmethod
    def forget(self) -> None:
        """Throw away what they know; they are at rest."""

    @abstractmethod
    def names(self) -> list[str]:
        """Who lives here now."""

    @abstractmethod
    async def describe(self) -> list[dict[str, object]]:
        """Each one: who it is, how it behaves, what it has done; as JSON values."""

    @abstractmethod
    async def send(self, name: str, wish: Mapping[str, Any]) -> dict[str, object]:
        """Let one of them write a message of its own; what became of it, as JSON values.

        Raises:
            ValueError: no such message can be made; the text says why.
        """


@dataclass
class House:
    """The network, as the control port sees it.

    Attributes:
        clock: domain time.
        journal: all exchanges.
        faults: the armed byte faults.
        counterparts: see there.
        hosts: names and addresses under which the control port may be asked.
        endpoints: what each running endpoint lets be done to it, by name.
        parties: the automatic parties, if they run.
    """

    clock: Clock
    journal: Journal
    faults: Faults
    counterparts: Counterparts
    hosts: tuple[str, ...]
    endpoints: dict[str, Controllable] = field(default_factory=dict)
    parties: Residents | None = None

    @property
    def mode(self) -> str:
        """`virtual` or `real`."""
        return "virtual" if isinstance(self.clock, HubClock) else "real"

    async def move(self, kind: str, when: datetime) -> datetime:
        """Move virtual time (`leap` or `run`). The caller holds no token.

        Raises:
            ControlError: the clock is real, or somebody is busy for too long.
        """
        if not isinstance(self.clock, HubClock):
            raise ControlError(409, "the clock of this network is real; start it with --clock virtual or --hub")
        try:
            return await self.clock.move(kind, when)
        except ClockError as error:
            raise ControlError(409, str(error)) from error

    async def reset(self) -> None:
        """Back to the seeded world: traffic, journal, faults and counterparts are gone; keys stay."""
        with self.clock.busy("control reset"):
            self.faults.clear()
            if self.parties is not None:
                await self.parties.stop()
                self.parties.forget()
            for endpoint in self.endpoints.values():
                await endpoint.reset()
            self.counterparts.reset()
            self.journal.clear()
            if self.parties is not None:
                self.parties.start()

    async def snapshot(self) -> dict[str, Any]:
        """The state of everything, as JSON values."""
        with self.clock.busy("control snapshot"):
            return {
                "clock": {"mode": self.mode, "now": self.clock.now().isoformat()},
                "counterparts": self.counterparts.given,
                "faults": self.faults.armed(),
                "endpoints": {name: await endpoint.snapshot() for name, endpoint in self.endpoints.items()},
            }
