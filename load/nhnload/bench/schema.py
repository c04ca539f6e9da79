"""What the schema judgement costs beside bare lxml: `python -m nhnload.bench.schema`.

Both sides take the same bytes of about 10 KB: bare is `etree.fromstring` and `XMLSchema.validate`; ours is
`nhnwire.validation.check_schema`, hardened parser included. Rounds alternate, and medians are compared. The rule table
is timed apart. Prints one JSON object on one line; times are microseconds. Exit code 1 when a ratio is above `LIMIT`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from importlib import resources
from time import perf_counter_ns
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import msghead, rules, validation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIMIT = 1.2
"""Times bare lxml: what the hardened parser and the judgement may cost (issue 3)."""

SIZE = 10_240
"""Bytes of the documents that are judged."""

_PLACES = {"text": b"</TekstNotatInnhold>", "structure": b"<Patient>"}


def document(kind: str) -> bytes:
    """A dialogue message of about 10 KB: `text` is one long note, `structure` many copy receivers."""
    folder = resources.files("nhnfixtures").joinpath("golden/msghead")
    data = folder.joinpath("note.xml").read_bytes()
    place = _PLACES[kind]
    if place not in data:
        raise SystemExit(f"the golden note has no {place.decode()}: name another file or place in nhnload.bench.schema")
    piece = b"Vakker Blomst m\xc3\xb8tte til avtalt time. " if kind == "text" else _receiver(data)
    return data.replace(place, piece * ((SIZE - len(data)) // len(piece)) + place, 1)


def _receiver(data: bytes) -> bytes:
    start, end = data.index(b"<Receiver>") + len(b"<Receiver>"), data.index(b"</Receiver>")
    return b'<OtherReceiver><RoleReceiver V="4"/>' + data[start:end] + b"</OtherReceiver>"


def measure(data: bytes, rounds: int) -> dict[str, float]:
    """Medians of both sides on one document, and their ratio."""
    schema = etree.XMLSchema(etree.parse(str(validation.schema_path() / validation.Form.SINCE_2017.value)))

    def bare() -> object:
        return schema.validate(etree.fromstring(data))

    def ours() -> None:
        validation.check_schema(data)

    if not bare():
        raise SystemExit("the document for the bench does not follow its schema")
    ours()
    taken: dict[Callable[[], object], list[int]] = {bare: [], ours: []}
    for turn in range(rounds):
        for side in (bare, ours) if turn % 2 else (ours, bare):
            start = perf_counter_ns()
            side()
            taken[side].append(perf_counter_ns() - start)
    one, two = (statistics.median(times) / 1000 for times in taken.values())
    return {"bytes": len(data), "bare": round(one, 1), "ours": round(two, 1), "ratio": round(two / one, 3)}


def rule_table(data: bytes, rounds: int) -> float:
    """Median of the rules beyond the schema on the same document, parsed already."""
    head = msghead.parse(data)
    taken = []
    for _ in range(rounds):
        start = perf_counter_ns()
        rules.check(head)
        taken.append(perf_counter_ns() - start)
    return round(statistics.median(taken) / 1000, 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when every ratio holds."""
    parser = argparse.ArgumentParser(prog="python -m nhnload.bench.schema", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000, help="judgements of each side for each document")
    rounds = parser.parse_args(arguments).rounds
    measured = {kind: measure(document(kind), rounds) for kind in _PLACES}
    rule_times = {"ours": rule_table(document("text"), rounds)}
    sys.stdout.write(json.dumps({**measured, "rules": rule_times, "limit": LIMIT}) + "\n")
    return int(any(found["ratio"] > LIMIT for found in measured.values()))


if __name__ == "__main__":
    raise SystemExit(main())
