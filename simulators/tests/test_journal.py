"""The journal: numbered, bounded, and worth waiting for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from nhnsim.journal import SPILL, Exchange, Journal, Recording

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def exchange(journal: Journal, endpoint: str = "edi2", data: bytes = b"") -> Exchange:
    made = Exchange(endpoint, 1, "at", "wall", journal.recording(), journal.recording())
    made.received.write(data)
    return made


def test_an_entry_says_whom_it_concerned(tmp_path: Path) -> None:
    """Notes become the entry's fields; what was noted twice stands there once."""
    journal = Journal(tmp_path)
    made = exchange(journal, data=b"GET")
    made.notes = {"client_id": "c", "her_ids": [9700001, 9700001, 9700002], "msg_ids": ["m"]}
    journal.add(made)
    entry = made.describe()
    assert entry["n"] == 1
    assert entry["client_id"] == "c"
    assert entry["organisation_number"] is None
    assert entry["her_ids"] == [9700001, 9700002]
    assert entry["msg_ids"] == ["m"]
    assert entry["patients"] == []
    assert entry["bytes_in"] == 3


@given(pieces=st.lists(st.binary(max_size=SPILL), max_size=6))
@settings(max_examples=30)
def test_recordings_give_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    """Small ones from memory, large ones from disk, byte for byte."""
    recording = Recording(tmp_path_factory.mktemp("recordings"), 1)
    for piece in pieces:
        recording.write(piece)
    whole = b"".join(pieces)
    assert recording.read() == whole
    assert recording.size == len(whole)
    assert recording.in_memory <= SPILL


def test_the_oldest_go_when_a_bound_is_passed(tmp_path: Path) -> None:
    """By number of entries, by bytes in memory, by bytes on disk; a file goes with its entry."""
    journal = Journal(tmp_path, entries=3, memory=SPILL, disk=3 * SPILL)
    for _ in range(5):
        journal.add(exchange(journal))
    assert journal.get(2) is None
    assert journal.get(3) is not None
    journal.add(exchange(journal, data=b"x" * (SPILL - 1)))
    journal.add(exchange(journal, data=b"x" * (SPILL - 1)))
    assert journal.get(6) is None
    assert journal.get(7) is not None
    journal.add(exchange(journal, data=b"y" * 2 * SPILL))
    journal.add(exchange(journal, data=b"z" * 2 * SPILL))
    assert journal.get(8) is None
    assert [path.read_bytes()[:1] for path in tmp_path.glob("*.bin")] == [b"z"]
    journal.clear()
    assert list(tmp_path.glob("*.bin")) == []


def test_a_cursor_stays_valid_over_filters_eviction_and_clearing(tmp_path: Path) -> None:
    """A reader that goes on from `next` sees every entry once, and none again after a reset."""

    async def story() -> None:
        journal = Journal(tmp_path, entries=3)
        journal.add(exchange(journal, "helseid"))
        journal.add(exchange(journal, "edi2"))
        found, cursor = await journal.since(0, endpoint="edi2")
        assert [entry.n for entry in found] == [2]
        found, cursor = await journal.since(cursor)
        assert (found, cursor) == ([], 2)
        for _ in range(4):
            journal.add(exchange(journal))
        found, cursor = await journal.since(cursor, limit=2)
        assert [entry.n for entry in found] == [4, 5]
        journal.clear()
        found, cursor = await journal.since(cursor)
        assert found == []
        journal.add(exchange(journal))
        found, cursor = await journal.since(cursor)
        assert [entry.n for entry in found] == [7]

    asyncio.run(story())


def test_a_reader_may_wait_for_what_it_wants(tmp_path: Path) -> None:
    """It is woken by an entry of its endpoint, not by others, and gives up after its patience."""

    async def story() -> None:
        journal = Journal(tmp_path)
        assert await journal.since(0, wait=0.01) == ([], 0)
        reader = asyncio.create_task(journal.since(0, endpoint="edi2", wait=30))
        await asyncio.sleep(0)
        journal.add(exchange(journal, "helseid"))
        await asyncio.sleep(0.01)
        assert not reader.done()
        journal.add(exchange(journal, "edi2"))
        found, cursor = await reader
        assert [entry.n for entry in found] == [2]
        assert cursor == 2

    asyncio.run(story())


def test_a_new_run_begins_with_an_empty_folder(tmp_path: Path) -> None:
    """What an earlier run spilled is removed."""
    journal = Journal(tmp_path)
    journal.add(exchange(journal, data=b"x" * 2 * SPILL))
    assert len(list(tmp_path.iterdir())) == 1
    Journal(tmp_path)
    assert list(tmp_path.iterdir()) == []
