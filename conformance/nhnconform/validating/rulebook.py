"""Everything a finding can name: the rows of `nhnwire.rules`, and the examinations that are no rows there.

The one place here that reads the rule table, so that a change of its shape is met in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from nhnconform.validating.findings import Layer, Severity
from nhnwire import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnwire.rules import Row

XML, FORMAT, SCHEMA, PAYLOAD = "XML-UNREADABLE", "FORMAT", "SCHEMA", "SCHEMA-PAYLOAD"
OFFICIAL, DISAGREEMENT, UNCOVERED = "SCHEMA-OFFICIAL", "SCHEMA-DISAGREEMENT", "SCHEMA-UNCOVERED"
UNREADABLE = "RULE-UNREADABLE"
CODE_UNKNOWN, CODE_NAME, CODE_RETIRED = "CODE-UNKNOWN", "CODE-NAME", "CODE-RETIRED"

_ABOUT_CODES = "CODED-"
"""How the ids of those rows begin that compare codes with their tables: their layer is `code`."""


@dataclass(frozen=True)
class Rule:
    """One entry of the rulebook.

    Attributes:
        id: what findings name.
        layer: the examination it belongs to.
        standard: which documents it is about.
        clause: standard and clause it rests on.
        severity: of a breach.
        code: error of table 8221 that a receiver may answer with; empty when it is no ground for rejection.
        cause: what is wrong when it is broken.
        remedy: what to do instead.
    """

    id: str
    layer: Layer
    standard: str
    clause: str
    severity: Severity
    code: str
    cause: str
    remedy: str


_ALL = "every document"
_OWN = (
    Rule(
        XML,
        Layer.XML,
        _ALL,
        "HISD 1165; W3C XML 1.0",
        Severity.ERROR,
        "T01",
        "the file is not well-formed XML, or holds something that is not read: a DOCTYPE, entities, another encoding",
        "write the document with an XML library, in UTF-8, without DOCTYPE",
    ),
    Rule(
        FORMAT,
        Layer.SCHEMA,
        _ALL,
        "HITS 1168:2016 on T10",
        Severity.ERROR,
        "T10",
        "the root element belongs to no standard that is known here",
        "send MsgHead 1.2 or AppRec 1.0 or 1.1, with exactly the namespace of the standard",
    ),
    Rule(
        SCHEMA,
        Layer.SCHEMA,
        _ALL,
        "the schema of the document's standard",
        Severity.ERROR,
        "T02",
        "the document does not follow its schema",
        "build it from the schema: names, order, required elements, formats of values",
    ),
    Rule(
        PAYLOAD,
        Layer.SCHEMA,
        "MsgHead",
        "HIS 80601:2006 Content; HITS 1168:2016 on T10",
        Severity.ERROR,
        "T10",
        "the document inside the head message belongs to no standard that is known here, so nobody has judged it",
        "check its namespace, version included; for standards that are not carried here name their official schemas"
        " with --schemas",
    ),
    Rule(
        OFFICIAL,
        Layer.SCHEMA,
        _ALL,
        "the official schema named with --schemas",
        Severity.ERROR,
        "T02",
        "the document does not follow the official schema",
        "build it from the schema: names, order, required elements, formats of values",
    ),
    Rule(
        DISAGREEMENT,
        Layer.SCHEMA,
        _ALL,
        "the official schema named with --schemas",
        Severity.WARNING,
        "",
        "the official schema and the one carried here judge this document differently",
        "trust the official schema, and report the document to the maintainers: one of the two schemas is wrong",
    ),
    Rule(
        UNCOVERED,
        Layer.SCHEMA,
        _ALL,
        "the folder named with --schemas",
        Severity.INFO,
        "",
        "the folder named with --schemas has no schema for this document, so only the one carried here has judged it",
        "add the official schema of the namespace to the folder",
    ),
    Rule(
        UNREADABLE,
        Layer.RULE,
        _ALL,
        "the standard of the document",
        Severity.ERROR,
        "T02",
        "the document follows its schema, and still holds a value that cannot be read",
        "correct the value at the place named",
    ),
    Rule(
        CODE_UNKNOWN,
        Layer.CODE,
        _ALL,
        "HITS 1168:2016: an invalid code is no ground for rejection",
        Severity.WARNING,
        "",
        "a code is not in the table that is named beside it",
        "send a code of the table, or name the table the code is from in S",
    ),
    Rule(
        CODE_NAME,
        Layer.CODE,
        _ALL,
        "kith.xsd, CV and CS: DN is the code's own text",
        Severity.INFO,
        "",
        "a code's display name (DN) is another than the table gives it",
        "send the table's own text in DN; free text belongs in OT",
    ),
    Rule(
        CODE_RETIRED,
        Layer.CODE,
        _ALL,
        "the code table",
        Severity.WARNING,
        "",
        "a code has been taken out of use",
        "send the code that replaced it; provenett explain shows the table",
    ),
)


@cache
def rulebook() -> Mapping[str, Rule]:
    """All rules by id, those of the earlier layers first."""
    rows = tuple(_from_row(row) for row in rules.ROWS)
    return MappingProxyType({rule.id: rule for rule in (*_OWN, *rows)})


def beyond_schemas() -> tuple[Rule, ...]:
    """The rows of the rule table, without the examinations around it."""
    return tuple(rulebook()[row.id] for row in rules.ROWS)


def _from_row(row: Row) -> Rule:
    return Rule(
        id=row.id,
        layer=Layer.CODE if row.id.startswith(_ABOUT_CODES) else Layer.RULE,
        standard=row.standard,
        clause=row.clause,
        severity=Severity(row.severity),
        code=row.code,
        cause=row.cause,
        remedy=row.remedy,
    )
