"""Rules for dialogue messages of every type, and for questions and answers (HIS 80603, HIS 1152)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import xml
from nhnwire.rules.subject import DIALOGUE, DOCUMENT, at_work
from nhnwire.rules.table import WARNING, Row, is_blank, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnwire.dialogmelding import Note, RelatedRole, Request
    from nhnwire.people import HealthcareProfessional, Person
    from nhnwire.rules.subject import Subject

_NOTAT, _SVAR, _AVVIK = "DIALOG_NOTAT", "DIALOG_SVAR", "DIALOG_AVVIK"
_FORESPORSEL, _HELSEFAGLIG = "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG"
_STATUS, _ARKIVERING = "DIALOG_STATUS_HENVISNING", "DIALOG_TIL_ARKIVERING"

_ANSWERED, _OTHER_ENQUIRY = "5", "99"
_XHTML = "http://www.w3.org/1999/xhtml"

# Parts of a question and a note by the field that holds them, for the profiles that have no use for them.
_QUESTION_PARTS = (
    ("purpose", "Formål"),
    ("reason", "Begrunnelse"),
    ("urgency", "Hastegrad"),
    ("from_date", "FraDato"),
    ("to_date", "TilDato"),
    ("record_information", "TypeJournalinfo"),
)
_ANSWER_PARTS = (("subject", "Tema"), ("remark", "Merknad"))


def unused(
    parts: tuple[tuple[str, str], ...], pairs: Callable[[Subject], Iterator[tuple[str, Note | Request]]]
) -> Callable[[Subject], Iterator[str]]:
    """A check that parts, by field and element, are left out."""

    def check(subject: Subject) -> Iterator[str]:
        for place, holder in pairs(subject):
            for field, element in parts:
                # None and () are absence; an empty text is an element all the same.
                yield from where(getattr(holder, field) not in (None, ()), f"{place}/{element}")

    return check


def _namespace(subject: Subject) -> tuple[str, ...]:
    profile = subject.profile
    expected = None if profile is None else (profile.namespace, profile.root)
    # A receipt in a head message has a row of its own.
    return where(
        profile is not None and profile.root != "AppRec" and subject.root != expected, f"{DOCUMENT}[1]/RefDoc/Content/*"
    )


def _content(subject: Subject) -> tuple[str, ...]:
    if subject.dialogue is None:
        return ()
    wanted = subject.dialogue.requests if subject.is_type(_FORESPORSEL) else subject.dialogue.notes
    return where(subject.profile is not None and not wanted, DIALOGUE)


def _note_text(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_NOTAT, _AVVIK, _HELSEFAGLIG, _STATUS, _ARKIVERING):
        yield from where(is_blank(note.text), f"{place}/TekstNotatInnhold")


def _note_theme(subject: Subject) -> Iterator[str]:
    if subject.profile is not None and subject.profile.themes:
        for place, note in subject.notes():
            yield from where(note.theme.table not in subject.profile.themes, f"{place}/TemaKodet/@S")


def _note_subject(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_HELSEFAGLIG):
        yield from where(is_blank(note.subject), f"{place}/Tema")


def _note_markup(subject: Subject) -> Iterator[str]:
    pairs = [(f"{place}/TekstNotatInnhold", note.markup) for place, note in subject.notes()]
    pairs += [(f"{place}/Sporsmal", request.question_markup) for place, request in subject.requests()]
    for place, markup in pairs:
        if markup is not None:
            foreign = (
                xml.split_tag(node)[0] != _XHTML
                for child in xml.parse(markup).iterchildren(tag=etree.Element)
                for node in child.iter(etree.Element)
            )
            yield from where(any(foreign), f"{place}/*")


def _request_type(subject: Subject) -> Iterator[str]:
    for place, request in subject.requests(_FORESPORSEL):
        yield from where(request.type.table not in {"9152", "9153", "9154"}, f"{place}/TypeForesp/@S")


def _request_text(subject: Subject) -> Iterator[str]:
    for place, request in subject.requests():
        silent = request.type.v == _OTHER_ENQUIRY and is_blank(request.question)
        yield from where(silent, f"{place}/Sporsmal")


def _author(roles: tuple[RelatedRole, ...]) -> bool:
    people: list[HealthcareProfessional | Person] = [person for _, person in at_work(roles)]
    people += [role.person for role in roles if role.person is not None]
    return any(not is_blank(person.full_name) for person in people)


def _request_author(subject: Subject) -> Iterator[str]:
    for place, request in subject.requests(_FORESPORSEL):
        yield from where(not _author(request.roles), f"{place}/RollerRelatertNotat")


def _answer_author(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_SVAR):
        yield from where(not _author(note.roles), f"{place}/RollerRelatertNotat")


def _answer_theme(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_SVAR):
        yield from where(note.theme.v != _ANSWERED, f"{place}/TemaKodet/@V")


def _answer_date(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_SVAR):
        yield from where(note.date is None, f"{place}/DatoNotat")


def _answer_question(subject: Subject) -> Iterator[str]:
    for place, note in subject.notes(_SVAR):
        yield from where(note.request is None, f"{place}/Foresporsel")


ROWS = (
    Row(
        "DIALOG-VERSION",
        "HIS 80603; profiles HIS 1077, 1151, 1152, 1206, HITS 1228",
        "T10",
        _namespace,
        "the message type does not go with this business document or this version of it",
        "send namespace .../dialog/2006-10-11 in DIALOG_NOTAT, _FORESPORSEL, _SVAR and _AVVIK, .../dialog/2013-01-23 in"
        " DIALOG_HELSEFAGLIG, _STATUS_HENVISNING and _TIL_ARKIVERING",
    ),
    Row(
        "DIALOG-CONTENT",
        "HIS 80603:2006; HIS 1152",
        "",
        _content,
        "the dialogue message holds nothing of what its type is for",
        "send at least one Foresporsel in DIALOG_FORESPORSEL, and at least one Notat in the other types",
    ),
    Row(
        "NOTE-TEXT",
        "HIS 80603:2006; HIS 1077, 1151, 1206, HITS 1228",
        "",
        _note_text,
        "the note has no text",
        "write the text in TekstNotatInnhold",
    ),
    Row(
        "NOTE-THEME",
        "HIS 80603:2006 TemaKodet; HIS 1077, 1151, 1152, 1206, HITS 1228",
        "",
        _note_theme,
        "the note's theme is not of the table that goes with the message type",
        "use 7321 for DIALOG_NOTAT, 9069 for DIALOG_SVAR, 8117 for DIALOG_AVVIK, 7322 for DIALOG_HELSEFAGLIG, 9148 for"
        " DIALOG_STATUS_HENVISNING, 9602 for DIALOG_TIL_ARKIVERING",
    ),
    Row(
        "NOTE-SUBJECT",
        "HIS 1077 Tema",
        "",
        _note_subject,
        "the health professional dialogue has no subject",
        "write the subject in Tema",
    ),
    Row(
        "NOTE-MARKUP",
        "HISD 1165:2016 on anyType",
        "",
        _note_markup,
        "a text holds elements that are not XHTML, which receivers cannot show",
        "declare xmlns='http://www.w3.org/1999/xhtml' on the element inside the text, or send plain text",
    ),
    Row(
        "REQUEST-TYPE",
        "HIS 1152 TypeForesp",
        "",
        _request_type,
        "the kind of question is not of the tables that may be used",
        "use 9152, 9153 or 9154 in TypeForesp",
    ),
    Row(
        "REQUEST-TEXT",
        "HIS 1152 Sporsmal",
        "",
        _request_text,
        "a question of kind 99 (other) says nothing",
        "write the question in Sporsmal",
    ),
    Row(
        "REQUEST-AUTHOR",
        "HIS 1152 RollerRelatertNotat",
        "",
        _request_author,
        "the question does not say who asks",
        "name the writer in RollerRelatertNotat/HealthcareProfessional, with RolleNotat 1",
    ),
    Row(
        "REQUEST-UNUSED",
        "HIS 1152, elements not in use",
        "",
        unused(_QUESTION_PARTS, lambda subject: subject.requests(_FORESPORSEL)),
        "the question has a part that is not in use, so that receivers may not show it",
        "write it in Sporsmal, and leave out Formål, Begrunnelse, Hastegrad, FraDato, TilDato and TypeJournalinfo",
        WARNING,
    ),
    Row(
        "ANSWER-THEME",
        "HIS 1152 TemaKodet",
        "",
        _answer_theme,
        "the answer's theme is another than 5 of table 9069",
        "send TemaKodet 5 (Svar på forespørsel)",
    ),
    Row(
        "ANSWER-DATE",
        "HIS 1152 DatoNotat",
        "",
        _answer_date,
        "the answer has no date",
        "send DatoNotat with the date of the answer",
    ),
    Row(
        "ANSWER-QUESTION",
        "HIS 1152 Foresporsel",
        "",
        _answer_question,
        "the answer does not repeat the question",
        "copy the original Foresporsel into the Notat",
    ),
    Row(
        "ANSWER-AUTHOR",
        "HIS 1152 RollerRelatertNotat",
        "",
        _answer_author,
        "the answer does not say who gives it",
        "name the writer in RollerRelatertNotat/HealthcareProfessional, with RolleNotat 1",
    ),
    Row(
        "ANSWER-UNUSED",
        "HIS 1152, elements not in use",
        "",
        unused(_ANSWER_PARTS, lambda subject: subject.notes(_SVAR)),
        "the answer has a part that is not in use, so that receivers may not show it",
        "write it in TekstNotatInnhold, and leave out Tema and Merknad",
        WARNING,
    ),
)
