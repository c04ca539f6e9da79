"""`provenett doctor`: what on this machine would stand in the way, and what helps."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import ssl
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nhnconform.checks import Check
from provenett.say import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

FORMAT = 1
"""Version of what `--json` prints; schema: `nhnconform/schemas/doctor.json`."""

PATIENCE = 5.0
"""Real seconds for any one answer."""

MOST_SKEW = 5.0
"""Seconds between two clocks beyond which HelseID's 10 second assertions and proofs begin to fail."""

OPTIONAL = (
    ("postgres", "postgresql", "the clinic on PostgreSQL, and its tests"),
    ("xmlsec1", "xmlsec1", "tests of XML signatures by another hand"),
    ("openssl", "openssl", "tests of certificates by another hand"),
    ("strace", "strace", "tests of what is on disk when"),
    ("ip", "iproute2", "the test with an EHR at another host address"),
    ("javac", "default-jdk-headless", "to compile the Java adapter skeleton"),
    ("dotnet", "", "to compile the C# adapter skeleton (a .NET 8 SDK; Debian has no package)"),
)
"""Program, Debian package, what for."""

DESCRIPTION = """\
Look for what would stand in the way of a run: ports, clocks, trust, whether the EHR can be reached, and which optional
programs are here and how to get the others. Nothing is changed.
"""

EPILOG = """\
exit code:
  0  nothing stands in the way (what is optional may be missing)
  1  something does; each line says what helps
  2  this command was used wrongly

examples:
  provenett doctor
  provenett doctor --sut my-ehr.toml --json
  provenett doctor --state lab                the lab's ports
  provenett doctor --attach up.json           the network that is up: trust and clocks
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("--sut", type=Path, metavar="FILE", help="can this EHR be reached?")
    parser.add_argument("--state", type=Path, metavar="DIR", help="are this lab's ports free?")
    parser.add_argument("--attach", type=Path, metavar="UP.json", help="is this network trusted, and its clock ours?")
    parser.add_argument("--json", action="store_true", help="print one object")


def run(arguments: argparse.Namespace) -> int:
    """See the epilog for the exit code."""
    checks = asyncio.run(_all(arguments))
    good = all(check.status != "wrong" for check in checks)
    if arguments.json:
        say(json.dumps({"format": FORMAT, "ok": good, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            say(check.line())
    return 0 if good else 1


async def _all(arguments: argparse.Namespace) -> list[Check]:
    checks = [_python(), *_ports(arguments.state)]
    if arguments.attach is not None:
        checks += await _network(arguments.attach)
    if arguments.sut is not None:
        checks += await _sut(arguments.sut)
    return [*checks, *_optional()]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", "ok" if sys.version_info >= (3, 11) else "wrong", version, "")


def _ports(state: Path | None) -> Iterator[Check]:
    """A free port can be had, and a lab's own are free (or its network is up)."""
    try:
        with socket.create_server(("127.0.0.1", 0)):
            yield Check("loopback", "ok", "a port can be opened on 127.0.0.1")
    except OSError as error:
        yield Check("loopback", "wrong", f"no port can be opened: {error.strerror}", "allow programs to listen locally")
    if state is None:
        return
    path = state / "lab.json"
    try:
        ports = {name: int(port) for name, port in json.loads(path.read_bytes())["ports"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no lab's"
        yield Check("lab", "wrong", f"{path}: {said}", f"make one: provenett up --state {state}")
        return
    for name, port in ports.items():
        try:
            with socket.create_server(("127.0.0.1", port)):
                yield Check(f"port of {name}", "ok", f"{port} is free")
        except OSError as error:
            remedy = "stop what listens there (the lab's own network, perhaps), or choose others with --port-base"
            yield Check(f"port of {name}", "wrong", f"{port} cannot be had: {error.strerror}", remedy)


async def _network(path: Path) -> list[Check]:
    import aiohttp  # noqa: PLC0415 - slow to import

    try:
        facts = json.loads(await asyncio.to_thread(path.read_bytes))
        trust = await asyncio.to_thread(ssl.create_default_context, cafile=facts["trust"])
        urls = {
            urlsplit(url)._replace(path="").geturl(): name
            for name, row in facts["endpoints"].items()
            for url in row.values()
        }
        control = facts["control"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [
            Check("network", "wrong", f"{path}: {error}", "write it with: provenett up --json > " + path.name),
        ]
    checks = []
    limits = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust), timeout=limits) as http:
        for url, name in urls.items():
            checks.append(await _reached(http, f"trust of {name}", url))
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
            async with http.get(f"{control}/clock") as answer:
                told = await answer.json()
            if told["mode"] == "virtual":
                checks.append(Check("network's clock", "ok", f"virtual: {told['now']}"))
            else:
                checks.append(_skew("network's clock", datetime.fromisoformat(told["now"])))
    return checks


async def _reached(http: Any, name: str, url: str) -> Check:
    import aiohttp  # noqa: PLC0415 - slow to import

    try:
        async with http.get(url):
            return Check(name, "ok", url)
    except aiohttp.ClientConnectorCertificateError as error:
        remedy = "use the trust root of this network; name the host with --public-host or --san"
        return Check(name, "wrong", f"{url}: {error.certificate_error}", remedy)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Check(name, "wrong", f"{url}: {str(error) or 'no answer'}", "is the network still up?")


def _skew(name: str, theirs: datetime) -> Check:
    seconds = abs((theirs - datetime.now(UTC)).total_seconds())
    if seconds <= MOST_SKEW:
        return Check(name, "ok", f"within {max(1, round(seconds))} s of this machine's")
    return Check(name, "wrong", f"{seconds:.0f} s away from this machine's", "set both by NTP")


async def _sut(path: Path) -> list[Check]:
    from nhnconform.drivers import SutFile, SutFileError  # noqa: PLC0415 - slow to import

    try:
        file = await asyncio.to_thread(SutFile.read, path)
    except SutFileError as error:
        return [Check("SUT file", "wrong", str(error), "provenett conform --template prints one")]
    checks = [Check("SUT file", "ok", f"{file.name} {file.version}, driver {file.driver}, clock {file.clock}")]
    programs = {"start": file.start, **{f"command {name}": argv for name, argv in file.commands.items()}}
    programs |= {name: getattr(file.hooks, name) for name in file.hooks.__struct_fields__}
    folder = await asyncio.to_thread(path.resolve)
    checks += [_program(name, argv[0], folder.parent) for name, argv in programs.items() if argv]
    if file.driver == "http" and not file.start:
        checks += await _contract(file.url, file.patience)
    if file.driver == "manual" and not sys.stdin.isatty():
        checks.append(Check("keyboard", "wrong", "nobody can type an answer here", "run it in a terminal"))
    return checks


def _program(name: str, word: str, folder: Path) -> Check:
    if word == "{python}" or shutil.which(word) or ("/" in word and shutil.which(folder / word)):
        return Check(name, "ok", word)
    return Check(name, "wrong", f"{word} is not a program that can be run from {folder}", "correct its path or mode")


async def _contract(url: str, patience: float) -> list[Check]:
    """Does the SUT answer, is its answer the contract's, and is its clock ours?"""
    import aiohttp  # noqa: PLC0415 - slow to import

    from nhnconform.drivers import HttpDriver  # noqa: PLC0415 - as above
    from nhnconform.errors import NotJudgedError, SutError  # noqa: PLC0415 - as above

    async with aiohttp.ClientSession() as http:
        try:
            driver = await HttpDriver.connect(http, url, patience=min(patience, PATIENCE))
            operations = ", ".join(driver.declaration.operations)
            checks = [Check("SUT contract", "ok", f"{url} declares {operations or 'no operation'}")]
            if driver.supports(["clock"]):
                checks.append(_skew("SUT's clock", datetime.fromisoformat(await driver.clock_now())))
        except (SutError, NotJudgedError, ValueError) as error:
            return [Check("SUT contract", "wrong", str(error), "start the EHR, or give the SUT file a start command")]
    return checks


def _optional() -> Iterator[Check]:
    places = ":".join(["", *map(str, Path("/usr/lib/postgresql").glob("*/bin")), "/usr/sbin", "/sbin"])
    for program, package, what in OPTIONAL:
        found = shutil.which(program) or shutil.which(program, path=places.lstrip(":"))
        remedy = "" if found else f"apt-get install {package}" if package else "install it by its maker's instructions"
        yield Check(program, "ok" if found else "missing", what, remedy)
