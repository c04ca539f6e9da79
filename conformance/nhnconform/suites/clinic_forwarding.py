"""A message that came to the wrong person is handed on, inside the clinic, by those who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.contract import GrantRequest
from nhnconform.conversations.exchanges import receipts_for, two_polls
from nhnconform.conversations.office import act, actions, arrived, has, in_role, may_not, physicians, wire
from nhnconform.errors import UnsupportedError

if TYPE_CHECKING:
    from nhnconform.contract import Target, User
    from nhnconform.stage import Stage

PROFILE = ("clinic-forwarding",)
CLAUSE = "requirements of the clinic, E. Forwarding"
NEEDS = ("inbox", "act", "targets", "mailboxes")


async def targets(sut: Stage, kind: str | None = None) -> tuple[Target, ...]:
    """Whom a message can be forwarded to: all, or those of a kind."""
    found = cast("tuple[Target, ...]", await sut.ask("targets"))
    return tuple(target for target in found if kind in {None, target.kind})


async def position_of(sut: Stage, user: User) -> str:
    """The target that is one employee's position.

    Raises:
        AssertionError: there is none.
    """
    for target in await targets(sut, "position"):
        if target.members == (user.id,):
            return target.id
    raise AssertionError(f"no position to forward to is held by {user.id}")


async def opened(sut: Stage, text: str, by: User) -> str:
    """A note to an employee, opened by them; its MsgId."""
    sent = await arrived(sut, text, to=by)
    await act(sut, sent.msg_id, "open", by)
    return sent.msg_id


@case(
    id="CLN-049",
    title="The receiver forwards a message: the new receiver has it, the forwarder no longer",
    requirements=("R-049", "R-050", "R-058", "R-059"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_forward(sut: Stage) -> None:
    """A note addressed to one physician is meant for another.

    The first opens and forwards it. The second finds it in the inbox and signs it or answers it as the first could
    have; from the first one's inbox it is gone.
    """
    first, second = physicians(sut)
    msg_id = await opened(sut, "Dette gjelder egentlig kollegaen din.", first)
    assert await has(sut, first, msg_id), f"{first.id} was written to and does not find the note"
    before = await actions(sut, msg_id)
    await act(sut, msg_id, "forward", first, to=(await position_of(sut, second),), confirm=True)
    assert await has(sut, second, msg_id), f"{second.id} was forwarded to and does not find the note"
    assert not await has(sut, first, msg_id), f"{first.id} forwarded the note and still has it"
    await act(sut, msg_id, "open", second)
    after = await actions(sut, msg_id)
    assert after >= before - {"forward"}, f"after the forward the note allows {sorted(after)}, before {sorted(before)}"


@case(
    id="CLN-051",
    title="Who has access to all messages may forward; the administrator alone grants that",
    requirements=("R-051", "R-053"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=(*NEEDS, "grant"),
    exclusive=True,
)
async def case_access_to_all(sut: Stage) -> None:
    """The secretary is not the receiver.

    A physician's grant of access to all messages is refused; the administrator's succeeds, and then the secretary
    forwards the note.
    """
    first, second = physicians(sut)
    secretary, administrator = sut.users("secretary")[0], sut.users("administrator")[0]
    msg_id = await opened(sut, "Kan noen ta denne?", first)
    refusal = await sut.refused(
        "grant", GrantRequest(user=secretary.id, by=first.id), what="a grant by who is no administrator"
    )
    assert refusal.status == 403, f"a grant by a physician is refused with {refusal.status}, not 403"
    await sut.ask("grant", GrantRequest(user=secretary.id, by=administrator.id))
    try:
        await act(sut, msg_id, "forward", secretary, to=(await position_of(sut, second),), confirm=True)
        assert await has(sut, second, msg_id), f"{second.id} does not find what the secretary forwarded"
    finally:
        await sut.ask("grant", GrantRequest(user=secretary.id, by=administrator.id, granted=False))


@case(
    id="CLN-052",
    title="Without a right forwarding is refused and nothing changes",
    requirements=("R-052",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_no_right(sut: Stage) -> None:
    """The secretary, neither receiver nor granted access, tries to forward: 403, and the receiver keeps the note."""
    first, second = physicians(sut)
    secretary = sut.users("secretary")[0]
    msg_id = await opened(sut, "Bare til deg.", first)
    target = await position_of(sut, second)
    refusal = await may_not(
        sut, msg_id, "forward", secretary, what="forwarding without a right", to=(target,), confirm=True
    )
    assert refusal.status == 403, f"forwarding without a right is refused with {refusal.status}, not 403"
    assert await has(sut, first, msg_id), "after the refused forward the receiver no longer has the note"
    assert not await has(sut, second, msg_id), "the refused forward reached its target"


@case(
    id="CLN-054",
    title="Every position is offered, and a forward to each arrives",
    requirements=("R-054",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_positions(sut: Stage) -> None:
    """A note to a physician for each position of the clinic; each is forwarded to that position and found there."""
    first, _ = physicians(sut)
    people = {user.id: user for user in sut.users()}
    positions = await targets(sut, "position")
    held = {member for target in positions for member in target.members}
    assert held >= set(people), f"no position is offered for {sorted(set(people) - held)}"
    for target in positions:
        if first.id in target.members:
            continue
        msg_id = await opened(sut, f"Til {target.name}.", first)
        await act(sut, msg_id, "forward", first, to=(target.id,), confirm=True)
        for member in target.members:
            assert await has(sut, people[member], msg_id), f"{member} does not find what was sent to {target.name}"


@case(
    id="CLN-055",
    title="A forward to a group reaches all its members, one to a function exactly those who hold it",
    requirements=("R-055", "R-056"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_groups(sut: Stage) -> None:
    """One note goes to a group, another to a function in a group.

    All members of the group find the first; those who hold the function find the second, and nobody else does.
    """
    first, _ = physicians(sut)
    people = {user.id: user for user in sut.users()}
    for kind in ("group", "function"):
        found = [target for target in await targets(sut, kind) if target.members]
        if not found:
            raise UnsupportedError(f"the SUT offers no {kind} to forward to")
        for target in found:
            msg_id = await opened(sut, f"Til {target.name}.", first)
            await act(sut, msg_id, "forward", first, to=(target.id,), confirm=True)
            have = {user.id for user in people.values() if await has(sut, user, msg_id)}
            missing = set(target.members) - have
            assert not missing, f"{sorted(missing)} of {kind} {target.name} do not find the note"
            extra = have - set(target.members)
            assert not extra, f"{sorted(extra)} are not of {kind} {target.name} and find the note"


@case(
    id="CLN-057",
    title="Only the confirmed forward to a chosen participant forwards",
    requirements=("R-057",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_confirmation(sut: Stage) -> None:
    """Forward is called without a participant, then with one but unconfirmed, then confirmed. The third forwards."""
    first, second = physicians(sut)
    msg_id = await opened(sut, "Tre klikk.", first)
    target = await position_of(sut, second)
    await may_not(sut, msg_id, "forward", first, what="a forward to nobody", confirm=True)
    assert await has(sut, first, msg_id), "a forward without a participant took the note away"
    await act(sut, msg_id, "forward", first, to=(target,))
    assert await has(sut, first, msg_id), "an unconfirmed forward took the note away"
    assert not await has(sut, second, msg_id), "an unconfirmed forward forwarded"
    await act(sut, msg_id, "forward", first, to=(target,), confirm=True)
    assert await has(sut, second, msg_id), "the confirmed forward did not forward"


@case(
    id="CLN-060",
    title="An archived message is not forwarded",
    requirements=("R-060",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_archived(sut: Stage) -> None:
    """A signed note is in the archive. Its forward is refused with 409 and changes nothing; an open one's succeeds."""
    first, second = physicians(sut)
    target = await position_of(sut, second)
    signed = await opened(sut, "Signert og arkivert.", first)
    await act(sut, signed, "sign", first)
    refusal = await may_not(
        sut, signed, "forward", first, what="the forward of an archived message", to=(target,), confirm=True
    )
    assert refusal.status == 409, f"the forward of an archived message is refused with {refusal.status}, not 409"
    assert not await has(sut, second, signed), "the archived note reached the other physician"
    assert await in_role(sut, first, signed, "archive"), "after the refused forward the note is not in the archive"
    still_open = await opened(sut, "Fortsatt åpen.", first)
    await act(sut, still_open, "forward", first, to=(target,), confirm=True)
    assert await has(sut, second, still_open), "an open note could not be forwarded"


@case(
    id="CLN-061",
    title="What stands in the answer field does not go with the forward",
    requirements=("R-061",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_answer_field(sut: Stage) -> None:
    """A half-written answer stands under a question that is forwarded.

    The new receiver's text is what they write themselves: the answer that goes out holds nothing of the other's.
    """
    first, second = physicians(sut)
    question = await arrived(sut, "Hvilken dose bruker pasienten?", "DIALOG_FORESPORSEL", to=first)
    await act(sut, question.msg_id, "open", first)
    half = "Jeg tror kanskje at"
    target = await position_of(sut, second)
    await act(sut, question.msg_id, "forward", first, to=(target,), text=half, confirm=True)
    done = await act(sut, question.msg_id, "answer", second, text="10 mg daglig.")
    assert done.msg_id, "the answer has no MsgId"
    found = await sut.eventually(lambda: sut.counterpart.received(msg_id=done.msg_id), f"the answer {done.msg_id}")
    content = found[0].document.decode("utf-8")
    sut.evidence("answer", found[0].document)
    assert "10 mg daglig." in content, "the answer does not say what the second physician wrote"
    assert half not in content, "the first physician's unfinished text went with the forward"


@case(
    id="CLN-062",
    title="A forward stays inside the clinic",
    requirements=("R-062",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_internal(sut: Stage) -> None:
    """A note is forwarded. No message and no receipt leaves the clinic because of it, in the time of several polls."""
    first, second = physicians(sut)
    msg_id = await opened(sut, "Internt.", first)
    await sut.eventually(lambda: receipts_for(sut, msg_id), "the receipt for the note, before it is forwarded")
    before = await wire(sut)
    await act(sut, msg_id, "forward", first, to=(await position_of(sut, second),), confirm=True)

    async def more() -> list[str]:
        return (await wire(sut))[len(before) :]

    await sut.never(more, "a message on the network because of a forward", within=two_polls(sut))


@case(
    id="CLN-268",
    title="Forwarding removes the forwarder and nobody else",
    requirements=("R-268",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_others_stay(sut: Stage) -> None:
    """A group has a note; one of its members forwards it on. The other members still have it, the forwarder has not."""
    first, _ = physicians(sut)
    people = {user.id: user for user in sut.users()}
    groups = [target for target in await targets(sut, "group") if len(target.members) >= 2]
    outside = [
        (group, target)
        for group in groups
        for target in await targets(sut, "position")
        if not set(target.members) & set(group.members)
    ]
    if not outside:
        raise UnsupportedError("the SUT has no group of two beside a position outside it")
    group, beyond = outside[0]
    msg_id = await opened(sut, "Til gruppen først.", first)
    await act(sut, msg_id, "forward", first, to=(group.id,), confirm=True)
    one = people[group.members[0]]
    await act(sut, msg_id, "open", one)
    await act(sut, msg_id, "forward", one, to=(beyond.id,), confirm=True)
    assert not await has(sut, one, msg_id), f"{one.id} forwarded the note and still has it"
    for member in (*group.members[1:], *beyond.members):
        assert await has(sut, people[member], msg_id), f"{member} lost the note when {one.id} forwarded it"
