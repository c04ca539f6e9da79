"""The register's index by itself: Norwegian letters, what is kept in the lab, what follows a change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulators.tests.register_house import PARTY, House

from nhnfixtures.world import World
from nhnsim.address_register.model import entry
from nhnsim.address_register.register import Register, untouched
from nhnsim.address_register.search import Index, Query, plain, spellings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nhnfixtures.world import Party

WORLD = World(7)


def shown(register: Register, party: Party) -> bytes:
    return msgspec.json.encode(entry(register, party, None))


def opened(folder: Path, world: World = WORLD) -> Index:
    register = untouched(world)
    return Index.open(folder, register, partial(shown, register))


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("Bjørn Ås", "bjørn", True),
        ("Bjørn Ås", "BJØRN ÅS", True),
        ("Bjørn Ås", "bjorn as", True),
        ("Bjørn Ås", "bjoern aas", True),
        ("Bjørn Ås", "bjo", True),
        ("Askim", "ås", False),
        ("Ås", "as", True),
        ("Café Ærfugl", "cafe aer", True),
        ("Cafe", "café", True),
        ("Đorvvu", "dorv", True),
        ("Åse", "A\N{COMBINING RING ABOVE}se", True),
        ("Bjørn", "jørn", False),
        ("Bjørn Ås", "ås bjørn", True),
    ],
)
def test_names_are_found_as_norwegians_type_them(tmp_path: Path, name: str, typed: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    """With æ, ø and å, or on a keyboard without them; å is a letter of its own, é is an e."""
    index = opened(tmp_path)
    index.add(replace(WORLD.clinic.organisation, her_id=1, name=name), b"{}")
    assert ((1, b"{}") in index.find(Query(name=typed))) is found
    index.close()


def test_the_index_is_made_once_and_a_copy_of_it_is_used(tmp_path: Path) -> None:
    """What was changed in one run is not in the lab's copy; another world has an index of its own."""
    index = opened(tmp_path)
    her_id = WORLD.clinic.organisation.her_id
    (kept,) = tmp_path.glob("index-*.sqlite")
    index.remove(her_id)
    number = Query(name=str(her_id))
    assert index.find(number) == []
    index.close()
    again = opened(tmp_path)
    assert [found for found, _ in again.find(number)] == [her_id]
    assert [*tmp_path.glob("index-*")] == [kept]
    again.close()
    opened(tmp_path, World(8)).close()
    assert kept not in tmp_path.glob("index-*")


def test_a_half_made_index_is_made_anew(tmp_path: Path) -> None:
    """As a power cut while it was being made would leave it."""
    opened(tmp_path).close()
    (kept,) = tmp_path.glob("index-*.sqlite")
    kept.rename(kept.with_suffix(".making"))
    index = opened(tmp_path)
    assert len(index.find(Query())) == 100
    index.close()


def test_every_party_of_the_world_is_found_by_its_name(tmp_path: Path) -> None:
    """And comes as the register shows it."""
    index, register = opened(tmp_path), untouched(WORLD)
    for party in WORLD.parties():
        found = dict(index.find(Query(name=party.name, type=party.type)))
        page = 1
        while party.her_id not in found:
            page += 1
            more = dict(index.find(Query(name=party.name, type=party.type, page=page)))
            assert more, party
            found |= more
        assert found[party.her_id] == shown(register, party)
    index.close()


@given(st.text(max_size=30))
def test_plain_text_stays_plain(text: str) -> None:
    """Reading a name twice changes nothing, and what a name is indexed by holds the name as it is read."""
    assert plain(plain(text)) == plain(text)
    assert spellings(text).startswith(plain(text))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(tmp_path_factory.mktemp("search"))
    yield one
    one.close()


def test_a_search_shows_what_is_inherited_from_a_changed_organisation(house: House) -> None:
    """The services' entries carry the new address at once, before and after a first search; a reset takes it back."""
    organisation = house.world.sites["hospital"].organisation

    async def story() -> None:
        control = house.network.urls["control"]

        async def addresses() -> set[str]:
            found = set()
            for her_id in (organisation.her_id, *organisation.services):
                _, _, body = await house.ask("POST", f"{PARTY}/search", {"name": str(her_id)})
                found |= {party["ediAddress"] for party in body["communicationParties"]}
            return found

        for address in ("en@edi.example", "to@edi.example"):
            wish = {"her_id": organisation.her_id, "edi_address": address}
            async with house.http.post(f"{control}/endpoints/address_register/changes", json=wish) as answer:
                assert answer.status == 200
            assert await addresses() == {address}
        async with house.http.post(f"{control}/reset", json={}) as answer:
            assert answer.status in {200, 204}
        assert await addresses() == {organisation.edi_address}

    house.run(story())
