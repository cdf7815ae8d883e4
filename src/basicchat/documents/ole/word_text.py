"""Paragraphs, tables and fields of Word documents from before 2007 ([MS-DOC] 2.4.1, 2.4.3)."""

import re
from collections.abc import Iterator

from basicchat.documents.ole.compound_file import CompoundFile
from basicchat.documents.ole.word_pieces import stories
from basicchat.documents.tables import table_lines

_CELL, _FIELD_BEGIN, _FIELD_RESULT, _FIELD_END = "\x07", "\x13", "\x14", "\x15"
_FIELD_MARK = re.compile("[\x13\x14\x15]")
_MAX_COLUMNS = 63
# Line and column breaks, hyphens, and places of pictures, notes and drawings.
_CHARACTERS = str.maketrans(
    {0x0D: "\n", 0x0B: "\n", 0x0C: "\n", 0x0E: "\n", 0x1E: "-", 0x1F: None, 0xAD: None}
    | dict.fromkeys((0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x28F), None)
)


def blocks(file: CompoundFile) -> Iterator[str]:
    """The paragraphs and tables of a document in their order, then its notes and text boxes.

    A header is yielded once, even if several sections repeat it.
    """
    for story in stories(file):
        seen: set[str] = set()
        for block in _blocks(_without_field_codes(story.text)):
            if story.name == "body" or block not in seen:
                yield block
            seen.add(block)


def _without_field_codes(text: str) -> str:
    """The text with the results of fields instead of their instructions, which may be nested."""
    kept: list[str] = []
    # For each open field, whether its result has begun.
    fields: list[bool] = []
    at = 0
    for mark in _FIELD_MARK.finditer(text):
        if all(fields):
            kept.append(text[at : mark.start()])
        at = mark.end()
        if mark[0] == _FIELD_BEGIN:
            fields.append(False)
        elif fields and mark[0] == _FIELD_RESULT:
            fields[-1] = True
        elif fields:
            fields.pop()
    kept.append(text[at:])
    return "".join(kept)


def _blocks(text: str) -> Iterator[str]:
    table: list[str] = []
    for paragraph in text.split("\r"):
        if _CELL not in paragraph:
            # The first of several paragraphs in a cell cannot be told from one before the table.
            yield from _table("\r".join(table))
            table = []
            yield from _paragraph(paragraph)
        else:
            table.append(paragraph)
    yield from _table("\r".join(table))


def _paragraph(text: str) -> Iterator[str]:
    if shown := text.translate(_CHARACTERS).strip():
        yield shown


def _table(text: str) -> Iterator[str]:
    if not text:
        return
    *cells, rest = text.split(_CELL)
    rows = _rows([cell.translate(_CHARACTERS).strip() for cell in cells])
    yield "\n".join(table_lines(rows))
    yield from _paragraph(rest)


def _rows(cells: list[str]) -> Iterator[list[str]]:
    """The rows of a table. Each ends with a mark of its own, which looks like an empty cell."""
    columns = _columns(cells)
    row: list[str] = []
    for cell in cells:
        if len(row) == columns or (columns is None and row and not cell):
            yield row
            row = []
        else:
            row.append(cell)
    if row:
        yield row


def _columns(cells: list[str]) -> int | None:
    """The number of columns, or None if the rows differ."""
    for count in range(1, min(len(cells), _MAX_COLUMNS + 1)):
        if len(cells) % (count + 1) == 0 and not any(cells[count :: count + 1]):
            return count
    return None
