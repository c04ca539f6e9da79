"""Dialogue message 1.1 has two forms under one namespace: the caller chooses."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from nhnwire import validation
from nhnwire.errors import SchemaError
from nhnwire.validation import Form

if TYPE_CHECKING:
    from pathlib import Path

ROLE_OF_A_PERSON = "<Person><FamilyName>Blomst</FamilyName></Person>"
ROLE_OF_A_UNIT = (
    "<TilknyttetEnhet><Kontaktenhet><f:OrganisationName>Rask Bekk legesenter</f:OrganisationName><f:Ident><f:Id>9000001"
    '</f:Id><f:TypeId V="HER"/></f:Ident></Kontaktenhet></TilknyttetEnhet>'
)


def dialogue(role: str) -> bytes:
    return (
        '<Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2013-01-23"'
        ' xmlns:f="http://www.kith.no/xmlstds/felleskomponent1"><Notat><TemaKodet V="1"/>'
        f"<RollerRelatertNotat>{role}</RollerRelatertNotat></Notat></Dialogmelding>"
    ).encode()


def test_a_person_is_right_in_both_forms() -> None:
    """What most systems send is accepted by old and new receivers."""
    for form in Form:
        validation.check_schema(dialogue(ROLE_OF_A_PERSON), form)


@pytest.mark.parametrize("role", [ROLE_OF_A_UNIT, ""], ids=["unit", "nobody"])
def test_what_2017_brought_is_refused_by_the_older_form(role: str) -> None:
    """A unit, or nobody at all: accepted since January 2017, and the default."""
    validation.check_schema(dialogue(role))
    with pytest.raises(SchemaError) as caught:
        validation.check_schema(dialogue(role), Form.BEFORE_2017)
    assert caught.value.xpath.startswith("/Dialogmelding/Notat/RollerRelatertNotat")


def test_threads_do_not_mix_their_reasons() -> None:
    """Eight threads judge two kinds of faults at once: each gets the reasons for its own document."""
    wrong: list[str] = []

    def judge(role: str, word: str) -> None:
        for _ in range(60):
            try:
                validation.check_schema(dialogue(role))
            except SchemaError as error:
                wrong.extend(text for text in error.violations if word not in text)
            else:
                wrong.append("accepted")

    threads = [threading.Thread(target=judge, args=(f"<{word}/>", word)) for word in ("Katt", "Hund") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_place_of_a_fault_is_found_whatever_the_prefixes() -> None:
    """libxml2 names elements by prefix, or as stars; a developer reads a path of names, with positions."""
    data = (
        b'<a:Dialogmelding xmlns:a="http://www.kith.no/xmlstds/dialog/2006-10-11">'
        b'<Notat xmlns="http://www.kith.no/xmlstds/dialog/2006-10-11"><TemaKodet V="1"/></Notat>'
        b'<a:Notat><a:TemaKodet V="1"/><!-- ord --><a:DatoNotat>2026-13-01</a:DatoNotat></a:Notat></a:Dialogmelding>'
    )
    with pytest.raises(SchemaError) as caught:
        validation.check_schema(data)
    assert caught.value.xpath == "/Dialogmelding/Notat[2]/DatoNotat"


def test_both_drivers_reach_every_file_and_nothing_else() -> None:
    """The folder holds what a validator needs: each driver imports one form, and between them all files are used."""
    folder = validation.schema_path()
    reached: set[Path] = set()
    for form in Form:
        waiting = [folder / form.value]
        while waiting:
            path = waiting.pop()
            for found in etree.parse(path).getroot():
                location = found.get("schemaLocation") if isinstance(found.tag, str) else None
                target = (path.parent / location).resolve() if location else path
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
    assert reached - {folder / form.value for form in Form} == set(folder.resolve().glob("*/*.xsd"))
