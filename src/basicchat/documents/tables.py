"""Tables as text: one line per row, each value after its column's name."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise

import msgspec

from basicchat.documents.cleaning import one_line
from basicchat.domain.errors import BadDocument

MAX_CELLS = 5_000_000
"""The maximum number of cells of a sheet."""
MAX_CHARACTERS = 20_000_000
"""The maximum length of the text in a table's cells, those that share a text included."""

_LOOKAHEAD_ROWS = 200
_HEADER_ROWS = 30
_NAME_CHARACTERS = 80
_HEADER_SHARE = 0.75
_NUMBER = re.compile(r"[+\-−(]?[^\w\s]?\s*\d[\d\s.,:'’/\-]*\s*[^\w\s]?\)?|\d[\d.,]*\s?\w{1,3}")
_YEAR = re.compile(r"(?:FY\s?|Q[1-4]\s?/?\s?)?(?:19|20|21)\d\d(?:\s?[/-]\s?\d\d(?:\d\d)?)?")
_ADDRESS = re.compile(r"\S+@\S+\.\S+|\w+://")

Row = Mapping[int, str]
"""The cells of a row that are not empty, by their columns."""


class Spanned(str):
    """The value of a merged cell in a further column that it covers."""

    __slots__ = ()


class _Header(msgspec.Struct, frozen=True):
    """The names of columns; `rows` are the numbers of the rows that hold them."""

    names: dict[int, str] = {}
    rows: range = range(0)


def table_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Render the rows of a table; see `sparse_table_lines`."""
    return sparse_table_lines(dict(enumerate(row)) for row in rows)


def sparse_table_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Render rows, in which empty rows separate tables, and titles may precede a table.

    `name,age` and `Ann,41` become `name | age` and `name: Ann | age: 41`, so that a passage from
    the middle of a table can be found, understood and quoted on its own.
    """
    previous, first = _Header(), True
    for is_empty, block in groupby(_cleaned(rows), key=lambda row: not row):
        if is_empty:
            continue
        if not first:
            yield ""
        first = False
        head = list(islice(block, _LOOKAHEAD_ROWS))
        tables = [
            (columns, _header([_within(row, columns) for row in head], previous))
            for columns in _side_by_side(head)
        ]
        for columns, header in tables:
            for number, row in enumerate(head):
                yield from _line(_within(row, columns), header, number)
        for number, row in enumerate(block, _LOOKAHEAD_ROWS):
            for columns, header in tables:
                yield from _line(_within(row, columns), header, number)
        previous = tables[0][1] if len(tables) == 1 else _Header()


def _cleaned(rows: Iterable[Row]) -> Iterator[dict[int, str]]:
    """Each row with its cells on one line.

    Raises:
        BadDocument: they have too much text; a small file can repeat a long one very often.
    """
    characters = 0
    for row in rows:
        found = {}
        for column, cell in row.items():
            if text := one_line(cell, None):
                found[column] = Spanned(text) if isinstance(cell, Spanned) else text
                characters += len(text)
                if characters > MAX_CHARACTERS:
                    raise _too_long()
        yield found


def _too_long() -> BadDocument:
    return BadDocument(
        f"The file contains more than {MAX_CHARACTERS:,} characters of text.",
        hint="Split it into several files.",
        reason="text_too_long",
        params={"max_characters": MAX_CHARACTERS},
    )


def _within(row: Row, columns: range) -> Row:
    if all(column in columns for column in row):
        return row
    return {column: cell for column, cell in row.items() if column in columns}


def _side_by_side(head: Sequence[Row]) -> list[range]:
    """The columns of tables that stand side by side, each with a header; else those of one."""
    whole = range(1 << 62)
    used = sorted({column for row in head for column in row})
    starts = [used[0]] + [b for a, b in pairwise(used) if b > a + 1]
    if len(starts) == 1:
        return [whole]
    ends = [*starts[1:], whole.stop]
    parts = [range(start, end) for start, end in zip(starts, ends, strict=True)]
    for part in parts:
        rows = [_within(row, part) for row in head]
        if not _header([row for row in rows if row], _Header()).names:
            return [whole]
    return [range(ends[0]), *parts[1:]]


def _line(row: Row, header: _Header, number: int) -> Iterator[str]:
    shown = [(column, row[column]) for column in sorted(row)]
    shown = [(column, cell) for column, cell in shown if not isinstance(cell, Spanned)]
    if not shown:
        return
    is_title = number < header.rows.stop or all(header.names.get(c) == cell for c, cell in shown)
    names = {} if is_title else header.names
    yield " | ".join(f"{names[c]}: {cell}" if c in names else cell for c, cell in shown)


def _header(head: Sequence[Row], previous: _Header) -> _Header:
    """Find the names of the columns in the first rows; titles and notes may precede them."""
    sizes = Counter(len(row) for row in head if len(row) > 1)
    usual = max(sizes, key=lambda size: (sizes[size], size), default=0)
    for number, row in enumerate(head[:_HEADER_ROWS]):
        has_corner = bool(row) and min(row) > min(min(each) for each in head if each)
        if len(row) < 2 or len(row) + has_corner < usual * _HEADER_SHARE:
            continue
        below = [each for each in head[number + 1 :] if each]
        continues = number == 0 and bool(previous.names) and row.keys() <= previous.names.keys()
        if _names_columns(row, below, needs_proof=continues):
            return _two_rows(row, below, number) or _Header(dict(row), range(number, number + 1))
        break
    if head and head[0].keys() <= previous.names.keys() and len(head[0]) > 1:
        return _Header(previous.names)
    return _Header()


def _two_rows(row: Row, below: Sequence[Row], number: int) -> _Header | None:
    """A header in two rows, where a name in the first one covers several columns."""
    if not below or not any(isinstance(cell, Spanned) for cell in row.values()):
        return None
    second = below[0]
    if len(second) < 2 or not _names_columns(second, below[1:], needs_proof=False):
        return None
    names = {
        column: " ".join(
            dict.fromkeys(part for part in (row.get(column), second.get(column)) if part)
        )
        for column in sorted({*row, *second})
    }
    return _Header(names, range(number, number + 2))


def _names_columns(row: Row, below: Sequence[Row], *, needs_proof: bool) -> bool:
    """Whether a row holds names, by the values below it."""
    if not all(_is_name(cell) or _YEAR.fullmatch(cell) for cell in row.values()):
        return False
    columns = {c: [each[c] for each in below if c in each] for c in row}
    if any(
        _YEAR.fullmatch(row[column]) and all(_YEAR.fullmatch(value) for value in values)
        for column, values in columns.items()
    ):
        return False
    if any(_are_numbers(values) for values in columns.values()):
        return True
    if needs_proof or not any(_is_name(cell) for cell in row.values()):
        return False
    if all(cell.endswith(":") for cell in (row[min(row)], *columns[min(row)])):
        return False
    return not any(row[column] in values for column, values in columns.items()) or row in below


def _is_name(cell: str) -> bool:
    return (
        len(cell) <= _NAME_CHARACTERS
        and any(letter.isalpha() for letter in cell)
        and not _ADDRESS.match(cell)
        and not _NUMBER.fullmatch(cell)
    )


def _are_numbers(values: Sequence[str]) -> bool:
    numbers = sum(_NUMBER.fullmatch(value) is not None for value in values)
    return bool(values) and numbers > len(values) * 0.6


def check_cells(count: int, sheet: str) -> None:
    """Refuse a sheet with too many cells.

    Raises:
        BadDocument: there are more than `MAX_CELLS`.
    """
    if count > MAX_CELLS:
        raise BadDocument(
            f"The sheet “{sheet}” has more than {MAX_CELLS:,} cells.",
            hint="Delete empty rows and columns, or split the sheet.",
            reason="too_many_cells",
            params={"sheet": sheet, "max_cells": MAX_CELLS},
        )
