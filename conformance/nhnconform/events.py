"""What happens in a run, as one stream of values. Every report is made from it and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnconform.case import Case
    from nhnconform.oracles import Finding
    from nhnconform.verdicts import Verdict


@dataclass(frozen=True)
class SutIdentity:
    """What is judged: name, version, driver, clock and the profiles it claims."""

    name: str
    version: str
    driver: str
    clock: str
    profiles: tuple[str, ...]


@dataclass(frozen=True)
class Exchange:
    """One HTTP exchange of a case, with its exact bytes.

    Attributes:
        n: number in the network's journal.
        at: domain time, ISO 8601.
        who: who asked: `sut`, `counterpart` (the judge's) or `party` (an automatic one of the network).
        endpoint: whom they asked.
        request: head and body, as they were on the wire.
        response: the same.
        context: shared with other cases.
    """

    n: int
    at: str
    who: str
    endpoint: str
    method: str
    path: str
    status: int | None
    fault: str | None
    request: bytes
    response: bytes
    context: bool = False


@dataclass(frozen=True)
class Item:
    """Bytes that a case kept. `direction` is `in` (what the SUT was given) or `out` (what it gave)."""

    name: str
    data: bytes
    direction: str


@dataclass(frozen=True)
class Outcome:
    """How one case ended.

    Attributes:
        seconds: real time.
        domain_seconds: time in the domain.
        items: bytes it kept.
        warnings: findings that fail nobody.
    """

    case: Case
    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0
    domain_seconds: float = 0.0
    items: tuple[Item, ...] = ()
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RunStarted:
    """A run begins: which cases, with which seed."""

    suite: str
    version: str
    seed: int
    cases: tuple[Case, ...]
    profiles: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """Something worth a line: the network is up, the SUT is ready."""

    text: str


@dataclass(frozen=True)
class SutReady:
    """Who is judged."""

    sut: SutIdentity


@dataclass(frozen=True)
class CaseStarted:
    """A case is on stage."""

    case: Case


@dataclass(frozen=True)
class CaseEnded:
    """A case has its verdict."""

    outcome: Outcome


@dataclass(frozen=True)
class Traffic:
    """What a case had on the wire; comes after its end, when what was late has arrived too."""

    case_id: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True)
class RunEnded:
    """The run is over.

    Attributes:
        strays: one line for each exchange that nobody claims.
        seconds: real time.
    """

    strays: tuple[str, ...]
    seconds: float


Event = RunStarted | Progress | SutReady | CaseStarted | CaseEnded | Traffic | RunEnded


@dataclass
class Stream:
    """Hands every event to every listener, in order."""

    listeners: list[Callable[[Event], None]] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Tell everybody."""
        for listener in self.listeners:
            listener(event)
