"""Which standard a document follows, and whether it follows its schema.

libxml2 judges, against a driver schema that is compiled once; the schemas are in `schemas/`, our own expression of
the structures of the standards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import xml
from nhnwire.errors import SchemaError, UnsupportedFormatError
from nhnwire.messages import (
    APPREC_1_0,
    APPREC_1_1,
    DIALOG_1_0,
    DIALOG_1_1,
    EPIKRISE_1_2,
    HENVISNING_1_1,
    MSGHEAD,
    PASIENTLOGISTIKK_1_6,
    REKVISISJON_1_6,
    SVARRAPPORT_1_4,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_VIOLATIONS = 100
MAX_VIOLATION = 1_000
"""Characters of one violation: a value that breaks the schema is quoted in it, however long."""
_FOLDER = Path(__file__).parent / "schemas"


class Form(Enum):
    """Which of its two forms dialogue message 1.1 is judged by; both have the namespace of 2013.

    In January 2017 `RollerRelatertNotat` got `TilknyttetEnhet`, and its person became optional. A receiver that still
    has the form of 2013 refuses what only the form of 2017 allows.
    """

    SINCE_2017 = "driver.xsd"
    BEFORE_2017 = "driver-2013.xsd"


# (namespace, local name) of a root, and the standard and version it belongs to.
STANDARDS = {
    (MSGHEAD, "MsgHead"): ("MsgHead", "1.2"),
    (APPREC_1_0, "AppRec"): ("AppRec", "1.0"),
    (APPREC_1_1, "AppRec"): ("AppRec", "1.1"),
    (DIALOG_1_0, "Dialogmelding"): ("Dialogmelding", "1.0"),
    (DIALOG_1_1, "Dialogmelding"): ("Dialogmelding", "1.1"),
    (HENVISNING_1_1, "Message"): ("Henvisning", "1.1"),
    (EPIKRISE_1_2, "Message"): ("Epikrise", "1.2"),
    (SVARRAPPORT_1_4, "Message"): ("Svarrapport", "1.4"),
    (REKVISISJON_1_6, "Message"): ("Rekvisisjon", "1.6"),
    (PASIENTLOGISTIKK_1_6, "Pasientlogistikk"): ("Pasientlogistikk", "1.6"),
}
_BY_TAG: dict[object, tuple[str, str, str]] = {
    f"{{{namespace}}}{name}": (*found, namespace) for (namespace, name), found in STANDARDS.items()
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a document is, by its root element.

    Attributes:
        standard: such as `MsgHead`, `AppRec` or `Henvisning`.
        version: such as `1.2`.
        namespace: the root's namespace.
        root: the parsed root, so that nobody needs to parse twice.
    """

    standard: str
    version: str
    namespace: str
    root: _Element


def recognise(data: bytes) -> Recognised:
    """Parse a document and say what it is.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) a root that no standard of this house has.
    """
    root = xml.parse(data)
    found = _BY_TAG.get(root.tag)
    if found is None:
        namespace, name = xml.split_tag(root)
        raise UnsupportedFormatError(
            f"no standard here has the root {name[:60]} of namespace {namespace[:120]!r}",
            xpath="/",
            remedy="send MsgHead 1.2 or AppRec 1.0 or 1.1, with exactly the namespace of the standard",
        )
    return Recognised(*found, root)


def check_schema(data: bytes | _Element | Recognised, form: Form = Form.SINCE_2017) -> None:
    """Judge a document by its schema, business document and attachments inside MsgHead included.

    Args:
        data: the document; parsed when it is bytes. An element is judged whatever its root.
        form: how dialogue message 1.1 is read.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) a root that no standard of this house has.
        SchemaError: (T02) with up to 100 violations, each with line and reason.
    """
    if isinstance(data, bytes):
        data = recognise(data)
    root = data.root if isinstance(data, Recognised) else data
    # A schema object has one error log: no two threads may judge with the same one. `pop` and `append` are atomic.
    idle = _IDLE[form]
    judge = idle.pop() if idle else _compiled(form)
    try:
        if judge.validate(root):
            return
        log = list(judge.error_log)[:MAX_VIOLATIONS]
    finally:
        idle.append(judge)
    found = tuple(f"line {entry.line}: {' '.join(entry.message.split())[:MAX_VIOLATION]}" for entry in log)
    raise SchemaError(
        f"the document does not follow its schema: {found[0]}",
        xpath=_place(root, log[0].path or ""),
        remedy="build the document from the standard's schema: names, order, required elements and value formats",
        violations=found,
    )


def _place(root: _Element, path: str) -> str:
    """libxml2's path to a node, such as `/p:MsgHead/*[2]/p:Content`, as a path of local names.

    libxml2 writes `*` for an element whose namespace has no prefix, and then counts all elements.
    """
    at = root
    for step in path.strip("/").split("/")[1:]:
        name, _, position = step.rstrip("]").partition("[")
        prefix, _, local = name.rpartition(":")
        same = [
            child
            for child in at.iterchildren(tag=etree.Element)
            if name == "*" or (child.prefix == (prefix or None) and etree.QName(child).localname == local)
        ]
        index = int(position or 1) - 1
        if index >= len(same):
            break
        at = same[index]
    return xml.path_of(at)


def schema_path() -> Path:
    """Folder of the XSD files; `driver.xsd` in it imports all others, and each `Form` names its driver."""
    return _FOLDER


_IDLE: dict[Form, list[etree.XMLSchema]] = {form: [] for form in Form}
"""Compiled schemas that nobody judges with just now; as many as have been needed at the same time."""


def _compiled(form: Form) -> etree.XMLSchema:
    # Package data; about 7 ms.
    return etree.XMLSchema(etree.parse(str(_FOLDER / form.value), etree.XMLParser(no_network=True)))
