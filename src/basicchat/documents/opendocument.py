"""The text of OpenDocument files: texts, sheets and slides (ODF 1.3, part 3).

Deleted text is kept in a list of changes, which is not read. Notes, comments and boxes follow the
paragraph in which they are anchored.
"""

from collections.abc import Iterator

from basicchat.documents.cleaning import one_line
from basicchat.documents.tables import Row, Spanned, sparse_table_lines
from basicchat.documents.xml_tree import Element, all_text, attribute, child, children, local

_MAX_REPEATED = 1000
_SKIPPED = frozenset(
    ("tracked-changes", "note-citation", "forms", "sequence-decls", "creator", "date", "initials")
)
_BESIDE = {"note": "Note: ", "annotation": "Comment: ", "text-box": "", "custom-shape": ""}
_BLOCKS = frozenset(("p", "h", "table", "list"))


def blocks(container: Element) -> Iterator[str]:
    """The paragraphs, headings, lists and tables within an element, as Markdown."""
    for element in container:
        name = local(element)
        if name == "table":
            yield "\n".join(sparse_table_lines(_rows(element)))
            yield from _shapes(element)
        elif name in ("p", "h"):
            yield from _paragraph(element)
        elif name == "list":
            for item in element:
                first, *others = [block for block in blocks(item) if block] or [""]
                yield f"- {first}" if first and not first.startswith("- ") else first
                yield from others
        elif name in ("title", "desc"):
            yield f"Image: {all_text(element).strip()}"
        elif name == "notes":
            yield from (f"Notes: {text}" for text in blocks(element))
        elif name == "annotation":
            yield _BESIDE[name] + " ".join(blocks(element))
        elif name not in _SKIPPED:
            yield from blocks(element)


def _paragraph(element: Element) -> Iterator[str]:
    beside: list[str] = []
    text = "".join(_inlines(element, beside)).strip()
    if text and local(element) == "h":
        level = attribute(element, "outline-level") or "1"
        yield f"{'#' * min(int(level) if level.isdigit() else 1, 6)} {one_line(text, None)}"
    elif text:
        yield text
    yield from (block for block in beside if block.strip())


def _inlines(element: Element, beside: list[str]) -> Iterator[str]:
    yield _plain(element.text)
    for each in element:
        name = local(each)
        if name == "s":
            count = attribute(each, "c") or "1"
            yield " " * (min(int(count), _MAX_REPEATED) if count.isdigit() else 1)
        elif name in ("tab", "line-break"):
            yield "\t" if name == "tab" else "\n"
        elif name in _BESIDE:
            found = [block for block in blocks(each) if block]
            beside += [_BESIDE[name] + found[0], *found[1:]] if found else []
        elif name in ("title", "desc"):
            beside.append(f"Image: {all_text(each).strip()}")
        elif name in _BLOCKS:
            beside += blocks([each])
        elif name not in _SKIPPED:
            yield from _inlines(each, beside)
        yield _plain(each.tail)


def _plain(text: str | None) -> str:
    """Text in which a run of white space is one space (ODF 1.3, part 3, 6.1.2)."""
    if not text:
        return ""
    words = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{words}{' ' * (text[-1].isspace() and bool(words))}"


def _rows(table: Element) -> Iterator[Row]:
    for row in _below(table, "table-row"):
        cells = _cells(row)
        repeated = attribute(row, "number-rows-repeated") or "1"
        count = min(int(repeated) if repeated.isdigit() else 1, _MAX_REPEATED)
        yield from [cells] * (count if cells else 1)


def _cells(row: Element) -> Row:
    cells: dict[int, str] = {}
    column = 0
    for cell in row:
        if local(cell) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = attribute(cell, "number-columns-repeated") or "1"
        count = int(repeated) if repeated.isdigit() else 1
        span = attribute(cell, "number-columns-spanned") or "1"
        if text := _cell(cell):
            for further in range(min(count, _MAX_REPEATED)):
                cells[column + further] = text
            for further in range(1, min(int(span) if span.isdigit() else 1, _MAX_REPEATED)):
                cells[column + further] = Spanned(text)
        column += count
    return cells


def _cell(cell: Element) -> str:
    text = " ".join(block for block in blocks(cell) if block)
    return text or (attribute(cell, "formula") or "").partition(":")[2]


def _below(element: Element, name: str) -> Iterator[Element]:
    """The rows of a table, also within groups and headers, without those of tables in its cells."""
    for each in element:
        if local(each) == name:
            yield each
        elif local(each).startswith("table-") and "cell" not in local(each):
            yield from _below(each, name)


def _shapes(table: Element) -> Iterator[str]:
    for each in children(table, "shapes"):
        yield from blocks(each)


def pages(body: Element) -> Iterator[tuple[str, Element]]:
    """The sheets or slides of a document with their names; none for a text."""
    for kind, name in (("spreadsheet", "table"), ("presentation", "page"), ("drawing", "page")):
        if (container := child(body, kind)) is not None:
            for each in children(container, name):
                yield attribute(each, "name") or "", each
