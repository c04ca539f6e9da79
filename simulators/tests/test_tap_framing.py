"""Where one HTTP message ends and the next begins."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nhnsim.framing import HEAD_LIMIT, Framer

GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n"


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(st.lists(st.sampled_from([GET, POST, CHUNKED]), min_size=1, max_size=5), st.lists(st.integers(0, 500)))
def test_pipelined_requests_are_cut_where_they_end_however_they_arrive(messages: list[bytes], at: list[int]) -> None:
    """A peer may send several requests in any segments; each ends up with exactly its own bytes."""
    found: list[bytes] = []
    framer, have = Framer(), b""
    for piece in cut(b"".join(messages), at):
        rest = piece
        while rest:
            taken = framer.feed(rest)
            have, rest = have + rest[:taken], rest[taken:]
            if framer.ended:
                found.append(have)
                framer, have = Framer(), b""
    assert found == messages
    assert have == b""


@given(st.binary(max_size=300), st.sampled_from([None, "GET", "HEAD"]))
def test_hostile_bytes_never_break_the_framer(data: bytes, response_to: str | None) -> None:
    """Whatever comes is taken; at worst it is one message without an end."""
    framer = Framer(response_to)
    rest = data
    while rest and not framer.ended:
        taken = framer.feed(rest)
        assert 0 < taken <= len(rest)
        rest = rest[taken:]


def test_a_response_without_a_body_ends_with_its_head() -> None:
    """HEAD, 204 and 304 have no body whatever their fields say (RFC 9110 §6.4.1)."""
    for method, status in (("HEAD", "200"), ("PUT", "204"), ("GET", "304")):
        framer = Framer(method)
        framer.feed(f"HTTP/1.1 {status} X\r\nContent-Length: 9\r\n\r\n".encode())
        assert framer.ended


def test_an_interim_response_is_not_the_answer() -> None:
    """100 Continue comes before the response and belongs to the same exchange."""
    framer = Framer("POST")
    framer.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert not framer.ended
    framer.feed(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
    assert framer.ended
    assert framer.start_line[1] == "201"


def test_what_does_not_frame_becomes_one_endless_message() -> None:
    """A head without end, contradicting lengths or a broken chunk are the protocol library's to refuse."""
    for data in (
        b"x" * (HEAD_LIMIT + 10),
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ):
        framer = Framer()
        assert framer.feed(data) == len(data)
        assert framer.opaque
        assert not framer.ended
        assert framer.feed(b"more") == 4
