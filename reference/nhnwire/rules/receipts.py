"""Rules for what an application receipt echoes: parties and original (HIS 80415, HITS 1168, HIS 1153-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import codes
from nhnwire.errors import SchemaError
from nhnwire.messages import PROFILES
from nhnwire.people import her_id_of
from nhnwire.receipts import LIMIT
from nhnwire.rules.table import APPREC, ERROR, INFO, WARNING, Row, is_blank, is_uuid, where
from nhnwire.timestamps import parse_date_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.apprec import Actor, AppRec, Party

_SENDER_ROLES = {"1.0": {"SPR", "REQ", "COP"}, "1.1": {"PRIM", "COP"}}
_RECEIVER_ROLES = {"1.0": {"RECEIVER"}, "1.1": {"AVS"}}
_UNREADABLE = frozenset(["T01", "T02", "T10", "E10"])
"""Errors that tell of an original whose own data could not be trusted, so that echoes of them need not make sense."""


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
        "APPREC-ROLE",
        "HIS 80415:2004 and :2012 §3.5.1 Role",
        "",
        _roles,
        "a party's role is missing or of the other version",
        "send PRIM or COP for the sender and AVS for the receiver in 1.1; SPR, REQ or COP, and RECEIVER in 1.0",
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
        "HIS 80415:2012; HITS 1168:2016",
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
        "mirror Organisation/Organisation to Inst/Dept, or HealthcareProfessional to HCPerson, with the HER-id in Id",
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
)
