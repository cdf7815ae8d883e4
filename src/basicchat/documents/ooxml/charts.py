"""Charts and diagrams of office files as text: their titles, and their values as a table."""

from collections.abc import Iterator

from basicchat.documents.cleaning import one_line
from basicchat.documents.ooxml.drawing_text import paragraph_text
from basicchat.documents.ooxml.package import Package
from basicchat.documents.xml_tree import (
    Element,
    all_text,
    attribute,
    child,
    descendants,
    local,
)

_VALUES = frozenset(("cat", "xVal", "val", "yVal", "bubbleSize", "strDim", "numDim"))
_AXES = frozenset(("cat", "xVal", "strDim"))
_MAX_POINTS = 20_000


def chart_text(package: Package, part: str) -> str:
    """The title, labels and values of a chart; the values are those that were saved with it."""
    root = package.parse(part)
    labels = (paragraph_text(each).strip() for each in descendants(root, "p"))
    named = dict.fromkeys(label for label in labels if label)
    # A series of a chart of Office 2016 and later (`cx:`) refers to data that precede all series.
    series = list(descendants(root, "ser")) or list(descendants(root, "data"))
    return "\n".join([*named, *_lines(series)]).strip()


def diagram_text(package: Package, part: str) -> str:
    """The texts of a diagram (SmartArt), one a line."""
    texts = (paragraph_text(each).strip() for each in descendants(package.parse(part), "p"))
    return "\n".join(text for text in texts if text)


def _lines(series: list[Element]) -> Iterator[str]:
    """A line for each category, with the values of all series."""
    categories: dict[int, str] = {}
    columns: list[tuple[str, dict[int, str]]] = []
    for each in series:
        for values in _value_elements(each):
            points = _points(values)
            if local(values) not in _AXES:
                columns.append((_name(each), points))
            elif not categories:
                categories = points
            elif points != categories:
                columns.append(("", points))
    for index in sorted({*categories, *(i for _, points in columns for i in points)}):
        cells = [categories.get(index, "")]
        for name, points in columns:
            cells.append(
                f"{name}: {points[index]}" if name and index in points else points.get(index, "")
            )
        yield one_line(" | ".join(cell for cell in cells if cell), None)


def _value_elements(series: Element) -> Iterator[Element]:
    for each in series:
        if local(each) in _VALUES:
            yield each


def _name(series: Element) -> str:
    text = child(series, "tx")
    if text is None:
        return ""
    return " ".join(all_text(each) for each in descendants(text, "v"))


def _points(values: Element) -> dict[int, str]:
    """The saved values by their index; those of several levels are joined."""
    found: dict[int, list[str]] = {}
    for point in descendants(values, "pt"):
        index = int(attribute(point, "idx") or 0)
        value = child(point, "v")
        text = all_text(point if value is None else value).strip()
        if len(found) < _MAX_POINTS:
            found.setdefault(index, []).append(text)
    return {index: " ".join(reversed(texts)) for index, texts in found.items()}
