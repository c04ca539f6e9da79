"""Everything a schema says, as goals: each must be met by a document that is accepted, or by one that is refused.

The goals are computed from the schema. A goal of the second kind brings a defect: one change to a document that
follows the schema, placed on exactly the element, attribute or value the goal is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.tests.schema_documents import FOREIGN, XSI, XSI_TYPE, Author, Document, Node, Wish
from reference.tests.schema_model import Any, Complex, Simple, Use
from reference.tests.schema_values import invalid, valid

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from reference.tests.schema_model import Attribute, Model

KITH = "{http://www.kith.no/xmlstds}"
Key = tuple[str | int, ...]


@dataclass(frozen=True, repr=False)
class Goal:
    """`act` makes the defect, and says whether the document allowed it; None when the document is to be accepted."""

    key: Key
    wish: Wish
    act: Callable[[Document, Author], bool] | None = None


# What documents show that are accepted.


def merits(model: Model) -> Iterator[Goal]:
    """Goals that an accepted document meets."""
    for name, declaration in sorted(model.elements.items()):
        owner = declaration.type if isinstance(declaration.type, Complex) else model.anything
        yield Goal(("root", name), Wish(owner, root=name))
    for name in sorted(model.names("complexType")):
        found = model.type_named(name)
        if isinstance(found, Simple) or not found.abstract:
            yield Goal(("type", name), Wish(model.anything, retype=name))
    for name in sorted(model.names("attribute")):
        for value in valid(model.attribute(name).type):
            yield Goal(("value", model.anything.name, name, value), Wish(model.anything, attribute=name, value=value))
    for owner in _owners(model):
        for at, leaf in enumerate(owner.leaves()):
            yield Goal(("present", owner.name, at), Wish(owner, leaf))
            if isinstance(leaf, Use):
                yield from _use_merits(owner, at, leaf)
        for attribute in owner.attributes.values():
            yield from _attribute_merits(owner, attribute)


def _use_merits(owner: Complex, at: int, use: Use) -> Iterator[Goal]:
    if not use.sure:
        yield Goal(("absent", owner.name, at), Wish(owner, use, 0))
    if not use.single:
        yield Goal(("repeated", owner.name, at), Wish(owner, use, 2))
    given = ("",) if use.declaration.fixed or use.declaration.default else ()
    for value in (*given, *_faceted(use.declaration.type)):
        yield Goal(("value", owner.name, at, value), Wish(owner, use, value=value))


def _attribute_merits(owner: Complex, attribute: Attribute) -> Iterator[Goal]:
    yield Goal(("with", owner.name, attribute.name), Wish(owner, attribute=attribute.name))
    if not attribute.required:
        yield Goal(("without", owner.name, attribute.name), Wish(owner, attribute=attribute.name, count=0))
    for value in _faceted(attribute.type):
        yield Goal(("value", owner.name, attribute.name, value), Wish(owner, attribute=attribute.name, value=value))


def shown(document: Document) -> set[Key]:
    """Keys of all the goals that a document meets when it is accepted."""
    found: set[Key] = {("root", document.root.name)}
    for node in document.root.walk():
        if XSI_TYPE in node.attributes:
            found.add(("type", node.attributes[XSI_TYPE]))
        if not isinstance(node.type, Complex):
            continue
        owner = node.type
        for at, leaf in enumerate(owner.leaves()):
            children = [child for child in node.children() if child.leaf is leaf]
            found.add(("present" if children else "absent", owner.name, at))
            if len(children) > 1:
                found.add(("repeated", owner.name, at))
            texts = ("".join(map(str, child.content)) for child in children if isinstance(child.type, Simple))
            found.update(("value", owner.name, at, text) for text in texts)
        for name in owner.attributes:
            found.add(("with" if name in node.attributes else "without", owner.name, name))
        found.update(("value", owner.name, name, value) for name, value in node.attributes.items())
    return found


def _faceted(kind: Simple | Complex) -> tuple[str, ...]:
    return valid(kind) if isinstance(kind, Simple) and (kind.values or kind.patterns or kind.members) else ()


def _owners(model: Model) -> list[Complex]:
    return [owner for owner in model.owners() if not owner.abstract]


# What makes a document refused.


def defects(model: Model) -> Iterator[Goal]:
    """Goals that a refused document meets: each with one defect that the schema cannot let pass."""
    for name in sorted(model.elements):
        yield Goal(("no such root", name), Wish(model.anything, root=name), _rename_root)
    for name in sorted(model.names("complexType")):
        yield Goal(("no such type", name), Wish(model.anything), _typed(f"{name}X"))
        found = model.type_named(name)
        if isinstance(found, Complex) and found.abstract:
            yield Goal(("abstract", name), Wish(model.anything), _typed(name))
    for name in sorted(model.names("attribute")):
        for value in invalid(model.attribute(name).type):
            goal = Wish(model.anything, attribute=name, value=valid(model.attribute(name).type)[0])
            yield Goal(("bad value", model.anything.name, name, value), goal, _with_attribute(name, value))
    for owner in _owners(model):
        yield from _owner_defects(owner)


def _owner_defects(owner: Complex) -> Iterator[Goal]:
    for at, leaf in enumerate(owner.leaves()):
        for (kind, *rest), act in _of_use(leaf) if isinstance(leaf, Use) else _of_wildcard(leaf):
            yield Goal((kind, owner.name, at, *rest), Wish(owner, leaf), act)
    for name, attribute in owner.attributes.items():
        for (kind, *rest), act in _of_attribute(attribute):
            yield Goal((kind, owner.name, name, *rest), Wish(owner, attribute=name), act)
    if owner.needy:
        yield Goal(("nothing inside", owner.name), Wish(owner), _empty)
    if not owner.mixed and owner.text is None:
        yield Goal(("text", owner.name), Wish(owner), _insert_text)


Row = tuple[Key, "Callable[[Document, Author], bool]"]


def _of_use(use: Use) -> Iterator[Row]:
    kind = use.declaration.type
    space, brace, local = use.declaration.name.rpartition("}")
    yield ("misspelt",), _rename(f"{space}{brace}{local}X")
    yield ("other case",), _rename(f"{space}{brace}{local.swapcase()}")
    yield ("other namespace",), _rename(local if brace else f"{KITH}{local}")
    yield ("nil",), _marked(f"{{{XSI}}}nil", "true")
    yield ("no such type",), _marked(XSI_TYPE, f"{KITH}Ukjent")
    if use.sure or use.choice or use.partners:
        yield ("missing",), _drop
    if use.single:
        yield ("twice",), _repeat
    if use.ordered:
        yield ("order",), _swap
    for at in range(len(use.rivals)):
        yield ("beside", at), _beside(use.rivals[at])
    if isinstance(kind, Complex) and kind.open:
        yield ("broken inside",), _append(Node(f"{KITH}REF", None, None, {"ukjent": "1"}))
        return
    yield ("unknown attribute",), _marked("ukjent", "1")
    yield ("language",), _marked("{http://www.w3.org/XML/1998/namespace}lang", "nb")
    other = f"{KITH}PQ" if isinstance(kind, Complex) and kind.name == f"{KITH}RTO" else f"{KITH}RTO"
    yield ("other type",), _marked(XSI_TYPE, other)
    if isinstance(kind, Simple) or kind.text is not None:
        yield ("child",), _append(Node(f"{{{FOREIGN}}}p", None))
    elif not kind.mixed:
        yield ("text inside",), _append("ord")
    text = kind if isinstance(kind, Simple) else kind.text
    if use.declaration.fixed:
        yield ("not the fixed value",), _texted(f"{use.declaration.fixed}1")
    for value in invalid(text) if text else ():
        yield ("bad value", value), _texted(value)


def _of_wildcard(leaf: Any) -> Iterator[Row]:
    yield ("broken inside",), _replaced(Node(f"{KITH}REF", None, None, {"ukjent": "1"}))
    if leaf.process == "strict":
        yield ("unknown element",), _replaced(Node(f"{{{FOREIGN}}}p", None))
    if leaf.namespace == "##other":
        yield ("own namespace",), _replaced(Node(f"{{{leaf.target}}}Ukjent", None))
        yield ("no namespace",), _replaced(Node("p", None))


def _of_attribute(attribute: Attribute) -> Iterator[Row]:
    name = attribute.name
    yield ("misspelt",), _renamed_attribute(name, f"{name}X")
    yield ("other namespace",), _renamed_attribute(name, name.partition("}")[2] if "}" in name else f"{KITH}{name}")
    if attribute.required:
        yield ("missing",), _without_attribute(name)
    if attribute.type.builtin == "ID":
        yield ("not unique",), _same_id(name)
    for value in invalid(attribute.type):
        yield ("bad value", value), _with_attribute(name, value)


def _rename_root(document: Document, _author: Author) -> bool:
    document.root.name += "X"
    return True


def _typed(name: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.spot.attributes[XSI_TYPE] = name
        return True

    return act


def _rename(name: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.focus[0].name = name
        return True

    return act


def _marked(name: str, value: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.focus[0].attributes[name] = value
        return True

    return act


def _append(item: Node | str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.focus[0].content.append(item)
        return XSI_TYPE not in document.focus[0].attributes

    return act


def _texted(value: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.focus[0].content = [value]
        return True

    return act


def _beside(rival: Use) -> Callable[[Document, Author], bool]:
    def act(document: Document, author: Author) -> bool:
        at = document.spot.content.index(document.focus[0])
        document.spot.content.insert(at + author.chance.randrange(2), author.another(rival))
        return True

    return act


def _replaced(node: Node) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.spot.content[document.spot.content.index(document.focus[0])] = node
        return True

    return act


def _with_attribute(name: str, value: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.spot.attributes[name] = value
        return True

    return act


def _without_attribute(name: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        return document.spot.attributes.pop(name, None) is not None

    return act


def _renamed_attribute(name: str, other: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, _author: Author) -> bool:
        document.spot.attributes[other] = document.spot.attributes.pop(name)
        return True

    return act


def _same_id(name: str) -> Callable[[Document, Author], bool]:
    def act(document: Document, author: Author) -> bool:
        nodes = [node for node in document.root.walk() if node is not document.spot]
        others = [(node, other) for node in nodes for other in sorted(node.ids())]
        if not others:
            return False
        node, other = author.chance.choice(others)
        node.attributes[other] = document.spot.attributes[name]
        return True

    return act


def _drop(document: Document, _author: Author) -> bool:
    """Without the element, or what stands for it in a choice; not where that leaves nothing that needs it."""
    spot, (first, *more) = document.spot, document.focus
    assert isinstance(first.leaf, Use)
    stands = [child for child in spot.children() if child is first or child.leaf in first.leaf.choice]
    needs = first.leaf.sure or first.leaf.choice or any(child.leaf in first.leaf.partners for child in spot.children())
    spot.content = [item for item in spot.content if item not in stands]
    return bool(needs) and not more


def _empty(document: Document, _author: Author) -> bool:
    document.spot.content = []
    return True


def _repeat(document: Document, _author: Author) -> bool:
    document.spot.content.insert(document.spot.content.index(document.focus[0]), document.focus[0].clone())
    return True


def _swap(document: Document, author: Author) -> bool:
    content, first = document.spot.content, document.focus[0]
    assert isinstance(first.leaf, Use)
    others = [child for child in document.spot.children() if child.leaf in first.leaf.ordered]
    if not others:
        return False
    one, two = content.index(first), content.index(author.chance.choice(others))
    content[one], content[two] = content[two], content[one]
    return True


def _insert_text(document: Document, author: Author) -> bool:
    document.spot.content.insert(author.chance.randrange(len(document.spot.content) + 1), "ord")
    return True


# What may make a document refused, or not.

_NAMES = ("V", "S", "DN", "U", "Id", "Algorithm", f"{KITH}NULL", f"{KITH}MT", f"{{{XSI}}}nil")
_TEXTS = (
    "",
    " ",
    "x",
    "1",
    "1.2",
    "true",
    "2026-03-02",
    " 2026-03-02 ",
    "2026-03-02T08:00:00",
    "QUJD",
    "-1",
    "urn:x",
    "08:00:00",
)


def stray(document: Document, chance: random.Random) -> None:
    """One change anywhere, as bugs make them; the schema may let it pass."""
    nodes = list(document.root.walk())
    inner = [(parent, child) for parent in nodes for child in parent.children()]
    parent, node = chance.choice(inner) if inner else (None, document.root)
    action = chance.randrange(9 if parent else 4)
    if action == 0:
        node.attributes[chance.choice(_NAMES)] = chance.choice(_TEXTS)
    elif action == 1:
        node.attributes.clear()
    elif action == 2:
        node.content = [chance.choice(_TEXTS)]
    elif action == 3:
        node.content.append(chance.choice(nodes).clone())
    elif parent is not None:
        _stray_move(parent, node, chance, action)


def _stray_move(parent: Node, node: Node, chance: random.Random, action: int) -> None:
    at = parent.content.index(node)
    if action == 4:
        del parent.content[at]
    elif action == 5:
        parent.content.insert(at, node.clone())
    elif action == 6:
        parent.content.append(parent.content.pop(at))
    elif action == 7:
        sibling = chance.choice(parent.children())
        node.name = sibling.name
    else:
        node.name, node.content = chance.choice(parent.children()).name, []
