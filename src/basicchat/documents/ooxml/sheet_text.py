"""The text of a workbook's sheets: cells, comments, charts and boxes (ECMA-376, part 1, 18)."""

import re
from collections.abc import Iterator

import msgspec

from basicchat.documents.ooxml.drawing_shapes import shape_texts
from basicchat.documents.ooxml.number_formats import NumberFormats
from basicchat.documents.ooxml.package import Package, relationship_id
from basicchat.documents.ooxml.sheet_cells import Cells, SharedStrings
from basicchat.documents.ooxml.sheet_comments import sheet_comments
from basicchat.documents.tables import sparse_table_lines
from basicchat.documents.xml_tree import (
    Element,
    all_text,
    attribute,
    child,
    descendants,
    iterate_xml,
    local,
)

_EDGE_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[A-Z])')


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of a workbook; `part` contains it."""

    name: str
    part: str


class Workbook:
    """The sheets of a workbook in their order."""

    def __init__(self, package: Package) -> None:
        self._package = package
        root = package.parse(package.main)
        properties = child(root, "workbookPr")
        date1904 = attribute(properties, "date1904") if properties is not None else None
        formats = NumberFormats(package, from_1904=date1904 in ("1", "true"))
        self._cells = Cells(package, SharedStrings(package), formats)
        self.sheets = list(self._find_sheets(root))

    def _find_sheets(self, root: Element) -> Iterator[Sheet]:
        for each in descendants(root, "sheet"):
            part = self._package.target(self._package.main, relationship_id(each))
            if part is not None:
                yield Sheet(name=attribute(each, "name") or "", part=part)

    def text(self, sheet: Sheet) -> str:
        """The text of a sheet, under its name; empty if it has none."""
        blocks = ["\n".join(sparse_table_lines(self._cells.rows(sheet.part, sheet.name)))]
        blocks += sheet_comments(self._package, sheet.part)
        blocks += self._edges(sheet.part)
        for drawing in self._package.related(sheet.part, "drawing"):
            blocks += self._drawing(drawing.part)
        blocks = [block for block in blocks if block.strip()]
        return f"Sheet: {sheet.name}\n" + "\n\n".join(blocks) if blocks else ""

    def _edges(self, part: str) -> Iterator[str]:
        """The headers and footers of printed pages, without their formatting codes."""
        if not self._package.mentions(part, b"headerFooter"):
            return
        with self._package.open(part) as stream:
            # Rows are named so that they are emptied, too.
            for element in iterate_xml(stream, "headerFooter", "row"):
                if local(element) == "row":
                    continue
                texts = (_EDGE_CODES.sub(" ", all_text(each)).strip() for each in element)
                yield from dict.fromkeys(text for text in texts if any(map(str.isalnum, text)))

    def _drawing(self, part: str) -> Iterator[str]:
        for anchor in self._package.parse(part):
            for shape in anchor:
                yield from shape_texts(self._package, part, shape)
