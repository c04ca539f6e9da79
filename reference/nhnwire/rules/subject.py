"""What the rules look at: a message with its profile and its dialogue opened, and a document as elements."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import codes, dialogmelding, xml
from nhnwire.apprec import AppRec
from nhnwire.errors import ProtocolError
from nhnwire.messages import APPREC_1_0, APPREC_1_1, DIALOG_1_0, DIALOG_1_1, MSGHEAD, PROFILES, MessageProfile
from nhnwire.people import FK1

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from nhnwire.codes import Expected
    from nhnwire.dialogmelding import Dialogmelding, Note, RelatedRole, Request
    from nhnwire.msghead import MsgHead
    from nhnwire.people import HealthcareProfessional, Organisation

INFO = "/MsgHead/MsgInfo"
DOCUMENT = "/MsgHead/Document"
DIALOGUE = f"{DOCUMENT}/RefDoc/Content/Dialogmelding"
_OURS = frozenset([MSGHEAD, APPREC_1_0, APPREC_1_1, DIALOG_1_0, DIALOG_1_1, FK1])
_ROOTS = _OURS - {FK1}


@dataclass(frozen=True)
class Subject:
    """A head message with what its rules look at: its profile, and its dialogue message when it has one."""

    head: MsgHead
    profile: MessageProfile | None
    root: tuple[str, str] | None
    dialogue: Dialogmelding | None

    @classmethod
    def of(cls, head: MsgHead) -> Subject:
        """Open the business document; one that cannot be read as a dialogue message leaves `dialogue` None."""
        payload = head.business_document
        root = dialogue = None
        if payload is not None:
            element = xml.parse(payload)
            root = xml.split_tag(element)
            try:
                dialogue = dialogmelding.parse(element)
            except ProtocolError:
                dialogue = None
        return cls(head, PROFILES.get(head.type.v), root, dialogue)

    def is_type(self, *types: str) -> bool:
        """True when the message is of one of these types."""
        return self.head.type.v in types

    def notes(self, *types: str) -> Iterator[tuple[str, Note]]:
        """Notes with their places; none unless the message is of one of the types, when some are given."""
        if types and not self.is_type(*types):
            return
        for at, note in enumerate(self.dialogue.notes if self.dialogue else (), 1):
            yield f"{DIALOGUE}/Notat[{at}]", note

    def requests(self, *types: str) -> Iterator[tuple[str, Request]]:
        """Questions with their places, as `notes`; those copied into answers are left out."""
        if types and not self.is_type(*types):
            return
        for at, request in enumerate(self.dialogue.requests if self.dialogue else (), 1):
            yield f"{DIALOGUE}/Foresporsel[{at}]", request

    def parties(self) -> Iterator[tuple[str, Organisation]]:
        """Sender and receivers with their places."""
        yield f"{INFO}/Sender/Organisation", self.head.sender
        yield f"{INFO}/Receiver/Organisation", self.head.receiver
        for at, other in enumerate(self.head.other_receivers, 1):
            if other.organisation is not None:
                yield f"{INFO}/OtherReceiver[{at}]/Organisation", other.organisation

    def organisations(self) -> Iterator[tuple[str, Organisation]]:
        """Every organisation of the head at every level, with its place."""
        for place, party in self.parties():
            at, level = place, party
            yield at, level
            while level.organisation is not None:
                at, level = f"{at}/Organisation", level.organisation
                yield at, level

    def professionals(self) -> Iterator[tuple[str, HealthcareProfessional]]:
        """Every health professional of the head, with the place."""
        for place, level in self.organisations():
            if level.professional is not None:
                yield f"{place}/HealthcareProfessional", level.professional
        for at, other in enumerate(self.head.other_receivers, 1):
            if other.professional is not None:
                yield f"{INFO}/OtherReceiver[{at}]/HealthcareProfessional", other.professional


def at_work(roles: tuple[RelatedRole, ...]) -> Iterator[tuple[RelatedRole, HealthcareProfessional]]:
    """The health professionals of a note or a question: those named themselves, and contacts at a unit."""
    for role in roles:
        if role.professional is not None:
            yield role, role.professional
        if role.unit is not None and role.unit.professional is not None:
            yield role, role.unit.professional


@dataclass(frozen=True)
class Element:
    """One element of a document that the standards here describe: its path of names and what its codes may be."""

    node: _Element
    name: str
    expected: Expected | None
    receipt: bool

    @cached_property
    def place(self) -> str:
        """XPath of local names."""
        return xml.path_of(self.node)


@dataclass(frozen=True)
class Tree:
    """A document as elements, attachments and foreign vocabularies (XHTML, signatures) left out."""

    elements: tuple[Element, ...]

    @classmethod
    def of(cls, value: MsgHead | AppRec) -> Tree:
        """The elements of a value as it is on the wire, whatever prefixes and order its sender gave them."""
        if isinstance(value, AppRec):
            return cls(tuple(_walk(xml.parse(value.to_bytes()))))
        # Megabytes of base64 hold no rule; the container stays, so that positions do.
        light = (
            document if document.attachment is None else dataclasses.replace(document, attachment=b"")
            for document in value.documents
        )
        return cls(tuple(_walk(xml.parse(dataclasses.replace(value, documents=tuple(light)).to_bytes()))))


def _walk(root: _Element) -> Iterator[Element]:
    pending: list[tuple[_Element, str, tuple[str, ...]]] = [(root, "", ())]
    while pending:
        node, document, path = pending.pop()
        namespace, name = xml.split_tag(node)
        if namespace not in _OURS:
            # A payload of another standard: its own rules are not here.
            continue
        if namespace in _ROOTS and namespace != document:
            document, path = namespace, ()
        path = (*path, name)
        coded = len(node) == 0 and bool(node.keys() or not node.text)
        expected = codes.expected(document, "/".join(path[-4:])) if coded else None
        yield Element(node, name, expected, document in {APPREC_1_0, APPREC_1_1})
        pending.extend((child, document, path) for child in reversed(list(node.iterchildren(tag=etree.Element))))
