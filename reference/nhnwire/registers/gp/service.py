"""The GP register's read service: all operations (the GP register's WSDL).

Roles, per operation, are the simulator's matter; here is what they say on the wire.
"""

import datetime as dt

from nhnwire.registers.contract import Long, Stream
from nhnwire.registers.gp.types import (
    FLR,
    GetNavPatientListsParameters,
    GPContract,
    GPContractQueryParameters,
    GPDetails,
    GPSearchParameters,
    NavEncryptedPatientListParameters,
    NinWithTimestamp,
    PagedGPContracts,
    PagedGPDetails,
    PatientToGPContractAssociation,
    PrimaryHealthCareTeam,
)
from nhnwire.registers.service import Operation, WebService

GP_READ = WebService(
    name="FlrReadOperationsService",
    ns=FLR,
    contract="IFlrReadOperations",
    operations=(
        Operation("GetPatientGPDetails", {"patientNin": str | None}, PatientToGPContractAssociation | None),
        Operation(
            "GetPatientsGPDetails",
            {"patientNins": tuple[str, ...] | None},
            tuple[PatientToGPContractAssociation, ...] | None,
        ),
        Operation(
            "GetPatientsGPDetailsAtTime",
            {"patientNins": tuple[NinWithTimestamp, ...] | None},
            tuple[PatientToGPContractAssociation, ...] | None,
        ),
        Operation(
            "GetPatientGPHistory",
            {"patientNin": str | None, "includePatientData": bool},
            tuple[PatientToGPContractAssociation, ...] | None,
        ),
        Operation("GetGPContract", {"gpContractId": Long}, GPContract | None),
        Operation(
            "GetGPContractsOnOffice",
            {"organizationNumber": int, "atTime": dt.datetime | None},
            tuple[GPContract, ...] | None,
        ),
        Operation("GetGPPatientList", {"gpContractId": Long}, tuple[PatientToGPContractAssociation, ...] | None),
        Operation("GetGPWithAssociatedGPContracts", {"hprNumber": int, "atTime": dt.datetime | None}, GPDetails | None),
        Operation("ConfirmGP", {"patientNin": str | None, "hprNumber": int, "atTime": dt.datetime | None}, bool),
        Operation(
            "GetGPContractForNav",
            {"doctorNin": str | None, "municipalityNr": str | None, "doSubstituteSearch": bool},
            GPContract | None,
        ),
        Operation("NavGetEncryptedPatientList", {"param": NavEncryptedPatientListParameters | None}, Stream),
        Operation(
            "NavGetEncryptedPatientListAlternate",
            {
                "doctorNIN": str | None,
                "municipalityId": str | None,
                "encryptWithX509Certificate": bytes | None,
                "month": dt.datetime,
                "doSubstituteSearch": bool,
                "senderXml": str | None,
                "receiverXml": str | None,
                "listType": str | None,
            },
            Stream,
        ),
        Operation("GetGPContractIdsOperatingInPostalCode", {"postNr": str | None}, tuple[Long, ...] | None),
        Operation("SearchForGP", {"searchParameters": GPSearchParameters | None}, PagedGPDetails | None),
        Operation("QueryGPContracts", {"queryParameters": GPContractQueryParameters | None}, PagedGPContracts | None),
        Operation("GetNavPatientLists", {"parameters": GetNavPatientListsParameters | None}, Stream),
        Operation("GetPrimaryHealthCareTeam", {"id": Long}, PrimaryHealthCareTeam | None),
    ),
)
