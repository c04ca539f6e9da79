"""What a clinic needs before it can send or receive, and that it says so instead of trying."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.contract import SendRequest, SetupRequest
from nhnconform.conversations.exchanges import deliver, letter, two_polls
from nhnconform.conversations.office import physicians

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from nhnconform.contract import Readiness, ReadinessItem, SetupItem
    from nhnconform.errors import SutRefusalError
    from nhnconform.stage import Stage

PROFILE = ("clinic-setup",)
CLAUSE = "requirements of the clinic, B. Setup"
NEEDS = ("send", "setup", "readiness")


async def item(sut: Stage, key: SetupItem) -> ReadinessItem:
    """One item of the readiness.

    Raises:
        AssertionError: it is not listed.
    """
    readiness = cast("Readiness", await sut.ask("readiness"))
    for one in readiness.items:
        if one.item == key:
            return one
    raise AssertionError(f"the readiness does not list {key}; it lists {[one.item for one in readiness.items]}")


@contextlib.asynccontextmanager
async def changed(sut: Stage, key: SetupItem, value: bool | int | str | None, **more: str) -> AsyncIterator[None]:  # noqa: FBT001 - a setup item may be a switch
    """While inside, an item of the setup has another value."""
    before = (await item(sut, key)).value
    await sut.ask("setup", SetupRequest(item=key, value=value, user=more.get("user")))
    try:
        yield
    finally:
        await sut.ask("setup", SetupRequest(item=key, value=before, user=more.get("user")))


def note(sut: Stage, user: str | None = None, kind: str = "DIALOG_NOTAT") -> SendRequest:
    """A note to this case's counterpart."""
    return SendRequest(
        type=kind,
        to_her_id=sut.counterpart.her_id,
        patient=sut.patient,
        text="Klar til å sende?",
        subject="Oppfølging",
        user=user,
    )


async def nothing_sent(sut: Stage) -> None:
    """Nothing of this case reaches its counterpart, in the time of several polls."""
    await sut.never(lambda: sut.counterpart.received(apprec=False), "a message that was refused", two_polls(sut))


async def refuses_to_send(sut: Stage, key: SetupItem, what: str) -> SutRefusalError:
    """Sending is refused, the readiness says why, and nothing is put on the wire."""
    refusal = await sut.refused("send", note(sut), what=what)
    why = await item(sut, key)
    assert not why.fulfilled, f"the readiness says that {key} is fulfilled"
    assert why.reason, f"the readiness does not say why {key} is not fulfilled"
    await nothing_sent(sut)
    return refusal


@case(
    id="CLN-002",
    title="Without membership of the health network nothing is sent and nothing is fetched",
    requirements=("R-002", "R-006"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=f"{CLAUSE}; A. Purpose and reach",
    needs=(*NEEDS, "inbox"),
    exclusive=True,
)
async def case_membership(sut: Stage) -> None:
    """The membership ends while a message waits on the network.

    A user's note is refused with the reason, and the waiting message is not taken in. When the membership is back,
    both go through.
    """
    sent = letter(sut, "Venter på nettet.")
    async with changed(sut, "membership", value=False):
        delivered = await deliver(sut, sent)
        refusal = await refuses_to_send(sut, "membership", "a note from a clinic that is no member")
        assert "member" in str(refusal).lower() or "medlem" in str(refusal).lower(), (
            f"the refusal does not state that the membership is missing: {refusal}"
        )
        await sut.never(lambda: sut.inbox(sent.msg_id), "a message in the inbox of a clinic that is no member")
        calls = [entry for entry in await sut.sut_entries(endpoint="edi2") if delivered.message_id in entry.path]
        assert not calls, f"the waiting message was fetched: {calls[0].method} {calls[0].path}"
    await sut.settle()
    await sut.eventually(lambda: sut.inbox(sent.msg_id), "the message that waited")
    await sut.eventually(_sends(sut), "a note after the membership is back")


@case(
    id="CLN-007",
    title="Only the operator changes the setup",
    requirements=("R-007",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_operator(sut: Stage) -> None:
    """A physician and the clinic's administrator each try to change every item: 403. The operator's change succeeds."""
    readiness = cast("Readiness", await sut.ask("readiness"))
    assert readiness.items, "the readiness lists no item"
    for one in readiness.items:
        for by in ("administrator", "physician"):
            request = SetupRequest(item=cast("SetupItem", one.item), value=one.value, by=by)
            refusal = await sut.refused("setup", request, what=f"a change of {one.item} by a {by}")
            assert refusal.status == 403, f"a change of {one.item} by a {by} is refused with {refusal.status}, not 403"
        if one.item not in {"user_her_id", "smart_card"}:
            await sut.ask("setup", SetupRequest(item=cast("SetupItem", one.item), value=one.value))


@case(
    id="CLN-008",
    title="With the integration off nothing is sent",
    requirements=("R-008",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_integration(sut: Stage) -> None:
    """The integration is off and all else complete. A note is refused; with the integration on it goes out."""
    async with changed(sut, "integration", value=False):
        await refuses_to_send(sut, "integration", "a note with the integration off")
    await sut.eventually(_sends(sut), "a note with the integration on again")


@case(
    id="CLN-009",
    title="With the add-on service off nothing is sent, though the integration is on",
    requirements=("R-009",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_addon(sut: Stage) -> None:
    """The add-on service electronic messages is off. A note is refused; with both on it goes out."""
    async with changed(sut, "electronic_messages", value=False):
        assert (await item(sut, "integration")).fulfilled, "switching the add-on off switched the integration off"
        await refuses_to_send(sut, "electronic_messages", "a note with the add-on off")
    await sut.eventually(_sends(sut), "a note with the add-on on again")


@case(
    id="CLN-010",
    title="Without certificates or credentials for message exchange nothing is sent",
    requirements=("R-010",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_certificates(sut: Stage) -> None:
    """What proves the clinic's identity is taken away. A note is refused; with it back the note goes out."""
    async with changed(sut, "certificates", value=False):
        await refuses_to_send(sut, "certificates", "a note without certificates")
    await sut.eventually(_sends(sut), "a note with certificates again")


@case(
    id="CLN-011",
    title="Without the clinic's HER-id a type that needs one is refused",
    requirements=("R-011",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_clinic_her_id(sut: Stage) -> None:
    """The clinic's HER-id is taken away. A note, whose type needs it, is refused; with the HER-id back it goes out."""
    async with changed(sut, "clinic_her_id", value=None):
        await refuses_to_send(sut, "clinic_her_id", "a note from a clinic without HER-id")
    await sut.eventually(_sends(sut), "a note with the HER-id back")


@case(
    id="CLN-012",
    title="A type that needs the user's HER-id is refused for a user without one, by name",
    requirements=("R-012",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_user_her_id(sut: Stage) -> None:
    """One physician's HER-id is taken away.

    A clinical dialogue by that physician is refused and names the physician; another's goes out.
    """
    first, second = physicians(sut)
    kind = "DIALOG_HELSEFAGLIG"
    await sut.ask("setup", SetupRequest(item="user_her_id", value=None, user=first.id))
    try:
        refusal = await sut.refused(
            "send", note(sut, first.id, kind), what=f"a {kind} by a user without a HER-id of their own"
        )
        assert first.id in str(refusal) or first.name in str(refusal), f"the refusal does not name the user: {refusal}"
        await nothing_sent(sut)
        msg_id = await sut.send(kind, "Sendt av en med HER-id.", subject="Oppfølging", user=second.id)
        await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the {kind} {msg_id}")
    finally:
        await sut.ask("setup", SetupRequest(item="user_her_id", value=first.her_id, user=first.id))


@case(
    id="CLN-013",
    title="An EDI address that is not the register's is reported and blocks the types that need it",
    requirements=("R-013",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
    exclusive=True,
)
async def case_edi_address(sut: Stage) -> None:
    """The clinic stores another EDI address than the register holds.

    The readiness reports both; a note is refused. Once they are equal it goes out.
    """
    stored = (await item(sut, "edi_address")).value
    async with changed(sut, "edi_address", value="feil@edi.example"):
        await refuses_to_send(sut, "edi_address", "a note with another EDI address than the register's")
        reason = (await item(sut, "edi_address")).reason
        assert "feil@edi.example" in reason, f"the reason does not show the stored address: {reason}"
        assert str(stored) in reason, f"the reason does not show the register's address {stored}: {reason}"
    await sut.eventually(_sends(sut), "a note with the right EDI address")


@case(
    id="CLN-017",
    title="A type that needs no personal signature is sent without any card",
    requirements=("R-017",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=NEEDS,
)
async def case_no_card(sut: Stage) -> None:
    """No card is in any reader, and the readiness says so. An ordinary note goes out all the same."""
    card = await item(sut, "smart_card")
    assert not card.fulfilled, "the readiness says that a smart card is at hand; none is"
    await sut.eventually(_sends(sut), "a note without a card")


def _sends(sut: Stage) -> Callable[[], Awaitable[bool]]:
    """A check that a note goes out, written once."""
    written: list[str] = []

    async def look() -> bool:
        if not written:
            written.append(await sut.send("DIALOG_NOTAT", "Nå skal det gå.", subject="Oppfølging"))
        return bool(await sut.counterpart.received(msg_id=written[0]))

    return look
