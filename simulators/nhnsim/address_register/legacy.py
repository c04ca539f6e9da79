"""The legacy model: a party as the SOAP service's data contract has it, in JSON with capital letters.

Unlike the newer model it says what is inherited, and that there is none by -1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nhnsim.address_register.model import REGISTERED

if TYPE_CHECKING:
    from nhnfixtures.world import Party
    from nhnsim.address_register.register import Register
    from nhnwire.coded import CodedValue

NONE: Final = -1
FOR_EVER: Final = "9999-12-31T23:59:59.9999999+00:00"
ELECTRONIC: Final = {"E_EDI": "EDI", "E_EPO": "E-post"}


def entry(register: Register, party: Party) -> dict[str, Any]:
    """A party in the legacy model; absent members are left out."""
    organisation, change = register.owner(party), register.change_of(party)
    top, active = party.type == "Organization", register.is_active(party)
    address, inherited = register.edi_address(party)
    own = party if party.street else organisation
    made: dict[str, Any] = {
        "LastChanged": REGISTERED,
        "HerId": party.her_id,
        "Type": party.type,
        "Name": party.name,
        "DisplayName": party.name,
        "Active": active,
        "ParentHerId": NONE if top else organisation.her_id,
        "ParentName": None if top else organisation.name,
        "ParentOrganizationNumber": NONE if top else int(organisation.organisation_number),
        "ParentBusinessType": None if top else _code(organisation.business_type),
        "PhysicalAddresses": [
            {
                "LastChanged": REGISTERED,
                "TypeCodeValue": "PST",
                "Type": _plain(3401, "PST", "Postadresse"),
                "StreetAddress": own.street,
                "PostalCode": int(own.postal_code or 0),
                "City": own.city,
                "Inherited": own is not party,
            }
        ],
        "ElectronicAddresses": [
            _electronic("E_EDI", address, inherited=inherited),
            _electronic("E_EPO", f"her-{party.her_id}@example.org", inherited=False),
        ],
        "FutureElectronicAddresses": [],
        "Valid": {"From": (change and change.valid_from) or REGISTERED, "To": register.valid_to(party) or FOR_EVER},
        "IsValidCommunicationParty": active,
        "Properties": [],
    }
    if top:
        made |= {
            "OrganizationNumber": int(party.organisation_number),
            "BusinessType": _code(party.business_type),
            "IndustryCodes": [],
        }
    elif party.type == "Service":
        made |= {"Code": _code(party.service_type), "CoverageAreas": [], "Description": None}
    else:
        made |= {"Person": {"HPRInformation": {"HPRNumber": int(party.hpr or 0)}}, "Title": None}
    return {name: value for name, value in made.items() if value is not None}


def _electronic(code: str, address: str, *, inherited: bool) -> dict[str, Any]:
    return {
        "LastChanged": REGISTERED,
        "TypeCodeValue": code,
        "Type": _plain(9044, code, ELECTRONIC[code]),
        "Address": address,
        "Inherited": inherited,
    }


def _code(code: CodedValue | None) -> dict[str, Any] | None:
    return None if code is None else _plain(int(code.table or 0), code.v, code.dn or "")


def _plain(table: int, value: str, text: str) -> dict[str, Any]:
    return {"OID": table, "CodeValue": value, "CodeText": text, "Active": True}
