"""HTML pages: their readable text, in paragraphs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.cleaning import clean, looks_like_text, one_line, read_text
from basicchat.documents.tag_scan import is_costly, text_pieces
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DROPPED = frozenset(("script", "style", "template", "nav", "iframe"))
_BLOCK_TAGS = (
    "address article aside blockquote details dialog div dl fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend main noscript ol p pre section summary svg table "
    "textarea ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_LINES = frozenset(("li", "tr", "dt", "dd", "option", "text", "caption"))
_SHOWN_INPUTS = frozenset(
    ("", "text", "email", "tel", "number", "date", "url", "search", "button", "submit", "reset")
)
_SPACES = re.compile(r"\s+")
# The look-behind keeps this linear: a run of spaces is looked at once, not from each of its places.
_EDGES = re.compile(r"(?<![ \t])[ \t]+\n|\n ")
_TITLE_CHARACTERS = 300_000
_EMPTY = re.compile(r"\n{3,}")
_CHARSET = re.compile(
    rb"""<(?:meta[^>]{0,200}charset|\?xml[^>]{0,200}encoding)\s*=\s*["']?\s*([\w:.-]+)""",
    re.IGNORECASE,
)


def _load(path: Path) -> str:
    with path.open("rb") as file:
        found = _CHARSET.search(file.read(4096))
    return read_text(path, encoding=found[1].decode("ascii") if found else None)


def _read(path: Path) -> Iterator[Page]:
    yield Page(number=None, start=0, text=page_text(_load(path)))


def page_text(page: str) -> str:
    """The readable text of a page's source."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    if is_costly(page):
        pieces = text_pieces(page, _line_break, _DROPPED | {"title"})
        return _tidy(_SPACES.sub(_one_space, "".join(pieces)))
    body = LexborHTMLParser(page).body
    return _tidy("".join(_pieces(body))) if body else ""


def _title(path: Path) -> str | None:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    beginning = _load(path)[:_TITLE_CHARACTERS]
    if is_costly(beginning):
        return None
    tree = LexborHTMLParser(beginning)
    for selector in ("title", "h1"):
        found = tree.css_first(selector)
        if found is not None and (title := one_line(clean(found.text()))):
            return title
    return None


def _pieces(body: "LexborNode") -> Iterator[str]:
    """The text below a node, with line breaks around paragraphs and lines.

    Uses an explicit stack, because pages may nest thousands deep, by mistake or on purpose.
    """
    stack: list[LexborNode] = []
    node: LexborNode | None = body
    while node is not None:
        yield _opening(node, stack)
        inner = None if node.tag in _DROPPED else node.child
        if inner is not None:
            stack.append(node)
            node = inner
            continue
        yield _break(node.tag)
        while stack and (node is None or node.next is None):
            node = stack.pop()
            yield _break(node.tag)
        node = node.next if stack and node is not None else None


def _opening(node: "LexborNode", stack: list["LexborNode"]) -> str:
    if node.tag != "-text":
        return _line_break(node.tag) + _shown_attribute(node)
    text = node.text_content or ""
    if any(outer.tag == "pre" for outer in stack[-3:]):
        return text
    return _SPACES.sub(" ", text)


def _shown_attribute(node: "LexborNode") -> str:
    """The text of an element that has no content: an image's alternative text, a field's value."""
    if node.tag not in ("img", "area", "input"):
        return ""
    attributes = node.attributes
    name = "alt"
    if node.tag == "input" and (attributes.get("type") or "").lower() in _SHOWN_INPUTS:
        name = "value"
    text = _SPACES.sub(" ", attributes.get(name) or "").strip()
    return f" {text} " if text else ""


def _line_break(tag: str | None) -> str:
    return "\n" if tag == "br" else _break(tag)


def _one_space(spaces: re.Match[str]) -> str:
    return spaces[0] if "\n" in spaces[0] else " "


def _break(tag: str | None) -> str:
    if tag in ("td", "th"):
        return " "
    if tag in _LINES:
        return "\n"
    return "\n\n" if tag in _BLOCKS else ""


def _tidy(text: str) -> str:
    """Trim lines, and leave one empty line between paragraphs."""
    return _EMPTY.sub("\n\n", _EDGES.sub("\n", clean(text))).strip()


FORMAT = Format(
    name="html",
    suffixes=(".html", ".htm", ".xhtml"),
    media_types=("text/html", "application/xhtml+xml"),
    matches=looks_like_text,
    read=_read,
    title=_title,
)
