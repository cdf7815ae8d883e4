"""Tables of Word documents, which hold data or arrange text on the page."""

from collections.abc import Callable, Iterator

from basicchat.documents.tables import Spanned, sparse_table_lines
from basicchat.documents.xml_tree import Element, attribute, child, local

_LAYOUT_CHARACTERS = 1500
_MAX_SPAN = 1000
_ROW_WRAPPERS = frozenset(("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))

Blocks = list[str]


def table_blocks(table: Element, read: Callable[[Element], Blocks]) -> Iterator[str]:
    """A table as blocks: a table of data as one, with a line for each row.

    Tables of one column, and those with very long cells, arrange text: each of its blocks remains.

    Args:
        read: returns the blocks of a cell.
    """
    rows = list(_rows(table, read))
    columns = {column for row in rows for column in row}
    lengths = (sum(map(len, blocks)) for row in rows for blocks in row.values())
    if len(columns) < 2 or max(lengths) > _LAYOUT_CHARACTERS:
        for row in rows:
            yield from (block for cell in row.values() for block in cell if not _is_copy(block))
        return
    yield "\n".join(
        sparse_table_lines(
            {column: _joined(blocks) for column, blocks in row.items()} for row in rows
        )
    )


def _rows(table: Element, read: Callable[[Element], Blocks]) -> Iterator[dict[int, Blocks]]:
    """The cells by their columns; a merged cell also in the rows and columns that it covers."""
    above: dict[int, Blocks] = {}
    for row in _below(table, "tr"):
        if child(row, "trPr", "del") is not None:
            continue
        cells: dict[int, Blocks] = {}
        column = _number(child(row, "trPr", "gridBefore"), 0)
        for cell in _below(row, "tc"):
            span = _number(child(cell, "tcPr", "gridSpan"), 1)
            if child(cell, "tcPr", "cellDel") is None:
                cells[column] = above.get(column, []) if _continues(cell) else read(cell)
                for further in range(column + 1, column + span):
                    cells[further] = [Spanned(block) for block in cells[column]]
            column += span
        above = cells
        yield cells


def _below(element: Element, name: str) -> Iterator[Element]:
    for each in element:
        if local(each) == name:
            yield each
        elif local(each) in _ROW_WRAPPERS:
            yield from _below(each, name)


def _continues(cell: Element) -> bool:
    """Whether a cell continues the one above (ECMA-376, part 1, 17.4.84)."""
    merge = child(cell, "tcPr", "vMerge")
    return merge is not None and attribute(merge, "val") != "restart"


def _number(element: Element | None, default: int) -> int:
    value = attribute(element, "val") if element is not None else None
    return min(int(value), _MAX_SPAN) if value and value.isdigit() else default


def _joined(blocks: Blocks) -> str:
    text = " ".join(blocks)
    return Spanned(text) if any(_is_copy(block) for block in blocks) else text


def _is_copy(block: str) -> bool:
    return isinstance(block, Spanned)
