"""What the register knows: the parties of the seeded world, in the shape of the CommunicationParty API v1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnwire.registers.address import (
    AdministrativeCode,
    CertificateMetadata,
    CommunicationParty,
    OrganizationDetails,
    ParentOrganization,
    PersonDetails,
    PostalAddress,
    ServiceDetails,
)

if TYPE_CHECKING:
    from nhnfixtures.world import Party
    from nhnsim.address_register.changes import Change
    from nhnsim.address_register.register import Register
    from nhnwire.coded import CodedValue

REGISTERED = "2020-01-01T00:00:00+00:00"
"""When every party of the world was registered."""


@dataclass(frozen=True)
class Pair:
    """The certificates that count for an organisation, as the register shows them."""

    signing: CertificateMetadata
    encryption: CertificateMetadata


def entry(register: Register, party: Party, certificates: Pair | None) -> CommunicationParty:
    """A party as the API shows it.

    Addresses and certificates that are registered on the organisation count for its services and persons; the API
    shows what counts, and does not say where it comes from.

    Args:
        register: where the party stands.
        party: from `register`.
        certificates: those that count; None leaves them out.
    """
    organisation, change = register.owner(party), register.change_of(party)
    top = party.type == "Organization"
    return CommunicationParty(
        her_id=party.her_id,
        name=party.name,
        display_name=party.name,
        type=party.type,
        organization_details=_organization(party) if top else None,
        person_details=_person(party, organisation) if party.type == "Person" else None,
        service_details=_service(party, organisation) if party.type == "Service" else None,
        current_signing_certificate=certificates.signing if certificates else None,
        current_encryption_certificate=certificates.encryption if certificates else None,
        email=f"her-{party.her_id}@example.org",
        edi_address=register.edi_address(party)[0],
        postal_address=_address(party if party.street else organisation, change),
        amqp_transport_status="Disabled" if top else "Inherited",
        valid_from=(change and change.valid_from) or REGISTERED,
        valid_to=register.valid_to(party),
    )


def _organization(party: Party) -> OrganizationDetails:
    return OrganizationDetails(
        organization_number=party.organisation_number,
        business_type=_code(party.business_type),
        persons=list(party.persons),
        services=list(party.services),
    )


def _person(party: Party, organisation: Party) -> PersonDetails:
    return PersonDetails(hpr_number=int(party.hpr or 0), parent_organization=_parent(organisation))


def _service(party: Party, organisation: Party) -> ServiceDetails:
    return ServiceDetails(service_type=_code(party.service_type), parent_organization=_parent(organisation))


def _parent(organisation: Party) -> ParentOrganization:
    return ParentOrganization(
        name=organisation.name, her_id=organisation.her_id, organization_number=organisation.organisation_number
    )


def _code(code: CodedValue | None) -> AdministrativeCode:
    if code is None:
        return AdministrativeCode(code_list_id="", value="")
    return AdministrativeCode(code_list_id=code.table or "", value=code.v, name=code.dn)


def _address(party: Party, change: Change | None) -> PostalAddress:
    shown = (change and change.shown_postal_code) or party.postal_code
    return PostalAddress(address=party.street, postal_code=shown, city=party.city)
