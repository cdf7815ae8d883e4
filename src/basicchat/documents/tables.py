"""Tables as text: one line per row, each value after its column's name."""

from collections.abc import Iterable, Iterator

from basicchat.documents.cleaning import one_line

_CELL = 5000


def table_lines(rows: Iterable[list[str]]) -> Iterator[str]:
    """Render a table; the first row is the header if all its cells are words.

    `name,age` and `Ann,41` become `name | age` and `name: Ann | age: 41`, so that a passage from
    the middle of a table can be found, understood and quoted on its own.
    """
    names: list[str] | None = None
    for index, row in enumerate(rows):
        cells = [one_line(cell, _CELL) for cell in row]
        if index == 0 and _names_columns(cells):
            names = cells
            yield " | ".join(cells)
        else:
            yield " | ".join(_labelled(names, i, cell) for i, cell in enumerate(cells) if cell)


def _labelled(names: list[str] | None, column: int, cell: str) -> str:
    if names is None or column >= len(names):
        return cell
    return f"{names[column]}: {cell}"


def _names_columns(cells: list[str]) -> bool:
    return len(cells) > 1 and all(
        cell and len(cell) <= 60 and any(letter.isalpha() for letter in cell) for cell in cells
    )
