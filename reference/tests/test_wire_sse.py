"""Server-sent events: what is written is read, in whatever pieces it comes; and no stream of bytes does harm."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nhnwire.errors import ProtocolError
from nhnwire.sse import LARGEST, Event, Reader, encode

WORDS = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), min_size=1, max_size=20)
NAMES = WORDS.filter(lambda text: not text.startswith(" "))
DATA = st.text(st.characters(exclude_characters="\r", codec="utf-8"), max_size=60)
EVENTS = st.lists(st.builds(Event, NAMES, DATA, NAMES), max_size=5)


def _read(data: bytes, size: int) -> list[Event]:
    reader = Reader()
    return [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]


@given(EVENTS, st.integers(1, 50), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_what_is_written_is_read_in_any_pieces(events: list[Event], size: int, ending: bytes) -> None:
    """Whatever the line ends and wherever the pieces break, even inside a character; comments between do not matter."""
    data = b"".join(b": heartbeat\n\n" + encode(event) for event in events).replace(b"\n", ending) + b":\n"
    assert _read(data, size) == events


@given(st.binary(max_size=300), st.integers(1, 40))
@example(b"\xef\xbb\xbfdata: a\n\n", 1)
def test_any_bytes_give_events_or_a_typed_error(data: bytes, size: int) -> None:
    with contextlib.suppress(ProtocolError):
        _read(data, size)


def test_the_standards_own_examples() -> None:
    """Lines of data are joined, one space after the colon goes, an event without data is none, ids stay."""
    assert _read(b"data: YHOO\ndata: +2\ndata: 10\n\n", 3) == [Event("message", "YHOO\n+2\n10")]
    stream = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    assert _read(stream, 5) == [Event("message", "first event", "1"), Event("message", "second event"),
                                Event("message", " third event")]  # fmt: skip
    assert _read(b"data\n\ndata\ndata\n\ndata:", 2) == [Event("message", ""), Event("message", "\n")]
    assert _read(b"event: connected\nid: 7\n\nevent: x\ndata: y\n\n", 4) == [Event("x", "y", "7")]
    assert _read(b"\xef\xbb\xbfdata: a\n\n", 1) == [Event("message", "a")]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 5000, b"data: " + b"x" * 5000 + b"\n", b"a" * 5000])
def test_an_event_without_end_is_refused(piece: bytes) -> None:
    """Neither a line nor an event may grow for ever."""
    reader = Reader()

    def feed() -> None:
        for _ in range(2 * LARGEST // 5000):
            reader.feed(piece)

    with pytest.raises(ProtocolError, match="more than"):
        feed()


def test_a_million_empty_lines_cost_no_more_than_their_number() -> None:
    """One piece of nothing but line ends is read in one go."""
    assert Reader().feed(b"\n" * LARGEST) == []
