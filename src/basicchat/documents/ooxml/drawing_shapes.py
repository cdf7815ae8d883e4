"""Shapes of slides and sheets: text boxes, pictures, groups, tables, charts and diagrams."""

from collections.abc import Iterator

from basicchat.documents.ooxml.charts import chart_text, diagram_text
from basicchat.documents.ooxml.drawing_text import alternative_text, body_text, table_rows
from basicchat.documents.ooxml.package import Package, relationship_id
from basicchat.documents.tables import table_lines
from basicchat.documents.xml_tree import Element, attribute, child, children, descendants, local

_NUMBERS = frozenset(("sldNum",))


def shape_texts(package: Package, part: str, shape: Element) -> Iterator[str]:
    """The blocks of text of a shape and of those within it.

    Args:
        package: the file.
        part: the part that contains the shape.
        shape: an element below a tree of shapes.
    """
    match local(shape):
        case "sp" | "cxnSp":
            if placeholder(shape) not in _NUMBERS:
                yield from (body_text(body) for body in children(shape, "txBody"))
                yield from alternative_text(shape)
        case "grpSp":
            yield from _properties(shape)
            for each in shape:
                yield from shape_texts(package, part, each)
        case "pic":
            yield from alternative_text(shape)
        case "graphicFrame":
            yield from alternative_text(shape)
            yield from _graphic(package, part, shape)
        case "AlternateContent":
            yield from _alternative(package, part, shape)


def placeholder(shape: Element) -> str | None:
    """What a shape holds the place of, for example `title`; None for a shape of its own."""
    for group in shape:
        if local(group).startswith("nv") and (found := child(group, "nvPr", "ph")) is not None:
            return attribute(found, "type") or "obj"
    return None


def _properties(group: Element) -> Iterator[str]:
    properties = child(group, "nvGrpSpPr")
    if properties is not None:
        yield from alternative_text(properties)


def _graphic(package: Package, part: str, frame: Element) -> Iterator[str]:
    for element in descendants(frame, "tbl", "chart", "relIds"):
        match local(element):
            case "tbl":
                yield "\n".join(table_lines(table_rows(element)))
            case "chart":
                if target := package.target(part, relationship_id(element)):
                    yield chart_text(package, target)
            case "relIds":
                if target := package.target(part, relationship_id(element, "dm")):
                    yield diagram_text(package, target)


def _alternative(package: Package, part: str, element: Element) -> Iterator[str]:
    """The first alternative that has text: all show the same."""
    for branch in element:
        texts = [text for each in branch for text in shape_texts(package, part, each)]
        if any(text.strip() for text in texts):
            yield from texts
            return
