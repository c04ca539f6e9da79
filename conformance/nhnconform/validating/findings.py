"""What validation says of a document: values only."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class Layer(enum.StrEnum):
    """Which examination found it, in the order they are made."""

    XML = "xml"
    SCHEMA = "schema"
    RULE = "rule"
    CODE = "code"


class Severity(enum.StrEnum):
    """How bad it is. Only an error makes a document wrong."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing, in one place of one document.

    Attributes:
        file: as the user named it, or found below a folder the user named.
        layer: the examination.
        severity: how bad.
        rule: id in the rulebook; `provenett explain` knows it.
        xpath: where, in local names; `/` for the whole document.
        cause: what is wrong.
        remedy: what to do instead.
        code: error of table 8221 that a receiver may answer with; empty when it is no ground for rejection.
        clause: standard and clause; empty when the document's schema is the source.
        line: in the file; None when it is about no place in it.
    """

    file: str
    layer: Layer
    severity: Severity
    rule: str
    xpath: str
    cause: str
    remedy: str
    code: str = ""
    clause: str = ""
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """All fields, with strings for the two enumerations."""
        return {
            "file": self.file,
            "layer": self.layer.value,
            "severity": self.severity.value,
            "rule": self.rule,
            "xpath": self.xpath,
            "cause": self.cause,
            "remedy": self.remedy,
            "code": self.code,
            "clause": self.clause,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """One document with everything found in it.

    Attributes:
        file: as in the findings.
        standard: `MsgHead`, `AppRec` or `Dialogmelding`; empty when it is none of them.
        version: such as `1.2`; empty as above.
        type: code of table 8279 that the document gives for itself; empty when it gives none.
        findings: in the order of the layers.
    """

    file: str
    standard: str = ""
    version: str = ""
    type: str = ""
    findings: tuple[Finding, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings are that bad."""
        return sum(1 for finding in self.findings if finding.severity is severity)
