"""How a SUT uses the address register when it writes to others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nhnconform.case import LEAP, Basis, Level, case
from nhnconform.conversations import calls
from nhnconform.conversations.exchanges import in_state, open_alerts
from nhnconform.conversations.heads import receiver_of
from nhnconform.errors import SutRefusalError
from nhnconform.stage import REGISTER_PATIENCE

if TYPE_CHECKING:
    from nhnconform.conversations.heads import Named
    from nhnconform.counterpart import Counterpart
    from nhnconform.stage import Stage

PROFILE = ("address-register",)

NOBODY = 99_999_998
"""A HER-id that no register has."""


async def _written_to(sut: Stage, party: Counterpart, text: str) -> Named:
    """Send a note to a party; who it says its receiver is."""
    msg_id = await sut.send("DIALOG_NOTAT", text, subject="Oppfølging", to_her_id=party.her_id)
    found = await sut.eventually(lambda: party.received(msg_id=msg_id), f"the message {msg_id} at {party.her_id}")
    sut.evidence("message", found[0].document)
    return receiver_of(found[0].document)


@case(
    id="AR-01",
    title="A receiver is named as the address register has it, on both levels",
    requirements=("AR-01", "AR-08"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HIS 1153 AD2.2 to AD2.8; address register, cpapi v1",
    needs=("send",),
)
async def case_names(sut: Stage) -> None:
    """A note goes to a service and one to a practitioner, who share the EDI address of EDI 2.0 in the register.

    Each gets its own. Both levels have the register's names and numbers.
    """
    parties = (sut.counterpart, await sut.another_counterpart(person=True))
    for party, other in (parties, parties[::-1]):
        named = await _written_to(sut, party, "Navn etter registeret.")
        assert named.her_ids == (party.organisation_her_id, party.her_id), (
            f"the receiver is named by the HER-ids {named.her_ids}; it has {party.organisation_her_id}, {party.her_id}"
        )
        assert named.organisation == party.organisation_name, (
            f"the receiver's organisation is {named.organisation!r}; the register has {party.organisation_name!r}"
        )
        assert sorted(named.name.split()) == sorted(party.name.split()), (
            f"the receiver is called {named.name!r}; the register has {party.name!r}"
        )
        astray = [one.msg_id for one in await other.received(apprec=False) if one.msg_id == named.msg_id]
        assert not astray, f"the note to {party.her_id} reached {other.her_id} too, which has the same EDI address"


async def _not_sent_to(sut: Stage, her_id: int, what: str) -> None:
    """Writing there is refused, or fails visibly; nothing is handed in."""
    posts, said = len(calls.of(await sut.sut_entries(endpoint="edi2"), "post")), ""
    try:
        msg_id = await sut.send("DIALOG_NOTAT", "Til en som ikke finnes.", subject="Oppfølging", to_her_id=her_id)
    except SutRefusalError as refusal:
        said = str(refusal)
    if said:
        sut.evidence("refusal", said.encode())
        assert str(her_id) in said, f"the refusal does not name HER-id {her_id}: {said}"
    else:
        await in_state(sut, msg_id, "failed", after=f"to {what}")
        assert await open_alerts(sut, msg_id), f"the message to {what} failed and no alert tells anybody"
    handed_in = len(calls.of(await sut.sut_entries(endpoint="edi2"), "post")) - posts
    assert not handed_in, f"a message to {what} was handed in to EDI 2.0"


@case(
    id="AR-02",
    title="Nobody is written to whom the address register does not know",
    requirements=("AR-02",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="address register, cpapi v1: 404",
    needs=("send", "message", "alerts"),
)
async def case_unknown(sut: Stage) -> None:
    """The user writes to a HER-id that the register answers with 404. It is refused by number; the next note goes."""
    sut.claim.add(her_ids=[NOBODY])
    await _not_sent_to(sut, NOBODY, "a HER-id that the register does not know")
    await _written_to(sut, sut.counterpart, "Til en som finnes.")


@case(
    id="AR-03",
    title="What a party has from its organisation is followed when it changes",
    requirements=("AR-03",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="address register: events; what is inherited changes with the parent",
    needs=("send", LEAP),
    exclusive=True,
)
async def case_inherited(sut: Stage) -> None:
    """The receiver's organisation gets another name. An hour later a note to its service has the new one."""
    await _written_to(sut, sut.counterpart, "Før navneendringen.")
    async with sut.register_change(sut.counterpart.organisation_her_id, name="Nytt Navn Helse"):
        await sut.run(REGISTER_PATIENCE)
        named = await _written_to(sut, sut.counterpart, "Etter navneendringen.")
        assert named.organisation == "Nytt Navn Helse", (
            f"an hour after the register changed, the organisation is still called {named.organisation!r}"
        )
    await sut.run(REGISTER_PATIENCE)


@case(
    id="AR-05",
    title="A party that has been deactivated is not written to any more",
    requirements=("AR-05",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="address register: deactivation, valid-to; events",
    needs=("send", "message", "alerts", LEAP),
    exclusive=True,
)
async def case_deactivated(sut: Stage) -> None:
    """The SUT has written to the party before. An hour after its deactivation it does not; reactivated, it does."""
    party = sut.counterpart
    await _written_to(sut, party, "Før deaktiveringen.")
    async with sut.register_change(party.her_id, active=False):
        await sut.run(REGISTER_PATIENCE)
        await _not_sent_to(sut, party.her_id, "a party that was deactivated an hour ago")
    await sut.run(REGISTER_PATIENCE)
    await _written_to(sut, party, "Etter reaktiveringen.")


@case(
    id="AR-06",
    title="A postal code that has lost its leading zero keeps nobody from sending",
    requirements=("AR-06",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.REAL_CODE,
    clause="address register, cpapi v1: postalCode as a number in some entries",
    needs=("send", LEAP),
    exclusive=True,
)
async def case_postal_code(sut: Stage) -> None:
    """The receiver's address in the register has postal code 372 for 0372. A note goes out as usual."""
    async with sut.register_change(sut.counterpart.her_id, shown_postal_code="372"):
        await sut.run(REGISTER_PATIENCE)
        await _written_to(sut, sut.counterpart, "Postnummer uten null.")
    await sut.wait(timedelta(seconds=1))
