"""A finding about whether something can be used at all; not a judgement of a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One finding: `status` is `ok`, `missing` (optional, not here) or `wrong`; `remedy` where there is one."""

    name: str
    status: str
    detail: str
    remedy: str = ""

    def line(self) -> str:
        """For people."""
        return f"{self.status:<8} {self.name:<24} {self.detail}" + (f"; {self.remedy}" if self.remedy else "")
