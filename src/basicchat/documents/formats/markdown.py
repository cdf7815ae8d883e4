"""Markdown; the source text is kept, so that quotations match what its author wrote."""

import re
from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import looks_like_text, one_line, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


def _read(path: Path) -> Iterator[Page]:
    yield Page(number=None, start=0, text=read_text(path))


def _title(path: Path) -> str | None:
    found = _HEADING.search(read_text(path)[:4000])
    return one_line(found[1]) if found else None


FORMAT = Format(
    name="markdown",
    suffixes=(".md", ".markdown", ".mdx"),
    media_types=("text/markdown", "text/x-markdown"),
    matches=looks_like_text,
    read=_read,
    title=_title,
    markdown=True,
)
