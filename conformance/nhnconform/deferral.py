"""Cases that wait longer than a run: put off with what they have done so far, taken up when their time has come.

A case that leaps cannot be played to its end while the machine's time is the only one. It is played up to the leap, and
everything it learnt on the way (answers of the SUT, of the network, the time) is kept on a *tape*. `conform --resume`
plays it from its start again, but answers from the tape until that is spent: the case stands where it stood, days
later, and goes on with the SUT and the network as they are now. It works for a network that is still there or comes
back: `--attach`, or `--state`.

A case that would say other things than the last time (an MsgId drawn at random in a stimulus) does not fit its tape
and is inconclusive. So is one that is taken up too late: later than the wait lasts again, and an hour at least, what
was to be seen may be over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import msgspec

from nhnconform.contract import OPERATIONS
from nhnconform.control import Control
from nhnconform.drivers import Driver
from nhnconform.errors import DeferredError, HarnessError, InconclusiveError
from nhnconform.timing import MachineTime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from nhnconform.attribution import Claim
    from nhnconform.case import Case
    from nhnconform.counterpart import EdiClient
    from nhnconform.network import Network
    from nhntime import Clock

FORMAT = 1
"""Version of `deferred.json`; schema: `nhnconform/schemas/deferred.json`."""

FILE = "deferred.json"

LEAST_GRACE = timedelta(hours=1)

_LEAP = "leap"


class Step(msgspec.Struct, array_like=True, frozen=True):
    """One thing a case did: what, with what (a digest), and what came of it."""

    kind: str
    key: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class Waiting(msgspec.Struct, frozen=True):
    """A case that was put off.

    Attributes:
        case: its id.
        due: from when it can be taken up, ISO 8601.
        until: until when; later than that it is inconclusive.
        waits_for: its title.
        her_ids: of its counterparts, for whoever wants to look.
        msg_ids: of its messages so far.
        tape: what it has done.
    """

    case: str
    due: str
    until: str
    waits_for: str
    her_ids: tuple[int, ...]
    msg_ids: tuple[str, ...]
    tape: tuple[Step, ...]


class Deferred(msgspec.Struct, frozen=True):
    """What a run leaves in `deferred.json`: the cases that wait, and the network in which they do."""

    format: int
    seed: int
    sut: str
    attach: str | None
    state: str | None
    cases: tuple[Waiting, ...]

    @classmethod
    def read(cls, folder: Path) -> Deferred:
        """From a report's folder.

        Raises:
            ValueError: there is none, or it is not one; says what to do.
        """
        path = folder / FILE
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=cls)
        except OSError as error:
            msg = f"{path}: {error.strerror}; only a run with deferred cases, in a network that is kept, leaves one"
            raise ValueError(msg) from None
        except msgspec.DecodeError as error:
            msg = f"{path} is not what a run leaves there: {error}; run again without --resume"
            raise ValueError(msg) from None
        if kept.format != FORMAT:
            msg = f"{path} has format {kept.format}, this version reads {FORMAT}; run again without --resume"
            raise ValueError(msg)
        return kept

    def write(self, folder: Path) -> None:
        """Into a report's folder; nothing is left there when no case waits."""
        path = folder / FILE
        if self.cases:
            path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))
        else:
            path.unlink(missing_ok=True)


@dataclass
class Tape:
    """What a case has done; played back first, then written on.

    Attributes:
        steps: all there is.
        played: how many of them this run has met.
        due: when the case can go on; set when it was put off.
    """

    steps: list[Step] = field(default_factory=list)
    played: int = 0
    due: datetime | None = None
    until: datetime | None = None

    def again(self) -> Tape:
        """For the case from its start: an unused tape, which the case's clock is given too."""
        self.steps.clear()
        self.played = 0
        return self

    def waiting(self, case: Case, claim: Claim) -> Waiting:
        """The case as it is put off.

        Raises:
            HarnessError: it was not.
        """
        if self.due is None or self.until is None:
            raise HarnessError(f"case {case.id} says that it waits, and has not leapt")
        return Waiting(
            case=case.id,
            due=self.due.isoformat(),
            until=self.until.isoformat(),
            waits_for=case.title,
            her_ids=tuple(sorted(int(str(value)) for kind, value in claim.keys if kind == "her")),
            msg_ids=tuple(sorted(str(value) for kind, value in claim.keys if kind == "msg")),
            tape=tuple(self.steps),
        )

    async def through(self, kind: str, request: object, live: Callable[[], Awaitable[Any]], shape: Any = Any) -> Any:
        """The answer from the tape, or the live one, which is put onto it.

        Raises:
            InconclusiveError: the tape holds something else here.
        """
        found = self._next(kind, request)
        if found is not None:
            return msgspec.json.decode(found.value, type=shape)
        answer = await live()
        self._put(kind, request, answer)
        return answer

    def now(self, clock: Clock) -> datetime:
        """As the case saw it."""
        found = self._next("now", None)
        if found is not None:
            return msgspec.json.decode(found.value, type=datetime)
        now = clock.now()
        self._put("now", None, now)
        return now

    def leap(self, span: timedelta, clock: Clock) -> None:
        """Put the case off, or find that its time has come.

        Raises:
            DeferredError: not yet.
            InconclusiveError: too late.
        """
        now = clock.now()
        found = self._next(_LEAP, span.total_seconds())
        if found is None:
            due = now + span
            self._put(_LEAP, span.total_seconds(), due)
        else:
            due = msgspec.json.decode(found.value, type=datetime)
            if self.played < len(self.steps):
                return
        until = due + max(span, LEAST_GRACE)
        if now < due:
            self.due, self.until = due, until
            raise DeferredError(f"it waits until {due.isoformat(timespec='seconds')}: provenett conform --resume")
        if now > until:
            raise InconclusiveError(
                f"it was to be taken up between {due.isoformat(timespec='seconds')} and "
                f"{until.isoformat(timespec='seconds')}; what was to be seen may be over. Judge it anew"
            )

    def _next(self, kind: str, request: object) -> Step | None:
        if self.played >= len(self.steps):
            return None
        step = self.steps[self.played]
        self.played += 1
        if (step.kind, step.key) != (kind, _digest(request)):
            raise InconclusiveError(
                f"it cannot be taken up: at step {self.played} it did {step.kind} the first time and {kind} now, or "
                "with other data. Judge it anew with a clock that can leap"
            )
        return step

    def _put(self, kind: str, request: object, value: object) -> None:
        self.steps.append(Step(kind, _digest(request), msgspec.Raw(msgspec.json.encode(value))))
        self.played += 1


class TapedDriver(Driver):
    """A driver whose answers are on a tape."""

    def __init__(self, driver: Driver, tape: Tape) -> None:
        super().__init__(driver.declaration)
        self._driver = driver
        self._tape = tape

    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        row = OPERATIONS[operation]
        return await self._tape.through(
            operation,
            [body, path],
            lambda: self._driver.call(operation, body, **path),
            row.response | None if row.missing else row.response,
        )


class TapedControl(Control):
    """A control port whose answers are on a tape: which counterparts the case was given."""

    def __init__(self, control: Control, tape: Tape) -> None:
        self._control = control
        self._tape = tape

    async def ask(self, method: str, path: str, body: Any = None, **query: str | int) -> Any:
        """As `Control.ask`."""
        return await self._tape.through(
            f"{method} {path}", [body, query], lambda: self._control.ask(method, path, body, **query)
        )

    async def raw(self, path: str) -> bytes:
        """As `Control.raw`; not taped."""
        return await self._control.raw(path)


class TapedClient:
    """A client of the EDI service whose answers are on a tape."""

    def __init__(self, client: EdiClient, tape: Tape) -> None:
        self._client = client
        self._tape = tape

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, name)

        async def taped(*args: Any, **more: Any) -> Any:
            shape = bytes if name == "document" else Any
            return await self._tape.through(name, [args, more], lambda: method(*args, **more), shape)

        return taped


class TapedTime(MachineTime):
    """The machine's time as the case saw it; a leap is where a case is put off."""

    def __init__(self, clock: Clock, patience: float, tape: Tape) -> None:
        super().__init__(clock, patience)
        self._tape = tape

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._tape.now(self.clock)

    async def pause(self, span: timedelta) -> None:
        """Really wait; not while the tape is played back."""
        await self._tape.through("pause", None, lambda: super(TapedTime, self).pause(span))

    async def leap(self, span: timedelta) -> None:
        """Put the case off, or go on."""
        self._tape.leap(span, self.clock)


def taped(network: Network, tape: Tape) -> Network:
    """The network as a case with a tape meets it."""
    client = cast("EdiClient", TapedClient(network.client, tape))
    return replace(network, control=TapedControl(network.control, tape), client=client)


def _digest(request: object) -> str:
    try:
        said = msgspec.json.encode(request, order="deterministic")
    except (TypeError, ValueError) as error:
        raise HarnessError(f"a case cannot be put off: {error}") from error
    return hashlib.sha256(said).hexdigest()[:16]
