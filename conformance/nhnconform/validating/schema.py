"""The schema layer: our own schemas through `nhnwire.validation`, official ones when the user names them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from nhnconform.errors import HarnessError
from nhnconform.validating.places import Fault, place_of
from nhnconform.validating.wording import worded
from nhnwire import validation
from nhnwire.errors import SchemaError

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_FAULTS = 100
"""Of one document; after so many the rest is noise."""

_UNKNOWN_INSIDE = "demanded by the strict wildcard"


def own_faults(found: validation.Recognised) -> list[Fault]:
    """Where a document departs from our own schema; the usual, good document costs one validation."""
    try:
        validation.check_schema(found)
    except SchemaError as error:
        return faults(_compiled_own(), found.root) or [Fault(error.xpath, None, str(error), error.remedy)]
    return []


def faults(judge: etree.XMLSchema, root: _Element) -> list[Fault]:
    """Where a document departs from a schema; empty when it follows it."""
    if judge.validate(root):
        return []
    found: list[Fault] = []
    for entry in list(judge.error_log)[:MAX_FAULTS]:
        place, element = place_of(root, entry.path)
        words = worded(entry.message, element)
        if words.attribute and "/@" not in place:
            place = f"{place}/@{words.attribute}"
        if words.value and found and found[-1].place == place:
            continue  # libxml2 says of a broken facet once more that the value is not of its type
        inside = _UNKNOWN_INSIDE in entry.message
        found.append(Fault(place, element.sourceline, words.cause, words.remedy, inside))
    return found


def ready() -> None:
    """Find out before the first document whether our own schemas are whole.

    Raises:
        HarnessError: they are not; the installation is broken.
    """
    try:
        _compiled_own()
    except (etree.XMLSchemaParseError, OSError) as error:
        raise HarnessError(f"the schemas of this installation are broken: {error}; install it anew") from None


@cache
def _compiled_own() -> etree.XMLSchema:
    # A judge of our own: validation's own schema object keeps no log, since threads may share it.
    path = validation.schema_path() / "driver.xsd"
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))
