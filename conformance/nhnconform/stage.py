"""What a case sees: the SUT through its contract, a counterpart and a patient of its own, the journal, the clock.

    async def case_receipt(sut: Stage) -> None:
        sent = await sut.counterpart.send(Stimulus(note(...).to_bytes()))
        receipts = await sut.eventually(lambda: sut.counterpart.apprecs(sent.message_id), what="an AppRec")
        assert receipts[0]["appRecStatus"] == "Ok"

Waiting is in domain time. With virtual time it costs nothing; with real time it is bounded by the SUT's poll
interval and patience.
"""

from __future__ import annotations

import contextlib
import inspect
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec

from nhnconform.contract import (
    OPERATIONS,
    Alert,
    AnswerRequest,
    AttachmentView,
    ClockView,
    MessageView,
    Patient,
    RestartRequest,
    SendRequest,
    Sent,
    User,
    WorldRequest,
)
from nhnconform.errors import HarnessError, SutRefusalError, UnsupportedError
from nhnconform.judging import check_stimulus, expect
from nhnconform.props import Evidence, Identity, Log, Stimulus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from nhnconform.attribution import Claim, Entry
    from nhnconform.counterpart import Counterpart
    from nhnconform.drivers import Driver
    from nhnconform.journal import Journal
    from nhnconform.oracles import Finding, Oracles
    from nhnconform.timing import DomainTime
    from nhnfixtures.world import World

__all__ = ["Evidence", "Identity", "Log", "Stage", "Stimulus"]

T = TypeVar("T")

TEN_MINUTES = timedelta(minutes=10)
SAID = frozenset(name for name, row in OPERATIONS.items() if row.of_the_day)
"""Operations whose answers are evidence: what the user was shown leaves no trace on the wire."""
REGISTER_PATIENCE = timedelta(hours=1)
"""How long a SUT may believe what it once read in the address register."""


@dataclass(frozen=True)
class Stage:
    """One case's view of the world. Made by the engine, gone when the case ends.

    Attributes:
        identity: the SUT's HER-ids and organisation number.
        patient: a synthetic person used by no other case.
        counterpart: a communication party used by no other case.
        poll_interval: the SUT's, in seconds of domain time.
        time: domain time.
        world_around: who stands in the registers of this network.
        log: warnings and evidence, for the report.
    """

    identity: Identity
    patient: Patient
    counterpart: Counterpart
    poll_interval: float
    time: DomainTime
    driver: Driver
    traffic: Journal
    claim: Claim
    oracles: Oracles
    new_counterpart: Callable[[bool], Awaitable[Counterpart]]
    new_patient: Callable[[], Awaitable[Patient]]
    world_around: World
    log: Log = field(default_factory=Log)

    # The SUT, through its contract

    async def ask(self, operation: str, request: msgspec.Struct | None = None, **path: str) -> Any:
        """Any operation of the contract; the methods below are typed forms of it.

        Raises:
            UnsupportedError: the SUT does not declare it; the case is untested.
            SutError: the SUT hangs, crashes, babbles or refuses; the case has failed.
        """
        answer = await self.driver.call(operation, request, **path)
        if operation in SAID:
            self.evidence(operation, msgspec.json.encode(answer))
        return answer

    async def refused(
        self, operation: str, request: msgspec.Struct | None = None, *, what: str, **path: str
    ) -> SutRefusalError:
        """Ask an operation that must be refused; the refusal.

        Args:
            operation: of the contract.
            request: its body.
            what: that is refused, for the failure text, such as "forwarding without a right to".
            path: what is filled into its path.

        Raises:
            AssertionError: it was done.
        """
        try:
            answer = await self.ask(operation, request, **path)
        except SutRefusalError as refusal:
            self.evidence(f"{operation} refused", str(refusal).encode())
            return refusal
        raise AssertionError(f"{what} must be refused; the SUT answered {answer!r}")

    async def send(
        self,
        type: str,  # noqa: A002 - the contract's name
        text: str,
        *,
        to_her_id: int | None = None,
        patient: Patient | None = None,
        subject: str | None = None,
        from_her_id: int | None = None,
        in_reply_to: str | None = None,
        user: str | None = None,
        attachments: Sequence[AttachmentView] = (),
    ) -> str:
        """Have the SUT write and send a message; to this case's counterpart about its patient unless told otherwise.

        Returns:
            The MsgId that the SUT gave it.
        """
        request = SendRequest(
            type=type,
            to_her_id=to_her_id or self.counterpart.her_id,
            patient=patient or self.patient,
            text=text,
            subject=subject,
            from_her_id=from_her_id,
            in_reply_to=in_reply_to,
            user=user,
            attachments=tuple(attachments),
        )
        answer: Sent = await self.ask("send", request)
        self.claim.add(msg_ids=[answer.msg_id])
        return answer.msg_id

    async def answer(self, msg_id: str, text: str) -> str:
        """Have the SUT answer a message it has received; the MsgId of the answer."""
        answer: Sent = await self.ask("answer", AnswerRequest(msg_id=msg_id, text=text))
        self.claim.add(msg_ids=[answer.msg_id])
        return answer.msg_id

    async def inbox(self, msg_id: str | None = None) -> tuple[MessageView, ...]:
        """Received messages, all or those with this MsgId."""
        views: tuple[MessageView, ...] = await self.ask("inbox")
        return tuple(view for view in views if msg_id in {None, view.msg_id})

    async def message(self, msg_id: str) -> MessageView | None:
        """One message, None when the SUT does not know it."""
        view: MessageView | None = await self.ask("message", msg_id=msg_id)
        return view

    async def alerts(self, msg_id: str | None = None) -> tuple[Alert, ...]:
        """Alerts, all or those about one message."""
        alerts: tuple[Alert, ...] = await self.ask("alerts")
        return tuple(alert for alert in alerts if msg_id in {None, alert.msg_id})

    async def resolve(self, alert_id: str) -> None:
        """Tick an alert off, as a user would."""
        await self.ask("resolve", id=alert_id)

    async def settle(self) -> None:
        """Let the SUT look at the network now; where it cannot be asked to, give it one poll interval."""
        if self.driver.supports(["settle"]):
            await self.ask("settle")
        else:
            await self.wait(timedelta(seconds=self.poll_interval))

    async def restart(self, *, abrupt: bool = False) -> None:
        """Stop the SUT and start it again with what is on disk."""
        await self.ask("restart", RestartRequest(abrupt=abrupt))

    async def world(self, patients: Sequence[Patient] = (), users: Sequence[User] = ()) -> None:
        """Make people known to the SUT. This case's own patient is known already where the SUT supports it."""
        await self.ask("world", WorldRequest(patients=tuple(patients), users=tuple(users)))

    async def sut_clock(self) -> str:
        """The SUT's own now, ISO 8601."""
        view: ClockView = await self.ask("clock")
        return view.now

    async def reset(self) -> None:
        """Have the SUT forget all messages; exclusive cases only."""
        await self.ask("reset")

    # Time

    def now(self) -> datetime:
        """The domain's now; aware, UTC."""
        return self.time.now()

    async def wait(self, span: timedelta) -> None:
        """Let domain time pass."""
        await self.time.pause(span)

    async def run(self, span: timedelta) -> None:
        """Let domain time pass timer by timer: the SUT polls each time it is due. Exclusive cases only."""
        await self.time.run(span)

    async def leap(self, span: timedelta) -> None:
        """Move domain time at once; what is overdue then happens once. Exclusive cases only.

        Raises:
            DeferredError: this run's clock is the machine's.
        """
        await self.time.leap(span)

    @overload
    async def eventually(
        self, check: Callable[[], Awaitable[T | None]], what: str, within: timedelta = TEN_MINUTES
    ) -> T: ...

    @overload
    async def eventually(self, check: Callable[[], T | None], what: str, within: timedelta = TEN_MINUTES) -> T: ...

    async def eventually(self, check: Callable[[], Any], what: str, within: timedelta = TEN_MINUTES) -> Any:
        """Ask until the answer is something, and return it.

        Args:
            check: returns something truthy when it has happened; a falsy value, or an AssertionError, means not yet.
            what: named in the failure text, such as "an AppRec for the note".
            within: domain time; with a real clock at most what two polls and the SUT's patience take.

        Raises:
            AssertionError: it did not happen; the text says what was awaited and what was seen.
        """
        limit = self.time.bound(within, self.poll_interval)
        deadline = self.now() + limit
        seen = "nothing"
        for step in self.time.steps(self.poll_interval):
            last_look = self.now() >= deadline
            try:
                value = check()
                result = await value if inspect.isawaitable(value) else value
            except AssertionError as error:
                seen = str(error)
            else:
                if result:
                    return result
                seen = repr(result)
            if last_look:
                break
            await self.wait(min(step, deadline - self.now()))
        raise AssertionError(f"{what} did not come within {limit}; seen instead: {seen}. {await self._seen()}")

    async def never(
        self, check: Callable[[], Awaitable[object] | object], what: str, within: timedelta = TEN_MINUTES
    ) -> None:
        """Give something the time to happen, and fail when it does.

        Raises:
            AssertionError: it happened.
        """
        deadline = self.now() + self.time.bound(within, self.poll_interval)
        for step in self.time.steps(self.poll_interval):
            last_look = self.now() >= deadline
            value = check()
            result = await value if inspect.isawaitable(value) else value
            assert not result, f"{what} came, and should not have: {result!r}"
            if last_look:
                return
            await self.wait(min(step, deadline - self.now()))

    # What was on the wire

    async def journal(self, *, endpoint: str | None = None, method: str | None = None) -> list[Entry]:
        """The network's journal entries that belong to this case, oldest first; the counterpart's own included."""
        await self.traffic.refresh()
        return [
            entry
            for entry in self.traffic.claimed(self.claim)
            if endpoint in {None, entry.endpoint} and method in {None, entry.method}
        ]

    async def sut_entries(self, *, endpoint: str | None = None, method: str | None = None) -> list[Entry]:
        """As `journal`, but only what the SUT did."""
        entries = await self.journal(endpoint=endpoint, method=method)
        return [entry for entry in entries if self.traffic.is_suts(entry)]

    async def context(self, *, endpoint: str | None = None) -> list[Entry]:
        """All of the SUT's exchanges in this run that belong to no single case: discovery, tokens, polls."""
        await self.traffic.refresh()
        return [entry for entry in self.traffic.context() if endpoint in {None, entry.endpoint}]

    async def request_bytes(self, entry: Entry) -> bytes:
        """The exact bytes of the request of a journal entry: head and body."""
        return await self.traffic.raw(entry.n, "in")

    async def response_bytes(self, entry: Entry) -> bytes:
        """The exact bytes of the answer."""
        return await self.traffic.raw(entry.n, "out")

    # Judging and keeping

    def expect(self, table: str, data: bytes | Sequence[bytes], **context: Any) -> None:
        """Judge bytes by an oracle table, or by all that hold for a business document (table `document`).

        Findings below must become warnings of this case.

        Raises:
            AssertionError: a rule that must hold does not; all of them are named.
            HarnessError: the oracles disagree among themselves, or there is no such table.
        """
        self.log.warnings.extend(expect(self.oracles, table, data, **context))

    def warn(self, finding: Finding) -> None:
        """Note something that does not fail the case."""
        self.log.warnings.append(finding)

    def evidence(self, name: str, data: bytes, direction: str = "out") -> None:
        """Keep bytes for the report."""
        self.log.evidence.append(Evidence(name, data, direction))

    @contextlib.asynccontextmanager
    async def fault(self, endpoint: str, kind: str, **more: Any) -> AsyncIterator[None]:
        """While inside, the network has a fault at an endpoint. Exclusive cases only.

        Args:
            endpoint: such as `edi2`.
            kind: one of the network's faults, such as `truncate` or `status`.
            more: `count`, `match`, `seconds`, `status`, `variant` and so on, as the control port takes them.

        Raises:
            HarnessError: the network does not take it.
        """
        control = self.traffic.control
        armed = await control.ask("POST", "/faults", {"endpoint": endpoint, "kind": kind, **more})
        try:
            yield
        finally:
            with contextlib.suppress(HarnessError):  # spent and gone already
                await control.ask("DELETE", f"/faults/{armed['id']}")

    async def change(self, endpoint: str, **wish: Any) -> Any:
        """Change what an endpoint of the network knows, as its users could. Exclusive cases only.

        Args:
            endpoint: such as `helseid` or `edi2`.
            wish: as the control port takes it.

        Raises:
            HarnessError: the network does not take it.
        """
        return await self.traffic.control.ask("POST", f"/endpoints/{endpoint}/changes", wish)

    @contextlib.asynccontextmanager
    async def register_change(self, her_id: int, **fields: Any) -> AsyncIterator[None]:
        """While inside, an entry of the address register is different. Exclusive cases only.

        Args:
            her_id: whose entry.
            fields: `name`, `edi_address`, `active`, `service_based_addressing`, as the control port takes them.

        Raises:
            HarnessError: the network does not take it.
        """
        control = self.traffic.control
        path = "/endpoints/address_register/changes"
        await control.ask("POST", path, {"her_id": her_id, **fields})
        try:
            yield
        finally:
            await control.ask("POST", path, {"her_id": her_id, **dict.fromkeys(fields)})

    async def another_counterpart(self, *, person: bool = False) -> Counterpart:
        """A further communication party of this case's own: a service, or a practitioner."""
        return await self.new_counterpart(person)

    async def another_patient(self) -> Patient:
        """A further synthetic person of this case's own, known to the SUT where it can be told."""
        patient = await self.new_patient()
        self.claim.add(patients=[patient.number])
        if self.driver.supports(["world"]):
            await self.world([patient])
        return patient

    def users(self, role: str | None = None) -> tuple[User, ...]:
        """Employees that the SUT says it has: all, or those of a role (physician, secretary, administrator, …).

        Raises:
            UnsupportedError: it names none of that role; the case is untested.
        """
        found = tuple(user for user in self.driver.declaration.users if role in {None, user.role})
        if not found:
            raise UnsupportedError(f"the SUT declares no user{f' of role {role}' if role else ''} at GET /contract")
        return found

    def check(self, stimulus: Stimulus) -> None:
        """What `counterpart.send` does first.

        Raises:
            HarnessError: the stimulus does not break exactly the rule it names.
        """
        check_stimulus(self.oracles, stimulus.document, stimulus.breaks)

    async def _seen(self) -> str:
        try:
            entries = await self.journal()
        except HarnessError as error:
            return f"(the journal could not be read: {error})"
        if not entries:
            return "The journal holds no traffic of this case."
        lines = [f"{entry.method} {entry.path} -> {entry.status}" for entry in entries[-6:]]
        return f"Traffic of this case, newest last: {'; '.join(lines)}."
