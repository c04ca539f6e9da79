"""When application receipts are owed, by whom, with which answer, and what the sender makes of them: pure functions.

`nhnwire.apprec` is the document; this is the use of it: HIS 80415:2012 chapter 3 and HITS 1168:2016. Receiver's side:
`owed`, `version`, `verdict`. Sender's side: `deadline`, `answered_by`, `step`. Either: `departures`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nhnwire import apprec
from nhnwire.apprec import OK, OK_PARTLY, REJECTED
from nhnwire.errors import RuleError
from nhnwire.messages import PROFILES
from nhnwire.msghead import organisation_her_id, party_her_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nhnwire.apprec import AppRec
    from nhnwire.coded import CodedValue
    from nhnwire.msghead import MsgHead
    from nhnwire.people import Ident

LIMIT = dt.timedelta(hours=96)
"""From GenDate; no receipt by then counts as a negative one."""

CLAIMS = frozenset(
    ["APM", "BOM", "FBV", "FOM", "HOM", "KOM", "LGM", "LOM", "OOM", "PJM", "POM", "PROM", "PSOM", "ROM", "TOM", "TPM"]
)
"""Claims of health services (BKM): the only messages that may be accepted in part."""

_KITH = "http://www.kith.no/xmlstds/"
# Where a type has no profile here: the receipt's version by the business document's namespace.
_VERSIONS = {
    **dict.fromkeys(
        (
            f"{_KITH}epikrise/2006-09-23",
            f"{_KITH}henvisning/2005-07-08",
            f"{_KITH}rekvisisjon/2008-12-01",
            f"{_KITH}labsvar/2008-12-01",
            f"{_KITH}HelseOpplysningerArbeidsuforhet/2013-10-01",
            f"{_KITH}legeerklaring/2008-06-06",
            f"{_KITH}bkm/2006-12-20",
            f"{_KITH}nav/egenandel/2016-06-10",
        ),
        "1.0",
    ),
    **dict.fromkeys(
        (
            f"{_KITH}epikrise/2012-02-15",
            f"{_KITH}henvisning/2012-02-15",
            "http://ehelse.no/xmlstds/henvisning/2017-11-30",
            f"{_KITH}rekvisisjon/2012-02-15",
            f"{_KITH}labsvar/2012-02-15",
        ),
        "1.1",
    ),
}
_CARE = f"{_KITH}po/"
_CARE_VERSIONS = {"2009-06-30": "1.0", "2012-04-01": "1.1"}


def version(msg_type: str, namespace: str = "") -> str:
    """Version of the receipt for a message: its type and version decide, not what its sender likes.

    Args:
        msg_type: code of table 8279.
        namespace: of the business document; needed for types that this house has no profile for.

    Returns:
        `1.0` or `1.1`; empty for what is never answered, and for documents that are not known here.
    """
    profile = PROFILES.get(msg_type)
    if profile is not None:
        return profile.apprec_version
    if namespace.startswith(_CARE):
        return _CARE_VERSIONS.get(namespace.rpartition("/")[2], "")
    return _VERSIONS.get(namespace, "")


class Silence(StrEnum):
    """Why a message gets no receipt at all."""

    RECEIPT = "a receipt is never answered"
    SYNCHRONOUS = "a synchronous exchange has its answer already"
    SENDER = "the sender cannot be made out, so nobody can be told"
    FOREIGN = "none of the receivers in the document is ours"
    GIVEN = "every receiver of ours has answered this message before"


@dataclass(frozen=True, slots=True)
class Due:
    """A receipt that one recipient owes.

    Attributes:
        her_id: of the recipient as the message names it; goes into `apprec.answer` as `own_her_id`.
        copy: a copy receiver.
        known: False when the organisation is ours and the service or person is not, or when one of the two HER-ids
            is missing: reject with E21, where the vendor's customer has chosen to.
    """

    her_id: int
    copy: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """The receipts that a message calls for; `silence` says why when there are none."""

    receipts: tuple[Due, ...] = ()
    silence: Silence | None = None


def owed(
    head: MsgHead,
    *,
    parties: Collection[int],
    organisations: Collection[int],
    given: Collection[int] = (),
    synchronous: bool = False,
) -> Owed:
    """Which receipts a received message calls for: one per recipient of ours, and never a second one.

    Args:
        head: the message. One that cannot be read has no addresses to mirror, so it has no receipt of this kind.
        parties: HER-ids of our services and persons.
        organisations: HER-ids of our legal entities.
        given: HER-ids of ours that have answered this MsgId before: a duplicate is ignored, but a recipient that has
            not answered yet still does.
        synchronous: the message came in a synchronous exchange.
    """
    if head.type.v == "APPREC":
        return Owed(silence=Silence.RECEIPT)
    if synchronous:
        return Owed(silence=Silence.SYNCHRONOUS)
    if head.sender_her_id is None:
        return Owed(silence=Silence.SENDER)
    found: dict[int, Due] = {}
    for position, party in enumerate(head.receivers):
        inner, outer = party_her_id(party), organisation_her_id(party)
        if inner is not None and (inner in parties or outer in organisations):
            known = inner in parties and outer in organisations
            found.setdefault(inner, Due(inner, copy=position > 0, known=known))
    if not found:
        return Owed(silence=Silence.FOREIGN)
    left = tuple(due for due in found.values() if due.her_id not in given)
    return Owed(left, None if left else Silence.GIVEN)


class Strength(StrEnum):
    """Whether a fault must lead to a rejection."""

    SHALL = "shall"
    CAN = "can"


GROUNDS = {
    "E10": Strength.SHALL,
    "E35": Strength.SHALL,
    "E36": Strength.SHALL,
    "S01": Strength.SHALL,
    "S02": Strength.SHALL,
    "S03": Strength.SHALL,
    "E21": Strength.CAN,
    "T01": Strength.CAN,
    "T02": Strength.CAN,
    "T10": Strength.CAN,
}
"""The situations of HITS 1168 by their code; other codes are for agreement between the parties, as the weak ones."""

_WAIVED_IN_EMERGENCIES = frozenset(["E30", "E31", "E32", "E33", "E34", "E35", "E36"])
_UNSPECIFIC = {"T99": "T", "S99": "S", "X99": ""}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status of table 8258 and the errors that go with it: none with `1`, at least one with `2` and `3`."""

    status: str
    errors: tuple[CodedValue, ...] = ()


def verdict(faults: Iterable[tuple[str, str]], *, emergency: bool = False, tolerated: Collection[str] = ()) -> Verdict:
    """The answer to a message with these faults.

    Wrong code values and clinical faults are no grounds for rejection and must not be handed in.

    Args:
        faults: code of table 8221 and text for the user, as they were found.
        emergency: an emergency referral (priority 0): accepted if it can be read, whoever the patient is.
        tolerated: weak grounds (`Strength.CAN`) that this receiver accepts; strong ones are never tolerated.

    Raises:
        ValueError: an error of the kind other (T99, S99, X99) has no text.
    """
    told: dict[str, str] = {}
    for code, text in faults:
        weak = GROUNDS.get(code, Strength.CAN) is Strength.CAN
        if (code in tolerated and weak) or (emergency and code in _WAIVED_IN_EMERGENCIES):
            continue
        told.setdefault(code, text)
    precise = [code for code in told if code not in _UNSPECIFIC]
    for code, family in _UNSPECIFIC.items():
        if code in told and any(other.startswith(family) for other in precise):
            del told[code]
    if nameless := [code for code in told if code in _UNSPECIFIC and not told[code].strip()]:
        raise ValueError(f"{nameless[0]} needs a text that says what is wrong; a code without one helps nobody")
    return Verdict(REJECTED if told else OK, tuple(apprec.error(code, text or None) for code, text in told.items()))


def partly(msg_type: str, errors: Iterable[CodedValue]) -> Verdict:
    """Status 3 for a claim with faults in some of its bills.

    Raises:
        ValueError: the message is no claim, or an error does not name its bill in OT.
    """
    found = tuple(errors)
    if msg_type not in CLAIMS:
        raise ValueError(f"{msg_type} cannot be accepted in part; only claims (BKM) can")
    if not found or any(not (error.ot or "").strip() for error in found):
        raise ValueError("a claim that is accepted in part needs errors that name their bills in OT")
    return Verdict(OK_PARTLY, found)


class Standing(StrEnum):
    """How a sent message stands with one of its recipients."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    ACCEPTED = "accepted"
    PARTLY = "partly accepted"
    REJECTED = "rejected"


class Event(StrEnum):
    """What happens to it; the first three by their status of table 8258."""

    POSITIVE = OK
    NEGATIVE = REJECTED
    IN_PART = OK_PARTLY
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Step:
    """What an event does.

    Attributes:
        standing: afterwards.
        news: False when the event is to be ignored.
        alert: somebody must be told.
    """

    standing: Standing
    news: bool = True
    alert: bool = False


_OPEN = (Standing.WAITING, Standing.OVERDUE)
_STEPS = {
    **{(standing, Event.POSITIVE): Step(Standing.ACCEPTED) for standing in _OPEN},
    **{(standing, Event.NEGATIVE): Step(Standing.REJECTED, alert=True) for standing in _OPEN},
    **{(standing, Event.IN_PART): Step(Standing.PARTLY, alert=True) for standing in _OPEN},
    (Standing.WAITING, Event.DEADLINE): Step(Standing.OVERDUE, alert=True),
    # A receiver never changes its answer: the first one stands, and a contradiction is the users' to clear up.
    (Standing.ACCEPTED, Event.NEGATIVE): Step(Standing.ACCEPTED, news=False, alert=True),
    (Standing.REJECTED, Event.POSITIVE): Step(Standing.REJECTED, news=False, alert=True),
    (Standing.PARTLY, Event.NEGATIVE): Step(Standing.PARTLY, news=False, alert=True),
    (Standing.REJECTED, Event.IN_PART): Step(Standing.REJECTED, news=False, alert=True),
}


def step(standing: Standing, event: Event) -> Step:
    """A recipient's standing after an event: the first receipt decides, a late positive one too."""
    return _STEPS.get((standing, event), Step(standing, news=False))


def standings(head: MsgHead) -> dict[int, Standing]:
    """A sent message's standing with each recipient by HER-id, at the start."""
    return dict.fromkeys(head.receiver_her_ids, Standing.WAITING)


def deadline(head: MsgHead) -> dt.datetime:
    """When the lack of a receipt begins to count as a negative one."""
    return head.gen_date + LIMIT


def answered_by(head: MsgHead, receipt: AppRec) -> int | None:
    """HER-id of the recipient that gave this receipt; None when it answers another message or is from a stranger."""
    if receipt.original.id.strip().lower() != head.msg_id.strip().lower():
        return None
    inner, outer = receipt.sender_her_id, receipt.sender.organisation_her_id
    if inner in head.receiver_her_ids:
        return inner
    # The service may be what was wrong: then its entity answers, and must be the only one of its kind.
    candidates = {party_her_id(party) for party in head.receivers if outer and organisation_her_id(party) == outer}
    return candidates.pop() if len(candidates) == 1 else None


class Departure(StrEnum):
    """What a receipt may fail to echo."""

    VERSION = "version"
    MSG_TYPE = "OriginalMsgId/MsgType"
    ISSUE_DATE = "OriginalMsgId/IssueDate"
    ID = "OriginalMsgId/Id"
    SENDER = "Sender"
    RECEIVER = "Receiver"
    SENDER_ROLE = "Sender/Role"
    RECEIVER_ROLE = "Receiver/Role"


def departures(receipt: AppRec, head: MsgHead) -> frozenset[Departure]:
    """Where a receipt differs from what HITS 1168 §6 says it must echo of the message.

    Parties are compared by their numbers at every level, since display names may be the register's.

    Raises:
        RuleError: the receipt is from nobody the message was sent to.
    """
    giver = answered_by(head, receipt)
    own = giver if giver is not None else receipt.sender_her_id
    if own is None:
        raise RuleError("the receipt has no HER-id of its sender", rule="APPREC-ADDRESS", xpath="/AppRec/Sender")
    right = apprec.answer(
        head,
        own_her_id=own,
        version=version(head.type.v) or receipt.version,
        status=receipt.status.v,
        id=receipt.id,
        gen_date=receipt.gen_date,
    )
    pairs = {
        Departure.VERSION: (receipt.version, right.version),
        Departure.MSG_TYPE: (receipt.original.msg_type.v, right.original.msg_type.v),
        Departure.ISSUE_DATE: (receipt.original.issue_date, right.original.issue_date),
        Departure.ID: (receipt.original.id, right.original.id),
        Departure.SENDER: (_numbers(receipt.sender), _numbers(right.sender)),
        Departure.RECEIVER: (_numbers(receipt.receiver), _numbers(right.receiver)),
        Departure.SENDER_ROLE: (_role(receipt.sender), _role(right.sender)),
        Departure.RECEIVER_ROLE: (_role(receipt.receiver), _role(right.receiver)),
    }
    return frozenset(name for name, (found, expected) in pairs.items() if found != expected)


def _role(party: apprec.Party) -> str:
    return "" if party.role is None else party.role.v


def _numbers(party: apprec.Party) -> tuple[frozenset[tuple[str, str]], ...]:
    """The numbers of entity, services and persons, in this order."""
    if party.institution is None:
        return () if party.professional is None else (_pairs(party.professional.idents),)
    actors = (*party.institution.departments, *party.institution.persons)
    return (_pairs(party.institution.idents), *(_pairs(actor.idents) for actor in actors))


def _pairs(idents: tuple[Ident, ...]) -> frozenset[tuple[str, str]]:
    return frozenset((found.type.v, found.id.strip()) for found in idents)
