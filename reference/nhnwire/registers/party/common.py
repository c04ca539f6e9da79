"""Parts of the address register's values: codes, addresses, periods, certificates.

Names, order and what may be nil are those of the WSDL of 2025. Naive times are Norwegian
local time.
"""

import datetime as dt
import enum
from typing import Annotated

from nhnwire.registers.common import COMMON
from nhnwire.registers.contract import Guid, Short, Wire, contract, enumeration
from nhnwire.registers.simple import NO_TIME

CERTIFICATE_DETAILS = "http://register.nhn.no/CertificateDetails"
CERTIFICATE_SEARCH = "http://register.nhn.no/CertificateSearchResult"
SYSTEM = "http://schemas.datacontract.org/2004/07/System"
GENERIC = "http://schemas.datacontract.org/2004/07/System.Collections.Generic"


@enumeration(COMMON, numbers=(1, 2, 4, 8, 16))
class CitizenIdType(enum.StrEnum):
    """Kind of personal identifier: fødselsnummer, D-number, help number, common help number, or none of them."""

    SSN = "SSN"
    DN = "DN"
    HN = "HN"
    FHN = "FHN"
    INVALID = "Invalid"


@enumeration(CERTIFICATE_SEARCH)
class CertificateFallbackSource(enum.StrEnum):
    """By what a certificate was found when the party has none of its own."""

    NONE = "None"
    ORGANISATION_NAME = "OrgName"
    ORGANISATION_NUMBER = "OrgNo"
    PARTY_NAME = "ComPartName"
    PARENT_NAME = "ParentName"


@contract(COMMON)
class Code:
    """A coded value; `oid` is the number of its table, such as 9044 for kinds of electronic addresses."""

    active: bool = False
    code_text: str | None = None
    code_value: str | None = None
    long_description: str | None = None
    oid: Annotated[int, Wire("OID")] = 0
    simple_type: str | None = None


@contract(COMMON)
class Period:
    """A period with both ends; an open end is written as the last day of the year 9999."""

    from_: dt.datetime = NO_TIME
    to: dt.datetime = NO_TIME


@contract(COMMON)
class ElectronicAddress:
    """An address of some kind of table 9044 (`E_EDI`, `E_SB_ASYNC`, `E_DS`, …), own or inherited from the parent."""

    address: str | None = None
    inherited: bool = False
    last_changed: dt.datetime = NO_TIME
    type: Code | None = None
    type_code_value: str | None = None


@contract(COMMON)
class FutureElectronicAddress(ElectronicAddress):
    """An electronic address that takes over at a later time."""

    valid_from: dt.datetime = NO_TIME


@contract(COMMON)
class PhysicalAddress:
    """A place: kind of table 3401 (`PST` post, `RES` visits); postal code as a number, 110 for 0110."""

    city: str | None = None
    country: Code | None = None
    description: str | None = None
    inherited: bool = False
    last_changed: dt.datetime = NO_TIME
    postal_code: int = 0
    postbox: str | None = None
    street_address: str | None = None
    type: Code | None = None
    type_code_value: str | None = None


@contract(COMMON)
class CitizenId:
    """A person's identifier and its kind."""

    citizen_id_type: CitizenIdType = CitizenIdType.SSN
    id: str | None = None
    sex: Code | None = None


@contract(COMMON)
class EntityLogEntryData:
    """One member that changed."""

    name: str | None = None
    new_value: str | None = None
    old_value: str | None = None


@contract(COMMON)
class EntityLogEntry:
    """A change to a party: who, when, what."""

    by_user: str | None = None
    by_user_id: Guid | None = None
    changes: tuple[EntityLogEntryData, ...] | None = None
    description: str | None = None
    time: dt.datetime = NO_TIME


@contract(SYSTEM, struct=True)
class DateTimeOffset:
    """.NET's point in time with offset: UTC in `date_time`, and the offset apart."""

    date_time: Annotated[dt.datetime, Wire("DateTime", required=True)] = NO_TIME
    offset_minutes: Annotated[Short, Wire("OffsetMinutes", required=True)] = 0


@contract(GENERIC, name="KeyValuePairOfstringstring", struct=True)
class KeyValue:
    """A search constraint."""

    key: Annotated[str | None, Wire("key", required=True)] = None
    value: Annotated[str | None, Wire("value", required=True)] = None


@contract(GENERIC, name="KeyValuePairOfintArrayOfCodeUO9uWExd", struct=True)
class CodesOfParty:
    """The custom attributes (`value`) of a party (HER-id in `key`)."""

    key: Annotated[int, Wire("key", required=True)] = 0
    value: Annotated[tuple[Code, ...] | None, Wire("value", required=True)] = None


@contract(CERTIFICATE_DETAILS)
class CertificateDetails:
    """A certificate (DER) and where the directory has it."""

    certificate: bytes | None = None
    ldap_url: str | None = None


@contract(CERTIFICATE_SEARCH)
class CertificateCandidate:
    """A certificate that a directory search found, and by what it was found."""

    certificate_serial_number: str | None = None
    cn_name: str | None = None
    fallback_source: CertificateFallbackSource = CertificateFallbackSource.NONE
    not_after: DateTimeOffset = DateTimeOffset()
    not_before: DateTimeOffset = DateTimeOffset()
    valid_for_encryption: bool = False
    valid_for_signing: bool = False


@contract(CERTIFICATE_SEARCH)
class CertificateSearchResult:
    """What a directory search found."""

    actual_ldap_url: str | None = None
    matching_certificates: tuple[CertificateCandidate, ...] | None = None


@contract(CERTIFICATE_SEARCH)
class LdapSearchProvider:
    """A directory of certificates."""

    base_url: str | None = None
    display_name: str | None = None
    distinguished_name: str | None = None
