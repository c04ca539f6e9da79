"""The official schemas, when the user has them: any folder of XSD files, however they are laid out.

Official schemas name what they import by addresses on the internet or by paths that hold only where they came from.
So a copy is made in which every import names, by its namespace, a file of the same folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from lxml import etree

from nhnconform.validating import schema
from nhnwire.validation import STANDARDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.etree import _Element

    from nhnconform.validating.places import Fault

_XSD = "http://www.w3.org/2001/XMLSchema"


class OfficialSchemasError(ValueError):
    """The folder cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Official:
    """Schemas of a folder, ready to judge by; cheap to hand to another process.

    Attributes:
        used: namespace to the file of the user's folder that defines it.
        prepared: namespace to the copy that is compiled.
        ambiguous: namespaces that several files of the folder define.
    """

    used: Mapping[str, str]
    prepared: Mapping[str, str]
    ambiguous: tuple[str, ...] = field(default=())

    def faults(self, root: _Element) -> list[Fault] | None:
        """Where a document departs from the official schemas; None when they do not cover it."""
        present = {etree.QName(element).namespace or "" for element in root.iter(etree.Element)}
        if (etree.QName(root).namespace or "") not in self.prepared:
            return None
        known = tuple((uri, self.prepared[uri]) for uri in sorted(present & self.prepared.keys()))
        try:
            found = schema.faults(_compiled(known), root)
        except etree.XMLSchemaParseError:
            return None
        return None if any(fault.inside for fault in found) else found


def prepare(folder: Path, into: Path) -> Official:
    """Copy the schemas of a folder so that they find each other.

    Args:
        folder: the user's.
        into: an empty folder for the copies, which must live as long as the value is used.

    Raises:
        OfficialSchemasError: no schemas, or those of our standards cannot be compiled.
    """
    roots = _schemas(folder)
    if not roots:
        raise OfficialSchemasError(f"there are no XSD files in {folder}; name the folder of the official schemas")
    by_namespace: dict[str, list[Path]] = {}
    for path, root in roots.items():
        by_namespace.setdefault(root.get("targetNamespace", ""), []).append(path)
    copies = {path: into / f"{number}.xsd" for number, path in enumerate(roots)}
    for path, root in roots.items():
        for link in root.iter(f"{{{_XSD}}}import", f"{{{_XSD}}}include", f"{{{_XSD}}}redefine"):
            _point(link, path, by_namespace, copies)
        copies[path].write_bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
    chosen = {uri: _first(paths) for uri, paths in by_namespace.items() if uri}
    made = Official(
        used={uri: path.relative_to(folder).as_posix() for uri, path in chosen.items()},
        prepared={uri: str(copies[path]) for uri, path in chosen.items()},
        ambiguous=tuple(sorted(uri for uri, paths in by_namespace.items() if uri and len(paths) > 1)),
    )
    _prove(made, folder)
    return made


def _schemas(folder: Path) -> dict[Path, _Element]:
    found: dict[Path, _Element] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".xsd" and path.is_file():
            try:
                root = etree.parse(str(path), etree.XMLParser(no_network=True, remove_comments=True)).getroot()
            except (etree.XMLSyntaxError, OSError):
                continue
            if root.tag == f"{{{_XSD}}}schema":
                found[path] = root
    return found


def _point(link: _Element, at: Path, by_namespace: Mapping[str, list[Path]], copies: Mapping[Path, Path]) -> None:
    """Let an import or include name the copy of the file that is meant, or nothing when the folder lacks it."""
    name = PurePosixPath(link.get("schemaLocation", "")).name
    if etree.QName(link).localname == "import":
        candidates = by_namespace.get(link.get("namespace", ""), [])
    else:
        candidates = [path for path in copies if path.name == name]
    if not candidates:
        link.attrib.pop("schemaLocation", None)
        return
    near = [path for path in candidates if path.parent == at.parent]
    named = [path for path in candidates if path.name == name]
    both = [path for path in near if path in named]
    link.set("schemaLocation", copies[_first(both or near or named or candidates)].name)


def _first(paths: Sequence[Path]) -> Path:
    """Of several files for one namespace the shortest path, then the first by name."""
    return min(paths, key=lambda path: (len(str(path)), str(path)))


def _prove(made: Official, folder: Path) -> None:
    for uri, _ in STANDARDS:
        if uri in made.prepared:
            try:
                _compiled(((uri, made.prepared[uri]),))
            except etree.XMLSchemaParseError as error:
                reason = " ".join(str(error).split())[:300]
                text = f"{folder / made.used[uri]} cannot be used: {reason}; complete the folder with what it imports"
                raise OfficialSchemasError(text) from None


@cache
def _compiled(known: tuple[tuple[str, str], ...]) -> etree.XMLSchema:
    """One schema that knows several namespaces."""
    imports = "".join(
        f"<import namespace={quoteattr(uri)} schemaLocation={quoteattr(Path(path).as_uri())}/>" for uri, path in known
    )
    driver = f'<schema xmlns="{_XSD}">{imports}</schema>'
    return etree.XMLSchema(etree.fromstring(driver.encode()))
