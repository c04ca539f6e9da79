"""A person at a terminal: asked one thing at a time, never held to a clock unless somebody says so."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, TextIO

from nhnconform.errors import ReplayError, SutHangError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "pause": "hold everything until you type resume",
    "restart": "play this case from its start, with another party and patient",
    "skip": "leave this case untested",
    "quit": "leave this and all other cases untested",
    "help": "show this",
}
"""What can be typed instead of an answer."""


class Prompt:
    """Asks on one text stream, hears on another.

    Args:
        heard: a stream of lines, such as standard input; its end is as good as `quit`.
        said: where questions go.
        patience: real seconds for any one answer; None for as long as it takes. A pause is not counted.
    """

    def __init__(self, heard: TextIO, said: TextIO, *, patience: float | None = None) -> None:
        self._heard = heard
        self._said = said
        self._patience = patience
        self._lines: asyncio.Queue[str] | None = None
        self._left = False

    def say(self, text: str) -> None:
        """Tell, and expect nothing."""
        self._said.write(text + "\n")
        self._said.flush()

    async def ask(self, question: str) -> str:
        """One line of an answer, stripped.

        Raises:
            ReplayError: `restart` was typed.
            UnsupportedError: `skip` or `quit`, now or earlier, or the stream has ended.
            SutHangError: nothing within patience.
        """
        while True:
            line = await self._line(question)
            word = line.casefold()
            if word == "pause":
                await self._pause()
            elif word == "restart":
                raise ReplayError("restart was typed")
            elif word == "skip":
                raise UnsupportedError("skipped by the person at the keyboard")
            elif word == "quit":
                self._left = True
            elif word == "help":
                self.say("\n".join(f"  {name:<8} {what}" for name, what in COMMANDS.items()))
            else:
                return line

    async def choose(self, question: str, valid: Callable[[str], str]) -> str:
        """Ask until the answer will do; `valid` returns what is wrong with one, or nothing. Raises as `ask`."""
        while True:
            line = await self.ask(question)
            fault = valid(line)
            if not fault:
                return line
            self.say(f"  {fault}")

    async def _pause(self) -> None:
        while (await self._line("paused; type resume", patient=True)).casefold() != "resume":
            pass
        self.say("  resumed")

    async def _line(self, question: str, *, patient: bool = False) -> str:
        if not self._left:
            self._said.write(f"  {question} > ")
            self._said.flush()
            try:
                async with asyncio.timeout(None if patient else self._patience):
                    line = await self._listening().get()
            except TimeoutError:
                raise SutHangError(f"nobody answered within {self._patience:g} s: {question}") from None
            if line:
                return line.strip()
            self._left = True
        raise UnsupportedError("the person at the keyboard has left")

    def _listening(self) -> asyncio.Queue[str]:
        """Lines as they come. A thread reads them that may be left behind: nothing wakes it from a terminal."""
        if self._lines is None:
            lines: asyncio.Queue[str] = asyncio.Queue()
            self._lines = lines
            loop = asyncio.get_running_loop()

            def listen() -> None:
                with contextlib.suppress(RuntimeError, ValueError):  # the loop, or the stream, is closed
                    for line in self._heard:
                        loop.call_soon_threadsafe(lines.put_nowait, line)
                    loop.call_soon_threadsafe(lines.put_nowait, "")

            threading.Thread(target=listen, name="keyboard", daemon=True).start()
        return self._lines
