"""libxml2's messages about schemas, said as cause and remedy for somebody who has not read the schema.

The table is read from the top; the first pattern that fits decides. A message that fits none is passed on as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEAD = re.compile(
    r"Element '(?:\{(?P<ns>[^}]*)\})?(?P<name>[^']*)'(?:, attribute '(?P<attribute>[^']*)')?: ", re.DOTALL
)
_EXPECTED = re.compile(r" Expected is (?:one of )?\( (?P<names>.*) \)\.", re.DOTALL)
_QUALIFIED = re.compile(r"\{([^}]*)\}")
_LONGEST = 80

GENERAL = "build the document from the standard's schema: names, order, required elements and formats of values"


@dataclass(frozen=True)
class Wording:
    """A message said for people.

    Attributes:
        cause: what is wrong.
        remedy: what to do instead.
        attribute: local name of the attribute it is about; empty when it is about the element.
        value: it is about a value's type; libxml2 follows a message about a facet by another such one.
    """

    cause: str
    remedy: str
    attribute: str = ""
    value: bool = False


# (pattern, cause, remedy). {what} is "element X" or "attribute Y of X"; other names are groups of the pattern.
_TABLE = tuple(
    (re.compile(pattern, re.DOTALL), cause, remedy)
    for pattern, cause, remedy in (
        (
            r"No matching global element declaration available, but demanded by the strict wildcard",
            "{name} of namespace {ns} is no document that is known here",
            "check the namespace, version included; it is compared letter by letter",
        ),
        (
            r"No matching global (?:element )?declaration available for the validation root",
            "the root {name} of namespace {ns} is no document of these schemas",
            "check the namespace, version included; it is compared letter by letter",
        ),
        (
            r"The attribute '(?P<missing>[^']*)' is required but missing",
            "{name} lacks the attribute {missing}",
            "add {missing} to {name}",
        ),
        (
            r"The attribute '[^']*' is not allowed",
            "{what} does not exist in the schema",
            "remove it; names of attributes are case sensitive",
        ),
        (
            r"\[facet 'enumeration'\] The value '(?P<value>.*)' is not an element of the set \{(?P<set>.*)\}",
            "{what} holds {value!r}, which is not among the values the schema allows",
            "send one of {set}",
        ),
        (
            r"\[facet 'pattern'\] The value '(?P<value>.*)' is not accepted by the pattern '(?P<pattern>.*)'",
            "{what} holds {value!r}, which has another form than {pattern}",
            "send a value of that form, without spaces around it",
        ),
        (
            r"\[facet 'minLength'\].* length of '(?P<is>\d+)';.* minimum length of '(?P<limit>\d+)'",
            "{what} has {is} characters, and at least {limit} are needed",
            "fill it in, or leave it out where it is optional",
        ),
        (
            r"\[facet 'maxLength'\].* length of '(?P<is>\d+)';.* maximum length of '(?P<limit>\d+)'",
            "{what} has {is} characters, and at most {limit} are allowed",
            "send at most {limit} characters",
        ),
        (
            r"\[facet '(?P<facet>\w+)'\] (?P<rest>.*)",
            "{what} breaks the limit {facet}: {rest}",
            "send a value within the limit",
        ),
        (
            r"'(?P<value>.*)' is not a valid value of the (?:local )?(?:atomic|union|list) type(?: '(?P<type>[^']*)')?",
            "{what} holds {value!r}, which is no valid {type}",
            "{hint}",
        ),
        (
            r"The actual value '(?P<value>.*)' does not match the fixed value constraint '(?P<fixed>[^']*)'",
            "{what} holds {value!r}, and the schema knows one value only",
            "send {fixed!r}, letter by letter",
        ),
        (
            r"Character content (?:other than whitespace )?is not allowed",
            "{name} holds text where the schema allows elements only",
            "move the text into the element that is meant for it",
        ),
        (
            r"Element content is not allowed",
            "{name} holds elements where the schema allows text only",
            "send text only in {name}",
        ),
    )
)

_HINTS = {
    "xs:dateTime": "send date and time with T between them, as in 2026-03-02T09:30:00+01:00",
    "xs:date": "send a date as in 2026-03-02, without time",
    "xs:base64Binary": "send base64 of the bytes, and nothing else",
    "xs:boolean": "send true, false, 1 or 0",
    "xs:integer": "send digits only",
    "xs:int": "send digits only",
    "xs:decimal": "send digits, with a point before decimals",
    "xs:anyURI": "send a URI",
}


def worded(message: str, element: _Element) -> Wording:
    """Say one message of libxml2's log for people.

    Args:
        message: as in the log.
        element: the element it is about.
    """
    head = _HEAD.match(message)
    if head is None:
        return Wording(" ".join(message.split()), GENERAL)
    rest = message[head.end() :].strip()
    attribute = (head["attribute"] or "").rpartition("}")[2]
    name = head["name"]
    if rest.startswith(("This element is not expected", "Missing child element(s)")):
        cause, remedy = _order(rest, name, head["ns"] or "", element)
        return Wording(cause, remedy)
    for pattern, cause, remedy in _TABLE:
        match = pattern.search(rest)
        if match is not None:
            words = {key: _short(value or "") for key, value in match.groupdict().items()}
            words["type"] = words.get("type") or "value of its type"
            words |= {
                "what": f"the attribute {attribute} of {name}" if attribute else name,
                "name": name,
                "ns": repr(head["ns"] or ""),
                "hint": _HINTS.get(words["type"], "send a value of that type, without spaces around it"),
            }
            return Wording(cause.format(**words), remedy.format(**words), attribute, "valid value of the" in rest)
    return Wording(f"{name}: {' '.join(_QUALIFIED.sub('', rest).split())}", GENERAL, attribute)


def _order(rest: str, name: str, namespace: str, element: _Element) -> tuple[str, str]:
    """An element too many, one too few, or two in the wrong order."""
    found = _EXPECTED.search(rest)
    wanted = [] if found is None else [part.strip().rstrip("*") for part in found["names"].split(",")]
    locals_ = [_QUALIFIED.sub("", part) for part in wanted]
    listed = " or ".join(locals_) if len(locals_) <= 4 else f"{', '.join(locals_[:-1])} or {locals_[-1]}"
    if rest.startswith("Missing"):
        return f"{name} ends too early: {listed} is missing in it", f"add {listed} at the end of {name}"
    if not wanted:
        return (
            f"{name} is not allowed here: it stands too late, too often, or is not part of its parent",
            f"move {name} to its place in the schema's order, or remove it",
        )
    if name in locals_ and name not in wanted:
        right = _QUALIFIED.findall(wanted[locals_.index(name)])
        return (
            f"{name} is in the namespace {namespace!r}, and {''.join(right)!r} is wanted here",
            "declare the namespace of the schema on it, letter by letter",
        )
    after = {etree.QName(later).localname for later in element.itersiblings() if isinstance(later.tag, str)}
    displaced = [local for local in locals_ if local in after]
    if displaced:
        return (
            f"{name} is not allowed before {displaced[0]}",
            f"move {name} after it if the schema has {name} there; otherwise remove it: it is of another version",
        )
    return (
        f"{name} stands where {listed} is wanted",
        f"add {listed} before it if that is what is missing; otherwise {name} is not allowed here",
    )


def _short(value: str) -> str:
    flat = " ".join(value.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"
