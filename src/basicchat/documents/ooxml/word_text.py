"""The text of a Word document's body, notes, boxes and tables (ECMA-376, part 1, 17).

Tracked changes are read as if they were accepted: insertions and moved text are text, deletions are
not. Notes, comments and boxes follow the paragraph in which they are anchored.
"""

from collections.abc import Iterable, Iterator

import msgspec

from basicchat.documents.cleaning import one_line
from basicchat.documents.ooxml.charts import chart_text, diagram_text
from basicchat.documents.ooxml.equations import equation
from basicchat.documents.ooxml.package import Package, relationship_id
from basicchat.documents.ooxml.word_fields import field_value
from basicchat.documents.ooxml.word_notes import WordNotes
from basicchat.documents.ooxml.word_styles import WordStyles
from basicchat.documents.ooxml.word_symbols import symbol
from basicchat.documents.ooxml.word_tables import table_blocks
from basicchat.documents.xml_tree import Element, attribute, child, descendants, local

_DELETED = frozenset(("del", "moveFrom"))
_SKIPPED = frozenset(
    (*_DELETED, "pPr", "rPr", "sectPr", "instrText", "delText", "delInstrText", "fldData", "tblPr")
)
_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_BLOCKS = frozenset(("p", "tbl"))
_EQUATIONS = frozenset(("oMath", "oMathPara"))
_NOTES = frozenset(("footnoteReference", "endnoteReference", "commentReference"))


class _Inlines(msgspec.Struct):
    """The text of a paragraph, and the blocks that are anchored in it."""

    text: list[str]
    blocks: list[str]


class WordText:
    """Reads the parts of one document."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._styles = WordStyles(package)
        self._notes = WordNotes(package)
        self._part = package.main

    def document(self) -> Iterator[str]:
        """The blocks of the whole document, with the text of its headers and footers once."""
        root = self._package.parse(self._package.main)
        yield from self._edges(root, "headerReference")
        yield from self._blocks(root)
        for kind, note in self._notes.unreferenced(root):
            yield from self._note(kind, note)
        yield from self._edges(root, "footerReference")

    def _edges(self, root: Element, reference: str) -> Iterator[str]:
        """The headers or the footers of all sections, each once."""
        texts: dict[str, None] = {}
        for each in descendants(root, reference):
            part = self._package.target(self._package.main, relationship_id(each))
            if part is not None:
                texts.update(dict.fromkeys(self._other_part(part)))
        yield from texts

    def _other_part(self, part: str) -> list[str]:
        outer, self._part = self._part, part
        try:
            return list(self._blocks(self._package.parse(part)))
        finally:
            self._part = outer

    def _blocks(self, container: Iterable[Element]) -> Iterator[str]:
        """The paragraphs and tables within an element."""
        joined = ""
        for element in _block_elements(container):
            name = local(element)
            if name == "p":
                inlines = self._paragraph(element)
                text = joined + "".join(inlines.text)
                # The mark at the paragraph's end was deleted: the next one continues it.
                is_joined = child(element, "pPr", "rPr", "del") is not None
                joined = text if is_joined else ""
                if not is_joined:
                    yield from self._formatted(element, text)
                yield from (block for block in inlines.blocks if block.strip())
            elif name == "tbl":
                yield from table_blocks(element, lambda cell: list(self._blocks(cell)))
            else:
                yield equation(element)
        if joined.strip():
            yield joined.strip()

    def _formatted(self, paragraph: Element, text: str) -> Iterator[str]:
        text = text.strip()
        if not text:
            return
        if level := self._styles.heading_level(paragraph):
            yield f"{'#' * level} {one_line(text, None)}"
        else:
            yield f"- {text}" if self._styles.is_item(paragraph) else text

    def _paragraph(self, paragraph: Element) -> _Inlines:
        found = _Inlines([], [])
        self._read(paragraph, found)
        return found

    def _read(self, element: Element, found: _Inlines) -> None:
        for each in element:
            self._read_one(each, found)

    def _read_one(self, element: Element, found: _Inlines) -> None:
        name = local(element)
        if name in _SKIPPED:
            return
        if name == "t":
            found.text.append(element.text or "")
        elif name in _CHARACTERS:
            found.text.append(_CHARACTERS[name])
        elif name == "sym":
            found.text.append(symbol(element))
        elif name == "oMath":
            found.text.append(equation(element))
        elif name == "ffData":
            found.text.append(field_value(element))
        elif name == "AlternateContent":
            self._read_alternative(element, found)
        elif name == "ruby":
            self._read_ruby(element, found)
        elif name in _NOTES:
            if (note := self._notes.find(name, attribute(element, "id"))) is not None:
                found.blocks += self._note(name, note)
        elif name == "txbxContent" or name in _BLOCKS:
            found.blocks += self._blocks(element if name == "txbxContent" else [element])
        else:
            found.blocks += self._drawn(element, name)
            self._read(element, found)

    def _read_alternative(self, element: Element, found: _Inlines) -> None:
        """Read the first alternative that has text: they show the same."""
        for branch in element:
            inner = _Inlines([], [])
            self._read(branch, inner)
            if any(text.strip() for text in (*inner.text, *inner.blocks)):
                found.text += inner.text
                found.blocks += inner.blocks
                return

    def _read_ruby(self, element: Element, found: _Inlines) -> None:
        """Characters remain in their line; how they are read follows the paragraph."""
        base, reading = _Inlines([], []), _Inlines([], [])
        for name, target in (("rubyBase", base), ("rt", reading)):
            if (part := child(element, name)) is not None:
                self._read(part, target)
        found.text += base.text
        found.blocks.append(f"{''.join(base.text)}: {''.join(reading.text)}")

    def _note(self, kind: str, note: Element) -> list[str]:
        part, label = self._notes.part(kind), self._notes.label(kind, note)
        outer, self._part = self._part, part
        try:
            blocks = list(self._blocks(note))
        finally:
            self._part = outer
        return [f"{label}: {blocks[0]}", *blocks[1:]] if blocks else []

    def _drawn(self, element: Element, name: str) -> Iterator[str]:
        """The text that belongs to a drawing itself: descriptions, decorative text, charts."""
        if name in ("docPr", "cNvPr", "shape", "imagedata"):
            names = ("title", "descr", "alt")
            texts = dict.fromkeys((attribute(element, each) or "").strip() for each in names)
            yield from (f"Image: {text}" for text in texts if text)
        elif name == "textpath":
            yield attribute(element, "string") or ""
        elif name == "chart" and (part := self._target(element, "id")):
            yield chart_text(self._package, part)
        elif name == "relIds" and (part := self._target(element, "dm")):
            yield diagram_text(self._package, part)

    def _target(self, element: Element, name: str) -> str | None:
        return self._package.target(self._part, relationship_id(element, name))


def _block_elements(container: Iterable[Element]) -> Iterator[Element]:
    """The paragraphs, tables and equations within elements that only enclose them."""
    for element in container:
        name = local(element)
        if name in _BLOCKS or name in _EQUATIONS:
            yield element
        elif name == "AlternateContent":
            branches = (list(_block_elements(branch)) for branch in element)
            yield from next((branch for branch in branches if branch), [])
        elif name not in _SKIPPED:
            yield from _block_elements(element)
