"""Schema validity by two engines that must agree: libxml2 and xmlschema."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import xmlschema
from lxml import etree

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path


class SchemaJudge:
    """Holds one schema that covers every document, compiled by each engine when first asked."""

    def __init__(self, schema: Path) -> None:
        """`schema` is the path of an XSD that imports all others, or of a folder with such a `driver.xsd`."""
        self.path = schema / "driver.xsd" if schema.is_dir() else schema

    @functools.cached_property
    def _libxml2(self) -> Any:
        return etree.XMLSchema(etree.parse(str(self.path)))

    @functools.cached_property
    def _xmlschema(self) -> Any:
        return xmlschema.XMLSchema10(str(self.path), allow="local", defuse="always")

    def faults(self, root: Any) -> list[str]:
        """What is not valid, in libxml2's words; [] when both engines find nothing.

        Raises:
            HarnessError: one engine finds the document valid and the other does not; shows both views.
        """
        valid = self._libxml2.validate(root)
        first = [f"line {fault.line}: {fault.message}" for fault in self._libxml2.error_log][:5]
        second = [
            f"{fault.path}: {fault.reason}"
            for fault, _ in zip(self._xmlschema.iter_errors(root), range(5), strict=False)
        ]
        if valid == bool(second):
            raise HarnessError(
                "two schema engines disagree, so nothing can be said of the document; "
                f"libxml2: {'; '.join(first) or 'valid'} | xmlschema: {'; '.join(second) or 'valid'}"
            )
        return first
