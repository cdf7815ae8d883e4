"""Parses XML with a hardened parser, and looks at its elements by their names without namespaces.

Files in strict Office Open XML use other namespaces than those in transitional form, and otherwise
the same names (ECMA-376, part 1 and part 4).
"""

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from lxml import etree

from basicchat.domain.errors import BadDocument

Element = Any
"""An element of lxml, which has no types."""

XmlError = etree.LxmlError
"""What is raised for XML that is not well-formed, or nested too deep."""

MAX_ATTRIBUTES = 500
_SAFE: dict[str, bool] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
    "huge_tree": False,
}


def parse_xml(data: bytes) -> Element:
    """The root element.

    Raises:
        BadDocument: it defines entities.
        XmlError: it is not well-formed.
    """
    root = etree.fromstring(data, etree.XMLParser(**_SAFE))
    if root.getroottree().docinfo.doctype and root.getroottree().docinfo.internalDTD is not None:
        _refuse_entities(root.getroottree().docinfo.internalDTD)
    return root


def iterate_xml(stream: IO[bytes], *names: str) -> Iterator[Element]:
    """The elements of these names, each when it is complete; it is emptied when the next one is.

    Raises:
        XmlError: the file is not well-formed.
    """
    tags = [f"{{*}}{name}" for name in names]
    for _, element in etree.iterparse(stream, events=("end",), tag=tags, **_SAFE):
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """The value of an attribute of this name, in any namespace or none."""
    if (value := element.get(name)) is not None:
        return str(value)
    return next((value for key, value in attributes(element) if key == name), None)


def attributes(element: Element) -> Iterator[tuple[str, str]]:
    """The first attributes of an element, by their names without namespaces.

    To look one up, libxml2 walks through those before it.
    """
    for key in islice(element.attrib, MAX_ATTRIBUTES):
        yield key.rpartition("}")[2], str(element.get(key))


def child(element: Element, *path: str) -> Element | None:
    """The first child of this name, its first child of the next name, and so on."""
    found = element
    for name in path:
        found = next((each for each in found if local(each) == name), None)
        if found is None:
            return None
    return found


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of this name."""
    return (each for each in element if local(each) == name)


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """The elements of these names below an element and itself, in the order of the document."""
    return iter(element.iter(*(f"{{*}}{name}" for name in names)))


def all_text(element: Element) -> str:
    """The text of an element and of all below it."""
    return "".join(element.itertext())


def _refuse_entities(dtd: Any) -> None:
    if next(iter(dtd.iterentities()), None) is not None:
        raise BadDocument(
            "The file defines XML entities, which office programs never do.",
            hint="Open it in an office program, save it again and upload the new file.",
            reason="file_defines_entities",
        )
