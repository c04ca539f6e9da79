"""The one place where the command line speaks."""

from __future__ import annotations

import os
import sys


def say(text: str) -> None:
    """To the user, at once."""
    print(text, flush=True)  # noqa: T201 - a command line speaks to its user


def complain(text: str) -> None:
    """To the user, on standard error, with our name in front."""
    print(f"provenett: {text}", file=sys.stderr, flush=True)  # noqa: T201 - as above


def reader_left() -> int:
    """The program that read our output (`head`, a pager) has seen enough: nothing more is said; the exit code is 1."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
