"""The SUT file: how the judge finds, starts and treats an EHR under test."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from nhnconform.contract import OPERATIONS

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
# A SUT file: an EHR under test, as Provenett's judge needs to know it.
name = "My EHR"
version = "1.0"

# How the judge reaches it:
#   "http"     it serves the SUT contract at `url`
#   "command"  a command for each operation, see [commands]
#   "manual"   a person does what is printed and types what the EHR shows
#   "none"     nobody drives it; only what it puts on the wire by itself is judged
driver = "http"
url = "http://127.0.0.1:{port}"

# Optional: the command that starts it, run in this file's folder. Without it the EHR must already be up.
# {up} is the path of the network's description (endpoints, credentials, trust root), {state} a folder of its own
# (kept when the run keeps its lab with --state), {port} a free port, {python} the interpreter that runs the judge.
start = ["./my-ehr", "--network", "{up}", "--port", "{port}"]
# A path under `url` that answers 2xx once it is ready.
ready = "/contract"

# Seconds: how often it looks for messages, and how long the judge waits for any one thing (real time).
poll_interval = 60
patience = 30
# Optional, for "manual": seconds that a person is given for one answer. Without it, as long as it takes.
# manual_patience = 900
# How its time is kept: "hub" (it joins the judge's clock) or "none" (the machine's time; cases that need a leap
# are deferred, and judged later by `provenett conform --resume report`).
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

# For "command": what runs for an operation of the contract. The request is one JSON object on standard input, the
# answer JSON on standard output. Exit code 0: done; 3: there is no such thing; else a refusal, with its reason on
# standard error. Operations without a command are not asked. The placeholders of `start` are filled in.
# [commands]
# send = ["./my-ehr-cli", "send"]
# inbox = ["./my-ehr-cli", "inbox"]
# message = ["./my-ehr-cli", "message"]

# Optional: commands around the run and around each case, bounded by `patience`; their output is in report/logs. The
# environment names PROVENETT_UP, PROVENETT_STATE, and around a case PROVENETT_CASE and (after it) PROVENETT_VERDICT.
# A before_run that fails ends the run, a before_case that fails leaves its case unjudged.
# [hooks]
# before_run = ["./restore-database.sh"]
# after_run = ["./save-logs.sh"]
# before_case = ["./mark-log.sh"]
# after_case = ["./mark-log.sh"]
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
        commands: argv by operation, for the driver "command".
        hooks: argv by the name of the hook.
    """

    argv: tuple[str, ...]
    url: str
    ready: str
    cwd: Path | None
    environment: dict[str, str]
    commands: dict[str, tuple[str, ...]]
    hooks: dict[str, tuple[str, ...]]


class Hooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Commands around a run and around each case; empty for none."""

    before_run: tuple[str, ...] = ()
    after_run: tuple[str, ...] = ()
    before_case: tuple[str, ...] = ()
    after_case: tuple[str, ...] = ()


class SutFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a SUT file; `TEMPLATE` explains each."""

    name: str
    version: str
    driver: Literal["http", "command", "manual", "none"] = "http"
    url: str = ""
    start: tuple[str, ...] = ()
    ready: str = "/contract"
    poll_interval: float = 60.0
    patience: float = 30.0
    manual_patience: float | None = None
    clock: Literal["hub", "none"] = "none"
    concurrency: int = 4
    profiles: tuple[str, ...] = ()
    operations: tuple[str, ...] | None = None
    environment: dict[str, str] = {}
    commands: dict[str, tuple[str, ...]] = {}
    hooks: Hooks = Hooks()

    @property
    def side_by_side(self) -> int:
        """How many cases may use it at once; a person does one thing at a time."""
        return 1 if self.driver == "manual" else self.concurrency

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
                f"the SUT file {path} cannot be used: {error}; `provenett conform --template` shows every field"
            ) from None
        sut.check(str(path))
        return sut

    def check(self, where: str) -> None:
        """Refuse values that cannot work.

        Raises:
            SutFileError: with the field, the cause and the remedy.
        """
        strange = sorted({*self.commands, *(self.operations or ())} - set(OPERATIONS))
        unbacked = sorted(set(self.operations or ()) - set(self.commands)) if self.driver == "command" else []
        faults = [
            (self.driver == "http" and not self.url, "url is missing: say where the SUT contract is served"),
            (self.driver != "http" and bool(self.url), f'url does nothing with driver = "{self.driver}": leave it out'),
            (self.driver == "command" and not self.commands, "[commands] is missing: say what runs for each operation"),
            (self.driver != "command" and bool(self.commands), '[commands] does nothing without driver = "command"'),
            (bool(strange), f"the SUT contract has no operation {', '.join(strange)}"),
            (not all(self.commands.values()), "a command in [commands] is empty"),
            (bool(unbacked), f"operations without a command in [commands]: {', '.join(unbacked)}"),
            (
                self.driver == "manual" and self.clock != "none",
                'a person at an EHR keeps the machine\'s time: say clock = "none"',
            ),
            (
                self.manual_patience is not None and self.driver != "manual",
                'manual_patience does nothing without driver = "manual"',
            ),
            (self.manual_patience is not None and self.manual_patience <= 0, "manual_patience must be above 0 seconds"),
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

        def words(argv: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(_filled(word, values) for word in argv)

        return Prepared(
            argv=words(self.start),
            url=url,
            ready=url + self.ready,
            cwd=cwd,
            environment={key: _filled(value, values) for key, value in self.environment.items()},
            commands={name: words(argv) for name, argv in self.commands.items()},
            hooks={name: words(argv) for name, argv in msgspec.structs.asdict(self.hooks).items() if argv},
        )


def json_schema() -> dict[str, Any]:
    """JSON Schema of a SUT file as its TOML is decoded; shipped as `nhnconform/schemas/sut.json`."""
    (root,), parts = msgspec.json.schema_components([SutFile], ref_template="#/$defs/{name}")
    page = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://provenett.example/schemas/sut.json",
        "title": "a SUT file, as its TOML is decoded",
        **root,
        "$defs": parts,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(page))
    return plain


def _filled(text: str, values: dict[str, str]) -> str:
    try:
        return text.format(**values)
    except (KeyError, ValueError, IndexError, AttributeError):
        known = ", ".join("{" + name + "}" for name in values)
        raise SutFileError(f"{text!r} holds a placeholder that is not one of {known}; write {{{{ for a brace") from None
