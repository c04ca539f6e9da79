"""From a parcel to a referral, a discharge summary or a requisition.

Sources: HIS 80517:2014 (Henvisning 1.1), HIS 80226:2014 (Epikrise 1.2), HIS 80821:2014 (Rekvisisjon 1.6). MsgId and
the document's own id are the MsgId of the head, so that whatever answers it can name one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nhnwire import codes
from nhnwire.basemessages import (
    DischargeSummary,
    Event,
    Examination,
    Investigation,
    Patient,
    Referral,
    Requisition,
    Text,
)
from nhnwire.coded import CodedValue
from nhnwire.hcp import Actor, Institution, Party, PostalAddress
from nhnwire.identifiers import check_fnr
from nhnwire.people import Ident

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from nhnclinic.domain import values
    from nhnclinic.domain.values import Parcel
    from nhnwire.msghead import HealthcareProfessional


class Written(Protocol):
    """A business document."""

    def to_bytes(self) -> bytes:
        """The document in UTF-8."""


_NEW = codes.plain("7309", "N")
_HER, _ENH = codes.plain("9051", "HER"), codes.plain("9051", "ENH")


def _referral(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Referral:
    """The text is the problem; the subject, where there is one, is what is expected of the receiver."""
    draft = parcel.draft
    wanted = (Text(codes.plain("8231", "UTRED"), draft.subject),) if draft.subject.strip() else ()
    return Referral(
        **_common(parcel, now),
        patient=_patient(parcel),
        requester=_sender(parcel, author),
        provider=_receiver(parcel),
        id=draft.msg_id,
        purpose=codes.plain("8455", "10"),
        service=_NEW,
        priority=codes.plain("8304", "N"),
        reasons=(Text(codes.plain("8231", "PROB"), draft.text), *wanted),
    )


def _summary(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> DischargeSummary:
    """One consultation, whose assessment is the text."""
    draft = parcel.draft
    seen = Event(
        start=now.isoformat(),
        state=_NEW,
        category=codes.plain("8240", "5"),
        texts=(Text(codes.plain("8311", "VU"), draft.text),),
    )
    return DischargeSummary(
        **_common(parcel, now),
        patient=_patient(parcel),
        provider=_sender(parcel, author),
        requester=_receiver(parcel),
        id=draft.msg_id,
        status=codes.plain("7306", "F"),
        description=draft.subject.strip() or "Epikrise",
        approved=now.isoformat(),
        events=(seen,),
    )


def _requisition(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Requisition:
    """The subject is what is to be examined, in words (OT); the text is why. Nobody gets a copy."""
    draft = parcel.draft
    wanted = Examination(_NEW, (Investigation((CodedValue("", ot=draft.subject),)),))
    return Requisition(
        **_common(parcel, now),
        patient=_patient(parcel, _ordering(author)),
        requester=_sender(parcel, author),
        provider=_receiver(parcel),
        id=draft.msg_id,
        speciality=codes.plain("8202", draft.type.removeprefix("REQ_")),
        reasons=(Text(codes.plain("8231", "PROB"), draft.text),),
        examinations=(wanted,),
    )


def _common(parcel: Parcel, now: datetime) -> dict[str, Any]:
    at, draft = now.isoformat(), parcel.draft
    return {
        "msg_id": draft.msg_id,
        "gen_date": at,
        "issued": at,
        "state": _NEW,
        "type": codes.plain("8279", draft.type),
    }


def _patient(parcel: Parcel, responsible: Party | None = None) -> Patient:
    who = parcel.draft.patient
    kind = codes.plain("8116", check_fnr(who.number).kind)
    return Patient(f"{who.given_name} {who.family_name}", who.number, kind, responsible=responsible)


def _ordering(author: HealthcareProfessional) -> Party:
    """Who orders (8254 REK), by name and telephone."""
    telecoms = tuple(one.address for one in author.telecoms)
    address = PostalAddress(codes.plain("3401", "RES"), telecoms=telecoms) if telecoms else None
    return Party(professional=_actor(author), address=address, relation=codes.plain("8254", "REK"))


def _sender(parcel: Parcel, author: HealthcareProfessional) -> Party:
    assert parcel.sender is not None, "the step `address` comes before `build`"
    return Party(institution=_institution(parcel.sender, (_actor(author),)))


def _receiver(parcel: Parcel) -> Party:
    assert parcel.receiver is not None, "the step `address` comes before `build`"
    return Party(institution=_institution(parcel.receiver))


def _institution(party: values.Party, people: tuple[Actor, ...] = ()) -> Institution:
    below = Actor(party.name, str(party.her_id), _HER)
    return Institution(
        party.organisation_name,
        str(party.organisation_her_id),
        _HER,
        departments=(below,) if party.kind == "Service" else (),
        additional_ids=(Ident(party.organisation_number, _ENH),) if party.organisation_number else (),
        persons=people or ((below,) if party.kind == "Person" else ()),
    )


def _actor(author: HealthcareProfessional) -> Actor:
    number = author.idents[0] if author.idents else None
    kind = codes.plain("8116", number.type.v) if number is not None else None
    return Actor(author.full_name, number.id if number is not None else None, kind)


DOCUMENTS: dict[str, Callable[[Parcel, HealthcareProfessional, datetime], Written]] = {
    "HENVISNING": _referral,
    "EPIKRISE": _summary,
    "REQ_LAB": _requisition,
    "REQ_RTG": _requisition,
}
