"""The oracles' front: which tables hold for which bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnconform.errors import HarnessError
from nhnconform.oracles.evaluate import evaluate
from nhnconform.oracles.findings import Finding
from nhnconform.oracles.reading import element, read
from nhnconform.oracles.requests import request, requests
from nhnconform.oracles.schema import SchemaJudge
from nhnconform.oracles.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DOCUMENT_TABLES = {"MsgHead": ("msghead", "dialogue", "documents"), "AppRec": ("apprec",)}
"""Which tables hold for a document by the local name of its root."""


class Oracles:
    """Judges bytes. Pure: the same bytes always get the same findings."""

    def __init__(self, schema: Path) -> None:
        """`schema` is the path of an XSD that imports every business document's, or of a folder with a `driver.xsd`."""
        self._schema = SchemaJudge(schema)

    def document(self, data: bytes) -> list[Finding]:
        """Everything that holds for a business document: form, schema and the tables for its kind.

        Rules of form are `XML-WELLFORMED`, `XML-UTF8`, `XML-DOCTYPE`, `XML-ROOT`; the schema's is `SCHEMA`.

        Raises:
            HarnessError: the schema engines disagree.
        """
        root, findings = read(data)
        if root is None:
            return findings
        name = etree.QName(root).localname
        if name not in DOCUMENT_TABLES:
            known = " or ".join(DOCUMENT_TABLES)
            return [*findings, Finding("XML-ROOT", f"the root is {name}, not {known}", clause="HIS 80601, HIS 80415")]
        if faults := self._schema.faults(root):
            findings.append(Finding("SCHEMA", "; ".join(faults), clause=f"XSD of {etree.QName(root).namespace}"))
        return findings + [finding for one in DOCUMENT_TABLES[name] for finding in evaluate(table(one), root)]

    def check(self, name: str, data: bytes | Sequence[bytes], **context: Any) -> list[Finding]:
        """Judge by one table.

        Args:
            name: of the table.
            data: a document, the raw bytes of an HTTP request, or several of those, as the table's input says.
            context: `original` for a pair (bytes); everything else becomes a variable of the expressions.

        Raises:
            HarnessError: no such table, the wrong kind of input, or an expression that cannot be evaluated.
        """
        rows = table(name)
        if rows.input == "requests":
            if isinstance(data, bytes):
                raise HarnessError(f"table {name} judges several requests; hand it a list")
            return evaluate(rows, requests(data), **context)
        if not isinstance(data, bytes):
            raise HarnessError(f"table {name} judges one {rows.input}; hand it bytes")
        if rows.input == "request":
            return evaluate(rows, request(data), **context)
        if rows.input == "pair":
            return self._pair(name, data, context)
        root, findings = read(data)
        return findings if root is None else findings + evaluate(rows, root, **context)

    @staticmethod
    def _pair(name: str, data: bytes, context: dict[str, Any]) -> list[Finding]:
        original = context.pop("original", None)
        if not isinstance(original, bytes):
            raise HarnessError(f"table {name} compares a document with its original; hand it original=bytes")
        root, findings = read(data)
        if root is None:
            return findings
        pair = etree.Element("pair")
        etree.SubElement(pair, "original").append(element(original))
        etree.SubElement(pair, "answer").append(root)
        return findings + evaluate(table(name), pair, **context)
