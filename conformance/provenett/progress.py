"""How far a long job is, on standard error: a line that is rewritten on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from provenett.say import complain, say

if TYPE_CHECKING:
    from types import TracebackType

SILENT = 1.0
"""Seconds before anything is said: short jobs need no progress."""

PAUSE = {True: 0.2, False: 5.0}
"""Seconds between two lines, on a terminal and elsewhere."""


class Progress:
    """Counts steps towards a known number."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what = total, what
        self._done = 0
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + SILENT
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def step(self, note: str = "") -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PAUSE[self._terminal]
        share = 100 * self._done // max(self._total, 1)
        text = f"{self._done} of {self._total} {self._what} ({share} %){f', {note}' if note else ''}"
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._shown = True
        else:
            complain(text)

    def out(self, text: str) -> None:
        """A result on standard output, above the progress line."""
        self._clear()
        say(text)

    def aside(self, text: str) -> None:
        """A complaint on standard error, above the progress line."""
        self._clear()
        complain(text)

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
