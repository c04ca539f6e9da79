"""Rules for dialogue messages of some types: error reports, health professionals, referrals, archives.

HIS 1151 (DIALOG_AVVIK), HIS 1077 (DIALOG_HELSEFAGLIG), HIS 1206 (DIALOG_STATUS_HENVISNING) and HITS 1228
(DIALOG_TIL_ARKIVERING).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire.rules.dialogues import unused
from nhnwire.rules.subject import at_work
from nhnwire.rules.table import WARNING, Row, is_blank, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnwire.rules.subject import Subject

_AVVIK, _HELSEFAGLIG = "DIALOG_AVVIK", "DIALOG_HELSEFAGLIG"
_STATUS, _ARKIVERING = "DIALOG_STATUS_HENVISNING", "DIALOG_TIL_ARKIVERING"

_ABOUT_PATIENT, _CONTACT = "6", "24"

# Parts of a note by the field that holds them, for the profiles that have no use for them.
_DEVIATION_PARTS = (
    ("subject", "Tema"),
    ("remark", "Merknad"),
    ("document_id", "DokIdNotat"),
    ("date", "DatoNotat"),
    ("request", "Foresporsel"),
    ("roles", "RollerRelatertNotat"),
)
_STATUS_PARTS = (("subject", "Tema"), ("request", "Foresporsel"))


def _contact(subject: Subject) -> Iterator[str]:
    if subject.head.conversation is None:
        for place, note in subject.notes(_HELSEFAGLIG):
            named = any(
                _CONTACT in {found.v for found in (role.role_to_patient, person.role_to_patient) if found is not None}
                and person.type is not None
                and bool(person.type.v)
                for role, person in at_work(note.roles)
            )
            yield from where(note.theme.v == _ABOUT_PATIENT and not named, f"{place}/RollerRelatertNotat")


def _responsible(*, both_names: bool, types: tuple[str, ...]) -> Callable[[Subject], Iterator[str]]:
    """A professional with family name (or both names) and a telephone number or address."""

    def check(subject: Subject) -> Iterator[str]:
        for place, note in subject.notes(*types):
            found = any(
                not is_blank(person.family_name)
                and not (both_names and is_blank(person.given_name))
                and any(not is_blank(telecom.address) for telecom in person.telecoms)
                for _, person in at_work(note.roles)
            )
            yield from where(not found, f"{place}/RollerRelatertNotat/HealthcareProfessional")

    return check


def _professional_unused(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_HELSEFAGLIG):
        yield from where(note.request is not None, f"{place}/Foresporsel")
        for at, role in enumerate(note.roles, 1):
            private = role.person is not None or (role.unit is not None and role.unit.person is not None)
            yield from where(private, f"{place}/RollerRelatertNotat[{at}]/Person")


def _archive_unused(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_ARKIVERING):
        for at, role in enumerate(note.roles, 1):
            yield from where(role.role is not None, f"{place}/RollerRelatertNotat[{at}]/RolleNotat")
            yield from where(role.role_to_patient is not None, f"{place}/RollerRelatertNotat[{at}]/RoleToPatient")


def _archive_professional(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_ARKIVERING):
        for at, (_, person) in enumerate(at_work(note.roles), 1):
            inside = f"{place}/RollerRelatertNotat[{at}]/HealthcareProfessional"
            kinds = [number.type.v for number in person.idents]
            yield from where(is_blank(person.family_name) or is_blank(person.given_name), inside)
            yield from where(kinds not in ([], ["HPR"]), f"{inside}/Ident")


ROWS = (
    Row(
        "DEVIATION-UNUSED",
        "HIS 1151",
        "",
        unused(_DEVIATION_PARTS, lambda subject: subject.notes(_AVVIK)),
        "the error report has more than a theme and a text",
        "send TemaKodet and TekstNotatInnhold only",
        WARNING,
    ),
    Row(
        "PROFESSIONAL-CONTACT",
        "HIS 1077, new dialogue",
        "",
        _contact,
        "a new dialogue about a patient does not say whom at the receiver it is for",
        "name a HealthcareProfessional with RoleToPatient 24 (Kontakt hos mottaker) and TypeHealthcareProfessional",
    ),
    Row(
        "PROFESSIONAL-RESPONSIBLE",
        "HIS 1077; HITS 1174:2017",
        "",
        _responsible(both_names=False, types=(_HELSEFAGLIG,)),
        "nobody responsible is named with a telephone number",
        "name the responsible HealthcareProfessional, with TeleCom/TeleAddress tel:",
    ),
    Row(
        "PROFESSIONAL-UNUSED",
        "HIS 1077",
        "",
        _professional_unused,
        "the health professional dialogue has a part that is not in use",
        "send Notat with HealthcareProfessional and TilknyttetEnhet; leave out Foresporsel and Person",
        WARNING,
    ),
    Row(
        "STATUS-ASSESSOR",
        "HIS 1206; HITS 1174:2017",
        "",
        _responsible(both_names=True, types=(_STATUS,)),
        "the status of a referral does not say who assessed it and how to reach them",
        "name the assessor in RollerRelatertNotat/HealthcareProfessional: family name, given name and telephone",
    ),
    Row(
        "STATUS-UNUSED",
        "HIS 1206",
        "",
        unused(_STATUS_PARTS, lambda subject: subject.notes(_STATUS)),
        "the status of a referral has a subject or a question, which are not in use",
        "let TemaKodet (9148) say the status and TekstNotatInnhold the rest",
        WARNING,
    ),
    Row(
        "ARCHIVE-UNUSED",
        "HITS 1228",
        "",
        _archive_unused,
        "a document for archiving gives somebody a role, which is not in use",
        "leave out RolleNotat and RoleToPatient; name the responsible HealthcareProfessional alone",
        WARNING,
    ),
    Row(
        "ARCHIVE-PROFESSIONAL",
        "HITS 1228",
        "",
        _archive_professional,
        "the person responsible for a document for archiving lacks a name, or has another number than the HPR number",
        "send family name and given name, and HPR as the only Ident or none",
    ),
)
