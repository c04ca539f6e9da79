"""One run: network, SUT, cases, traffic; every report is told of it through the stream."""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnconform.deferral import FORMAT, Deferred, Tape
from nhnconform.engine import Engine, Limits, all_failed
from nhnconform.errors import HarnessError, SutError
from nhnconform.events import Exchange, Progress, RunEnded, RunStarted, SutReady, Traffic
from nhnconform.network import attach_network, start_network
from nhnconform.oracles import Oracles
from nhnconform.profiles import profile
from nhnconform.sut import start_sut
from nhnconform.verdicts import exit_code
from nhnwire.validation import schema_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from nhnconform.attribution import Claim, Entry
    from nhnconform.case import Case
    from nhnconform.deferral import Waiting
    from nhnconform.events import Outcome, Stream
    from nhnconform.journal import Journal
    from nhnconform.network import Network
    from nhnconform.sut import Subject

SUITE = "Provenett conformance suites"

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><MsgHead/>'
"""The smallest document that makes the oracles compile their schemas."""

MOST_EXCHANGES = 400
"""Of one case, whose bytes are fetched for the report."""


@dataclass(frozen=True)
class Judged:
    """What came of judging one SUT.

    Attributes:
        outcomes: one for each case.
        strays: a line for every exchange that nobody claims.
        not_ready: why the SUT never became ready; empty when it did.
        waiting: cases that were put off.
    """

    outcomes: tuple[Outcome, ...]
    strays: tuple[str, ...] = ()
    not_ready: str = ""
    waiting: tuple[Waiting, ...] = ()


class UsageError(Exception):
    """The run cannot begin as it was asked for; the text says what to do instead."""


@dataclass(frozen=True)
class Settings:
    """How to run.

    Attributes:
        seed: of the world and of the order of cases.
        limits: patience and concurrency.
        folder: gets logs; must exist.
        attach: description of a network that is up; None starts one.
        state: a lab to keep; None for a temporary one.
        version: of Provenett, for the reports.
        deferred: folder that gets `deferred.json` when cases are put off; None for nowhere.
        resumed: what an earlier run left there; its cases are taken up.
    """

    seed: int
    limits: Limits
    folder: Path
    attach: Path | None = None
    state: Path | None = None
    version: str = ""
    deferred: Path | None = None
    resumed: Deferred | None = None


def chosen(cases: Sequence[Case], *, globs: Sequence[str], profiles: Sequence[str]) -> list[Case]:
    """The cases that a run is about.

    Args:
        cases: all there are.
        globs: patterns on ids, any of which must match; none means all.
        profiles: names, one of which a case must belong to; with `@date`, the cases that the file of that date
            requires; none means all.

    Raises:
        UsageError: a profile that no case belongs to, a dated one whose cases are not all there, or nothing is left.
    """
    known = sorted({one for case in cases for one in case.profiles})
    strange = [one for one in profiles if one.partition("@")[0] not in known]
    if strange:
        raise UsageError(f"no case belongs to profile {', '.join(strange)}; there are {', '.join(known) or 'none'}")
    frozen = {case_id for one in profiles if "@" in one for case_id in _required(one, cases)}
    found = [
        case
        for case in cases
        if (not globs or any(fnmatch.fnmatchcase(case.id.casefold(), glob.casefold()) for glob in globs))
        and (not profiles or set(profiles) & set(case.profiles) or case.id in frozen)
    ]
    if not found:
        raise UsageError("no case matches; list them with: provenett conform --list")
    return found


def _required(wanted: str, cases: Sequence[Case]) -> tuple[str, ...]:
    try:
        required = profile(wanted).required
    except LookupError as error:
        raise UsageError(str(error)) from error
    missing = sorted(set(required) - {case.id for case in cases})
    if missing:
        raise UsageError(f"{wanted} requires {', '.join(missing)}, which this version does not have; use a later date")
    return required


@contextlib.asynccontextmanager
async def network_for(settings: Settings, *, virtual: bool) -> AsyncIterator[Network]:
    """The network of a run: attached to, or started.

    Raises:
        UsageError: what to attach to is no description of a network, or keeps another time than the SUT.
        HarnessError: it does not start or answer.
    """
    oracles = Oracles(schema_path())
    patience = settings.limits.patience
    async with contextlib.AsyncExitStack() as stack:
        # Compiling the schemas keeps a core busy for a second; the network and the SUT start meanwhile.
        stack.push_async_callback(_finish, asyncio.create_task(asyncio.to_thread(oracles.document, EMPTY)))
        if settings.attach is None:
            started = start_network(
                settings.folder,
                seed=settings.seed,
                virtual=virtual,
                oracles=oracles,
                patience=patience,
                state=settings.state,
            )
            yield await stack.enter_async_context(started)
            return
        try:
            network = await stack.enter_async_context(
                attach_network(settings.attach, oracles=oracles, patience=patience)
            )
        except ValueError as error:
            raise UsageError(str(error)) from error
        if network.mover is not None and not virtual:
            raise UsageError(
                "the network's time is virtual and the SUT's is not: start the network with --clock real, "
                'or say clock = "hub" in the SUT file'
            )
        yield network


async def _finish(task: asyncio.Task[object]) -> None:
    await task


async def judge_sut(
    network: Network,
    subject: Subject,
    cases: Sequence[Case],
    stream: Stream,
    settings: Settings,
    *,
    traffic: bool = True,
) -> Judged:
    """Start a SUT in a network, play cases against it, and tell (with `traffic`) everything that was on the wire.

    A SUT that does not become ready fails every case with the reason.
    """
    order = list(cases)
    random.Random(settings.seed).shuffle(order)  # noqa: S311 - an order to be repeated, not a secret
    journal = await network.journal()
    log = settings.folder / "sut.log"
    try:
        started = start_sut(
            subject,
            network.path,
            log=log,
            patience=settings.limits.patience,
            state=_kept(settings),
            tell=lambda text: stream.emit(Progress(text)),
        )
        async with started as sut:
            stream.emit(SutReady(sut.identity))
            # What comes back later: a lab, or a network and an EHR that others keep up.
            kept = settings.state is not None or (settings.attach is not None and not subject.file.start)
            before = settings.resumed.cases if settings.resumed is not None else ()
            tapes = {one.case: Tape(list(one.tape)) for one in before}
            engine = Engine(network, sut, journal, stream, settings.limits, kept=kept, tapes=tapes)
            outcomes = await engine.run(order)
    except SutError as error:
        stream.emit(SutReady(subject.identity))
        return Judged(tuple(all_failed(order, error, stream)), not_ready=str(error))
    waiting = tuple(engine.waiting)
    if not traffic:
        return Judged(tuple(outcomes), waiting=waiting)
    strays: tuple[str, ...] = ()
    # A network that is gone has been told of in the verdicts; what it recorded is gone with it.
    with contextlib.suppress(HarnessError):
        strays = await _tell(journal, engine.claims, stream)
    return Judged(tuple(outcomes), strays, waiting=waiting)


def _put_off(judged: Judged, cases: Sequence[Case], subject: Subject, settings: Settings, folder: Path) -> None:
    played = {case.id for case in cases}
    before = settings.resumed.cases if settings.resumed is not None else ()
    others = [one for one in before if one.case not in played]
    Deferred(
        format=FORMAT,
        seed=settings.seed,
        sut=subject.file.name,
        attach=None if settings.attach is None else str(settings.attach),
        state=None if settings.state is None else str(settings.state),
        cases=(*others, *judged.waiting),
    ).write(folder)


def _kept(settings: Settings) -> Path | None:
    """The SUT's own folder in a lab that is kept."""
    if settings.state is None:
        return None
    folder = settings.state / "sut"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def conform(subject: Subject, cases: Sequence[Case], stream: Stream, settings: Settings) -> int:
    """Judge one SUT in a network of its own (or the one that is up); the exit code.

    Raises:
        UsageError: see `network_for`.
        HarnessError: the network did not start.
    """
    began = time.monotonic()
    stream.emit(RunStarted(SUITE, settings.version, settings.seed, tuple(cases), subject.file.profiles))
    judged = Judged(())
    try:
        async with network_for(settings, virtual=subject.file.clock == "hub") as network:
            stream.emit(Progress(f"network up, seed {network.seed}, {network.up['clock']['mode']} clock"))
            judged = await judge_sut(network, subject, cases, stream, settings)
            if settings.deferred is not None and not judged.not_ready:
                await asyncio.to_thread(_put_off, judged, cases, subject, settings, settings.deferred)
    finally:
        stream.emit(RunEnded(judged.strays, time.monotonic() - began))
    return exit_code(outcome.verdict for outcome in judged.outcomes)


async def _tell(journal: Journal, claims: Mapping[str, Claim], stream: Stream) -> tuple[str, ...]:
    await journal.refresh()
    for case_id, claim in claims.items():
        entries = [(entry, False) for entry in journal.claimed(claim)]
        entries += [(entry, True) for entry in journal.shared(claim)]
        entries.sort(key=lambda pair: pair[0].n)
        exchanges = [await _exchange(journal, entry, context=context) for entry, context in entries[:MOST_EXCHANGES]]
        stream.emit(Traffic(case_id, tuple(exchanges)))
    return tuple(map(_line, journal.strays()))


async def _exchange(journal: Journal, entry: Entry, *, context: bool) -> Exchange:
    request, response = await journal.raw(entry.n, "in"), await journal.raw(entry.n, "out")
    return Exchange(
        n=entry.n,
        at=entry.at,
        who="sut" if journal.is_suts(entry) else "counterpart" if journal.is_ours(entry) else "party",
        endpoint=entry.endpoint,
        method=entry.method,
        path=entry.path + (f"?{entry.query}" if entry.query else ""),
        status=entry.status,
        fault=str(entry.fault) if entry.fault is not None else None,
        request=request,
        response=response,
        context=context,
    )


def _line(entry: Entry) -> str:
    names = {
        "HER-ids": entry.her_ids,
        "messages": entry.message_ids,
        "MsgIds": entry.msg_ids,
        "patients": entry.patients,
    }
    said = "; ".join(f"{kind} {', '.join(map(str, values))}" for kind, values in names.items() if values)
    return f"{entry.n}: {entry.endpoint} {entry.method} {entry.path} -> {entry.status} ({said})"
