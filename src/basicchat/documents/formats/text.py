"""Plain text."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import looks_like_text, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format


def _read(path: Path) -> Iterator[Page]:
    yield Page(number=None, start=0, text=read_text(path))


FORMAT = Format(
    name="text",
    suffixes=(".txt", ".text", ".log", ".rst", ".org", ".tex"),
    media_types=("text/plain",),
    matches=looks_like_text,
    read=_read,
)
