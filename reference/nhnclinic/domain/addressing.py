"""Who can be written to, and who of the clinic can be the sender (HIS 1153, service-based addressing). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnclinic.domain.values import Party

ORGANISATION, SERVICE, PERSON = "Organization", "Service", "Person"


def offered(found: Iterable[Party], message_type: str) -> list[Party]:
    """What the recipient field shows: each active party once, those that were found first, first.

    Every message type can be written to every kind of party as far as the register goes (R-266). A service is there
    only while its owner has registered it, since the register has it only then.
    """
    del message_type
    return list({party.her_id: party for party in found if party.active}.values())


def senders(organisation: Party, own: Iterable[Party]) -> list[Party]:
    """Who can be the sender.

    Args:
        organisation: the clinic as the register has it, with the HER-ids of its registered services.
        own: the clinic's services and practitioners, as the register has them.
    """
    choices = [
        party
        for party in own
        if party.active and (party.kind != SERVICE or party.her_id in organisation.service_her_ids)
    ]
    uses_services = any(party.kind == SERVICE for party in choices)
    return choices if uses_services else [organisation, *choices]
