"""Text in DrawingML: the paragraphs and tables of shapes (ECMA-376, part 1, 21)."""

from collections.abc import Iterator

from basicchat.documents.ooxml.equations import equation
from basicchat.documents.tables import Spanned
from basicchat.documents.xml_tree import Element, attribute, child, children, descendants, local


def body_text(body: Element) -> str:
    """The paragraphs of a text body, one a line."""
    lines = (paragraph_text(each) for each in children(body, "p"))
    return "\n".join(lines).strip()


def paragraph_text(paragraph: Element) -> str:
    """The text of a paragraph, without the number of the slide."""
    return "".join(_inlines(paragraph))


def table_rows(table: Element) -> Iterator[list[str]]:
    """The cells of a table; merged ones have their text in each row that they cover."""
    above: list[str] = []
    for row in children(table, "tr"):
        cells: list[str] = []
        for index, cell in enumerate(children(row, "tc")):
            body = child(cell, "txBody")
            text = "" if body is None else body_text(body)
            if attribute(cell, "vMerge") in ("1", "true") and index < len(above):
                text = above[index]
            elif attribute(cell, "hMerge") in ("1", "true") and cells:
                text = Spanned(cells[-1])
            cells.append(text)
        above = cells
        yield cells


def _inlines(element: Element) -> Iterator[str]:
    for each in element:
        match local(each):
            case "t":
                yield each.text or ""
            case "br":
                yield "\n"
            case "tab":
                yield "\t"
            case "oMath":
                yield equation(each)
            case "fld" if attribute(each, "type") == "slidenum":
                continue
            case "AlternateContent":
                yield from _alternative(each)
            case "pPr" | "rPr" | "endParaRPr":
                continue
            case _:
                yield from _inlines(each)


def _alternative(element: Element) -> Iterator[str]:
    """The first alternative that has text."""
    for branch in element:
        if text := "".join(_inlines(branch)):
            yield text
            return


def alternative_text(element: Element) -> Iterator[str]:
    """What an author wrote to describe the pictures within an element."""
    for each in descendants(element, "cNvPr", "docPr"):
        for name in ("title", "descr"):
            if text := (attribute(each, name) or "").strip():
                yield f"Image: {text}"
