"""System calls as a witness: what was on disk, and when, read from strace."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CALLS = "trace=fdatasync,fsync,read,recvfrom,recvmsg,write,sendto,sendmsg,writev"
SYNC = re.compile(r"(?:fdatasync|fsync)\(\d+<(?P<file>[^>]+)>\)\s+= 0")
PATIENCE = 30.0
_AT = re.compile(r"^\d+ +(\d+\.\d+) ")


@cache
def strace_trouble() -> str:
    """Empty when strace can be used, else what to do about it."""
    if shutil.which("strace") is None:
        return "strace is not installed: apt-get install strace"
    command = ["strace", "-f", "-o", "/dev/null", "true"]
    tried = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - just that
    return "" if tried.returncode == 0 else f"strace may not trace here (ptrace): {tried.stderr[:200]!r}"


def command(path: str) -> list[str]:
    """Goes before the traced command, which stays our child and gets our signals (-D)."""
    return ["strace", "-D", "-f", "-ttt", "-yy", "-s", "96", "-e", CALLS, "-e", "signal=none", "-o", path]


@dataclass(frozen=True)
class Trace:
    """A log that strace is writing."""

    path: Path

    @property
    def command(self) -> list[str]:
        """Goes before the traced command."""
        return command(str(self.path))

    def lines(self, until: str, start: int = 0) -> list[str]:
        """The lines from `start` on, as soon as one of them holds `until`.

        Raises:
            TimeoutError: that does not come.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = self.all()[start:]
            if any(until in line for line in lines):
                return lines
            if time.monotonic() > deadline:
                raise TimeoutError(f"{until!r} did not come; the last lines are {lines[-5:]}")
            time.sleep(0.05)

    def all(self) -> list[str]:
        """Every line there is now."""
        return self.path.read_text("utf-8", "replace").splitlines()

    def length(self) -> int:
        """How many lines there are now."""
        return len(self.all())


def synced(lines: list[str], begin: str, end: str, file: str) -> bool:
    """True when between the last line with `begin` before the first line with `end` that file was synced."""
    last = next(number for number, line in enumerate(lines) if end in line)
    first = max(number for number, line in enumerate(lines[:last]) if begin in line)
    found = [match["file"] for line in lines[first:last] if (match := SYNC.search(line))]
    return any(file in name for name in found)


def merged(*traces: list[str]) -> list[str]:
    """Lines of several traces of one machine, by their time."""
    return sorted((line for trace in traces for line in trace if _AT.match(line)), key=_moment)


def _moment(line: str) -> float:
    found = _AT.match(line)
    return float(found[1]) if found else 0.0
