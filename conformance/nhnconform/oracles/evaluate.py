"""The evaluator: rows on an element, with XPath 1.0, EXSLT regular expressions and three functions of our own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnconform.errors import HarnessError
from nhnconform.oracles.findings import Finding
from nhnconform.oracles.reading import elements, path_of

if TYPE_CHECKING:
    from nhnconform.oracles.tables import Row, Table

_OWN = "urn:provenett:oracle"
_REGEX = "http://exslt.org/regular-expressions"
_K1 = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_K2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_ORG = (3, 2, 7, 6, 5, 4, 3, 2, 1)


def evaluate(rows: Table, root: Any, **variables: Any) -> list[Finding]:
    """Judge an element by a table.

    Args:
        rows: the table.
        root: the element its contexts start from.
        variables: values of `$name` in the expressions.

    Raises:
        HarnessError: an expression that cannot be evaluated, such as one with an unbound variable.
    """
    bindings = _bindings(rows, root)
    return [finding for row in rows.rows for finding in _judge(row, root, bindings, variables)]


def _judge(row: Row, root: Any, bindings: tuple[tuple[str, str], ...], variables: dict[str, Any]) -> list[Finding]:
    findings = []
    try:
        nodes = _compiled(row.context, bindings)(root, **variables)
        for node in nodes:
            if not _compiled(f"boolean({row.test})", bindings)(node, **variables):
                seen = _text(_compiled(row.seen, bindings)(node, **variables)) if "{seen}" in row.message else ""
                findings.append(
                    Finding(
                        rule=row.id,
                        message=row.message.replace("{seen}", seen),
                        level=row.level,
                        clause=f"{row.standard} {row.clause}".strip(),
                        where=path_of(node),
                        requirement=row.requirement,
                    )
                )
    except etree.XPathError as error:
        raise HarnessError(f"row {row.id} cannot be evaluated: {error}") from error
    return findings


@functools.lru_cache(maxsize=2048)
def _compiled(expression: str, bindings: tuple[tuple[str, str], ...]) -> Any:
    return etree.XPath(expression, namespaces=dict(bindings), extensions=_FUNCTIONS, regexp=True, smart_strings=False)


def _bindings(rows: Table, root: Any) -> tuple[tuple[str, str], ...]:
    used = {etree.QName(one).namespace for one in elements(root)}
    bound = [("p", _OWN), ("re", _REGEX)]
    for prefix, given in rows.namespaces.items():
        choices = (given,) if isinstance(given, str) else given
        bound.append((prefix, next((one for one in choices if one in used), choices[0])))
    return tuple(bound)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value[:5]) or "nothing"
    if hasattr(value, "xpath"):
        value = value.xpath("normalize-space(.)")
    text = str(value)
    return repr(text if len(text) <= 80 else text[:80] + "…")


def _digits(value: Any, weights: tuple[int, ...]) -> bool:
    return sum(int(digit) * weight for digit, weight in zip(value, weights, strict=False)) % 11 == 0


def _string(value: Any) -> str:
    if isinstance(value, list):
        return _string(value[0]) if value else ""
    return str(value.text or "") if hasattr(value, "text") else str(value)


def _is_fnr(_context: Any, value: Any) -> bool:
    """Eleven digits with both control digits right (Skatteetaten's weights; the rule of 1964)."""
    text = _string(value)
    return len(text) == 11 and text.isascii() and text.isdigit() and _digits(text, _K1) and _digits(text, _K2)


def _is_organisation_number(_context: Any, value: Any) -> bool:
    """Nine digits with the control digit right (Brønnøysundregistrene)."""
    text = _string(value)
    return len(text) == 9 and text.isascii() and text.isdigit() and _digits(text, _ORG)


def _is_uuid(_context: Any, value: Any) -> bool:
    """Text form of RFC 9562, either case, no braces."""
    parts = _string(value).split("-")
    right = [len(part) for part in parts] == [8, 4, 4, 4, 12]
    return right and all(character in "0123456789abcdefABCDEF" for part in parts for character in part)


_FUNCTIONS = {
    (_OWN, "fnr"): _is_fnr,
    (_OWN, "organisation-number"): _is_organisation_number,
    (_OWN, "uuid"): _is_uuid,
}
