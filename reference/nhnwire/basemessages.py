"""Base messages (basismeldinger) as values: referral, discharge summary, report and requisition.

Sources: HIS 80517:2014 (Henvisning 1.1), HIS 80226:2014 (Epikrise 1.2), HIS 80822:2014 (Svarrapport 1.4) and
HIS 80821:2014 (Rekvisisjon 1.6). Read is what a clinic shows and answers for: who, about whom, the texts, diagnoses,
results, what is asked for. The rest of a document stays in its bytes. Copy receivers are not written: the message
services of NHN do not offer them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lxml import etree

from nhnwire import xml
from nhnwire.errors import UnsupportedFormatError
from nhnwire.hcp import party_shape
from nhnwire.messages import EPIKRISE_1_2, HENVISNING_1_1, REKVISISJON_1_6, SVARRAPPORT_1_4
from nhnwire.shape import CODED, IN_V, TEXT, Fixed, Group, Leaf, Many, One, Part, Rich, Shape

if TYPE_CHECKING:
    from lxml.etree import _Element

    from nhnwire.coded import CodedValue
    from nhnwire.hcp import Party

__all__ = [
    "BaseMessage",
    "Diagnosis",
    "DischargeSummary",
    "Event",
    "Examination",
    "Finding",
    "Investigation",
    "Patient",
    "Quantity",
    "Referral",
    "Report",
    "Requisition",
    "Result",
    "Text",
    "parse",
]


@dataclass(frozen=True, slots=True)
class Text:
    """A text under a heading (ReasonAsText, Comment): heading of 8231 or 8311; `markup` as `nhnwire.shape.Rich`."""

    heading: CodedValue | None = None
    text: str | None = None
    markup: bytes | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis: `concept` of ICD-10 (7110) or ICPC-2 (7170)."""

    concept: CodedValue


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit (PQ), in the sender's own words: `13.4` and `g/dL`."""

    value: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Investigation:
    """What is or was to be examined: codes of 7280 (NLK), 7270 or the laboratory's own; `ot` where there is no code."""

    codes: tuple[CodedValue, ...]
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One result (ResultItem) with those below it.

    Attributes:
        text: of a textual result; `number` is a numeric one, `comparator` (8239) stands before it.
        deviation: table 8244.
        state: StatusInvestigation, table 8245.
    """

    investigations: tuple[Investigation, ...] = ()
    text: str | None = None
    markup: bytes | None = None
    number: Quantity | None = None
    comparator: CodedValue | None = None
    comment: str | None = None
    deviation: CodedValue | None = None
    state: CodedValue | None = None
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Patient:
    """The patient: `number` of the kind `number_type` (8116). Reports have results, requisitions who is responsible."""

    name: str | None = None
    number: str | None = None
    number_type: CodedValue | None = None
    sex: CodedValue | None = None
    born: str | None = None
    responsible: Party | None = None
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnosis or an observation in a course of treatment (InfItem with Observation): `type` of 8233."""

    type: CodedValue
    concept: CodedValue | None = None
    text: str | None = None
    markup: bytes | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A course of treatment or a stay: from when to when, of which kind (AdmCat, 8240), and what is told of it."""

    start: str | None = None
    end: str | None = None
    state: CodedValue | None = None
    category: CodedValue | None = None
    findings: tuple[Finding, ...] = ()
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """What a requisition asks for (ReqInvestigation): `state` of 7309."""

    state: CodedValue
    investigations: tuple[Investigation, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, kw_only=True)
class BaseMessage:
    """What all have.

    Attributes:
        msg_id: MsgId of the message; a UUID.
        gen_date: when it was made, in the sender's words; `issued`: when what it says was written.
        state: new, changed, cancelled: ServType, table 7309.
        provider: who gives the service; of what answers a request, the sender.
        requester: who asks for it; of what answers a request, the receiver.
        type: code of table 8279 in the message itself.
    """

    namespace: ClassVar[str]

    msg_id: str
    gen_date: str
    issued: str
    state: CodedValue
    provider: Party
    requester: Party
    patient: Patient | None = None
    type: CodedValue | None = None

    def to_bytes(self) -> bytes:
        """The document in UTF-8.

        Raises:
            ValueError: something that this document has no place for.
        """
        root = etree.Element(f"{{{self.namespace}}}Message", nsmap={None: self.namespace})
        _SHAPES[self.namespace].write(root, self, self.namespace)
        return xml.serialise(root)


@dataclass(frozen=True, kw_only=True)
class Referral(BaseMessage):
    """Henvisning 1.1. `purpose` of 8455, `priority` of 8304."""

    namespace = HENVISNING_1_1

    id: str
    purpose: CodedValue
    service: CodedValue
    priority: CodedValue
    reasons: tuple[Text, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DischargeSummary(BaseMessage):
    """Epikrise 1.2. `status` of 7306; `id` is the sender's own (ServProvId)."""

    namespace = EPIKRISE_1_2

    status: CodedValue
    description: str
    id: str | None = None
    approved: str | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report(BaseMessage):
    """Svarrapport 1.4, of laboratory or radiology: `status` of 7306, `speciality` of 8202; results are in `patient`."""

    namespace = SVARRAPPORT_1_4

    id: str
    status: CodedValue
    speciality: CodedValue
    comment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Requisition(BaseMessage):
    """Rekvisisjon 1.6, to laboratory or radiology. `speciality` of 8202."""

    namespace = REKVISISJON_1_6

    id: str
    speciality: CodedValue
    reasons: tuple[Text, ...] = ()
    examinations: tuple[Examination, ...] = ()


def parse(data: bytes | _Element) -> BaseMessage:
    """Read a base message of one of these four versions.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) another root.
        SchemaError: (T02) something is missing without which there is no such message.
    """
    root = xml.parse(data) if isinstance(data, bytes) else data
    ns, name = xml.split_tag(root)
    if name != "Message" or ns not in _SHAPES:
        raise UnsupportedFormatError(
            f"the root is {str(root.tag)[:120]}, no base message of a version that is read here",
            xpath="/",
            remedy="send Message of one of the namespaces " + ", ".join(_SHAPES),
        )
    value = _SHAPES[ns].read(root, ns)
    if not isinstance(value, BaseMessage):
        raise TypeError(value)
    return value


def _read_quantity(element: _Element) -> Quantity:
    return Quantity(element.get("V") or "", element.get("U"))


def _write_quantity(element: _Element, value: Quantity) -> None:
    for name, text in (("V", value.value), ("U", value.unit)):
        if text is not None:
            element.set(name, text)


def _below() -> Shape:
    return _RESULT


QUANTITY = Leaf(_read_quantity, _write_quantity)
_TEXT_RESULT = Rich("TextResultValue", "text", "markup")
_HEADING = One("Heading", "heading", CODED)
_PLAIN_TEXT = Shape(Text, _HEADING, One("TextResultValue", "text", TEXT))
_RICH_TEXT = Shape(Text, _HEADING, _TEXT_RESULT)
_INVESTIGATION = Shape(Investigation, Many("Id", "codes", CODED, required=True), One("Comment", "comment", TEXT))
_RESULT: Shape = Shape(
    Result,
    Group("TextResult", _TEXT_RESULT, required=False),
    Group(
        "NumResult",
        One("ArithmeticComp", "comparator", CODED),
        One("NumResultValue", "number", QUANTITY),
        required=False,
    ),
    Many("Investigation", "investigations", _INVESTIGATION),
    One("Comment", "comment", TEXT),
    One("DevResultInd", "deviation", CODED),
    One("StatusInvestigation", "state", CODED),
    Many("ResultItem", "results", _below),
)
_FINDING = Shape(
    Finding,
    Group(
        "Observation",
        Rich("Description", "text", "markup"),
        Group("CodedDescr", One("Concept", "concept", CODED), required=False),
        required=False,
    ),
    One("Type", "type", CODED, required=True),
)
_EVENT = Shape(
    Event,
    Group("ReportedEvent", One("StartDateTime", "start", IN_V), One("EndDateTime", "end", IN_V), required=False),
    One("ServType", "state", CODED),
    Group("Service", One("AdmCat", "category", CODED)),
    Many("InfItem", "findings", _FINDING),
    Many("Comment", "texts", _RICH_TEXT),
)
_EXAMINATION = Shape(
    Examination,
    One("ServType", "state", CODED, required=True),
    One("Comment", "comment", TEXT),
    Many("Investigation", "investigations", _INVESTIGATION),
)

_REFERRAL_PARTY = party_shape(("additional_ids", "persons", "departments"))
_PARTY = party_shape(("departments", "persons", "additional_ids"))
_SUMMARY_PARTY = party_shape(("departments", "persons", "additional_ids"), "MedSpecialty")
_RESPONSIBLE = One(
    "ResponsibleHcp", "responsible", party_shape(("departments", "persons", "additional_ids"), related=True)
)


def _patient(*more: Part) -> Part:
    return One(
        "Patient",
        "patient",
        Shape(
            Patient,
            One("Sex", "sex", CODED),
            One("DateOfBirth", "born", IN_V),
            One("Name", "name", TEXT),
            One("OffId", "number", TEXT),
            One("TypeOffId", "number_type", CODED),
            *more,
        ),
    )


def _issued(state: str = "state") -> tuple[Part, ...]:
    return One("ServType", state, CODED, required=True), One("IssueDate", "issued", IN_V, required=True)


def _parties(shape: Shape) -> tuple[Part, Part]:
    return One("ServProvider", "provider", shape, required=True), One("Requester", "requester", shape, required=True)


def _message(cls: type[Any], version: str, *inside: Part) -> Shape:
    return Shape(
        cls,
        One("Type", "type", CODED),
        Fixed("MIGversion", version),
        One("GenDate", "gen_date", IN_V, required=True),
        One("MsgId", "msg_id", TEXT, required=True),
        *inside,
    )


_SHAPES: dict[str, Shape] = {
    HENVISNING_1_1: _message(
        Referral,
        "v1.1 2012-02-15",
        Group(
            "ServReq",
            *_issued(),
            One("MsgDescr", "purpose", CODED, required=True),
            One("Id", "id", TEXT, required=True),
            _patient(),
            *_parties(_REFERRAL_PARTY),
            Many("ReasonAsText", "reasons", _PLAIN_TEXT),
            Many("Diagnosis", "diagnoses", Shape(Diagnosis, One("Concept", "concept", CODED, required=True))),
            Group(
                "ReqServ",
                One("ServType", "service", CODED, required=True),
                One("Priority", "priority", CODED, required=True),
            ),
        ),
    ),
    EPIKRISE_1_2: _message(
        DischargeSummary,
        "v1.2 2012-02-15",
        Group(
            "ServRprt",
            *_issued(),
            One("ApprDate", "approved", IN_V),
            One("Status", "status", CODED, required=True),
            One("MsgDescr", "description", TEXT, required=True),
            One("ServProvId", "id", TEXT),
            Many("Event", "events", _EVENT),
            _patient(),
            *_parties(_SUMMARY_PARTY),
        ),
    ),
    SVARRAPPORT_1_4: _message(
        Report,
        "v1.4 2012-02-15",
        Group(
            "ServReport",
            *_issued(),
            One("Status", "status", CODED, required=True),
            One("MsgDescr", "speciality", CODED, required=True),
            One("ServProvId", "id", TEXT, required=True),
            One("Comment", "comment", TEXT),
            _patient(_RESPONSIBLE, Many("ResultItem", "results", _RESULT)),
            *_parties(_PARTY),
        ),
    ),
    REKVISISJON_1_6: _message(
        Requisition,
        "v1.6 2012-02-15",
        Group(
            "ServReq",
            *_issued(),
            One("MsgDescr", "speciality", CODED, required=True),
            One("Id", "id", TEXT, required=True),
            _patient(_RESPONSIBLE),
            *_parties(_PARTY),
            Many("ReasonAsText", "reasons", _RICH_TEXT),
            Many("ReqInvestigation", "examinations", _EXAMINATION),
        ),
    ),
}
