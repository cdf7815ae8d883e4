"""HTML pages: their readable text, in paragraphs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.cleaning import clean, looks_like_text, one_line, read_text
from basicchat.domain.plugins import Format
from basicchat.domain.values import Page

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DROPPED = frozenset(
    ("script", "style", "noscript", "template", "nav", "aside", "footer", "form", "iframe", "svg")
)
_BLOCK_TAGS = (
    "address article blockquote div dl fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr main "
    "ol p pre section table ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_LINES = frozenset(("li", "tr", "dt", "dd"))
_SPACES = re.compile(r"\s+")
_EDGES = re.compile(r"[ \t]+\n|\n ")
_EMPTY = re.compile(r"\n{3,}")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


def _load(path: Path) -> str:
    with path.open("rb") as file:
        found = _CHARSET.search(file.read(4096))
    return read_text(path, encoding=found[1].decode("ascii") if found else None)


def _read(path: Path) -> Iterator[Page]:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    body = LexborHTMLParser(_load(path)).body
    yield Page(number=None, start=0, text=_tidy("".join(_pieces(body))) if body else "")


def _title(path: Path) -> str | None:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    tree = LexborHTMLParser(_load(path))
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
        return "\n" if node.tag == "br" else _break(node.tag)
    text = node.text_content or ""
    if any(outer.tag == "pre" for outer in stack[-3:]):
        return text
    return _SPACES.sub(" ", text)


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
