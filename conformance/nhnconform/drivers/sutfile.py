"""The SUT file: how the judge finds, starts and treats an EHR under test."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
# A SUT file: an EHR under test, as Provenett's judge needs to know it.
name = "My EHR"
version = "1.0"

# How the judge reaches it: "http" (it serves the SUT contract at `url`) or "none" (nobody drives it; only what it
# puts on the wire by itself is judged).
driver = "http"
url = "http://127.0.0.1:{port}"

# Optional: the command that starts it, run in this file's folder. Without it the EHR must already be up.
# {up} is the path of the network's description (endpoints, credentials, trust root), {state} a folder of its own,
# {port} a free port, {python} the interpreter that runs the judge.
start = ["./my-ehr", "--network", "{up}", "--port", "{port}"]
# A path under `url` that answers 2xx once it is ready.
ready = "/contract"

# Seconds: how often it looks for messages, and how long the judge waits for any one thing (real time).
poll_interval = 60
patience = 30
# How its time is kept: "hub" (it joins the judge's clock) or "none" (the machine's time; cases that need a leap
# are deferred).
clock = "none"
# How many cases may use it at once.
concurrency = 4
# What it claims, and therefore must pass.
profiles = ["edi2-dialogue"]
# Optional: replaces what it declares at GET /contract.
# operations = ["send", "inbox", "message", "alerts"]

# Optional: environment variables for the command.
# [environment]
# MY_EHR_LOG = "debug"
"""


class SutFileError(ValueError):
    """A SUT file that cannot be used; the text names the file, the cause and the remedy."""


@dataclass(frozen=True)
class Prepared:
    """A SUT file with its placeholders filled in.

    Attributes:
        argv: the command, empty when the SUT is already up.
        url: where the contract is served.
        ready: the full URL that answers 2xx once the SUT is ready.
        cwd: folder to start in.
        environment: variables to add.
    """

    argv: tuple[str, ...]
    url: str
    ready: str
    cwd: Path | None
    environment: dict[str, str]


class SutFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a SUT file; `TEMPLATE` explains each."""

    name: str
    version: str
    driver: Literal["http", "none"] = "http"
    url: str = ""
    start: tuple[str, ...] = ()
    ready: str = "/contract"
    poll_interval: float = 60.0
    patience: float = 30.0
    clock: Literal["hub", "none"] = "none"
    concurrency: int = 4
    profiles: tuple[str, ...] = ()
    operations: tuple[str, ...] | None = None
    environment: dict[str, str] = {}

    @classmethod
    def read(cls, path: Path) -> SutFile:
        """Decode a SUT file.

        Raises:
            SutFileError: it is missing, not TOML, or holds what a SUT file does not.
        """
        try:
            sut = msgspec.toml.decode(path.read_bytes(), type=cls)
        except OSError as error:
            raise SutFileError(f"cannot read the SUT file {path}: {error.strerror}; give the path of a file") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SutFileError(
                f"the SUT file {path} cannot be used: {error}; `nhnconform.drivers.TEMPLATE` shows every field"
            ) from None
        sut.check(str(path))
        return sut

    def check(self, where: str) -> None:
        """Refuse values that cannot work.

        Raises:
            SutFileError: with the field, the cause and the remedy.
        """
        faults = [
            (self.driver == "http" and not self.url, "url is missing: say where the SUT contract is served"),
            (self.driver == "none" and bool(self.url), 'url does nothing with driver = "none": leave it out'),
            (self.patience <= 0, "patience must be above 0 seconds"),
            (self.poll_interval <= 0, "poll_interval must be above 0 seconds"),
            (self.concurrency < 1, "concurrency must be at least 1"),
            (not self.ready.startswith("/"), 'ready must be a path that begins with "/"'),
        ]
        for wrong, text in faults:
            if wrong:
                raise SutFileError(f"the SUT file {where} cannot be used: {text}")
        self.prepared(up="up", state="state", port=1, cwd=None)

    def prepared(self, *, up: Path | str, state: Path | str, port: int, cwd: Path | None) -> Prepared:
        """Fill in the placeholders.

        Args:
            up: path of the network's description.
            state: a folder for the SUT.
            port: a free port on this machine.
            cwd: where the command runs; the folder of the SUT file.

        Raises:
            SutFileError: an unknown placeholder.
        """
        values = {"up": str(up), "state": str(state), "port": str(port), "python": sys.executable}
        url = _filled(self.url, values).rstrip("/")
        return Prepared(
            argv=tuple(_filled(word, values) for word in self.start),
            url=url,
            ready=url + self.ready,
            cwd=cwd,
            environment={key: _filled(value, values) for key, value in self.environment.items()},
        )


def _filled(text: str, values: dict[str, str]) -> str:
    try:
        return text.format(**values)
    except (KeyError, ValueError, IndexError, AttributeError):
        known = ", ".join("{" + name + "}" for name in values)
        raise SutFileError(f"{text!r} holds a placeholder that is not one of {known}; write {{{{ for a brace") from None
