"""What a clinic needs before it can exchange messages, and what it says when something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnclinic.domain import addressing, setup
from nhnclinic.domain.setup import EVERYTHING, ITEMS, Facts, Person
from nhnclinic.domain.values import Party

if TYPE_CHECKING:
    from nhnclinic.domain.setup import Value

FACTS = Facts(
    9_000_001, (Person("anna", "Anna Elv", 9_000_011), Person("bo", "Bo Bekk")), registered_edi="felles@edi.example"
)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=400) | st.floats() | st.lists(st.none())


def lacking(message_type: str, user: str = "anna", **stored: Value) -> list[str]:
    """Keys of what keeps a user from sending a type."""
    found = setup.items({(key, ""): value for key, value in stored.items()}, FACTS)
    return [item.key for item in setup.missing(found, setup.needs(message_type), user)]


def test_a_clinic_that_is_set_up_lacks_nothing_for_a_note() -> None:
    """R-008 to R-014: every item is fulfilled by configuration and register."""
    assert lacking("DIALOG_NOTAT") == []


@pytest.mark.parametrize("key", [*setup.SWITCHES, "clinic_her_id"])
def test_each_item_keeps_everything_back(key: str) -> None:
    """R-002, R-008 to R-011: without it nothing is sent, and nothing is fetched."""
    stored = {(key, ""): False if key in setup.SWITCHES else None}
    found = setup.missing(setup.items(stored, FACTS), setup.needs("DIALOG_NOTAT"), "anna")
    assert [item.key for item in found] == [key]
    assert key in EVERYTHING


def test_a_type_may_need_a_her_id_of_its_user() -> None:
    """R-012: a clinical dialogue needs it, a note does not; the reason names the user."""
    assert lacking("DIALOG_HELSEFAGLIG", "bo") == ["user_her_id"]
    assert lacking("DIALOG_HELSEFAGLIG", "anna") == []
    assert lacking("DIALOG_NOTAT", "bo") == []
    (item,) = setup.missing(setup.items({}, FACTS), setup.needs("DIALOG_HELSEFAGLIG"), "bo")
    assert "Bo Bekk" in item.reason


def test_the_edi_address_must_be_the_registers() -> None:
    """R-013, R-014: another one blocks types that need it, and no others; both addresses are shown."""
    assert lacking("DIALOG_NOTAT", edi_address="a@edi.example") == ["edi_address"]
    assert lacking("DIALOG_INNBYGGER_DIGITALKONTAKT", edi_address="a@edi.example") == []
    found = setup.items({("edi_address", ""): "a@edi.example"}, FACTS)
    reason = next(item.reason for item in found if item.key == "edi_address")
    assert "a@edi.example" in reason
    assert "felles@edi.example" in reason


def test_what_nav_needs_keeps_nobody_from_others() -> None:
    """R-015, R-016, R-017: a sick leave needs agreement and card, a referral neither."""
    assert set(lacking("SYKMELD")) == {"cpa_nav", "smart_card"}
    assert lacking("HENVISNING") == []
    assert lacking("SYKMELD", cpa_nav="nav:1234") == ["smart_card"]


def test_every_item_that_is_not_fulfilled_says_why_and_what_helps() -> None:
    """A reason without a remedy helps nobody."""
    stored: dict[tuple[str, str], Value] = {(key, ""): False for key in setup.SWITCHES}
    for item in setup.items(stored | {("clinic_her_id", ""): None, ("edi_address", ""): None}, FACTS):
        assert item.key in ITEMS
        assert item.fulfilled == (not item.reason) == (not item.remedy)


@given(st.sampled_from([*ITEMS, "colour"]), VALUES, st.sampled_from(["", "anna", "nobody"]))
def test_a_value_fits_or_is_explained(key: str, value: object, user: str) -> None:
    """Whatever is to be set: it is refused with a reason, or it can be read again."""
    why = setup.problem(key, value, user, FACTS)
    if not why:
        assert setup.items({(key, user): value}, FACTS)  # type: ignore[dict-item]  # it fits
    else:
        assert why.endswith(".")


def party(her_id: int, kind: str, **more: object) -> Party:
    """A party of an organisation 1."""
    return Party(her_id, f"P{her_id}", kind, 1, "Org", "310000000", **more)  # type: ignore[arg-type]


def test_recipients_are_active_and_offered_once() -> None:
    """R-024 to R-027: whoever was found by name and by owner is one choice; who is deactivated is none."""
    found = [party(2, "Service"), party(1, "Organization"), party(2, "Service"), party(3, "Person", active=False)]
    assert [one.her_id for one in addressing.offered(found, "DIALOG_NOTAT")] == [2, 1]


def test_senders_follow_what_the_clinic_has_registered() -> None:
    """R-029, R-030: registered services and practitioners; without services the clinic itself instead."""
    own = [party(2, "Service"), party(3, "Person")]
    with_services = party(1, "Organization", service_her_ids=(2,))
    assert [one.her_id for one in addressing.senders(with_services, own)] == [2, 3]
    assert [one.her_id for one in addressing.senders(party(1, "Organization"), own)] == [1, 3]
