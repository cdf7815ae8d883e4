"""XML documents: the text of their elements and attributes, a line for each innermost element."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.cleaning import clean, looks_like_text, one_line, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

if TYPE_CHECKING:
    from basicchat.documents.xml_tree import Element


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.xml_tree import XmlError, parse_xml  # noqa: PLC0415

    try:
        text = "\n".join(_lines(parse_xml(path.read_bytes())))
    except (XmlError, RecursionError):
        # Its source is better than nothing.
        text = read_text(path)
    yield Page(number=None, start=0, text=clean(text))


def _lines(element: "Element") -> Iterator[str]:
    """`name: text | attribute: value`; the parts of a sentence may be elements themselves."""
    from basicchat.documents.xml_tree import all_text, attributes, local  # noqa: PLC0415

    name = local(element)
    has_text = bool((element.text or "").strip()) or any((e.tail or "").strip() for e in element)
    is_innermost = has_text or len(element) == 0
    text = one_line(all_text(element), None) if is_innermost else ""
    owners = element.iter() if is_innermost else (element,)
    values = [
        f"{key}: {value}" for owner in owners for key, value in attributes(owner) if value.strip()
    ]
    if text or values:
        yield " | ".join([f"{name}: {text}" if text else name, *values])
    if not is_innermost:
        for each in element:
            yield from _lines(each)
        yield ""


FORMAT = Format(
    name="xml",
    suffixes=(".xml", ".rss", ".atom", ".opml", ".xsd", ".svg", ".kml", ".gpx"),
    media_types=("application/xml", "text/xml"),
    matches=looks_like_text,
    read=_read,
)
