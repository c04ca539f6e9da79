"""Judges documents on disk: XML, schema, rules, code tables. What `provenett validate` does, without the terminal."""

from nhnconform.validating.findings import Finding, Judged, Layer, Severity
from nhnconform.validating.judge import judge
from nhnconform.validating.official import Official, OfficialSchemasError, prepare
from nhnconform.validating.rulebook import Rule, beyond_schemas, rulebook

__all__ = [
    "Finding",
    "Judged",
    "Layer",
    "Official",
    "OfficialSchemasError",
    "Rule",
    "Severity",
    "beyond_schemas",
    "judge",
    "prepare",
    "rulebook",
]
