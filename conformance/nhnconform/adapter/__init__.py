"""The reference clinic's adapter: the SUT contract on one side, the clinic's public HTTP API on the other.

Written as a vendor would write one: it starts the EHR, knows nothing of its inside, and owns no state. The judge starts
it like any SUT, by a SUT file; `sut_file` is the one that is used when none is given.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from nhnconform.drivers import SutFile

if TYPE_CHECKING:
    from collections.abc import Sequence

PROFILES = (
    "edi2-send",
    "edi2-receive",
    "edi2-deadlines",
    "edi2-durability",
    "edi2-edges",
    "edi2-weather",
    "edi2-pace",
    "helseid-client",
    "clinic-setup",
    "clinic-writing",
    "clinic-receiving",
    "clinic-forwarding",
    "clinic-log",
)
"""What the reference clinic claims."""

VERSIONS = {"v2": (2, "polling"), "v3": (3, "polling"), "v3-stream": (3, "stream")}
"""Ways in which the clinic can use EDI 2.0: the interface's version, and how it hears of messages."""

MORE = {"v2": ("edi2-v2",), "v3": ("edi2-v3",), "v3-stream": ("edi2-v3", "edi2-v3-stream")}
"""What it claims on top, by the way it uses EDI 2.0."""

NAME = "Provenett reference clinic"


def command(
    up: str, state: str, port: int | str, with_: Sequence[str] = (), *, poll_seconds: int = 60, way: str = "v2"
) -> list[str]:
    """The command line of the adapter, which starts the clinic as its child.

    Args:
        up: path of the network's description.
        state: folder of the clinic; kept over restarts.
        port: where the contract is served.
        with_: extensions of the clinic, `module:callable?argument=value`, as for `nhnclinic serve --with`.
        poll_seconds: domain time between two looks for messages.
        way: a key of `VERSIONS`.
    """
    version, receive = VERSIONS[way]
    words = [sys.executable, "-m", "nhnconform.adapter", "--up", up, "--state", state, "--port", str(port)]
    words += ["--poll-seconds", str(poll_seconds), "--edi2-version", str(version), "--receive", receive]
    for extension in with_:
        words += ["--with", extension]
    return words


def sut_file(with_: Sequence[str] = (), *, name: str = NAME, poll_seconds: int = 60, way: str = "v2") -> SutFile:
    """The reference clinic as a SUT, honest or with extensions such as mutants."""
    escaped = [word.replace("{", "{{").replace("}", "}}") for word in with_]
    return SutFile(
        name=name,
        version="0.1.0",
        url="http://127.0.0.1:{port}",
        start=tuple(command("{up}", "{state}", "{port}", escaped, poll_seconds=poll_seconds, way=way)),
        poll_interval=float(poll_seconds),
        clock="hub",
        concurrency=8,
        profiles=(*PROFILES, *MORE[way]),
    )
