"""Documents that follow a schema, made from a seed.

An author walks a content model and decides by chance; a `Wish` makes one place in the document certain. The tree it
makes still knows which part of which type each node is, so that a defect can be placed exactly.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reference.tests.schema_model import Any, Complex, Declaration, Group, Model, Simple, Use
from reference.tests.schema_values import valid

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSI_TYPE = f"{{{XSI}}}type"
FOREIGN = "urn:example:foreign"
_MAX_NODES = 70
_REPEATS = (1, 1, 2, 3)

Step = Use | tuple[Any, Declaration] | str
"""How a path goes on: by an element of the type, by a wildcard that takes an element, by a type named in xsi:type."""


NO_WAY: tuple[Step, ...] = ()


@dataclass(eq=False, repr=False)
class Node:
    """An element. `leaf` is the part of its parent's type that let it in; None for the root and for foreign content."""

    name: str
    type: Simple | Complex | None
    leaf: Use | Any | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    content: list[Node | str] = field(default_factory=list)

    def children(self) -> list[Node]:
        return [child for child in self.content if isinstance(child, Node)]

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children():
            yield from child.walk()

    def clone(self) -> Node:
        """The same again, but for identifiers, which must not be there twice."""
        ids = self.ids()
        return Node(
            self.name,
            self.type,
            self.leaf,
            {name: value for name, value in self.attributes.items() if name not in ids},
            [child.clone() if isinstance(child, Node) else child for child in self.content],
        )

    def ids(self) -> set[str]:
        """Names of its attributes that identify it in the document."""
        declared = self.type.attributes.values() if isinstance(self.type, Complex) else ()
        return {found.name for found in declared if found.type.builtin == "ID"}


@dataclass(frozen=True, repr=False)
class Wish:
    """What a document must have somewhere: a node of a type, and something about it.

    Attributes:
        owner: the type.
        leaf: an element or wildcard of the type, which occurs `count` times.
        value: text of those elements.
        attribute: an attribute of the type: present with `value` (any value when None), or absent when `count` is 0.
        retype: named type that the node gets by xsi:type; for owners of anyType.
        root: start with this element instead of one that leads to the owner.
    """

    owner: Complex
    leaf: Use | Any | None = None
    count: int = 1
    value: str | None = None
    attribute: str | None = None
    retype: str | None = None
    root: str | None = None


@dataclass(eq=False, repr=False)
class Document:
    """A root, the node a wish was about, and its children the wish was about."""

    root: Node
    spot: Node
    focus: list[Node]


class Routes:
    """The shortest way from each root to a node of each type."""

    def __init__(self, model: Model, roots: tuple[str, ...]) -> None:
        self.model = model
        self.roots = roots
        self.named = sorted(model.names("complexType"))
        self._ways = {root: self._search(root) for root in sorted(model.elements)}

    def _search(self, root: str) -> dict[int, tuple[Step, ...]]:
        start = self.model.elements[root].type
        ways: dict[int, tuple[Step, ...]] = {id(start): ()}
        waiting: deque[Complex] = deque([start] if isinstance(start, Complex) else [])
        while waiting:
            at = waiting.popleft()
            for step, found in self._steps(at):
                if id(found) not in ways:
                    ways[id(found)] = (*ways[id(at)], step)
                    waiting.append(found)
        return ways

    def _steps(self, at: Complex) -> Iterator[tuple[Step, Complex]]:
        for leaf in at.leaves():
            if isinstance(leaf, Use):
                if isinstance(leaf.declaration.type, Complex):
                    yield leaf, leaf.declaration.type
                continue
            for declaration in self.allowed(leaf):
                if isinstance(declaration.type, Complex):
                    yield (leaf, declaration), declaration.type
        if at is self.model.anything:
            for name in self.named:
                found = self.model.type_named(name)
                if isinstance(found, Complex) and not found.abstract:
                    yield name, found

    def allowed(self, leaf: Any) -> list[Declaration]:
        """Top elements that a wildcard takes."""
        return [
            declaration
            for name, declaration in sorted(self.model.elements.items())
            if leaf.namespace == "##any" or not name.startswith(f"{{{leaf.target}}}")
        ]

    def way(self, owner: Complex, chance: random.Random) -> tuple[str, tuple[Step, ...]]:
        """A root and the way from it to the owner; mostly the root of a standard."""
        usual = [root for root in self.roots if id(owner) in self._ways[root]]
        other = [root for root in self._ways if id(owner) in self._ways[root]]
        root = chance.choice(usual if usual and chance.random() < 0.9 else other)
        return root, self._ways[root][id(owner)]


class Author:
    """Makes documents; everything it does follows from its source of chance."""

    def __init__(self, model: Model, routes: Routes, chance: random.Random) -> None:
        self.model = model
        self.routes = routes
        self.chance = chance
        self._wish = Wish(model.anything)
        self._left = 0
        self._taste = 0.0
        self._ids = 0
        self._document: Document | None = None

    def document(self, wish: Wish) -> Document:
        """A document that follows the schema and holds what is wished."""
        self._wish = wish
        self._left = self.chance.randrange(_MAX_NODES)
        self._taste = self.chance.choice((0.0, 0.15, 0.3, 0.6))
        self._ids = 0
        self._document = None
        root, way = self.routes.way(wish.owner, self.chance) if wish.root is None else (wish.root, NO_WAY)
        made = self._node(self.model.elements[root], None, deque(way), on_way=True)
        if self._document is None:
            self._document = Document(made, made, [])
        self._document.root = made
        return self._document

    def _node(
        self, declaration: Declaration, leaf: Use | Any | None, way: deque[Step], *, on_way: bool = False
    ) -> Node:
        self._left -= 1
        node = Node(declaration.name, declaration.type, leaf)
        if on_way and way and isinstance(way[0], str):
            self._retype(node, str(way.popleft()))
        if on_way and not way and self._document is None and node.type is self._wish.owner:
            self._arrive(node)
        else:
            self._fill(node, declaration, way if on_way else deque())
        return node

    def another(self, use: Use) -> Node:
        """One more element, with whatever content follows the schema."""
        return self._node(use.declaration, use, deque())

    def _retype(self, node: Node, name: str) -> None:
        node.attributes[XSI_TYPE] = name
        node.type = self.model.type_named(name)

    def _arrive(self, node: Node) -> None:
        """Make the node the wish is about."""
        wish = self._wish
        self._document = Document(node, node, [])
        if wish.retype is not None:
            self._retype(node, wish.retype)
            self._fill(node, None, deque())
            return
        assert isinstance(node.type, Complex)
        self._attributes(node, node.type)
        if wish.attribute is not None:
            node.attributes.pop(wish.attribute, None)
            if wish.value is not None:
                node.attributes[wish.attribute] = wish.value
            elif wish.count:
                found = node.type.attributes[wish.attribute]
                node.attributes[wish.attribute] = found.fixed or self._value(found.type)
        self._content(node, node.type, deque(), wish.leaf, wish.count)
        self._document.focus = [child for child in node.children() if child.leaf is wish.leaf]
        if wish.leaf is not None and wish.value is not None:
            for child in self._document.focus:
                child.content = [wish.value]

    def _fill(self, node: Node, declaration: Declaration | None, way: deque[Step]) -> None:
        if isinstance(node.type, Simple):
            fixed = declaration.fixed if declaration else None
            if fixed is not None:
                node.content = [self.chance.choice((fixed, ""))]
            else:
                node.content = [self._value(node.type)]
        elif node.type is not None:
            self._attributes(node, node.type)
            step = way[0] if way else None
            forced = step[0] if isinstance(step, tuple) else step
            assert not isinstance(forced, str), "a type is named where the path reaches it"
            self._content(node, node.type, way, forced, 1)

    def _attributes(self, node: Node, kind: Complex) -> None:
        for found in kind.attributes.values():
            if found.required or self.chance.random() < max(self._taste, 0.2):
                node.attributes[found.name] = found.fixed or self._value(found.type)

    def _value(self, kind: Simple) -> str:
        if kind.builtin == "ID":
            self._ids += 1
            return f"id-{self._ids}"
        return self.chance.choice(valid(kind))

    def _content(self, node: Node, kind: Complex, way: deque[Step], forced: Use | Any | None, count: int) -> None:
        if kind.text is not None:
            node.content = [self._value(kind.text)]
        elif kind.content is not None:
            for leaf in self._plan(kind.content, forced, count):
                step = way.popleft() if leaf is forced and way else None
                if isinstance(leaf, Use):
                    node.content.append(self._node(leaf.declaration, leaf, way, on_way=step is not None))
                elif isinstance(step, tuple):
                    node.content.append(self._node(step[1], leaf, way, on_way=True))
                else:
                    node.content.append(self._guest(leaf))
        if kind is self.model.anything and not node.content:
            node.content = [self._value(Simple("string"))]
        elif kind.mixed and self.chance.random() < 0.3:
            node.content.insert(self.chance.randrange(len(node.content) + 1), "ord ")

    def _plan(self, part: Group | Use | Any, forced: Use | Any | None, count: int) -> list[Use | Any]:
        """Which leaves stand in the content, in order; the forced one `count` times or more, or not at all."""
        if not isinstance(part, Group):
            return [part] * (count if part is forced else self._times(part))
        if not any(leaf is forced for leaf in part.leaves()):
            forced = None
        if forced is not None and count == 0 and _demands(part, forced):
            return []
        if forced is None or count == 0:
            return [leaf for _ in range(self._times(part)) for leaf in self._turn(part, forced, 0)]
        if _capacity(part, forced) >= count:
            return self._turn(part, forced, count)
        return [leaf for _ in range(count) for leaf in self._turn(part, forced, 1)]

    def _turn(self, group: Group, forced: Use | Any | None, count: int) -> list[Use | Any]:
        """One occurrence of a group."""
        parts = group.parts
        if group.kind == "choice":
            wanted = [part for part in parts if _holds(part, forced) == (count > 0)]
            parts = [self.chance.choice(wanted or parts)]
        return [leaf for part in parts for leaf in self._plan(part, forced, count)]

    def _times(self, part: Group | Use | Any) -> int:
        if self._left <= 0 or self.chance.random() >= self._taste:
            return part.low
        return max(part.low, min(part.high, self.chance.choice(_REPEATS)))

    def _guest(self, leaf: Any) -> Node:
        """Something for a wildcard: an element of the schemas where it must be known, else mostly a foreign one."""
        self._left -= 1
        if leaf.process == "strict" or (self._left > 0 and self.chance.random() < 0.2):
            names = ("Base64Container", "REF", "KeyName", "Role", "ConversationRef", "OriginalMsgId")
            choices = [found for found in self.routes.allowed(leaf) if found.name.partition("}")[2] in names]
            return self._node(self.chance.choice(choices), leaf, deque())
        name = f"{{{FOREIGN}}}" + self.chance.choice(("p", "ul", "æ")) if leaf.namespace == "##other" else None
        node = Node(
            name or self.chance.choice((f"{{{FOREIGN}}}p", "{http://www.w3.org/1999/xhtml}br", "p")), None, leaf
        )
        if self.chance.random() < 0.5:
            node.attributes["class"] = "x"
            node.content = [self._value(Simple("string"))]
        return node


def _holds(part: Use | Any | Group, leaf: Use | Any | None) -> bool:
    return part is leaf or (isinstance(part, Group) and any(found is leaf for found in part.leaves()))


def _demands(group: Group, leaf: Use | Any) -> bool:
    """One occurrence of a group cannot do without a leaf."""
    if group.kind == "choice" and len(group.parts) > 1:
        return False
    return any(
        part.low > 0 and (part is leaf or (isinstance(part, Group) and _demands(part, leaf))) for part in group.parts
    )


def _capacity(group: Group, leaf: Use | Any) -> int:
    """How often one occurrence of a group can hold a leaf."""
    for part in group.parts:
        if part is leaf:
            return leaf.high
        if isinstance(part, Group) and _holds(part, leaf):
            return part.high * _capacity(part, leaf)
    return 0
