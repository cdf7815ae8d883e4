"""A package of Office Open XML: its parts, and the relationships between them (ECMA-376, part 2).

The parts of a file may have any names. A part is found through the relationships of another one,
beginning with those of the package.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO
from urllib.parse import unquote

import msgspec

from basicchat.documents.archives import disguised
from basicchat.documents.cleaning import clean, one_line
from basicchat.documents.xml_archive import open_xml_archive
from basicchat.documents.xml_tree import (
    MAX_ATTRIBUTES,
    Element,
    all_text,
    attribute,
    child,
    children,
    local,
    parse_xml,
)

_TITLES_OF_PROGRAMS = frozenset(
    ("word document", "powerpoint presentation", "powerpoint-präsentation", "presentation title")
)


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship to another part. `kind` is the last step of its type, for example `styles`."""

    id: str
    kind: str
    part: str


class Package:
    """An opened package.

    Attributes:
        main: the name of its main part, for example `word/document.xml`.
    """

    def __init__(self, archive: zipfile.ZipFile, usual: str) -> None:
        self._archive = archive
        self._names = {_normal(name): name for name in archive.namelist()}
        self._relationships: dict[str, list[Relationship]] = {}
        main = next((r.part for r in self.related("", "officeDocument")), "")
        self.main = main if _normal(main) in self._names else usual

    def has(self, part: str) -> bool:
        """Whether the package contains a part of this name."""
        return _normal(part) in self._names

    def parse(self, part: str) -> Element:
        """The root element of a part.

        Raises:
            KeyError: there is no such part.
        """
        return parse_xml(self._archive.read(self._names[_normal(part)]))

    def read(self, part: str) -> bytes:
        """The bytes of a part."""
        return self._archive.read(self._names[_normal(part)])

    def open(self, part: str) -> IO[bytes]:
        """A part as a stream."""
        return self._archive.open(self._names[_normal(part)])

    def mentions(self, part: str, word: bytes) -> bool:
        """Whether the source of a part contains a word, which is much faster than parsing it."""
        tail = b""
        with self.open(part) as stream:
            while piece := stream.read(1 << 16):
                # Without zero bytes, the word is also found in UTF-16.
                tail += piece.replace(b"\0", b"")
                if word in tail:
                    return True
                tail = tail[-len(word) :]
        return False

    def related(self, part: str, kind: str) -> list[Relationship]:
        """The parts to which a part refers by relationships of a kind; "" is the package itself."""
        return [each for each in self._all_related(part) if each.kind == kind]

    def target(self, part: str, relationship: str | None) -> str | None:
        """The part to which a part refers by a relationship's id."""
        return next((r.part for r in self._all_related(part) if r.id == relationship), None)

    def title(self) -> str | None:
        """The title among the properties; None for those that programs write by themselves."""
        for found in self.related("", "core-properties"):
            element = child(self.parse(found.part), "title")
            title = "" if element is None else one_line(clean(all_text(element)))
            if title and title.lower() not in _TITLES_OF_PROGRAMS:
                return title
        return None

    def _all_related(self, part: str) -> list[Relationship]:
        if part not in self._relationships:
            self._relationships[part] = list(self._read_relationships(part))
        return self._relationships[part]

    def _read_relationships(self, part: str) -> Iterator[Relationship]:
        folder, name = posixpath.split(part)
        relationships = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(relationships):
            return
        for each in children(self.parse(relationships), "Relationship"):
            target = (attribute(each, "Target") or "").replace("\\", "/")
            if (attribute(each, "TargetMode") or "").lower() == "external":
                continue
            path = target if target.startswith("/") else f"/{folder}/{target}"
            found = Relationship(
                id=attribute(each, "Id") or "",
                kind=(attribute(each, "Type") or "").rpartition("/")[2],
                part=posixpath.normpath(unquote(path)).lstrip("/"),
            )
            if self.has(found.part):
                yield found


@contextmanager
def open_package(path: Path, usual: str, root: str, kind: str) -> Iterator[Package]:
    """Check and open an office file; damage that is found within the block is reported as such.

    Args:
        path: the file.
        usual: the usual name of its main part.
        root: the name of the main part's root element.
        kind: the user's term for such a file.

    Raises:
        BadDocument: it is damaged, dangerous or of another kind.
    """
    with open_xml_archive(path, kind) as archive:
        package = Package(archive, usual)
        if not package.has(package.main) or not _has_root(package, root):
            raise disguised(kind)
        yield package


def relationship_id(element: Element, name: str = "id") -> str | None:
    """The value of an attribute that names a relationship, for example `r:id`."""
    for key in islice(element.attrib, MAX_ATTRIBUTES):
        namespace, _, local_name = key.rpartition("}")
        if local_name == name and namespace.endswith("/relationships"):
            return str(element.get(key))
    return None


def _has_root(package: Package, root: str) -> bool:
    return local(package.parse(package.main)) == root


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
