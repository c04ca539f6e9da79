"""The reference clinic's adapter: the SUT contract on one side, the clinic's public HTTP API on the other.

Written as a vendor would write one: it starts the EHR, knows nothing of its inside, and owns no state. The judge starts
it like any SUT, by a SUT file; `sut_file` is the one that is used when none is given.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
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
    "helseid-weather",
    "address-register",
    "apprec",
    "receive-tests",
    "clinic-setup",
    "clinic-writing",
    "clinic-receiving",
    "clinic-forwarding",
    "clinic-log",
    "clinic-documents",
)
"""What the reference clinic claims."""


@dataclass(frozen=True)
class Way:
    """How the clinic uses the network.

    Attributes:
        version: of EDI 2.0's interface.
        receive: how it hears of messages, `polling` or `stream`.
        tenancy: whose client at HelseID: its own (`single`), or its supplier's (`multi`).
        spelling: of organisations in assertions, as NHN's `libraries` or as its `samples`.
        claims: profiles on top of `PROFILES`.
    """

    version: int = 2
    receive: str = "polling"
    tenancy: str = "single"
    spelling: str = "libraries"
    claims: tuple[str, ...] = ()


WAYS = {
    "v2": Way(),
    "v2-supplier": Way(tenancy="multi", claims=("helseid-multi-tenant",)),
    "v2-supplier-samples": Way(tenancy="multi", spelling="samples", claims=("helseid-multi-tenant",)),
    "v3": Way(3, claims=("edi2-v3",)),
    "v3-stream": Way(3, "stream", claims=("edi2-v3", "edi2-v3-stream")),
}
"""Legal ways, by name."""

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
        way: a key of `WAYS`.
    """
    chosen = WAYS[way]
    words = [sys.executable, "-m", "nhnconform.adapter", "--up", up, "--state", state, "--port", str(port)]
    words += ["--poll-seconds", str(poll_seconds), "--edi2-version", str(chosen.version), "--receive", chosen.receive]
    words += ["--tenancy", chosen.tenancy, "--spelling", chosen.spelling]
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
        profiles=(*PROFILES, *WAYS[way].claims),
    )
