"""Which table an element takes its codes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nhnwire import codes, validation
from nhnwire.apprec import ROLES

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
APPREC_1_0 = "http://www.kith.no/xmlstds/apprec/2004-11-21"
APPREC_1_1 = "http://www.kith.no/xmlstds/apprec/2012-02-15"
DIALOGUE_1_0 = "http://www.kith.no/xmlstds/dialog/2006-10-11"
DIALOGUE_1_1 = "http://www.kith.no/xmlstds/dialog/2013-01-23"
SHARED = "http://www.kith.no/xmlstds/felleskomponent1"
DOCUMENTS = (MSGHEAD, APPREC_1_0, APPREC_1_1, DIALOGUE_1_0, DIALOGUE_1_1)
OBSERVED = Path(__file__).resolve().parents[3] / "shared" / "standards" / "data" / "element_kodeverk.json"
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.mark.parametrize(
    ("namespace", "path", "tables"),
    [
        (MSGHEAD, "MsgHead/MsgInfo/Type", ("8279",)),
        (MSGHEAD, "MsgHead/MsgInfo/Sender/Organisation/Organisation/Ident/TypeId", ("9051",)),
        (MSGHEAD, "MsgHead/MsgInfo/Sender/Organisation/HealthcareProfessional/Ident/TypeId", ("8116",)),
        (MSGHEAD, "MsgHead/MsgInfo/Patient/Address/Type", ("3401",)),
        (MSGHEAD, "Document/RefDoc/MsgType", ("8114",)),
        (APPREC_1_0, "AppRec/HCP/Inst/Dept/TypeId", ("9051",)),
        (APPREC_1_1, "AppRec/Sender/HCP/Inst/HCPerson/AdditionalId/Type", ("8116",)),
        (APPREC_1_1, "AppRec/Sender/HCP/Inst/Dept/Type", ("8624", "8451")),
        (APPREC_1_1, "AppRec/Sender/HCP/Address/Type", ("3401",)),
        (APPREC_1_1, "AppRec/Status", ("8258",)),
        (DIALOGUE_1_0, "Dialogmelding/Foresporsel/Formål", ("9068",)),
        (DIALOGUE_1_1, "Dialogmelding/Notat/RollerRelatertNotat/RoleToPatient", ("9034", "8422")),
        (DIALOGUE_1_1, "RollerRelatertNotat/TilknyttetEnhet/Kontaktenhet/Ident/TypeId", ("9051",)),
        (DIALOGUE_1_1, "RollerRelatertNotat/Person/Ident/TypeId", ("8116",)),
    ],
)
def test_an_element_implies_its_tables(namespace: str, path: str, tables: tuple[str, ...]) -> None:
    """The same name means other tables in another place: the longest row that fits decides."""
    found = codes.expected(namespace, path)
    assert found is not None
    assert found.tables == tables
    assert not found.free


def test_where_the_standard_leaves_the_choice() -> None:
    """The content type of a document comes from any table that the parties have agreed on."""
    found = codes.expected(MSGHEAD, "MsgHead/Document/ContentType")
    assert found is not None
    assert found.free


def test_what_the_map_does_not_have() -> None:
    """Other documents and elements without codes have no expectation, and no path is an error."""
    assert codes.expected("urn:else", "MsgInfo/Type") is None
    assert codes.expected(MSGHEAD, "MsgHead/MsgInfo/MsgId") is None
    assert codes.expected(MSGHEAD, "") is None
    assert codes.expectations("urn:else") == {}


def test_roles_that_no_table_has_are_fixed_in_the_map() -> None:
    """AppRec's roles beyond 8112, with the same texts as the receipts that are written here."""
    for namespace in (APPREC_1_0, APPREC_1_1):
        for side in ("Sender", "Receiver"):
            found = codes.expected(namespace, f"AppRec/{side}/Role")
            assert found is not None
            assert all(ROLES[v].dn == text for v, text in found.fixed.items()), (namespace, side)


@pytest.mark.parametrize("namespace", DOCUMENTS)
def test_every_table_that_is_named_is_carried(namespace: str) -> None:
    """A row that points nowhere would be no help to anybody."""
    rows = codes.expectations(namespace)
    assert rows
    named = {number for row in rows.values() for number in (*row.tables, *row.seen)}
    assert named <= set(codes.tables())
    assert all(not set(row.tables) & set(row.seen) for row in rows.values())


@pytest.mark.parametrize("namespace", DOCUMENTS)
def test_every_coded_element_of_the_schemas_has_a_row(namespace: str) -> None:
    """Whatever the schema types as CS or CV, the map knows, in the document's own schema and in the shared one."""
    names = _coded_elements(namespace)
    if namespace in {DIALOGUE_1_0, DIALOGUE_1_1}:
        names |= _coded_elements(SHARED)
    assert len(names) > 8
    known = {path.rpartition("/")[2] for path in codes.expectations(namespace)}
    assert known == names


@pytest.mark.parametrize("namespace", DOCUMENTS)
def test_tables_that_samples_use_are_in_the_map(namespace: str) -> None:
    """Counted in official samples: each table that an element was seen with is named by its row."""
    if not OBSERVED.is_file():
        pytest.skip("needs the shared reference material beside the project")
    observed = json.loads(OBSERVED.read_text(encoding="utf-8"))["observed"]
    seen = dict(observed[namespace])
    if namespace in {DIALOGUE_1_0, DIALOGUE_1_1}:
        seen["Ident/TypeId"] = observed[SHARED]["Ident/TypeId"]
    for path, tables in seen.items():
        found = codes.expected(namespace, path)
        assert found is not None, path
        # A placeholder of one sample, not a table of any list.
        missing = set(tables) - {*found.tables, *found.seen, "1111"}
        assert not missing, path


@given(st.sampled_from(DOCUMENTS), st.text())
def test_any_path_has_an_answer(namespace: str, path: str) -> None:
    """The path is made of a message's element names."""
    found = codes.expected(namespace, path)
    assert found is None or isinstance(found, codes.Expected)


def _coded_elements(namespace: str) -> set[str]:
    names = set()
    for file in validation.schema_path().rglob("*.xsd"):
        root = etree.parse(file).getroot()
        # The parts that two forms of a schema share are included and have no namespace of their own in the file's name.
        if root.get("targetNamespace") == namespace:
            names |= {
                element.get("name", "")
                for element in root.iter(f"{XS}element")
                if element.get("type", "").rpartition(":")[2] in {"CS", "CV"}
            }
    return names
