"""The driver for an EHR that only people can use: it says what to do, and asks what the EHR shows.

One question at a time, each instruction with its number. Beside an answer, `pause`, `resume`, `restart` (the case),
`skip`, `quit` and `fail TEXT` (the EHR refuses) can be typed; the end of the input is as good as `quit`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from nhnconform.contract import (
    Alert,
    AppRecView,
    Declaration,
    Done,
    ErrorView,
    MessageView,
    Sent,
    State,
)
from nhnconform.drivers.base import Driver
from nhnconform.errors import SutRefusalError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nhnconform.drivers.prompt import Prompt

STATES: tuple[str, ...] = get_args(State)

INSTRUCTIONS = {
    "world": "Register these people in the EHR, unless they are there",
    "send": "Write this message in the EHR and send it",
    "answer": "Answer this message in the EHR",
    "inbox": "Look at the EHR's inbox",
    "message": "Look this message up in the EHR",
    "alerts": "Look at what the EHR asks its user to act on",
    "resolve": "Tick this alert off in the EHR",
    "settle": "Have the EHR look for messages now",
    "restart": "Stop the EHR and start it again, with the data it has",
    "reset": "Have the EHR forget all messages and alerts",
}
"""What a person is told, by operation. Operations that are not here are left untested by this driver."""


class ManualDriver(Driver):
    """A SUT at somebody's fingertips.

    Args:
        declaration: what the SUT file says of it; operations without instructions are dropped.
        prompt: how the person is spoken with.
    """

    by_hand = True

    def __init__(self, declaration: Declaration, prompt: Prompt) -> None:
        can = tuple(name for name in declaration.operations or tuple(INSTRUCTIONS) if name in INSTRUCTIONS)
        super().__init__(msgspec.structs.replace(declaration, operations=can))
        self._prompt = prompt
        self._turn = asyncio.Lock()
        self._number = 0
        self._ours: set[str] = set()
        self._seen: dict[str, MessageView] = {}
        self._inbox: tuple[str, ...] = ()
        self._alerts: dict[str, Alert] = {}

    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        how: Mapping[str, Callable[[str, Any], Awaitable[Any]]] = {
            "send": self._sent,
            "answer": self._sent,
            "inbox": self._looked_inbox,
            "message": self._looked_up,
            "alerts": self._looked_alerts,
        }
        async with self._turn:
            self._number += 1
            self._prompt.say(f"\n{self._number}. {INSTRUCTIONS[operation]}.")
            facts = {} if body is None else msgspec.to_builtins(body)
            for line in _lines({**self._named(operation, path), **facts}):
                self._prompt.say(f"   {line}")
            key = path.get("msg_id") or path.get("id") or ""
            return await how.get(operation, self._done)(operation, key)

    def _named(self, operation: str, path: dict[str, str]) -> dict[str, str]:
        """What the path says, in words that a person at the EHR understands."""
        alert = self._alerts.get(path.get("id", ""))
        return {"text": alert.text} if operation == "resolve" and alert is not None else path

    async def _done(self, operation: str, _key: str) -> Done:
        await self._answer(operation, "press Enter when it is done")
        return Done()

    async def _sent(self, operation: str, _key: str) -> Sent:
        msg_id = await self._answer(operation, "its MsgId", lambda line: "" if line else "the MsgId is needed")
        self._ours.add(msg_id)
        return Sent(msg_id)

    async def _looked_up(self, operation: str, msg_id: str) -> MessageView | None:
        before = self._seen.get(msg_id)
        question = f"its state: {', '.join(STATES)}, or none when it is not shown"
        if before is not None:
            question += f" (Enter: {before.state})"
        line = await self._answer(operation, question, _a_state(or_nothing=before is not None))
        state = line.casefold()
        if state == "none":
            return None
        if before is not None and state in {"", before.state}:
            return before
        view = MessageView(msg_id, "out" if msg_id in self._ours else "in", state)  # type: ignore[arg-type]
        if state in {"delivered", "rejected"}:
            view = msgspec.structs.replace(view, apprec=await self._receipt(operation))
        if view.direction == "in" and before is None:
            view = await self._details(operation, view)
        elif before is not None:
            kept = {name: getattr(before, name) for name in ("type", "patient", "subject", "text")}
            view = msgspec.structs.replace(view, **kept)
        self._seen[msg_id] = view
        return view

    async def _receipt(self, operation: str) -> AppRecView | None:
        def valid(line: str) -> str:
            return "" if line in {"", "1", "2", "3"} else "1 (ok), 2 (rejected), 3 (partly ok), or Enter"

        status = await self._answer(operation, "status of the receipt: 1, 2 or 3; Enter when none is shown", valid)
        if not status:
            return None
        line = await self._answer(operation, 'errors of the receipt as "E10 text; T02 text"; Enter for none')
        parts = [part.strip().partition(" ") for part in line.split(";") if part.strip()]
        return AppRecView(status, tuple(ErrorView(code, text.strip()) for code, _, text in parts))

    async def _details(self, operation: str, view: MessageView) -> MessageView:
        """What else the EHR shows of a received message; asked once."""
        questions = {
            "type": "message type (table 8279)",
            "patient": "the patient's number",
            "subject": "subject",
            "text": "text",
        }
        said = {
            name: await self._answer(operation, f"{view.msg_id}: {question}; Enter when it is not shown") or None
            for name, question in questions.items()
        }
        return msgspec.structs.replace(view, **said)

    async def _looked_inbox(self, operation: str, _key: str) -> tuple[MessageView, ...]:
        question = "MsgIds of the messages in it, with spaces between; none for an empty one"
        if self._inbox:
            question += "; Enter: as it was the last time"
        line = await self._answer(operation, question)
        if line:
            self._inbox = () if line.casefold() == "none" else tuple(line.replace(",", " ").split())
        for msg_id in self._inbox:
            if msg_id not in self._seen:
                self._seen[msg_id] = await self._details(operation, MessageView(msg_id, "in", "received"))
        return tuple(self._seen[msg_id] for msg_id in self._inbox)

    async def _looked_alerts(self, operation: str, _key: str) -> tuple[Alert, ...]:
        found: dict[str, Alert] = {}
        self._prompt.say("   One alert a line: the MsgId it is about (or -), then its text.")
        while line := await self._answer(operation, f"alert {len(found) + 1}; Enter when there is no other"):
            about, _, text = line.partition(" ")
            found[line] = Alert(id=line, text=text.strip(), msg_id=None if about == "-" else about)
        self._alerts = found
        return tuple(found.values())

    async def _answer(self, operation: str, question: str, valid: Callable[[str], str] = lambda _line: "") -> str:
        def unless_failed(line: str) -> str:
            return "" if _failed(line) is not None else valid(line)

        line = await self._prompt.choose(question, unless_failed)
        refusal = _failed(line)
        if refusal is not None:
            raise SutRefusalError(f"{operation}: the person at the EHR says: {refusal or 'it cannot be done'}")
        return line


def _failed(line: str) -> str | None:
    word, _, text = line.partition(" ")
    return text.strip() if word.casefold() == "fail" else None


def _a_state(*, or_nothing: bool) -> Callable[[str], str]:
    known = {*STATES, "none", *([""] if or_nothing else [])}
    return lambda line: "" if line.casefold() in known else f"one of {', '.join((*STATES, 'none'))}"


def _lines(value: Any, name: str = "") -> list[str]:
    """A request as lines `name: value`, nested names with a dot between."""
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _lines(item, f"{name}.{key}" if name else str(key))]
    if isinstance(value, list | tuple):
        return [line for index, item in enumerate(value, 1) for line in _lines(item, f"{name} {index}")]
    return [] if value is None else [f"{name}: {value}"]
