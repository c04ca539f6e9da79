"""Conversations: who says what next, and what must come back, without any I/O.

A conversation is a generator. It yields steps and is sent what came of them; what it returns is the result::

    def note_and_receipt(stimulus: Stimulus) -> Conversation[Receipt]:
        delivered = yield Deliver(stimulus)
        receipt = yield AwaitReceipt(delivered.message_id)
        return receipt

`play` drives one on a `Stage`. A load generator drives the same one with a player of its own: a step says what is to
happen, never how.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnconform.counterpart import Delivered, Received
    from nhnconform.stage import Stage, Stimulus

T = TypeVar("T")

TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class Deliver:
    """The counterpart hands a document to the network. Comes back as `Delivered`."""

    stimulus: Stimulus


@dataclass(frozen=True)
class Order:
    """The SUT is asked to write and send a message to the counterpart. Comes back as its MsgId."""

    type: str
    text: str
    subject: str | None = None
    in_reply_to: str | None = None


@dataclass(frozen=True)
class AwaitReceipt:
    """Wait for the SUT's AppRec for a delivered message.

    Comes back as the service's row: receiverHerId, appRecStatus, appRecErrorList.
    """

    message_id: str
    within: timedelta = TEN_MINUTES


@dataclass(frozen=True)
class AwaitMessage:
    """Wait for a message from the SUT at the counterpart. Comes back as `Received`."""

    msg_id: str | None = None
    apprec: bool = False
    within: timedelta = TEN_MINUTES


@dataclass(frozen=True)
class AwaitState:
    """Wait until the SUT shows a message in one of these states. Comes back as `MessageView`."""

    msg_id: str
    states: tuple[str, ...]
    within: timedelta = TEN_MINUTES


@dataclass(frozen=True)
class GiveReceipt:
    """The counterpart answers a received message with an AppRec. Comes back as the AppRec's transport id."""

    received: Received
    status: str = "Ok"
    errors: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class MarkRead:
    """The counterpart marks a received message as read. Comes back as None."""

    received: Received


Step: TypeAlias = Deliver | Order | AwaitReceipt | AwaitMessage | AwaitState | GiveReceipt | MarkRead
Conversation: TypeAlias = Generator[Step, Any, T]


async def play(sut: Stage, conversation: Conversation[T]) -> T:
    """Drive a conversation between the SUT and the case's counterpart; its result.

    Raises:
        AssertionError: what was awaited did not come, or the conversation itself found a rule broken.
    """
    try:
        step = next(conversation)
        while True:
            try:
                answer = await _DO[type(step)](sut, step)
            except AssertionError as error:
                step = conversation.throw(error)
            else:
                step = conversation.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


async def _deliver(sut: Stage, step: Deliver) -> Delivered:
    return await sut.counterpart.send(step.stimulus)


async def _order(sut: Stage, step: Order) -> str:
    return await sut.send(step.type, step.text, subject=step.subject, in_reply_to=step.in_reply_to)


async def _await_receipt(sut: Stage, step: AwaitReceipt) -> dict[str, Any]:
    rows = await sut.eventually(
        lambda: sut.counterpart.apprecs(step.message_id), f"an AppRec for message {step.message_id}", step.within
    )
    first: dict[str, Any] = rows[0]
    return first


async def _await_message(sut: Stage, step: AwaitMessage) -> Received:
    what = "an AppRec" if step.apprec else f"message {step.msg_id or 'of the SUT'}"
    found = await sut.eventually(
        lambda: sut.counterpart.received(msg_id=step.msg_id, apprec=step.apprec),
        f"{what} at counterpart {sut.counterpart.her_id}",
        step.within,
    )
    return found[0]


async def _await_state(sut: Stage, step: AwaitState) -> Any:
    async def look() -> Any:
        view = await sut.message(step.msg_id)
        assert view is not None, f"the SUT does not know message {step.msg_id}"
        assert view.state in step.states, f"the SUT shows it as {view.state!r}"
        return view

    return await sut.eventually(look, f"message {step.msg_id} as {' or '.join(step.states)}", step.within)


async def _give_receipt(sut: Stage, step: GiveReceipt) -> str:
    return await sut.counterpart.apprec(step.received, step.status, step.errors)


async def _mark_read(sut: Stage, step: MarkRead) -> None:
    await sut.counterpart.mark_read(step.received)


_DO: dict[type, Callable[[Any, Any], Awaitable[Any]]] = {
    Deliver: _deliver,
    Order: _order,
    AwaitReceipt: _await_receipt,
    AwaitMessage: _await_message,
    AwaitState: _await_state,
    GiveReceipt: _give_receipt,
    MarkRead: _mark_read,
}
