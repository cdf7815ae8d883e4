"""The styles of Word's paragraphs: which ones are headings, and which are items of lists."""

import re

import msgspec

from basicchat.documents.ooxml.package import Package
from basicchat.documents.xml_tree import Element, attribute, child, descendants

_HEADING = re.compile(r"heading\s?([1-9])$")
_MAX_BASES = 20


class _Style(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    base: str | None
    level: int | None
    is_item: bool


class WordStyles:
    """The styles of a document."""

    def __init__(self, package: Package) -> None:
        self._styles: dict[str, _Style] = {}
        for part in package.related(package.main, "styles"):
            for element in descendants(package.parse(part.part), "style"):
                self._styles[attribute(element, "styleId") or ""] = _read(element)

    def heading_level(self, paragraph: Element) -> int | None:
        """1 to 6 for a heading; None for other paragraphs."""
        properties = child(paragraph, "pPr")
        if properties is None:
            return None
        level = _outline_level(properties)
        for style in self._chain(properties):
            found = _HEADING.fullmatch(style.name)
            level = level or (int(found[1]) if found else style.level)
            if style.name == "title":
                level = 1
        return min(level, 6) if level else None

    def is_item(self, paragraph: Element) -> bool:
        """Whether a paragraph is an item of a list."""
        properties = child(paragraph, "pPr")
        if properties is None:
            return False
        if (number := child(properties, "numPr", "numId")) is not None:
            return attribute(number, "val") != "0"
        return any(
            style.is_item or style.name.startswith("list") for style in self._chain(properties)
        )

    def _chain(self, properties: Element) -> list[_Style]:
        """A paragraph's style, and those on which it is based."""
        found: list[_Style] = []
        element = child(properties, "pStyle")
        name = None if element is None else attribute(element, "val")
        while name and len(found) < _MAX_BASES:
            unknown = _Style(name=name.lower(), base=None, level=None, is_item=False)
            found.append(self._styles.get(name, unknown))
            name = found[-1].base
        return found


def _read(style: Element) -> _Style:
    name, base = child(style, "name"), child(style, "basedOn")
    properties = child(style, "pPr")
    return _Style(
        name=((attribute(name, "val") if name is not None else None) or "").lower(),
        base=attribute(base, "val") if base is not None else None,
        level=_outline_level(properties) if properties is not None else None,
        is_item=properties is not None and child(properties, "numPr", "numId") is not None,
    )


def _outline_level(properties: Element) -> int | None:
    """The level of an outline, from 1; the file counts from 0, and 9 is body text."""
    found = child(properties, "outlineLvl")
    value = attribute(found, "val") if found is not None else None
    return int(value) + 1 if value and value.isdigit() and int(value) < 9 else None
