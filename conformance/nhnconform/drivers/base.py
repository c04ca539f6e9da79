"""A driver: the contract's operations as methods, whatever carries them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, cast

from nhnconform.contract import (
    Alert,
    AnswerRequest,
    ClockView,
    Declaration,
    MessageView,
    RestartRequest,
    SendRequest,
    Sent,
    WorldRequest,
)
from nhnconform.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Driver(ABC):
    """What every driver can do. Each method may raise `SutError`, or `UnsupportedError`.

    Attributes:
        by_hand: a person carries operations out: one at a time, and no case is bounded by real time.
    """

    by_hand = False

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration

    def supports(self, needs: Iterable[str]) -> bool:
        """True when the SUT declares all these operations."""
        return set(needs) <= set(self.declaration.operations)

    async def call(self, operation: str, body: Any = None, **path: str) -> Any:
        """Ask one operation of `contract.OPERATIONS`; its typed answer, None for "there is no such thing".

        Raises:
            UnsupportedError: the SUT does not declare it.
            SutError: it hangs, crashes, babbles or refuses.
        """
        if operation not in self.declaration.operations:
            raise UnsupportedError(_undeclared(operation))
        return await self._call(operation, body, path)

    @abstractmethod
    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        """Carry it out; the operation is known to be declared."""

    async def world(self, request: WorldRequest) -> None:
        """Load people."""
        await self.call("world", request)

    async def send(self, request: SendRequest) -> str:
        """Have a message written and sent; its MsgId."""
        return cast("Sent", await self.call("send", request)).msg_id

    async def answer(self, msg_id: str, text: str) -> str:
        """Have a received message answered; the answer's MsgId."""
        return cast("Sent", await self.call("answer", AnswerRequest(msg_id, text))).msg_id

    async def inbox(self) -> tuple[MessageView, ...]:
        """What a user sees in the inbox."""
        return cast("tuple[MessageView, ...]", await self.call("inbox"))

    async def message(self, msg_id: str) -> MessageView | None:
        """One message by MsgId, None when the SUT shows none."""
        return cast("MessageView | None", await self.call("message", msg_id=msg_id))

    async def alerts(self) -> tuple[Alert, ...]:
        """What a user must act on."""
        return cast("tuple[Alert, ...]", await self.call("alerts"))

    async def resolve(self, alert: str) -> None:
        """A user has dealt with an alert."""
        await self.call("resolve", id=alert)

    async def settle(self) -> None:
        """Do now what the next poll would do."""
        await self.call("settle")

    async def restart(self, *, abrupt: bool = False) -> None:
        """Stop and start again with what is on disk."""
        await self.call("restart", RestartRequest(abrupt))

    async def clock_now(self) -> str:
        """The SUT's now, ISO 8601."""
        return cast("ClockView", await self.call("clock")).now

    async def reset(self) -> None:
        """Forget all messages and alerts."""
        await self.call("reset")


class PassiveDriver(Driver):
    """For a SUT that nobody drives: only cases that need no operation are judged."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(Declaration(name=name, version=version, operations=()))

    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        del body, path
        raise UnsupportedError(_undeclared(operation))


def _undeclared(operation: str) -> str:
    return f"the SUT does not declare the operation {operation!r}"
