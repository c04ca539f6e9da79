"""Our schemas against the official ones, where those are at hand, and what a refusal tells."""

from __future__ import annotations

import copy
import random
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from nhnwire import validation, xml
from nhnwire.errors import SchemaError, UnsupportedFormatError, XmlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "standards" / "xsd"
IMPORTED = (
    "common/kith.xsd",
    "common/felleskomponent1.xsd",
    "common/kith-base64.xsd",
    "common/xmldsig-core-schema.xsd",
    "msghead/MsgHead-v1_2.xsd",
    "apprec/AppRec-v1-2004-11-21.xsd",
    "apprec/AppRec-v1.1.xsd",
    "dialogmelding/dialogmelding-v1.0.xsd",
    "epj/EPJ-meta.xsd",
    "epj/EPJ-cave-mv.xsd",
    "epj/EPJ-journalnotat-mv.xsd",
    "epj/EPJ-legemiddel-mv.xsd",
    "plo-v1.5/poKomponent-v1.5.xsd",
    "plo-v1.6/poKomponent-v1.6.xsd",
    "plo-v1.6/Pasientlogistikk-v1.6.xsd",
    "henvisning/Henvisning-v1.1.xsd",
    "epikrise/Epikrise-v1.2.xsd",
    "svarrapport/svar-v1.4.xsd",
    "rekvisisjon/Rekvisisjon-v1.6.xsd",
    "dialogmelding/dialogmelding-v1.1.xsd",
)
XSD = "{http://www.w3.org/2001/XMLSchema}"
MUTANTS_PER_FILE = 25
VALUES = (
    "",
    " ",
    "x",
    "1",
    "2026-03-02",
    "2026-03-02T08:00:00",
    "true",
    "1.2.3",
    "1..2",
    "æ",
    "AAAA",
    "-1",
    "08:00:00",
)


def golden() -> Iterator[bytes]:
    folder = resources.files("nhnfixtures").joinpath("golden")
    for name in ("msghead", "apprec", "dialogmelding"):
        for path in sorted(folder.joinpath(name).iterdir(), key=lambda found: found.name):
            yield path.read_bytes()


class ByName(etree.Resolver):
    """The official files import each other by bare or foreign names: their base names are right."""

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ARG002 - lxml's own
        """Answer every import from the official folder."""
        name = (system_url or "").rsplit("/", 1)[-1]
        found = next((path for path in IMPORTED if path.endswith("/" + name)), None)
        return None if found is None else self.resolve_filename(str(OFFICIAL / found), context)


@pytest.fixture(scope="module")
def official() -> etree.XMLSchema:
    if not OFFICIAL.is_dir():
        pytest.skip("the official schemas are not beside this project")
    driver = etree.Element(f"{XSD}schema", nsmap={"xs": XSD[1:-1]})
    for name in IMPORTED:
        target = etree.parse(OFFICIAL / name).getroot().get("targetNamespace")
        etree.SubElement(driver, f"{XSD}import", namespace=str(target), schemaLocation=(OFFICIAL / name).as_uri())
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(ByName())
    return etree.XMLSchema(etree.fromstring(etree.tostring(driver), parser))


def accepted(root: _Element) -> bool:
    try:
        validation.check_schema(root)
    except SchemaError:
        return False
    return True


def damaged(root: _Element, chance: random.Random) -> _Element:
    """One or two small changes, as bugs make them."""
    result = copy.deepcopy(root)
    for _ in range(chance.choice((1, 1, 2))):
        elements = [element for element in result.iter(etree.Element) if element is not result]
        if not elements:
            break
        element = chance.choice(elements)
        parent = element.getparent()
        assert parent is not None
        match chance.randrange(8):
            case 0:
                parent.remove(element)
            case 1:
                parent.insert(parent.index(element), copy.deepcopy(element))
            case 2:
                parent.append(element)
            case 3:
                element.text = chance.choice(VALUES)
            case 4:
                element.set(chance.choice(("V", "S", "DN", "OT", "U", "x")), chance.choice(VALUES))
            case 5:
                element.attrib.clear()
            case 6:
                other = chance.choice(elements)
                element.tag = other.tag
            case _:
                element.append(copy.deepcopy(chance.choice(elements)))
    return result


def test_both_judge_alike(official: etree.XMLSchema) -> None:
    """Golden files and some thousand damaged ones: the official schemas and ours never disagree."""
    chance = random.Random(20260302)
    verdicts = {True: 0, False: 0}
    for data in golden():
        try:
            root = xml.parse(data)
        except XmlError:
            continue
        for candidate in (root, *(damaged(root, chance) for _ in range(MUTANTS_PER_FILE))):
            document = xml.parse(xml.serialise(candidate))
            theirs = official.validate(document)
            assert accepted(document) == theirs, etree.tostring(document).decode()[:4000]
            verdicts[theirs] += 1
    assert min(verdicts.values()) > 300


def test_a_refusal_names_line_place_and_reason() -> None:
    """A developer finds the place without opening the standard."""
    data = resources.files("nhnfixtures").joinpath("golden/msghead/schema-order.xml").read_bytes()
    with pytest.raises(SchemaError) as caught:
        validation.check_schema(data)
    assert caught.value.code == "T02"
    place = "/MsgHead/MsgInfo/Sender/Organisation/HealthcareProfessional/TeleCom/TypeTelecom"
    assert caught.value.xpath == place
    assert "TypeTelecom" in caught.value.violations[0]
    assert caught.value.violations[0].startswith("line ")


def test_documents_are_recognised_by_their_root() -> None:
    """Standard and version, or T10."""
    found = validation.recognise(b'<a:AppRec xmlns:a="http://www.kith.no/xmlstds/apprec/2012-02-15"/>')
    assert (found.standard, found.version) == ("AppRec", "1.1")
    with pytest.raises(UnsupportedFormatError):
        validation.recognise(b'<MsgHead xmlns="http://www.kith.no/xmlstds/dialog/2006-10-11"/>')


def test_a_hostile_oid_costs_nothing() -> None:
    """The published pattern for OIDs invites exponential backtracking; ours is linear."""
    root = xml.parse(
        b'<Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2006-10-11"><SakstypeKodet S="'
        + b"1" * 50_000
        + b'x"/></Dialogmelding>'
    )
    start = time.perf_counter()
    assert not accepted(root)
    assert time.perf_counter() - start < 5
