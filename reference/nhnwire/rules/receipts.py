"""Rules for application receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import codes
from nhnwire.apprec import OK, OK_PARTLY, REJECTED
from nhnwire.messages import PROFILES
from nhnwire.rules.table import Row, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.apprec import AppRec

_ERROR_TABLES = ("8221", "8222", "8223")
_SENDER_ROLES = {"1.0": {"SPR", "REQ", "COP"}, "1.1": {"PRIM", "COP"}}
_RECEIVER_ROLES = {"1.0": {"RECEIVER"}, "1.1": {"AVS"}}
# Claims of health services (BKM): the only messages that may be partly accepted.
_CLAIMS = frozenset(
    ["APM", "BOM", "FBV", "FOM", "HOM", "KOM", "LGM", "LOM", "OOM", "PJM", "POM", "PROM", "PSOM", "ROM", "TOM", "TPM"]
)


def _roles(receipt: AppRec) -> Iterator[str]:
    for place, party, allowed in (
        ("Sender", receipt.sender, _SENDER_ROLES),
        ("Receiver", receipt.receiver, _RECEIVER_ROLES),
    ):
        role = "" if party.role is None else party.role.v
        yield from where(role not in allowed[receipt.version], f"/AppRec/{place}/Role/@V")


def _addresses(receipt: AppRec) -> Iterator[str]:
    yield from where(receipt.sender.her_id is None, "/AppRec/Sender/HCP")
    yield from where(receipt.receiver.her_id is None, "/AppRec/Receiver/HCP")


def _version(receipt: AppRec) -> tuple[str, ...]:
    profile = PROFILES.get(receipt.original.msg_type.v)
    dictated = "" if profile is None else profile.apprec_version
    return where(bool(dictated) and dictated != receipt.version, "/AppRec/MIGversion")


def _coded(receipt: AppRec) -> Iterator[str]:
    for at, error in enumerate(receipt.errors, 1):
        place = f"/AppRec/Error[{at}]"
        yield from where(not error.v, f"{place}/@V")
        yield from where(error.table not in _ERROR_TABLES, f"{place}/@S")
        yield from where(not (error.dn or "").strip(), f"{place}/@DN")


def _partly(receipt: AppRec) -> tuple[str, ...]:
    claim = receipt.original.msg_type.v in _CLAIMS
    return where(receipt.status.v == OK_PARTLY and not claim, "/AppRec/Status/@V")


ROWS = (
    Row(
        "APPREC-TYPE",
        "HIS 80415:2012 MsgType",
        "",
        lambda receipt: where(receipt.msg_type.v != "APPREC", "/AppRec/MsgType/@V"),
        "the receipt does not say that it is one",
        "send MsgType APPREC of table 8279",
    ),
    Row(
        "APPREC-STATUS",
        "HIS 80415:2012 Status",
        "",
        lambda receipt: where(not codes.is_known("8258", receipt.status.v), "/AppRec/Status/@V"),
        "the receipt's status is not of table 8258",
        "send 1 (OK) or 2 (Avvist)",
    ),
    Row(
        "APPREC-ERROR-MISSING",
        "HITS 1168:2016, negative receipts",
        "",
        lambda receipt: where(receipt.status.v in {REJECTED, OK_PARTLY} and not receipt.errors, "/AppRec/Error"),
        "the receipt rejects without saying why",
        "send at least one Error of table 8221 with status 2",
    ),
    Row(
        "APPREC-ERROR-UNDUE",
        "HITS 1168:2016, positive receipts",
        "",
        lambda receipt: where(receipt.status.v == OK and bool(receipt.errors), "/AppRec/Error"),
        "the receipt accepts and names errors",
        "send no Error with status 1, or status 2 with the errors",
    ),
    Row(
        "APPREC-PARTLY",
        "HITS 1168:2016, status 3",
        "",
        _partly,
        "status 3 is for settlements (BKM) only",
        "send status 1 or 2",
    ),
    Row(
        "APPREC-ERROR-CODED",
        "HIS 80415:2012 Error; HITS 1168:2016",
        "",
        _coded,
        "an error lacks its code, its table's OID or its name",
        "send V, S and DN of table 8221 in every Error; OT is text on top of them",
    ),
    Row(
        "APPREC-ROLE",
        "HIS 80415:2004 and :2012 §3.5.1 Role",
        "",
        _roles,
        "a party's role is missing or of the other version",
        "in 1.1 send PRIM or COP for the sender and AVS for the receiver; in 1.0 SPR, REQ or COP, and RECEIVER",
    ),
    Row(
        "APPREC-VERSION",
        "HITS 1168:2016, version of the receipt",
        "",
        _version,
        "the receipt is not of the version that goes with the answered message",
        "send AppRec 1.0 for dialogue messages of schema 1.0, and AppRec 1.1 for those of 1.1",
    ),
    Row(
        "APPREC-ADDRESS",
        "HIS 1153-1:2015 AD2.12 to AD2.15",
        "",
        _addresses,
        "a party of the receipt has no HER-id",
        "mirror the addresses of the answered message with all their numbers",
    ),
    Row(
        "APPREC-ON-APPREC",
        "HIS 80415:2012; EDI 2.0 A.9",
        "",
        lambda receipt: where(receipt.original.msg_type.v == "APPREC", "/AppRec/OriginalMsgId/MsgType/@V"),
        "a receipt answers a receipt",
        "never answer an application receipt",
    ),
)
