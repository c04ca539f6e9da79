"""What a step works with, and the shapes of the things that are handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    import aiohttp

    from nhnclinic.config import Config
    from nhnclinic.domain.values import Answer, Fault, Notice
    from nhnclinic.exchange.health import Health
    from nhnclinic.exchange.parts import Parts
    from nhnclinic.registers.address import AddressBook
    from nhnclinic.registers.gp import GpRegister
    from nhnclinic.store.database import Store
    from nhntime import Clock


@dataclass(frozen=True)
class Progress:
    """What a transport knows of one receiver of a message we sent.

    Attributes:
        delivery: `Unconfirmed`, `Acknowledged`, `Rejected`, `Abandoned` (version 3), or a word we do not know.
        status: the AppRec's status when it has come.
        faults: its errors, where the question asked for them.
    """

    her_id: int
    delivery: str = ""
    status: Answer | None = None
    faults: tuple[Fault, ...] = ()


class Transport(Protocol):
    """A way to and from other parties. All raise `TransportError`."""

    async def prepare(self, her_ids: Sequence[int]) -> None:
        """Tell the service what it must know before it hands anything out; repeated now and then."""

    async def unread(self, her_ids: Sequence[int], after: int = 0) -> list[Notice]:
        """What there is for these HER-ids, oldest first; one page (at most 100).

        A transport that lists documents until they are marked as read ignores `after`. One that tells what has
        happened numbers its notices, and gives those with a greater number.
        """

    def stream(self, her_ids: Sequence[int], after: int) -> AsyncIterator[list[Notice]]:
        """What happens from now on and after that position, as it happens; an empty list says that all is well.

        Ends when the service closes the stream. Raises `TransportError`, with `retry` False when a new attempt would
        end the same way.
        """

    async def msg_id(self, transport_id: str) -> str:
        """The MsgId of a message that we sent or received; empty when the service does not say."""

    async def document(self, transport_id: str) -> bytes:
        """The bytes of a document."""

    async def mark_read(self, transport_id: str, her_id: int) -> None:
        """Acknowledge: the document is ours to keep now and will not be offered again. May be repeated."""

    async def post(self, document: bytes) -> str:
        """Hand over a document; the transport's id of it."""

    async def status(self, transport_id: str) -> list[Progress]:
        """How the delivery of one of our messages stands, per receiver."""

    async def receipts(self, transport_id: str) -> list[Progress]:
        """The application receipts given for a message, per receiver, with their errors."""

    async def post_apprec(self, transport_id: str, her_id: int, status: Answer, faults: Sequence[Fault]) -> str:
        """Answer a message with an application receipt made by the transport; the transport's id of it."""


class Tokens(Protocol):
    """A source of access tokens."""

    async def token(self, scope: str) -> str:
        """A token with that scope, valid for a while yet. Raises `TransportError`."""

    def forget(self, token: str) -> None:
        """This token was refused; get a new one next time."""


@dataclass(frozen=True)
class Wiring:
    """What adapters to the outside are made of.

    Attributes:
        key: the client's private key, as `nhnwire.helseid.load_key` gives it.
        health: how EDI 2.0 is doing; its adapter tells, the loop asks.
        tokens: the source of tokens; None only while that source itself is made.
    """

    parts: Parts
    config: Config
    clock: Clock
    http: aiohttp.ClientSession
    key: Any
    health: Health
    tokens: Tokens | None = None


@dataclass(frozen=True)
class Bench:
    """What steps work with.

    Attributes:
        health: how the transport is doing.
        wake: call it when the outbox got something to do.
        gps: the GP register, for a clinic that is told of one.
    """

    parts: Parts
    config: Config
    clock: Clock
    store: Store
    transport: Transport
    book: AddressBook
    health: Health
    wake: Callable[[], None]
    gps: GpRegister | None = None

    def seed(self, what: str) -> str:
        """Names this clinic and what is tried again: see `Parts.back_off`."""
        return f"{self.config.organisation.her_id}:{what}"
