"""A register as a web service: its operations as a table, and the way between calls and messages.

Document/literal wrapped: the request element has the operation's name, its children are the parameters in order; the
response element is `…Response` with one child `…Result` (NHN's WSDLs and clients).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnwire import xml
from nhnwire.errors import SchemaError
from nhnwire.registers.common import GenericFault, ValidationFault
from nhnwire.registers.contract import member
from nhnwire.registers.faults import NORWEGIAN, Fault, raised
from nhnwire.registers.kinds import (
    XSI,
    Kind,
    Member,
    Reader,
    Record,
    read_members,
    read_value,
    walk,
    write_value,
)
from nhnwire.registers.simple import XSD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

    from nhnwire.registers.soap import Envelope

NOTHING: Mapping[str, Any] = {}
GENERIC: tuple[type[Any], ...] = (GenericFault,)
NOTHING_DECLARED: tuple[type[Any], ...] = ()
VALIDATED: tuple[type[Any], ...] = (GenericFault, ValidationFault)


@dataclass(frozen=True, eq=False)
class Operation:
    """One row of a service.

    Attributes:
        name: on the wire.
        takes: parameter name on the wire to its type, as an annotation.
        gives: type of the result as an annotation; None when there is none.
        faults: details it may answer with.
    """

    name: str
    takes: Mapping[str, Any]
    gives: Any = None
    faults: tuple[type[Any], ...] = GENERIC


@dataclass(frozen=True)
class Call:
    """A request that was understood.

    Attributes:
        operation: its name.
        arguments: parameter name on the wire to its value; one that was left out has its type's default.
        ignored: elements that were passed over, as XPaths: .NET services do so in silence, and callers wonder.
    """

    operation: str
    arguments: Mapping[str, Any]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a client learns from a response: the result, and what in it was passed over."""

    result: Any
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class WebService:
    """A web service.

    Attributes:
        name: of the service in its WSDL.
        ns: namespace of its operations.
        contract: of the port type, such as `ICPPAService`.
        operations: all of them, in the WSDL's order.
    """

    name: str
    ns: str
    contract: str
    operations: tuple[Operation, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {one.name: one for one in self.operations}

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds that the operations and their faults use."""
        used = [each.kind for one in self.operations for each in (*self.parameters(one), *self.results(one))]
        used += [Record(fault) for one in self.operations for fault in one.faults]
        return tuple(walk(iter(used)))

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Namespaces of the kinds, without the service's own, sorted."""
        return tuple(sorted({kind.ns for kind in self.kinds} - {self.ns}))

    @cached_property
    def records(self) -> Mapping[tuple[str, str], Record]:
        """What `i:type` may name, by namespace and name."""
        return {(kind.ns, kind.name): kind for kind in self.kinds if isinstance(kind, Record)}

    def parameters(self, operation: Operation) -> tuple[Member, ...]:
        """The children of the request element."""
        return tuple(member(name, annotation, self.ns) for name, annotation in operation.takes.items())

    def results(self, operation: Operation) -> tuple[Member, ...]:
        """The child of the response element, or nothing."""
        if operation.gives is None:
            return ()
        return (member(f"{operation.name}Result", operation.gives, self.ns, name="result"),)

    def action(self, operation: str, suffix: str = "") -> str:
        """SOAPAction of an operation; `Response` and `GenericFaultFault` are suffixes of the answers."""
        return f"{self.ns}/{self.contract}/{operation}{suffix}"

    def request(self, operation: str, arguments: Mapping[str, Any] = NOTHING) -> _Element:
        """The body of a request; a parameter that is not given is written as nil, or as its default.

        Raises:
            KeyError: when there is no such operation.
            ValueError: when an argument is none of its parameters or does not fit.
        """
        row = self.by_name[operation]
        strangers = set(arguments) - set(row.takes)
        if strangers:
            raise ValueError(f"{operation} takes {', '.join(row.takes) or 'nothing'}, not {', '.join(strangers)}")
        return self._wrapped(
            operation, [(each, arguments.get(each.wire, each.default)) for each in self.parameters(row)]
        )

    def response(self, operation: str, result: Any = None) -> _Element:
        """The body of an answer.

        Raises:
            ValueError: when there is a result and the operation has none, or it does not fit.
        """
        row = self.by_name[operation]
        if row.gives is None and result is not None:
            raise ValueError(f"{operation} answers without a result")
        return self._wrapped(f"{operation}Response", [(each, result) for each in self.results(row)])

    def read_request(self, envelope: Envelope) -> Call:
        """The call in a request. It is dispatched by its action, as .NET does it.

        Raises:
            SoapError: when there is no such operation, or the body is not one of its requests.
        """
        name = envelope.action.rpartition("/")[2]
        row = self.by_name.get(name)
        if row is None or envelope.action != self.action(name):
            raise raised("action-not-supported", what=envelope.action[:200] or "(none)")
        try:
            values, reader = self._read(envelope.body, name, self.parameters(row))
        except SchemaError as error:
            raise raised("deserialization-failed", what=str(error)) from None
        return Call(name, values, tuple(reader.ignored))

    def read_response(self, operation: str, envelope: Envelope) -> Outcome:
        """The result in an answer that is no fault (`soap.read_fault` says that).

        Raises:
            SchemaError: when it is not an answer of this operation.
        """
        values, reader = self._read(envelope.body, f"{operation}Response", self.results(self.by_name[operation]))
        return Outcome(values.get("result"), tuple(reader.ignored))

    def fault(self, operation: str, detail: GenericFault | ValidationFault, *, reason: str = "") -> Fault:
        """The fault an operation answers with; the reason is the GenericFault's message unless another is given."""
        kind = Record(type(detail))
        element = etree.Element(f"{{{kind.ns}}}{kind.name}", nsmap={None: kind.ns, "i": XSI})
        kind.write(element, detail)
        text = detail.message if isinstance(detail, GenericFault) else "ValidationFault"
        return Fault(
            code="Sender",
            reason=reason or text or kind.name,
            lang=NORWEGIAN,
            detail=(element,),
            action=self.action(operation, f"{kind.name}Fault"),
        )

    def read_detail(self, fault: Fault) -> GenericFault | ValidationFault | None:
        """The detail of a fault that a client got, or None when it has none of these.

        Raises:
            SchemaError: when it looks like one but is not.
        """
        for element in fault.detail:
            for cls in VALIDATED:
                kind = Record(cls)
                if element.tag == f"{{{kind.ns}}}{kind.name}":
                    found = read_value(kind, element, Reader(self.records), nillable=True)
                    return found if isinstance(found, GenericFault | ValidationFault) else None
        return None

    def _wrapped(self, name: str, values: list[tuple[Member, Any]]) -> _Element:
        nsmap: dict[str | None, str] = {None: self.ns, "i": XSI, "t": self.ns}
        nsmap.update({f"n{number}": ns for number, ns in enumerate(self.namespaces, start=1) if ns != XSD})
        wrapper = etree.Element(f"{{{self.ns}}}{name}", nsmap=nsmap)
        for each, value in values:
            write_value(each.kind, etree.SubElement(wrapper, f"{{{each.ns}}}{each.wire}"), value)
        return wrapper

    def _read(self, body: _Element, name: str, members: tuple[Member, ...]) -> tuple[dict[str, Any], Reader]:
        if body.tag != f"{{{self.ns}}}{name}":
            where = xml.path_of(body)
            raise SchemaError(
                f"{where}: the body is {str(body.tag)[:120]}; {{{self.ns}}}{name} is wanted",
                xpath=where,
                remedy="use the WSDL",
            )
        reader = Reader(self.records)
        return read_members(body, members, reader), reader
