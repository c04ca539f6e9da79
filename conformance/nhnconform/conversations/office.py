"""Steps of an office's day that several cases share: who works there, what they see, what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from nhnconform.contract import ActRequest
from nhnconform.conversations.exchanges import deliver, letter, own_address
from nhnconform.errors import UnsupportedError

if TYPE_CHECKING:
    from nhnconform.contract import Acted, Action, Mailbox, User
    from nhnconform.conversations.letters import Kind, Letter
    from nhnconform.errors import SutRefusalError
    from nhnconform.stage import Stage


def physicians(sut: Stage) -> tuple[User, User]:
    """Two physicians who are communication parties of their own.

    Raises:
        UnsupportedError: the SUT names fewer; the case is untested.
    """
    found = [user for user in sut.users("physician") if user.her_id is not None]
    if len(found) < 2:
        raise UnsupportedError("the SUT declares fewer than two physicians with a HER-id at GET /contract")
    return found[0], found[1]


async def arrived(sut: Stage, text: str, kind: Kind = "DIALOG_NOTAT", *, to: User | None = None, **more: Any) -> Letter:
    """A faultless letter from the counterpart that the SUT shows in its inbox.

    Args:
        sut: the stage.
        text: what it says.
        kind: message type.
        to: the employee it is addressed to; the SUT's first service when absent.
        more: other fields of `Letter`.
    """
    if to is not None and to.her_id is not None:
        given_name, _, family_name = to.name.rpartition(" ")
        more["receiver"] = own_address(sut, to.her_id, (given_name or to.name, family_name, to.hpr or ""))
    sent = letter(sut, text, kind, **more)
    await deliver(sut, sent)
    await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the {kind} {sent.msg_id} in the inbox")
    return sent


async def act(sut: Stage, msg_id: str, action: Action, by: User | None = None, **more: Any) -> Acted:
    """Have a user do something with a message."""
    request = ActRequest(action=action, user=by.id if by else None, **more)
    done: Acted = await sut.ask("act", request, msg_id=msg_id)
    if done.msg_id:
        sut.claim.add(msg_ids=[done.msg_id])
    return done


async def may_not(
    sut: Stage, msg_id: str, action: Action, by: User | None = None, *, what: str, **more: Any
) -> SutRefusalError:
    """Have a user try something that must be refused."""
    request = ActRequest(action=action, user=by.id if by else None, **more)
    return await sut.refused("act", request, what=what, msg_id=msg_id)


async def mailboxes(sut: Stage, user: User) -> tuple[Mailbox, ...]:
    """The mailboxes that a user sees."""
    return cast("tuple[Mailbox, ...]", await sut.ask("mailboxes", user=user.id))


async def has(sut: Stage, user: User, msg_id: str) -> bool:
    """True when a user finds a message in a mailbox that is not the archive."""
    return any(msg_id in box.msg_ids for box in await mailboxes(sut, user) if box.role != "archive")


async def in_role(sut: Stage, user: User, msg_id: str, role: str) -> bool:
    """True when a user finds a message in a mailbox of this role."""
    return any(msg_id in box.msg_ids for box in await mailboxes(sut, user) if box.role == role)


async def actions(sut: Stage, msg_id: str) -> frozenset[str]:
    """What a message allows its user to do."""
    return frozenset(await sut.ask("actions", msg_id=msg_id) or ())


async def wire(sut: Stage) -> list[str]:
    """What the SUT has handed in about this case so far: method, path, status."""
    return [
        f"{entry.method} {entry.path} -> {entry.status}"
        for entry in await sut.sut_entries(endpoint="edi2", method="POST")
    ]
