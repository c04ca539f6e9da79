"""`provenett conform`: judge a SUT and write a report."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shlex
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenett.say import complain, say

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from nhnconform.case import Case
    from nhnconform.deferral import Deferred
    from nhnconform.events import Event
    from nhnconform.expectations import Expected
    from nhnconform.reports import Results
    from nhnconform.runner import Settings
    from nhnconform.sut import Subject

DESCRIPTION = """\
Judge an EHR in a simulated health network. Without --sut the reference clinic is judged, through the same contract
as any other EHR. The report (report.html, results.json, junit.xml, results.sarif, badge.svg, evidence) is written to a
folder.
"""

EPILOG = """\
exit code:
  0  every claimed profile holds (passed, warning and not applicable only); with --expect: no surprise
  1  something failed, or could not be judged; with --expect: something is not as it says, an unexpected pass included
  2  this command was used wrongly
  3  the harness broke; nobody has been judged

examples:
  provenett conform                                 judge the reference clinic
  provenett conform --clinic v3-stream              the same clinic on version 3 of EDI 2.0, holding its stream
  provenett conform --sut my-ehr.toml --report out  judge your own
  provenett conform --template > my-ehr.toml        a SUT file to begin with
  provenett conform --case 'EDI-1*' --verbose       some cases only
  provenett conform --suite my_cases.py             cases of your own instead of ours
  provenett conform --shard 2/4                     the second of four parts, for four machines
  provenett conform --rerun-failed                  what was not green last time
  provenett conform --expect known.toml             what is known is no surprise; an unexpected pass is one
  provenett conform --state lab --sut my-ehr.toml   begin what waits for days, too ...
  provenett conform --resume report --sut my-ehr.toml  ... and end it when its time has come
  provenett conform --mutants                       does the judge catch clinics with known defects?
  provenett up --json > up.json &                   a network of its own ...
  provenett conform --attach up.json --sut my.toml  ... judged in
"""


DEFAULT_REPORT = Path("report")


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("--sut", type=Path, metavar="FILE", help="SUT file (TOML); default: the reference clinic")
    parser.add_argument(
        "--clinic",
        choices=("v2", "v2-supplier", "v2-supplier-samples", "v3", "v3-stream"),
        help="judge the reference clinic as it uses the network in this way",
    )
    parser.add_argument("--attach", type=Path, metavar="UP.json", help="judge in a network that is already up")
    parser.add_argument(
        "--profile", nargs="+", action="extend", default=[], metavar="NAME[@DATE]", help="claim only these"
    )
    parser.add_argument("--case", nargs="+", action="extend", default=[], metavar="GLOB", help="play only these")
    parser.add_argument("--suite", nargs="+", action="extend", type=Path, default=[], metavar="PATH", help="own cases")
    parser.add_argument("--report", type=Path, default=DEFAULT_REPORT, metavar="DIR", help="default: ./report")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the world and the order (default: 1)")
    parser.add_argument("--state", type=Path, metavar="DIR", help="a lab whose keys and ports are kept")
    parser.add_argument(
        "--mutants",
        nargs="?",
        const="expected",
        choices=("expected", "honest", "all"),
        help="judge clinics with known defects, honest variants and a broken harness instead: against the expected "
        "cases and some others; honest variants against every case; or everything against every case",
    )
    parser.add_argument("--resume", type=Path, metavar="DIR", help="take up the deferred cases of an earlier report")
    parser.add_argument("--template", action="store_true", help="print a commented SUT file and stop")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument("--shard", metavar="K/N", help="play the K-th of N parts of the cases")
    parser.add_argument("--rerun-failed", action="store_true", help="play what was not green in the report's folder")
    parser.add_argument("--expect", type=Path, metavar="FILE", help="what is known not to hold (TOML), held both ways")
    parser.add_argument(
        "--annotate",
        choices=("auto", "github", "gitlab", "azure", "none"),
        default="auto",
        help="say what is wrong in the words of a CI system; auto: of the one this runs in",
    )
    parser.add_argument("--patience", type=_positive, metavar="S", help="real seconds for any one thing")
    parser.add_argument("--concurrency", type=_count, metavar="N", help="cases side by side")
    parser.add_argument("--verbose", action="store_true", help="say more")


def run(arguments: argparse.Namespace) -> int:
    """Do it; see the epilog for the exit code."""
    from nhnconform.drivers import TEMPLATE, SutFileError  # noqa: PLC0415 - slow to import
    from nhnconform.errors import HarnessError  # noqa: PLC0415 - as above
    from nhnconform.expectations import ExpectationError  # noqa: PLC0415 - as above
    from nhnconform.plugin import SUITES, with_cases  # noqa: PLC0415 - as above
    from nhnconform.runner import UsageError  # noqa: PLC0415 - as above
    from nhnconform.verdicts import EXIT_HARNESS, EXIT_USAGE  # noqa: PLC0415 - as above

    if arguments.template:
        say(TEMPLATE.rstrip())
        return 0
    try:
        return with_cases(lambda cases: _program(arguments, cases), _suites(arguments.suite) or (SUITES,))
    except (UsageError, SutFileError, ExpectationError) as error:
        complain(f"{error}")
        return EXIT_USAGE
    except HarnessError as error:
        complain(f"the harness broke: {error}")
        return EXIT_HARNESS


def _program(arguments: argparse.Namespace, cases: list[Case]) -> int:
    from nhnconform.choosing import not_green, shard  # noqa: PLC0415 - slow to import
    from nhnconform.expectations import read  # noqa: PLC0415 - as above
    from nhnconform.runner import chosen  # noqa: PLC0415 - as above
    from nhnconform.verdicts import EXIT_FAILED  # noqa: PLC0415 - as above

    selected = chosen(cases, globs=arguments.case, profiles=arguments.profile)
    if arguments.shard:
        selected = shard(selected, arguments.shard)
    if arguments.rerun_failed:
        again = set(not_green(arguments.report))
        selected = [case for case in selected if case.id in again]
        if not selected:
            say(f"nothing to play again: all was green in {arguments.report / 'results.json'}")
            return 0
    resumed = _resumed(arguments)
    if resumed is not None:
        selected = [case for case in selected if case.id in {one.case for one in resumed.cases}]
        if not _any_due(resumed):
            return EXIT_FAILED
    expected = read(arguments.expect, {case.id for case in cases}) if arguments.expect is not None else None
    if arguments.list:
        _list(selected)
        return 0
    _writable(arguments.report)
    with tempfile.TemporaryDirectory(prefix="provenett-", ignore_cleanup_errors=True) as folder:
        subject = _subject(arguments, cases)
        settings = _settings(arguments, subject, Path(folder), resumed)
        if arguments.mutants:
            job = _mutants(arguments, cases, selected, settings)
        else:
            job = _judge(arguments, subject, selected, settings, expected)
        try:
            return _run(job)
        finally:
            _keep_logs(Path(folder), arguments.report)


async def _judge(
    arguments: argparse.Namespace,
    subject: Subject,
    cases: Sequence[Case],
    settings: Settings,
    expected: Sequence[Expected] | None,
) -> int:
    from nhnconform.events import Stream  # noqa: PLC0415 - slow to import
    from nhnconform.expectations import weigh  # noqa: PLC0415 - as above
    from nhnconform.reports import Results, write  # noqa: PLC0415 - as above
    from nhnconform.runner import conform  # noqa: PLC0415 - as above

    results = Results(again=_again(arguments))
    # A live display and a person's answers do not share a screen.
    screen = _terminal(verbose=arguments.verbose, moving=subject.file.driver != "manual")
    stream = Stream([results, screen])
    code = await conform(subject, cases, stream, settings)
    if expected is not None:
        results.weighed = weigh(results.outcomes.values(), expected, datetime.now(UTC).date())
        code = results.weighed.exit_code
        for line in results.weighed.as_expected:
            say(f"as expected: {line}")
        for line in results.weighed.surprises:
            say(f"surprise: {line}")
    await asyncio.to_thread(write, arguments.report, results)
    _annotate(arguments, results)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in results.summary().items() if count)
    say(f"{counts} in {results.seconds:.1f} s; report: {arguments.report / 'report.html'}")
    if code == 1:
        say(f"play what was not green again: {results.again} --rerun-failed --report {arguments.report}")
    return code


def _again(arguments: argparse.Namespace) -> str:
    """The command of this run, without its choice of cases and what it is for."""
    words = ["provenett", "conform"]
    words += ["--sut", str(arguments.sut)] if arguments.sut is not None else []
    words += ["--clinic", arguments.clinic] if arguments.clinic else []
    words += ["--attach", str(arguments.attach)] if arguments.attach is not None else []
    words += ["--suite", *map(str, arguments.suite)] if arguments.suite else []
    words += ["--profile", *arguments.profile] if arguments.profile else []
    words += ["--seed", str(arguments.seed)] if arguments.seed != 1 else []
    return shlex.join(words)


def _annotate(arguments: argparse.Namespace, results: Results) -> None:
    from nhnconform.reports import ci  # noqa: PLC0415 - slow to import

    system = ci.system_of(os.environ) if arguments.annotate == "auto" else arguments.annotate
    for line in ci.lines(results, system):
        say(line)
    if system == "gitlab":
        quality = arguments.report / "gl-code-quality.json"
        quality.write_text(ci.code_quality(results), encoding="utf-8")


async def _mutants(
    arguments: argparse.Namespace, cases: Sequence[Case], selected: Sequence[Case], settings: Settings
) -> int:
    from nhnconform.mutation import judge_mutants, write_mutants  # noqa: PLC0415 - slow to import

    run = await judge_mutants(cases, selected, settings, scope=arguments.mutants, tell=say)
    await asyncio.to_thread(write_mutants, arguments.report, run)
    return run.exit_code


def _subject(arguments: argparse.Namespace, cases: Sequence[Case]) -> Subject:
    import msgspec  # noqa: PLC0415 - slow to import

    from nhnconform.adapter import sut_file  # noqa: PLC0415 - as above
    from nhnconform.drivers import SutFile  # noqa: PLC0415 - as above
    from nhnconform.runner import UsageError  # noqa: PLC0415 - as above
    from nhnconform.sut import Subject  # noqa: PLC0415 - as above

    if arguments.clinic and arguments.sut is not None:
        raise UsageError("--clinic is for the reference clinic and --sut for another EHR: leave one of them out")
    file = sut_file(way=arguments.clinic or "v2") if arguments.sut is None else SutFile.read(arguments.sut)
    if arguments.profile:
        file = msgspec.structs.replace(file, profiles=tuple(one.partition("@")[0] for one in arguments.profile))
    known = {profile for case in cases for profile in case.profiles}
    strange = sorted(set(file.profiles) - known)
    if strange and arguments.sut is not None:
        raise UsageError(
            f"the SUT file claims {', '.join(strange)}, which no case belongs to; there are {', '.join(sorted(known))}"
        )
    return Subject(file, None if arguments.sut is None else arguments.sut.resolve().parent)


def _settings(
    arguments: argparse.Namespace, subject: Subject, folder: Path, resumed: Deferred | None = None
) -> Settings:
    from importlib.metadata import version  # noqa: PLC0415 - only where it is needed

    from nhnconform.engine import Limits  # noqa: PLC0415 - slow to import
    from nhnconform.runner import Settings  # noqa: PLC0415 - as above

    return Settings(
        seed=arguments.seed,
        limits=Limits(
            patience=arguments.patience or subject.file.patience,
            concurrency=arguments.concurrency or subject.file.side_by_side,
        ),
        folder=folder,
        attach=None if arguments.attach is None else arguments.attach.resolve(),
        state=None if arguments.state is None else arguments.state.resolve(),
        version=version("provenett"),
        deferred=arguments.resume or arguments.report,
        resumed=resumed,
    )


def _resumed(arguments: argparse.Namespace) -> Deferred | None:
    """What an earlier run has put off; its network and seed become this run's."""
    from nhnconform.deferral import Deferred  # noqa: PLC0415 - slow to import
    from nhnconform.runner import UsageError  # noqa: PLC0415 - as above

    if arguments.resume is None:
        return None
    try:
        kept = Deferred.read(arguments.resume)
    except ValueError as error:
        raise UsageError(str(error)) from error
    arguments.seed = kept.seed
    arguments.attach = arguments.attach or (Path(kept.attach) if kept.attach else None)
    arguments.state = arguments.state or (Path(kept.state) if kept.state else None)
    if arguments.report == DEFAULT_REPORT:
        arguments.report = arguments.resume / "resumed"
    return kept


def _any_due(kept: Deferred) -> bool:
    from datetime import UTC, datetime  # noqa: PLC0415 - only where it is needed

    first = min(datetime.fromisoformat(one.due) for one in kept.cases)
    if first > datetime.now(UTC):
        complain(f"nothing can be taken up before {first.isoformat(timespec='seconds')}; deferred until then")
        return False
    return True


def _run(job: Coroutine[Any, Any, int]) -> int:
    """As `asyncio.run`, and a SIGTERM ends it as Ctrl-C does: with every process of ours ended too."""

    async def until_told() -> int:
        task = asyncio.ensure_future(job)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    return asyncio.run(until_told())


def _terminal(*, verbose: bool, moving: bool) -> Callable[[Event], None]:
    from nhnconform.reports import lines, live  # noqa: PLC0415 - slow to import

    return (live if moving and sys.stdout.isatty() else lines)(sys.stdout, verbose=verbose)


def _suites(paths: Sequence[Path]) -> list[Path]:
    from nhnconform.runner import UsageError  # noqa: PLC0415 - slow to import

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"no such suite: {', '.join(missing)}; name a Python file with cases, or a folder of such")
    return list(paths)


def _list(cases: Sequence[Case]) -> None:
    for case in sorted(cases, key=lambda one: one.id):
        marks = f"{case.level.value}, {case.basis.value}"
        say(f"{case.id:<9} {case.title}  [{marks}; {', '.join(case.profiles) or 'every profile'}]")


def _writable(report: Path) -> None:
    """Find out before the run, not after it."""
    from nhnconform.runner import UsageError  # noqa: PLC0415 - slow to import

    try:
        report.mkdir(parents=True, exist_ok=True)
        (report / ".provenett").touch()
        (report / ".provenett").unlink()
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {report}: {error.strerror}; name a folder that can"
        ) from None


def _keep_logs(folder: Path, report: Path) -> None:
    logs = report / "logs"
    for log in folder.glob("*.log"):
        with contextlib.suppress(OSError):
            logs.mkdir(parents=True, exist_ok=True)
            (logs / log.name).write_bytes(log.read_bytes())


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
