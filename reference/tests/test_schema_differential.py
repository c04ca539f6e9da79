"""Our schemas and the official ones give the same verdict: on 20,000 documents made from a seed.

Documents come in pairs: one that follows the official schema, and the same one with exactly one defect. The goals say
what must be seen accepted and refused; they are computed from the official schema, so that nothing in it is left out.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from reference.tests.schema_documents import Author, Routes
from reference.tests.schema_goals import Goal, defects, merits, shown, stray
from reference.tests.schema_model import XSD, Model
from reference.tests.schema_writing import Writer

from nhnwire import validation, xml
from nhnwire.errors import SchemaError
from nhnwire.validation import Form

OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "standards" / "xsd"
FILES = (
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
ROOTS = tuple(f"{{{namespace}}}{name}" for namespace, name in validation.STANDARDS)
SEED = 20260302
SHARDS = 8
DOCUMENTS = 20_000
ATTEMPTS = 60


@dataclass(repr=False)
class Side:
    """A set of schema files: as data, and compiled."""

    model: Model
    routes: Routes
    judge: etree.XMLSchema
    goals: list[Goal]


@dataclass
class Tally:
    """What the documents of one test have shown."""

    accepted: int = 0
    refused: int = 0
    met: set[tuple[str | int, ...]] = field(default_factory=set)
    missed: set[tuple[str | int, ...]] = field(default_factory=set)
    apart: list[str] = field(default_factory=list)

    @property
    def judged(self) -> int:
        return self.accepted + self.refused


class ByName(etree.Resolver):
    """The official files import each other by bare or foreign names: the base names are right."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        super().__init__()
        self.files = {path.name: path for path in files}

    def resolve(self, system_url: str | None, _public_id: str | None, context: Any) -> Any:
        found = self.files.get((system_url or "").rsplit("/", 1)[-1])
        return self.resolve_filename(str(found), context) if found else None


def joined(files: tuple[Path, ...]) -> etree.XMLSchema:
    """The official files as one schema."""
    driver = etree.Element(f"{{{XSD}}}schema")
    for path in files:
        target = str(etree.parse(path).getroot().get("targetNamespace"))
        etree.SubElement(driver, f"{{{XSD}}}import", namespace=target, schemaLocation=path.as_uri())
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(ByName(files))
    return etree.XMLSchema(etree.fromstring(etree.tostring(driver), parser))


def side(files: tuple[Path, ...], judge: etree.XMLSchema) -> Side:
    model = Model(files)
    return Side(model, Routes(model, ROOTS), judge, [*merits(model), *defects(model)])


@cache
def official() -> Side:
    if not OFFICIAL.is_dir():
        pytest.skip("the official schemas are not beside this project")
    files = tuple(OFFICIAL / name for name in FILES)
    return side(files, joined(files))


def own_files() -> tuple[Path, ...]:
    return tuple(path for path in sorted(validation.schema_path().glob("*/*.xsd")) if "2013" not in path.name)


def judged(data: bytes, theirs: etree.XMLSchema, form: Form, tally: Tally) -> bool:
    """The official verdict; a different one of ours is noted."""
    verdict = theirs.validate(etree.fromstring(data))
    try:
        validation.check_schema(xml.parse(data), form)
        ours = True
    except SchemaError:
        ours = False
    if ours != verdict:
        tally.apart.append(f"official {verdict}, ours {ours}: {data.decode()[:2000]}")
    tally.accepted += verdict
    tally.refused += not verdict
    return verdict


def pair(goal: Goal, source: Side, form: Form, seed: str, tally: Tally) -> bool:
    """A document for a goal and the same with one defect; true when the goal is met."""
    chance = random.Random(seed)
    author, writer = Author(source.model, source.routes, chance), Writer(chance)
    document = author.document(goal.wish)
    data = writer.write(document.root)
    assert judged(data, source.judge, form, tally), f"{goal.key}: a document was to follow the schema: {data.decode()}"
    if goal.act is None:
        met = goal.key in shown(document)
        stray(document, chance)
        judged(writer.write(document.root, plain=True), source.judge, form, tally)
        return met
    if not goal.act(document, author):
        return False
    return not judged(writer.write(document.root, plain=True), source.judge, form, tally)


def work(goals: list[Goal], source: Side, form: Form, seed: str, documents: int) -> Tally:
    """Every goal until it is met, then goals by chance until there are documents enough."""
    tally = Tally()
    for number, goal in enumerate(goals):
        attempts = (pair(goal, source, form, f"{seed}/{number}/{turn}", tally) for turn in range(ATTEMPTS))
        (tally.met if any(attempts) else tally.missed).add(goal.key)
    chance = random.Random(seed)
    while tally.judged < documents:
        pair(chance.choice(goals), source, form, f"{seed}/{tally.judged}", tally)
    return tally


@pytest.mark.parametrize("shard", range(SHARDS))
def test_both_judge_alike(shard: int) -> None:
    """An eighth of the goals and of the documents: every goal is met, and the two sides never disagree."""
    source = official()
    goals = source.goals[shard::SHARDS]
    tally = work(goals, source, Form.SINCE_2017, f"{SEED}/{shard}", DOCUMENTS // SHARDS)
    assert not tally.apart, f"{len(tally.apart)} disagreements, the first: {tally.apart[0]}"
    assert not tally.missed
    assert len(tally.met) == len(goals)
    assert tally.judged >= DOCUMENTS // SHARDS
    assert 0.35 <= tally.refused / tally.judged <= 0.65


def test_the_goals_leave_nothing_out() -> None:
    """Every element, attribute, enumerated value and wildcard of the official schema has goals of both kinds."""
    source = official()
    taken = {goal.key for goal in source.goals if goal.act is None}
    refused = {goal.key for goal in source.goals if goal.act is not None}
    assert len(taken) + len(refused) == len(source.goals)
    for owner in source.model.owners():
        if owner.abstract:
            continue
        for at, _ in enumerate(owner.leaves()):
            assert ("present", owner.name, at) in taken
            assert any(key[1:3] == (owner.name, at) for key in refused)
        for name, attribute in owner.attributes.items():
            assert ("with", owner.name, name) in taken
            assert ("misspelt", owner.name, name) in refused
            for value in attribute.type.values:
                assert ("value", owner.name, name, value) in taken
                assert ("bad value", owner.name, name, f"{value}X") in refused


def test_every_facet_of_the_official_schema_is_known() -> None:
    """The reader knows patterns, enumerations and unions: nothing else occurs, so nothing is passed over."""
    official()
    found = {
        etree.QName(element).localname
        for name in FILES
        for element in etree.parse(OFFICIAL / name).getroot().iter(f"{{{XSD}}}*")
    }
    assert found <= {
        *("schema", "import", "annotation", "documentation", "element", "attribute", "complexType", "simpleType"),
        *("sequence", "choice", "any", "simpleContent", "complexContent", "extension", "restriction", "attributeGroup"),
        *("union", "pattern", "enumeration"),
    }


def test_the_same_names_exist() -> None:
    """A document may name types (xsi:type) and top elements itself, so ours are the official ones, no more, no less."""
    theirs, ours = official().model, Model(own_files())
    for kind in ("element", "attribute", "complexType"):
        assert ours.names(kind) == theirs.names(kind)
    assert {owner.name for owner in ours.owners()} == {owner.name for owner in theirs.owners()}


def test_the_form_before_2017(tmp_path: Path) -> None:
    """The official file tells what January 2017 changed; with that undone, our form of 2013 judges as it does."""
    official()
    files = tuple(OFFICIAL / name for name in FILES[:-1])
    newer = etree.parse(OFFICIAL / FILES[-1])
    for element in newer.getroot().iter(f"{{{XSD}}}element"):
        parent = element.getparent()
        assert parent is not None
        if "TilknyttetEnhet" in (element.get("name"), element.get("ref", "").partition(":")[2]):
            parent.remove(element)
    role = newer.getroot().find("*[@name='RollerRelatertNotat']")
    assert role is not None
    (choice,) = role.iter(f"{{{XSD}}}choice")
    del choice.attrib["minOccurs"]
    older = tmp_path / "dialogmelding-v1.1.xsd"
    newer.write(older)
    source = side((*files, older), joined((*files, older)))
    goals = [goal for goal in source.goals if "dialog/2013-01-23" in str(goal.key[1])]
    tally = work(goals, source, Form.BEFORE_2017, f"{SEED}/2013", 2_000)
    assert not tally.apart, f"{len(tally.apart)} disagreements, the first: {tally.apart[0]}"
    assert not tally.missed
    assert 0.35 <= tally.refused / tally.judged <= 0.65


def test_our_schemas_keep_their_own_word() -> None:
    """Without the official files: a sample of the goals, computed from our own schemas, and judged by them."""
    source = side(own_files(), etree.XMLSchema(etree.parse(validation.schema_path() / "driver.xsd")))
    tally = work(source.goals[::12], source, Form.SINCE_2017, f"{SEED}/own", 1_000)
    assert not tally.apart
    assert not tally.missed
