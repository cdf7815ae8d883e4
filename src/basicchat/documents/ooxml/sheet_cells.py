"""The cells of a sheet, row by row (ECMA-376, part 1, 18.3.1)."""

import re
from collections.abc import Iterator

from basicchat.documents.ooxml.number_formats import NumberFormats
from basicchat.documents.ooxml.package import Package
from basicchat.documents.tables import Row, Spanned, check_cells
from basicchat.documents.xml_tree import Element, attribute, child, iterate_xml, local

_MAX_SPAN = 200
# Programs merge cells that do not overlap, and few of them.
_MAX_MERGED_CELLS = 500_000
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class SharedStrings:
    """The texts that cells share, by their index."""

    def __init__(self, package: Package) -> None:
        self._texts: list[str] = []
        for part in package.related(package.main, "sharedStrings"):
            with package.open(part.part) as stream:
                self._texts += (_rich_text(each) for each in iterate_xml(stream, "si"))

    def __getitem__(self, index: str) -> str:
        return self._texts[int(index)] if index.isdigit() and int(index) < len(self._texts) else ""


class Cells:
    """Reads the cells of sheets."""

    def __init__(self, package: Package, strings: SharedStrings, formats: NumberFormats) -> None:
        self._package = package
        self._strings = strings
        self._formats = formats

    def rows(self, part: str, name: str) -> Iterator[Row]:
        """The rows of a sheet with their texts; an empty row between those that are not adjacent.

        Raises:
            BadDocument: it has too many cells.
        """
        merged = _MergedCells(self._package, part)
        count, last = 0, 0
        with self._package.open(part) as stream:
            for element in iterate_xml(stream, "row"):
                number = int(attribute(element, "r") or last + 1)
                count += len(element)
                check_cells(count, name)
                row = merged.filled(number, self._row(element))
                if number > last + 1 and not merged.covers(last + 1):
                    yield {}
                last = number
                yield row

    def _row(self, row: Element) -> dict[int, str]:
        cells: dict[int, str] = {}
        column = -1
        for cell in row:
            if local(cell) != "c":
                continue
            found = _REFERENCE.fullmatch(cell.get("r") or "")
            column = _column(found[1]) if found else column + 1
            if text := self._value(cell):
                cells[column] = text
        return cells

    def _value(self, cell: Element) -> str:
        kind = cell.get("t")
        value: str | None = None
        formula: str | None = None
        for each in cell:
            name = local(each)
            if name == "v":
                value = each.text
            elif name == "f":
                formula = each.text
            elif name == "is":
                return _rich_text(each)
        if not value:
            return f"={formula}" if formula else ""
        if kind == "s":
            return self._strings[value]
        if kind == "b":
            return "yes" if value == "1" else "no"
        if kind in ("str", "e"):
            return _unescaped(value)
        if kind == "d":
            return value.removesuffix("T00:00:00")
        return self._formats.shown(value, cell.get("s"))


class _MergedCells:
    """The merged cells of a sheet: their value also belongs to the cells that they cover."""

    def __init__(self, package: Package, part: str) -> None:
        self._areas: dict[int, list[tuple[int, int, int, int]]] = {}
        self._values: dict[tuple[int, int], str] = {}
        self._left = _MAX_MERGED_CELLS
        if not package.mentions(part, b"mergeCell"):
            return
        with package.open(part) as stream:
            for element in iterate_xml(stream, "mergeCell", "row"):
                if local(element) == "mergeCell":
                    self._add(attribute(element, "ref") or "")

    def _add(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if start is None or end is None:
            return
        top, left, bottom, right = int(start[2]), _column(start[1]), int(end[2]), _column(end[1])
        right = min(right, left + _MAX_SPAN)
        bottom = min(bottom, top + _MAX_SPAN)
        self._left -= max(bottom - top + 1, 0) * max(right - left + 1, 1)
        if self._left < 0:
            return
        for row in range(top, bottom + 1):
            self._areas.setdefault(row, []).append((top, left, bottom, right))

    def covers(self, row: int) -> bool:
        """Whether a merged cell covers cells of a row."""
        return row in self._areas

    def filled(self, row: int, cells: dict[int, str]) -> dict[int, str]:
        """The cells of a row and the values of merged cells that cover it."""
        for top, left, _, right in self._areas.get(row, ()):
            if row == top:
                self._values[top, left] = cells.get(left, "")
            value = self._values.get((top, left), "")
            if not value:
                continue
            # In rows below, a cell is named again only beside other cells.
            if row > top and cells:
                cells.setdefault(left, value)
            for column in range(left + 1, right + 1):
                if left in cells:
                    cells.setdefault(column, Spanned(value))
        return cells


def _rich_text(element: Element) -> str:
    """The text of runs, without how they are pronounced (`rPh`)."""
    parts = []
    for each in element:
        name = local(each)
        if name == "t":
            parts.append(each.text or "")
        elif name == "r" and (text := child(each, "t")) is not None:
            parts.append(text.text or "")
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    """Undo the notation for characters that XML cannot contain (ECMA-376, part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
