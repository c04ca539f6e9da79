"""Who can be written to, who can be the sender, and where the user finds what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.contract import RecipientsRequest, SendRequest
from nhnconform.stage import REGISTER_PATIENCE

if TYPE_CHECKING:
    from nhnconform.contract import Recipient, Sender
    from nhnconform.stage import Stage
    from nhnfixtures.world import Party

PROFILE = ("clinic-writing",)
CLAUSE = "requirements of the clinic, C. Writing and sending"
TYPES = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG")
NOBODY = "Finnesikke Ukjentesen"


async def offered(sut: Stage, text: str, kind: str = "DIALOG_NOTAT") -> dict[int, Recipient]:
    """What the recipient field offers, by HER-id."""
    found = cast("tuple[Recipient, ...]", await sut.ask("recipients", RecipientsRequest(text=text, type=kind)))
    return {one.her_id: one for one in found}


async def offers(sut: Stage, party: Party) -> Recipient:
    """A party is offered under its name.

    Raises:
        AssertionError: it is not.
    """
    found = await offered(sut, party.name)
    assert party.her_id in found, f"a search for {party.name!r} does not offer HER-id {party.her_id}: {sorted(found)}"
    return found[party.her_id]


@case(
    id="CLN-024",
    title="The recipient field finds practitioners, with HER-id and office",
    requirements=("R-024",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("recipients",),
)
async def case_practitioner(sut: Stage) -> None:
    """A physician of the neighbouring office is searched by name and offered with HER-id and the office's name."""
    site = sut.world_around.sites["second_clinic"]
    found = await offers(sut, site.persons[0])
    assert found.office == site.organisation.name, f"the office is shown as {found.office!r}: {site.organisation.name}"


@case(
    id="CLN-025",
    title="The recipient field finds clinics",
    requirements=("R-025",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("recipients",),
)
async def case_clinic(sut: Stage) -> None:
    """The neighbouring office is searched by name and offered."""
    await offers(sut, sut.world_around.sites["second_clinic"].organisation)


@case(
    id="CLN-026",
    title="The recipient field finds institutions",
    requirements=("R-026",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("recipients",),
)
async def case_institution(sut: Stage) -> None:
    """The hospital is searched by name and offered."""
    await offers(sut, sut.world_around.sites["hospital"].organisation)


@case(
    id="CLN-027",
    title="The recipient field finds services, with their own HER-id",
    requirements=("R-027",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("recipients",),
)
async def case_service(sut: Stage) -> None:
    """The hospital uses service-based addressing. A search for it offers its service with the service's HER-id."""
    site = sut.world_around.sites["hospital"]
    service = site.services[0]
    found = await offered(sut, site.organisation.name) | await offered(sut, service.name)
    assert service.her_id in found, f"the service {service.name!r} ({service.her_id}) is not offered: {sorted(found)}"


@case(
    id="CLN-028",
    title="A service of a receiver without service-based addressing is not offered, and refused when typed in",
    requirements=("R-028",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("recipients", "send"),
    exclusive=True,
)
async def case_no_services(sut: Stage) -> None:
    """The municipality's service-based addressing is switched off in the register.

    None of its services is offered any more, and a note to a service's HER-id typed by hand is refused.
    """
    site = sut.world_around.sites["municipality"]
    service = site.services[0]
    async with sut.register_change(site.organisation.her_id, service_based_addressing=False):
        await sut.run(REGISTER_PATIENCE)
        found = await offered(sut, site.organisation.name) | await offered(sut, service.name)
        own = {one.her_id for one in site.services}
        assert not own & set(found), f"services are offered though the receiver has none: {sorted(own & set(found))}"
        sut.claim.add(her_ids=[service.her_id])
        request = SendRequest(type="DIALOG_NOTAT", to_her_id=service.her_id, patient=sut.patient, text="Hei")
        await sut.refused("send", request, what="a note to the service of a receiver without service-based addressing")


@case(
    id="CLN-029",
    title="One of the clinic's own services is the sender, at level 2 and in transport",
    requirements=("R-029",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("send", "senders"),
)
async def case_sender(sut: Stage) -> None:
    """Each service that the clinic offers as sender sends a note; level 2 and the transport name that service."""
    choices = cast("tuple[Sender, ...]", await sut.ask("senders"))
    services = [one for one in choices if one.kind in {None, "Service"}]
    assert services, "a clinic with service-based addressing offers no service as sender"
    for one in services:
        msg_id = await sut.send("DIALOG_NOTAT", "Fra tjenesten.", from_her_id=one.her_id)
        found = await sut.eventually(
            lambda msg_id=msg_id: sut.counterpart.received(msg_id=msg_id),  # type: ignore[misc]
            f"the note {msg_id}",
        )
        sut.evidence(f"note-{one.her_id}", found[0].document)
        sut.expect("document", found[0].document)
        sender = found[0].sender_her_id
        assert sender == one.her_id, f"the transport's sender is {sender}; {one.her_id} was chosen"
        assert f">{one.her_id}<" in found[0].document.decode("utf-8"), "level 2 of the sender is not the chosen service"


@case(
    id="CLN-030",
    title="A clinic without service-based addressing offers no service as sender",
    requirements=("R-030",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("senders",),
    exclusive=True,
)
async def case_no_sender_service(sut: Stage) -> None:
    """The clinic's own service-based addressing is switched off. Only the clinic and its practitioners are offered."""
    async with sut.register_change(sut.identity.her_id, service_based_addressing=False):
        await sut.run(REGISTER_PATIENCE)
        choices = cast("tuple[Sender, ...]", await sut.ask("senders"))
        own = {user.her_id for user in sut.users()} | {sut.identity.her_id}
        extra = [one for one in choices if one.her_id not in own]
        assert not extra, f"a service is offered as sender: {extra[0].name} ({extra[0].her_id})"


@case(
    id="CLN-266",
    title="The recipient field of every message type asks the address register",
    requirements=("R-266",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("recipients",),
)
async def case_every_type(sut: Stage) -> None:
    """In a draft of every type a party of the register is offered, and a name nobody has gives no hit."""
    party = sut.world_around.sites["second_clinic"].persons[0]
    for kind in TYPES:
        assert party.her_id in await offered(sut, party.name, kind), f"{party.name} is not offered for {kind}"
        strangers = await offered(sut, NOBODY, kind)
        assert not strangers, f"{NOBODY} is nobody, and for {kind} {sorted(strangers)} are offered"
