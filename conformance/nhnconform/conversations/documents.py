"""Lab and radiology answer, referral, discharge summary, requisition, care message as the judge writes them by hand.

Sources: Svarrapport 1.4 (HIS 80822:2014), Henvisning 1.1 (HIS 80517:2014), Epikrise 1.2 (HIS 80226:2014),
Rekvisisjon 1.6 (HIS 80821:2014), Pasientlogistikk 1.6 (HIS 80704:2014).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnconform.conversations.letters import Address, Letter, Writer

KITH = "http://www.kith.no/xmlstds/"
LOGISTICS = f"{KITH}po/Pasientlogistikk/2012-04-01"
COMPONENTS = f"{KITH}po/poKomponent/2012-04-01"


def _message(d: Writer, letter: Letter, namespace: str, version: str, inside: str) -> str:
    from nhnconform.conversations.letters import NAMES  # noqa: PLC0415 - letters are made of documents

    return d.root(
        "Message",
        f"{KITH}{namespace}",
        d.code("Type", letter.kind, NAMES[letter.kind])
        + d("MIGversion", version)
        + d.at("GenDate", letter.gen_date)
        + d("MsgId", escape(letter.msg_id))
        + inside,
    )


def _new(d: Writer, letter: Letter) -> str:
    return d.code("ServType", "N", "Ny") + d.at("IssueDate", letter.gen_date)


def _party(d: Writer, local: str, party: Address, *, department_last: bool = False) -> str:
    her = d.code("TypeId", "HER", "HER-id")
    below = d("Name", escape(party.name)) + d("Id", str(party.her_id)) + her
    if party.professional is not None:
        given_name, family_name, _ = party.professional
        below = d("Name", escape(f"{given_name} {family_name}")) + d("Id", str(party.her_id)) + her
    inside = d("Dept" if party.professional is None else "HCPerson", below)
    number = d.code("Type", "ENH", "Organisasjonsnummeret i Enhetsregisteret")
    more = d("AdditionalId", d("Id", party.organisation_number) + number)
    parts = (more, inside) if department_last else (inside, more)
    entity = d("Name", escape(party.organisation_name)) + d("Id", str(party.organisation_her_id)) + her
    return d(local, d("HCP", d("Inst", entity + "".join(parts))))


def _patient(d: Writer, letter: Letter, more: str = "") -> str:
    person = letter.patient
    name = d("Name", escape(f"{person.given_name} {person.family_name}"))
    number = d("OffId", escape(person.number or "")) + d.code("TypeOffId", "FNR", "Fødselsnummer")
    return d("Patient", name + number + more)


def _report(d: Writer, letter: Letter, speciality: tuple[str, str], results: str) -> str:
    inside = (
        _new(d, letter)
        + d.code("Status", "F", "Endelig rapport")
        + d.code("MsgDescr", *speciality)
        + d("ServProvId", escape(letter.msg_id))
        + d("ServReq", d("Id", "NULL"))
        + _patient(d, letter, results)
        + _party(d, "ServProvider", letter.sender)
        + _party(d, "Requester", letter.receiver)
    )
    return _message(d, letter, "labsvar/2012-02-15", "v1.4 2012-02-15", d("ServReport", inside))


def lab_answer(d: Writer, letter: Letter) -> str:
    """A number below its limit, and a word to it."""
    hemoglobin = d.coded("Id", "NPU28309", "Hemoglobin", "7280")
    value = d("NumResult", f'<{d.name("NumResultValue")} V="10.1" U="g/dL"/>')
    result = (
        value
        + d("Investigation", hemoglobin)
        + d("Comment", escape(letter.text))
        + d.code("DevResultInd", "2", "Under nedre referansegrense")
        + d.code("StatusInvestigation", "3", "Endelig")
    )
    return _report(d, letter, ("LAB", "Laboratoriemedisin"), d("ResultItem", result))


def radiology_answer(d: Writer, letter: Letter) -> str:
    """A description in words."""
    wrist = d("Investigation", f'<{d.name("Id")} OT="Røntgen venstre håndledd"/>')
    text = d("TextResult", d("TextResultValue", escape(letter.text)))
    result = text + wrist + d.code("StatusInvestigation", "3", "Endelig")
    return _report(d, letter, ("RTG", "Røntgen"), d("ResultItem", result))


def referral(d: Writer, letter: Letter) -> str:
    """To assess and treat, without haste."""
    problem = d.code("Heading", "PROB", "Aktuell problemstilling") + d("TextResultValue", escape(letter.text))
    wanted = d.code("Heading", "UTRED", "Forventet utredning/behandling") + d("TextResultValue", "Vurdering")
    inside = (
        _new(d, letter)
        + d.code("MsgDescr", "10", "Utredning/behandling")
        + d("Id", escape(letter.msg_id))
        + _patient(d, letter)
        + _party(d, "ServProvider", letter.receiver, department_last=True)
        + _party(d, "Requester", letter.sender, department_last=True)
        + d("ReasonAsText", problem)
        + d("ReasonAsText", wanted)
        + d("ReqServ", d.code("ServType", "N", "Ny") + d.code("Priority", "N", "Elektiv/Ordinær (elektiv)"))
    )
    return _message(d, letter, "henvisning/2012-02-15", "v1.1 2012-02-15", d("ServReq", inside))


def requisition(d: Writer, letter: Letter) -> str:
    """One investigation, and why."""
    problem = d.code("Heading", "PROB", "Aktuell problemstilling") + d("TextResultValue", escape(letter.text))
    hemoglobin = d("Investigation", d.coded("Id", "NPU28309", "Hemoglobin", "7280"))
    inside = (
        _new(d, letter)
        + d.code("MsgDescr", "LAB", "Laboratoriemedisin")
        + d("Id", escape(letter.msg_id))
        + _patient(d, letter)
        + _party(d, "ServProvider", letter.receiver)
        + _party(d, "Requester", letter.sender)
        + d("ReasonAsText", problem)
        + d("ReqInvestigation", d.code("ServType", "N", "Ny") + hemoglobin)
    )
    return _message(d, letter, "rekvisisjon/2012-02-15", "v1.6 2012-02-15", d("ServReq", inside))


def discharge_summary(d: Writer, letter: Letter) -> str:
    """One stay with an assessment."""
    assessment = d.code("Heading", "VU", "Vurdering") + d("TextResultValue", escape(letter.text))
    stay = (
        d("ReportedEvent", d.at("StartDateTime", letter.gen_date))
        + d.code("ServType", "N", "Ny")
        + d("Service", d.code("AdmCat", "1", "Heldøgnsopphold"))
        + d("Comment", assessment)
    )
    inside = (
        _new(d, letter)
        + d.at("ApprDate", letter.gen_date)
        + d.code("Status", "F", "Endelig rapport")
        + d("MsgDescr", "Epikrise")
        + d("ServProvId", escape(letter.msg_id))
        + d("Event", stay)
        + _patient(d, letter)
        + _party(d, "ServProvider", letter.sender)
        + _party(d, "Requester", letter.receiver)
    )
    return _message(d, letter, "epikrise/2012-02-15", "v1.2 2012-02-15", d("ServRprt", inside))


def admitted(d: Writer, letter: Letter) -> str:
    """LOG_INNLAGT: the patient has been admitted; components have a namespace and a prefix of their own."""
    p = type(d)("po" if d.prefix != "po" else "k")
    happened = (
        p.coded("Hendelsekode", "1", "Pasient innlagt", "9121")
        + p("BeskrivelseAvHendelse", escape(letter.text))
        + p.at("TidspunktForHendelse", letter.gen_date)
        + p("Anslag", "true")
    )
    inside = p("InformasjonOmForsendelsen", p.code("Forsendelsesstatus", "N", "Ny"))
    inside += d("MeldingInnlagtPasient", p("TidsfestetHendelse", happened))
    return d.root("Pasientlogistikk", f'{LOGISTICS}" xmlns:{p.prefix}="{COMPONENTS}', inside)


BODIES: dict[str, Callable[[Writer, Letter], str]] = {
    "SVAR_LAB": lab_answer,
    "SVAR_RTG": radiology_answer,
    "HENVISNING": referral,
    "EPIKRISE": discharge_summary,
    "REQ_LAB": requisition,
    "LOG_INNLAGT": admitted,
}
"""The document of a letter by its type; other types carry dialogue messages."""
