"""Crash points and marks: extensions of the reference clinic that prove what it survives and in which order it works.

`at` kills the clinic's own process at a named step, as `kill -9` would; `marked` writes down each step and each
request it makes, so that a trace of system calls can be read beside it. Both are given to
`python -m nhnclinic serve --with nhnconform.crash:at?step=persist&when=after&memory=FILE`.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhnclinic.exchange.parts import Parts, steps, wrap_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnclinic.exchange.parts import Run
    from nhnclinic.store.database import Store

WHEN = ("before", "middle", "after")

WITH_A_MIDDLE = (
    "take",
    "persist",
    "acknowledge",
    "file",
    "receipt",
    "store",
    "transport",
    "status",
    "deadline",
    "apprec",
)
"""Steps that ask a peer or write to disk. Their middle is the moment when a peer has answered but nothing of that is
written down, or when everything is written but not committed. The others only compute."""

REQUESTS = ("prepare", "unread", "msg_id", "document", "mark_read", "post", "status", "receipts", "post_apprec")
"""What a transport can be asked."""


def at(parts: Parts, *, step: str, when: str = "before", count: int | str = 1, memory: str = "") -> Parts:
    """A clinic that dies by SIGKILL at a step.

    Args:
        parts: the clinic.
        step: name of the step, inbound or outbound.
        when: `before`, `middle` or `after` it.
        count: at the how many-th time of reaching that point (1 is the first).
        memory: file in which the death is remembered, so that the process that is started again lives; without it
            the clinic dies each time.

    Raises:
        NoSeamError: there is no such step.
        ValueError: `when` is none of these, or the step has no middle.
    """
    if when not in WHEN:
        raise ValueError(f"when={when!r} is none of {', '.join(WHEN)}")
    if when == "middle" and step not in WITH_A_MIDDLE:
        raise ValueError(
            f"the step {step!r} only computes and has no middle; those that do: {', '.join(WITH_A_MIDDLE)}"
        )
    fuse = _Fuse(int(count), Path(memory) if memory else None)
    if when != "middle":
        return wrap_step(parts, step, lambda run: _around(run, fuse, when))
    inside: ContextVar[bool] = ContextVar("inside", default=False)

    def here() -> None:
        if inside.get():
            fuse.burn()

    return replace(
        wrap_step(parts, step, lambda run: _entering(run, inside)),
        transport=Then(parts.transport, lambda made: _Asked(made, after=lambda _: here())),
        store=Then(parts.store, lambda made: _killing_before_commit(made, here)),
    )


def marked(parts: Parts, *, path: str) -> Parts:
    """A clinic that appends a line to a file as each step begins and ends, and before and after each request.

    Lines: `step NAME begins`, `step NAME ends`, `asking REQUEST`, `asked REQUEST`. Each is one `write`.
    """
    mark = marker(path)
    for name in [name for names in steps(parts).values() for name in names]:
        parts = wrap_step(parts, name, partial(_marking, name=name, mark=mark))
    asked = Then(
        parts.transport,
        lambda made: _Asked(made, before=lambda name: mark(f"asking {name}"), after=lambda name: mark(f"asked {name}")),
    )
    return replace(parts, transport=asked)


class _Fuse:
    """Burns at the n-th time; then the process is gone, and the file says that it was."""

    def __init__(self, count: int, memory: Path | None) -> None:
        self._left = count
        self._memory = memory

    def burn(self) -> None:
        """Once more at the point."""
        if self._memory is not None and self._memory.exists():
            return
        self._left -= 1
        if self._left > 0:
            return
        if self._memory is not None:
            self._memory.write_text("died\n", encoding="ascii")
        os.kill(os.getpid(), signal.SIGKILL)


def marker(path: str) -> Callable[[str], None]:
    """Appends lines to a file: each is one write, with no buffer, so that nothing is lost with the process."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def mark(line: str) -> None:
        os.write(file, f"mark: {line}\n".encode())

    return mark


class Then:
    """A factory whose product is changed before it is handed out."""

    def __init__(self, make: Callable[..., Any], change: Callable[[Any], Any]) -> None:
        self._make = make
        self._change = change

    def __call__(self, *arguments: Any) -> Any:
        """The changed product."""
        return self._change(self._make(*arguments))


class _Asked:
    """A transport that says when it is asked and when it has been answered."""

    def __init__(
        self,
        inner: Any,
        *,
        before: Callable[[str], None] = lambda name: None,  # noqa: ARG005 - the name is for those who care
        after: Callable[[str], None],
    ) -> None:
        self._inner = inner
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in REQUESTS:
            return found

        async def ask(*arguments: Any) -> Any:
            self._before(name)
            answer = await found(*arguments)
            self._after(name)
            return answer

        return ask


def _around(run: Run[Any], fuse: _Fuse, when: str) -> Run[Any]:
    async def dying(bench: Any, value: Any) -> Any:
        if when == "before":
            fuse.burn()
        value = await run(bench, value)
        if when == "after":
            fuse.burn()
        return value

    return dying


def _entering(run: Run[Any], inside: ContextVar[bool]) -> Run[Any]:
    async def entered(bench: Any, value: Any) -> Any:
        token = inside.set(True)
        try:
            return await run(bench, value)
        finally:
            inside.reset(token)

    return entered


def _marking(run: Run[Any], name: str, mark: Callable[[str], None]) -> Run[Any]:
    async def marked_run(bench: Any, value: Any) -> Any:
        mark(f"step {name} begins")
        value = await run(bench, value)
        mark(f"step {name} ends")
        return value

    return marked_run


def _killing_before_commit(store: Store, here: Callable[[], None]) -> Store:
    """The same store, but `here` is called when a transaction has written everything and not yet committed."""
    honest = store.transaction

    @contextmanager
    def transaction() -> Iterator[Any]:
        with honest() as connection:
            yield connection
            here()

    vars(store)["transaction"] = transaction
    return store
