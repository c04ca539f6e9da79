"""The CPPA service: profiles and agreements, as values and as ebXML documents (the CPPA service's WSDL)."""

import datetime as dt

from nhnwire.registers.contract import Guid
from nhnwire.registers.cppa.types import (
    CPPA,
    CollaborationProtocolProfile,
    CollaborationProtocolProfileParameters,
    CollaborationRole,
    CollaborationRoleIdentifier,
    CpaDetails,
    CpaXmlDetails,
    ProcessParameter,
)
from nhnwire.registers.service import Operation, WebService

CPPA_SERVICE = WebService(
    name="CppaService",
    ns=CPPA,
    contract="ICPPAService",
    operations=(
        Operation("GetCpp", {"cppId": Guid}, CollaborationProtocolProfile | None),
        Operation("GetCppForCommunicationParty", {"herId": int}, CollaborationProtocolProfile | None),
        Operation("CreateCpp", {"cpp": CollaborationProtocolProfile | None}, CollaborationProtocolProfile | None),
        Operation(
            "CreateCppForProcesses",
            {"cppp": CollaborationProtocolProfileParameters | None},
            CollaborationProtocolProfile | None,
        ),
        Operation("CreateCppXml", {"cppXml": str | None}, CollaborationProtocolProfile | None),
        Operation("GetCppXmlForCommunicationParty", {"herId": int}, str | None),
        Operation("GetCppXml", {"cppId": Guid}, str | None),
        Operation("GetAllCollaborationRoles", {}, tuple[CollaborationRole, ...] | None),
        Operation("GetCppTemplate", {"name": str | None}, CollaborationProtocolProfile | None),
        Operation("GetCppTemplateXml", {"name": str | None}, str | None),
        Operation("DeleteCppTemplate", {"name": str | None}),
        Operation("GetCppTemplates", {}, tuple[CollaborationProtocolProfile, ...] | None),
        Operation("CreateCppTemplate", {"cpp": CollaborationProtocolProfile | None}, str | None),
        Operation("GetCpa", {"cpaId": Guid}, CpaDetails | None),
        Operation("GetCpaXml", {"cpaId": Guid}, CpaXmlDetails | None),
        Operation(
            "GetCpaForCommunicationParties",
            {"communicationPartAHerId": int, "communicationPartBHerId": int},
            CpaDetails | None,
        ),
        Operation(
            "GetCpaForCommunicationPartiesXml",
            {"communicationPartAHerId": int, "communicationPartBHerId": int},
            CpaXmlDetails | None,
        ),
        Operation("GetCpasForCommunicationParty", {"herId": int}, tuple[CpaDetails, ...] | None),
        Operation(
            "GetCpasForCommunicationPartyCreatedAfter",
            {"herId": int, "createdOnOrAfter": dt.datetime},
            tuple[CpaDetails, ...] | None,
        ),
        Operation("GetCpasForCommunicationPartyForApproval", {"herId": int}, tuple[CpaDetails, ...] | None),
        Operation("GetCpasForCommunicationPartyForApprovalUnfiltered", {"herId": int}, tuple[CpaDetails, ...] | None),
        Operation("GetCpasForCommunicationPartyXml", {"herId": int}, tuple[CpaXmlDetails, ...] | None),
        Operation(
            "GetRevocatedCpas",
            {"herId": int, "fromDate": dt.datetime, "toDate": dt.datetime | None},
            tuple[Guid, ...] | None,
        ),
        Operation("RevokeCpa", {"cpaId": Guid, "herId": int}, CpaDetails | None),
        Operation("ApproveCpa", {"cpaId": Guid, "herId": int}, CpaDetails | None),
        Operation(
            "ApproveAndUpdateCpa",
            {"cpaId": Guid, "herId": int, "approvedRoles": tuple[CollaborationRoleIdentifier, ...] | None},
            CpaDetails | None,
        ),
        Operation("AddProcessToCpp", {"processParameter": ProcessParameter | None}),
        Operation("RemoveProcessFromCpp", {"processParameter": ProcessParameter | None}),
        Operation("GetProcessesInCpp", {"herId": int}, tuple[ProcessParameter, ...] | None),
    ),
)
