"""The address register's web service, CommunicationPartyService: all operations of the WSDL of 2025.

Misspellings are the register's own: `GetAssosiatedIKS…`, `organizaitonHerId`. `GetFallbackCertificates` alone takes its
HER-id as a string.
"""

import datetime as dt

from nhnwire.registers.party.changes import (
    OrganizationCreate,
    OrganizationPersonCreate,
    OrganizationPersonUpdate,
    OrganizationUpdate,
    ServiceCreate,
    ServiceUpdate,
)
from nhnwire.registers.party.common import (
    CertificateDetails,
    CertificateSearchResult,
    Code,
    CodesOfParty,
    EntityLogEntry,
    LdapSearchProvider,
    Period,
)
from nhnwire.registers.party.types import (
    PARTY,
    CommunicationParty,
    CommunicationPartyLastChangedInfo,
    CommunicationPartySearch,
    CommunicationPartyStatistics,
    CoverageInfo,
    Organization,
    OrganizationPerson,
    OrganizationUpdateStatistics,
    SearchResult,
    Service,
)
from nhnwire.registers.service import NOTHING_DECLARED, VALIDATED, Operation, WebService

COMMUNICATION_PARTY = WebService(
    name="CommunicationParty",
    ns=PARTY,
    contract="ICommunicationPartyService",
    operations=(
        Operation("Ping", {}, str | None, NOTHING_DECLARED),
        Operation("Search", {"search": CommunicationPartySearch | None}, SearchResult | None),
        Operation("SearchById", {"id": str | None}, tuple[CommunicationParty, ...] | None),
        Operation("GetCommunicationPartyDetails", {"herId": int}, CommunicationParty | None),
        Operation(
            "GetChangedCommunicationPartiesInfo",
            {"herIds": tuple[int, ...] | None},
            tuple[CommunicationPartyLastChangedInfo, ...] | None,
        ),
        Operation("GetOrganizationDetails", {"herId": int}, Organization | None),
        Operation("GetServiceDetails", {"herId": int}, Service | None),
        Operation("GetOrganizationPersonDetails", {"herId": int}, OrganizationPerson | None),
        Operation("GetOrganizationsHavingCode", {"code": Code | None}, tuple[Organization, ...] | None),
        Operation("GetAssosiatedIKSChildOrganizations", {"herId": int}, tuple[Organization, ...] | None),
        Operation("GetAssosiatedIKSParentOrganizations", {"herId": int}, tuple[Organization, ...] | None),
        Operation("UpdateOrganizationPersonDetails", {"p": OrganizationPersonUpdate | None}, None, VALIDATED),
        Operation("UpdateServiceDetails", {"t": ServiceUpdate | None}, None, VALIDATED),
        Operation("UpdateOrganizationDetails", {"org": OrganizationUpdate | None}, None, VALIDATED),
        Operation(
            "UpdateOrganizationIKSAssociations",
            {"organizaitonHerId": int, "herIdsForAssociatedIKS": tuple[int, ...] | None},
            None,
            VALIDATED,
        ),
        Operation(
            "CreateOrganizationPerson", {"p": OrganizationPersonCreate | None}, OrganizationPerson | None, VALIDATED
        ),
        Operation("CreateService", {"t": ServiceCreate | None}, Service | None, VALIDATED),
        Operation("CreateOrganization", {"org": OrganizationCreate | None}, Organization | None, VALIDATED),
        Operation("GetChangeLog", {"herId": int}, tuple[EntityLogEntry, ...] | None),
        Operation("GetCommunicationPartyStatistics", {}, CommunicationPartyStatistics | None),
        Operation(
            "GetOrganizationUpdateStatistics",
            {"fromDate": dt.datetime, "toDate": dt.datetime},
            OrganizationUpdateStatistics | None,
        ),
        Operation("GetOrganizationsOwnedBy", {"herId": int}, tuple[Organization, ...] | None),
        Operation("EnableTransportOnOrganization", {"herId": int, "transportType": str | None}),
        Operation("SetCommunicationPartyValid", {"herId": int, "period": Period | None}, None, VALIDATED),
        Operation("GetCertificateForEncryption", {"herId": int}, bytes | None, VALIDATED),
        Operation("GetCertificateForValidatingSignature", {"herId": int}, bytes | None, VALIDATED),
        Operation(
            "GetCertificateForEncryptionByOrganizationNumber", {"organizationNumber": int}, bytes | None, VALIDATED
        ),
        Operation(
            "GetCertificateForValidatingSignatureByOrganizationNumber",
            {"organizationNumber": int},
            bytes | None,
            VALIDATED,
        ),
        Operation("GetCertificate", {"ldapUrl": str | None}, bytes | None, VALIDATED),
        Operation("GetCertificateForEncryptionLdap", {"ldapUrl": str | None}, bytes | None, VALIDATED),
        Operation("GetCertificateForValidatingSignatureLdap", {"ldapUrl": str | None}, bytes | None, VALIDATED),
        Operation("GetCertificateDetailsForEncryption", {"herId": int}, CertificateDetails | None, VALIDATED),
        Operation("GetCertificateDetailsForValidatingSignature", {"herId": int}, CertificateDetails | None, VALIDATED),
        Operation(
            "SearchCertificatesForEncryption",
            {"sn": str | None, "cn": str | None, "ou": str | None},
            tuple[CertificateDetails, ...] | None,
            VALIDATED,
        ),
        Operation(
            "SearchCertificatesForValidatingSignature",
            {"sn": str | None, "cn": str | None, "ou": str | None},
            tuple[CertificateDetails, ...] | None,
            VALIDATED,
        ),
        Operation("SearchCertificatesByLdapUrl", {"ldapUrl": str | None}, CertificateSearchResult | None, VALIDATED),
        Operation("GetFallbackCertificates", {"herId": str | None}, CertificateSearchResult | None, VALIDATED),
        Operation("GetLdapSearchProviders", {}, tuple[LdapSearchProvider, ...] | None, VALIDATED),
        Operation("GetAllHFCommpartiesCsv", {}, str | None, NOTHING_DECLARED),
        Operation("AddCustomAttribute", {"herId": int, "code": Code | None}, Code | None),
        Operation("RemoveCustomAttribute", {"herId": int, "code": Code | None}),
        Operation(
            "GetCustomAttributes", {"herIds": tuple[int, ...] | None}, tuple[CodesOfParty, ...] | None, NOTHING_DECLARED
        ),
        Operation(
            "UpdateCoverageAreas",
            {"herId": int, "coverageAreas": tuple[CoverageInfo, ...] | None},
            None,
            NOTHING_DECLARED,
        ),
    ),
)
