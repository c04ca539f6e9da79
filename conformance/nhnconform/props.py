"""What lies on the stage of a case: values that it is given, makes, and leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhnconform.oracles import Finding


@dataclass(frozen=True)
class Identity:
    """Who the SUT is in this network.

    Attributes:
        organisation_number: its number in the Central Coordinating Register.
        her_id: of the organisation.
        service_her_ids: of its services (level 2), at least one; messages go to these.
    """

    organisation_number: str
    her_id: int
    service_her_ids: tuple[int, ...]

    @property
    def service(self) -> int:
        """The first service's HER-id."""
        return self.service_her_ids[0]


@dataclass(frozen=True)
class Stimulus:
    """A document that a counterpart is about to send.

    Attributes:
        document: its exact bytes.
        breaks: id of the rule that it breaks on purpose (as the oracle tables name it), several joined by `+`; None for
            none.
        twin: the same document in small, judged in its stead when it is too large to be judged in good time.
    """

    document: bytes
    breaks: str | None = None
    twin: bytes = b""


@dataclass(frozen=True)
class Evidence:
    """Bytes kept for the report: `direction` is `in` (what the SUT was given) or `out` (what it gave)."""

    name: str
    data: bytes
    direction: str = "out"


@dataclass
class Log:
    """What a case leaves behind besides its verdict."""

    warnings: list[Finding] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
