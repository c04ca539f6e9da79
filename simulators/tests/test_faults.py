"""Byte faults as values: what they do to bytes, and which wishes make no sense."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnsim.faults import Close, Fault, FaultError, Faults, Reset, Send, Wait, steps

pieces = st.lists(st.binary(min_size=1, max_size=50), max_size=6)


def sent(done: list[Any]) -> list[bytes]:
    return [step.data for step in done if isinstance(step, Send)]


@given(
    st.lists(st.binary(max_size=50), max_size=6), st.integers(1, 20), st.sampled_from(["slice", "dribble", "latency"])
)
def test_a_slow_network_changes_no_byte(data: list[bytes], size: int, kind: str) -> None:
    """Latency, slices and dribble delay and divide; all bytes arrive, in order, in segments of the size asked for."""
    fault = Fault("f", "edi2", kind, size=size, seconds=0.5)
    offset, segments = 0, []
    for piece in data:
        done = steps(fault, piece, offset)
        offset += len(piece)
        segments += sent(done)
        if kind == "dribble":
            assert all(step.seconds == 0.5 for step in done if isinstance(step, Wait))
    assert b"".join(segments) == b"".join(data)
    if kind != "latency":
        assert all(len(segment) <= size for segment in segments)


@given(
    st.lists(st.binary(min_size=1, max_size=50), max_size=6),
    st.integers(0, 200),
    st.sampled_from(["truncate", "reset"]),
)
def test_a_cut_is_exactly_where_it_was_asked_for(data: list[bytes], at_byte: int, kind: str) -> None:
    """After `at_byte` bytes of the message the connection ends; a shorter message is not cut."""
    fault = Fault("f", "edi2", kind, at_byte=at_byte)
    whole, passed, ended = b"".join(data), b"", False
    offset = 0
    for piece in data:
        done = steps(fault, piece, offset)
        offset += len(piece)
        passed += b"".join(sent(done))
        if isinstance(done[-1], Close | Reset):
            assert isinstance(done[-1], Reset if kind == "reset" else Close)
            ended = True
            break
    assert passed == whole[:at_byte] if ended else passed == whole
    assert ended == (bool(whole) and len(whole) >= at_byte)


def test_a_fault_hits_as_many_exchanges_as_it_counts_and_only_those_it_is_for() -> None:
    """Two resets for GET /Messages leave other requests and the third one alone."""
    faults = Faults(["edi2", "helseid"])
    wish = {"endpoint": "edi2", "kind": "reset", "count": 2, "match": {"method": "get", "path_prefix": "/messages"}}
    first = faults.arm(wish)
    assert faults.take("edi2", "POST", "/Messages") is None
    assert faults.take("helseid", "GET", "/Messages") is None
    assert faults.take("edi2", "GET", "/Messages/1") == first
    assert faults.armed()[0]["left"] == 1
    assert faults.take("edi2", "GET", "/MESSAGES") == first
    assert faults.take("edi2", "GET", "/Messages") is None
    assert faults.armed() == []
    assert not faults.disarm(first.id)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, "is no fault"),
        ({"kind": "explode", "endpoint": "edi2"}, "use one of clock_skew, document, dribble"),
        ({"kind": "reset", "endpoint": "nowhere"}, "use one of edi2"),
        ({"kind": "latency", "endpoint": "edi2"}, "latency needs seconds"),
        ({"kind": "latency", "endpoint": "edi2", "seconds": -1}, "from 0 to"),
        ({"kind": "latency", "endpoint": "edi2", "seconds": True}, "from 0 to"),
        ({"kind": "slice", "endpoint": "edi2", "size": 0}, "at least 1"),
        ({"kind": "slice", "endpoint": "edi2", "size": 5, "seconds": 1}, "does not take seconds"),
        ({"kind": "reset", "endpoint": "edi2", "at_byte": 1.5}, "whole number"),
        ({"kind": "reset", "endpoint": "edi2", "direction": "up"}, "neither 'in'"),
        ({"kind": "reset", "endpoint": "edi2", "count": 0}, "at least 1"),
        ({"kind": "reset", "endpoint": "edi2", "match": {"host": "x"}}, "match must be"),
        ({"kind": "reset", "endpoint": "edi2", "match": {"method": 1}}, "match must be"),
        ({"kind": ["reset"], "endpoint": {}}, "is no fault"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_with_a_remedy(wish: dict[str, Any], words: str) -> None:
    """Nothing is armed, and the text says what would have been accepted."""
    faults = Faults(["edi2"])
    with pytest.raises(FaultError, match=words):
        faults.arm(wish)
    assert faults.armed() == []


@given(
    st.dictionaries(
        st.sampled_from(["kind", "endpoint", "count", "match", "seconds", "size", "at_byte"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text("ab9-ø", max_size=8)
        | st.sampled_from(["reset", "slice", "edi2"])
        | st.lists(st.integers(), max_size=2)
        | st.dictionaries(st.text("ab", max_size=3), st.integers(), max_size=2),
    )
)
def test_any_json_is_armed_or_refused(wish: dict[str, Any]) -> None:
    """No wish gets anything but a fault or a FaultError."""
    faults = Faults(["edi2"])
    with contextlib.suppress(FaultError):
        assert faults.arm(wish).endpoint == "edi2"
    assert len(faults.armed()) <= 1
