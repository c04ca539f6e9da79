"""Headers, paths and query strings of EDI 2.0 v2."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnsim.edi2 import query
from nhnsim.edi2.errors import RefusedError
from nhnsim.edi2.model import Unread


def faults(*pairs: tuple[str, str]) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as refusal:
        query.unread(pairs)
    assert (refusal.value.status, refusal.value.number) == (400, 1000)
    return refusal.value.violations


def test_defaults_are_those_of_the_specification() -> None:
    """Ten messages, oldest first, without metadata."""
    assert query.unread([("ReceiverHerIds", "42")]) == (Unread((42,), None, None, 10, descending=False), False)


def test_names_and_words_are_read_in_any_case() -> None:
    """One known client writes PascalCase, another camelCase."""
    pairs = [
        ("receiverHerIds", "42"),
        ("RECEIVERHERIDS", "43"),
        ("senderherid", "7"),
        ("businessDocumentId", "abc"),
        ("includeMetadata", "True"),
        ("messagesToFetch", "100"),
        ("orderby", "descending"),
        ("somethingElse", "ignored"),
    ]
    assert query.unread(pairs) == (Unread((42, 43), 7, "abc", 100, descending=True), True)


@pytest.mark.parametrize(
    ("word", "descending"), [("1", False), ("Ascending", False), ("2", True), ("DESCENDING", True)]
)
def test_order_is_a_word_or_a_number(word: str, descending: bool) -> None:  # noqa: FBT001 - a test's parameter
    """The specification shows both."""
    wanted, _ = query.unread([("ReceiverHerIds", "42"), ("OrderBy", word)])
    assert wanted.descending is descending


@pytest.mark.parametrize(
    ("pairs", "name"),
    [
        ([], "ReceiverHerIds is required"),
        ([("ReceiverHerIds", "")], "ReceiverHerIds"),
        ([("ReceiverHerIds", "1,2")], "ReceiverHerIds"),
        ([("ReceiverHerIds", "42"), ("receiverherids", "42")], "unique"),
        ([("ReceiverHerIds", "2147483648")], "ReceiverHerIds"),
        ([("ReceiverHerIds", "42"), ("MessagesToFetch", "0")], "MessagesToFetch"),
        ([("ReceiverHerIds", "42"), ("MessagesToFetch", "101")], "MessagesToFetch"),
        ([("ReceiverHerIds", "42"), ("OrderBy", "3")], "OrderBy"),
        ([("ReceiverHerIds", "42"), ("IncludeMetadata", "yes")], "IncludeMetadata"),
        ([("ReceiverHerIds", "42"), ("BusinessDocumentId", "x" * 101)], "BusinessDocumentId"),
        ([("ReceiverHerIds", "42"), ("SenderHerId", "x")], "SenderHerId"),
        ([("ReceiverHerIds", "42"), ("SenderHerId", "1"), ("senderherid", "2")], "once"),
    ],
)
def test_wrong_parameters_are_named(pairs: list[tuple[str, str]], name: str) -> None:
    """400 with code 1000 and a text that names the parameter."""
    assert any(name in fault for fault in faults(*pairs))


def test_every_fault_is_reported_at_once() -> None:
    """A developer mends all of them in one go."""
    assert len(faults(("MessagesToFetch", "0"), ("OrderBy", "up"))) == 3


def test_header_rules() -> None:
    """Both headers are obligatory, and the version must be the one served here."""
    assert query.source_system({"api-version": "2", "nhn-source-system": "EHR, v1"}) == "EHR, v1"
    for headers, count in (
        ({}, 2),
        ({"api-version": "2"}, 1),
        ({"nhn-source-system": "EHR, v1"}, 1),
        ({"api-version": "4", "nhn-source-system": "EHR, v1"}, 1),
        ({"api-version": "2", "nhn-source-system": "  "}, 1),
        ({"api-version": "2", "nhn-source-system": "EHR\udcff"}, 1),  # a byte that is not UTF-8
    ):
        with pytest.raises(RefusedError) as refusal:
            query.source_system(headers)
        assert len(refusal.value.violations) == count


def test_ids_in_paths() -> None:
    """A GUID in any case; a HER-id from 1 to 2^31 - 1."""
    assert query.message_id("5F5E94D5-D908-476B-A172-A241C52EDDB6") == "5f5e94d5-d908-476b-a172-a241c52eddb6"
    assert query.her_id("2147483647") == 2**31 - 1
    for text in ("", "5f5e94d5", "{5f5e94d5-d908-476b-a172-a241c52eddb6}", "5f5e94d5-d908-476b-a172-a241c52eddb6\n"):
        with pytest.raises(RefusedError):
            query.message_id(text)
    for text in ("0", "-1", "2147483648", "1.0", "١", ""):
        with pytest.raises(RefusedError):
            query.her_id(text)


@given(st.lists(st.tuples(st.sampled_from(["ReceiverHerIds", "OrderBy", "MessagesToFetch", "SenderHerId"]), st.text())))
def test_hostile_queries_are_refused_or_read(pairs: list[tuple[str, str]]) -> None:
    """Nothing a query string can hold raises anything but a refusal."""
    with contextlib.suppress(RefusedError):
        query.unread(pairs)
