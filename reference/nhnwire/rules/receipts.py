"""Rules for application receipts (HIS 80415, HITS 1168, HIS 1153-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import codes
from nhnwire.apprec import OK, OK_PARTLY, REJECTED
from nhnwire.errors import SchemaError
from nhnwire.messages import PROFILES
from nhnwire.people import her_id_of
from nhnwire.receipts import CLAIMS, LIMIT
from nhnwire.rules.table import APPREC, ERROR, INFO, WARNING, Row, is_blank, is_uuid, where
from nhnwire.timestamps import parse_date_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.apprec import Actor, AppRec, Party

_ERROR_TABLES = ("8221", "8222", "8223")
_SENDER_ROLES = {"1.0": {"SPR", "REQ", "COP"}, "1.1": {"PRIM", "COP"}}
_RECEIVER_ROLES = {"1.0": {"RECEIVER"}, "1.1": {"AVS"}}
_UNREADABLE = frozenset(["T01", "T02", "T10", "E10"])
"""Errors that tell of an original whose own data could not be trusted, so that echoes of them need not make sense."""
_UNSPECIFIC = frozenset(["T99", "S99", "X99"])
_DEPRECATED = frozenset(["E20"])


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
        yield from where(is_blank(error.dn), f"{place}/@DN")


def _places(receipt: AppRec) -> Iterator[tuple[str, Party]]:
    yield "/AppRec/Sender/HCP", receipt.sender
    yield "/AppRec/Receiver/HCP", receipt.receiver


def _entity(receipt: AppRec) -> Iterator[str]:
    for place, party in _places(receipt):
        # No HER-id at all is a row of its own.
        yield from where(party.her_id is not None and party.organisation_her_id is None, f"{place}/Inst")


def _below(party: Party) -> tuple[Actor, ...]:
    return () if party.institution is None else (*party.institution.departments, *party.institution.persons)


def _party(receipt: AppRec) -> Iterator[str]:
    for place, party in _places(receipt):
        found = any(her_id_of(actor.idents) is not None for actor in _below(party))
        yield from where(party.organisation_her_id is not None and not found, f"{place}/Inst/Dept")


def _names(receipt: AppRec) -> Iterator[str]:
    for place, party in _places(receipt):
        named = (*(() if party.institution is None else (party.institution,)), *_below(party))
        yield from where(any(is_blank(actor.name) for actor in named), f"{place}/Inst")


def _signer(receipt: AppRec) -> Iterator[str]:
    for place, party in _places(receipt):
        inside = party.institution
        service = inside is not None and any(her_id_of(dept.idents) is not None for dept in inside.departments)
        yield from where(service and inside is not None and bool(inside.persons), f"{place}/Inst/HCPerson")


def _trusts_original(receipt: AppRec) -> bool:
    return not _UNREADABLE & {error.v for error in receipt.errors}


def _original_type(receipt: AppRec) -> tuple[str, ...]:
    known = codes.is_known("8279", receipt.original.msg_type.v)
    return where(not known and _trusts_original(receipt), "/AppRec/OriginalMsgId/MsgType/@V")


def _original_id(receipt: AppRec) -> tuple[str, ...]:
    # Receipts for base messages of version 1.0 echo the document's id, which need not be a UUID.
    in_head = receipt.original.msg_type.v in PROFILES
    broken = in_head and _trusts_original(receipt) and not is_uuid(receipt.original.id)
    return where(broken or is_blank(receipt.original.id), "/AppRec/OriginalMsgId/Id")


def _self(receipt: AppRec) -> tuple[str, ...]:
    own = receipt.id.strip().lower()
    return where(bool(own) and own == receipt.original.id.strip().lower(), "/AppRec/OriginalMsgId/Id")


def _late(receipt: AppRec) -> tuple[str, ...]:
    try:
        sent = parse_date_time(receipt.original.issue_date)
    except SchemaError:
        return ()
    return where(receipt.gen_date - sent > LIMIT, "/AppRec/GenDate")


def _error_table(receipt: AppRec) -> Iterator[str]:
    if receipt.original.msg_type.v in PROFILES:
        for at, error in enumerate(receipt.errors, 1):
            yield from where(error.table in _ERROR_TABLES[1:], f"/AppRec/Error[{at}]/@S")


def _error_text(receipt: AppRec) -> Iterator[str]:
    for at, error in enumerate(receipt.errors, 1):
        yield from where(error.v in _UNSPECIFIC and is_blank(error.ot), f"/AppRec/Error[{at}]/@OT")


def _error_deprecated(receipt: AppRec) -> Iterator[str]:
    for at, error in enumerate(receipt.errors, 1):
        yield from where(error.v in _DEPRECATED and error.table == "8221", f"/AppRec/Error[{at}]/@V")


def _error_repeated(receipt: AppRec) -> Iterator[str]:
    told = [(error.v, error.s, error.ot) for error in receipt.errors]
    for at, one in enumerate(told, 1):
        yield from where(one in told[: at - 1], f"/AppRec/Error[{at}]")


def _bills(receipt: AppRec) -> Iterator[str]:
    if receipt.status.v == OK_PARTLY and receipt.original.msg_type.v in CLAIMS:
        for at, error in enumerate(receipt.errors, 1):
            yield from where(is_blank(error.ot), f"/AppRec/Error[{at}]/@OT")


def _partly(receipt: AppRec) -> tuple[str, ...]:
    claim = receipt.original.msg_type.v in CLAIMS
    return where(receipt.status.v == OK_PARTLY and not claim, "/AppRec/Status/@V")


ROWS = (
    Row(
        "APPREC-TYPE",
        "HIS 80415:2012 MsgType",
        "",
        lambda receipt: where(receipt.msg_type.v != "APPREC", "/AppRec/MsgType/@V"),
        "the receipt does not say that it is one",
        "send MsgType APPREC of table 8279",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-STATUS",
        "HIS 80415:2012 Status",
        "",
        lambda receipt: where(not codes.is_known("8258", receipt.status.v), "/AppRec/Status/@V"),
        "the receipt's status is not of table 8258",
        "send 1 (OK) or 2 (Avvist)",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-MISSING",
        "HITS 1168:2016, negative receipts",
        "",
        lambda receipt: where(receipt.status.v in {REJECTED, OK_PARTLY} and not receipt.errors, "/AppRec/Error"),
        "the receipt rejects without saying why",
        "send at least one Error of table 8221 with status 2",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-UNDUE",
        "HITS 1168:2016, positive receipts",
        "",
        lambda receipt: where(receipt.status.v == OK and bool(receipt.errors), "/AppRec/Error"),
        "the receipt accepts and names errors",
        "send no Error with status 1, or status 2 with the errors",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-PARTLY",
        "HITS 1168:2016, status 3",
        "",
        _partly,
        "status 3 is for settlements (BKM) only",
        "send status 1 or 2",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-CODED",
        "HIS 80415:2012 Error; HITS 1168:2016",
        "",
        _coded,
        "an error lacks its code, its table's OID or its name",
        "send V, S and DN of table 8221 in every Error; OT is text on top of them",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ROLE",
        "HIS 80415:2004 and :2012 §3.5.1 Role",
        "",
        _roles,
        "a party's role is missing or of the other version",
        "in 1.1 send PRIM or COP for the sender and AVS for the receiver; in 1.0 SPR, REQ or COP, and RECEIVER",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-VERSION",
        "HITS 1168:2016, version of the receipt",
        "",
        _version,
        "the receipt is not of the version that goes with the answered message",
        "send AppRec 1.0 for dialogue messages of schema 1.0, and AppRec 1.1 for those of 1.1",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ADDRESS",
        "HIS 1153-1:2015 AD2.12 to AD2.15",
        "",
        _addresses,
        "a party of the receipt has no HER-id",
        "mirror the addresses of the answered message with all their numbers",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ON-APPREC",
        "HIS 80415:2012; EDI 2.0 A.9",
        "",
        lambda receipt: where(receipt.original.msg_type.v == "APPREC", "/AppRec/OriginalMsgId/MsgType/@V"),
        "a receipt answers a receipt",
        "never answer an application receipt",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ID",
        "HIS 80415:2012 Id",
        "",
        lambda receipt: where(is_blank(receipt.id), "/AppRec/Id"),
        "the receipt has no identity of its own",
        "give every receipt a new UUID in Id",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-SELF",
        "HITS 1168:2016 §6, OriginalMsgId",
        "",
        _self,
        "the receipt names itself as the message it answers",
        "copy the MsgId of the answered message into OriginalMsgId/Id, and give the receipt another Id",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ORIGINAL-TYPE",
        "HITS 1168:2016 §6, OriginalMsgId/MsgType",
        "",
        _original_type,
        "the type of the answered message is not of table 8279",
        "copy MsgInfo/Type of the answered message",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ORIGINAL-ID",
        "HITS 1168:2016 §6, OriginalMsgId/Id",
        "",
        _original_id,
        "the answered message is not named by its MsgId",
        "copy MsgId of the answered message unchanged; one that is no UUID is rejected with E10",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ENTITY",
        "HIS 1153-1:2015 AD2.12, AD2.13",
        "",
        _entity,
        "a party of the receipt lacks the HER-id of its legal entity",
        "mirror Organisation of the answered message to HCP/Inst, with its HER-id in Id",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-PARTY",
        "HIS 1153-1:2015 AD2.14, AD2.15",
        "",
        _party,
        "a party of the receipt lacks the HER-id of its service or person",
        "mirror Organisation/Organisation to HCP/Inst/Dept, or HealthcareProfessional to HCPerson, with the HER-id in Id",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-NAME",
        "HIS 1153-1:2015 AD2.13 to AD2.15",
        "",
        _names,
        "a party of the receipt has no name",
        "mirror the names of the answered message",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-SIGNER",
        "HITS 1168:2016 §6, mirroring",
        "",
        _signer,
        "the receipt mirrors a person beside the service that is the address",
        "mirror HealthcareProfessional to HCPerson only when the message is addressed to or from the person",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-LATE",
        "HITS 1168:2016, 96 hours",
        "",
        _late,
        "the receipt was made more than 96 hours after the message, when its sender had to count it as rejected",
        "send receipts at once, and within 96 hours of GenDate also when somebody must look at the message first",
        INFO,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-TABLE",
        "HITS 1168:2016, errors; tables 8222 and 8223",
        "",
        _error_table,
        "an error is of a table for sick notes or claims, but answers another message",
        "send errors of table 8221",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-TEXT",
        "HITS 1168:2016, T99, S99 and X99",
        "",
        _error_text,
        "an error of the kind other comes without a word on what is wrong",
        "say in OT what is wrong and what to do, or send the code that does",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-DEPRECATED",
        "HIS 80415:2004 Error; table 8221",
        "",
        _error_deprecated,
        "E20 (Lege finnes ikke) is no longer in use",
        "send E21 (Mottaker finnes ikke)",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-REPEATED",
        "HITS 1168:2016, several errors",
        "",
        _error_repeated,
        "the same error is given twice",
        "send one Error for each concrete fault",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-PARTLY-BILL",
        "HITS 1168:2016, status 3",
        "",
        _bills,
        "a claim is accepted in part, but an error does not say which bill it is about",
        "send the number of the bill in OT of each Error",
        ERROR,
        APPREC,
    ),
)
