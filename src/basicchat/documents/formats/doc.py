"""Word documents in formats from before 2007 (.doc)."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from basicchat.documents.cleaning import clean
from basicchat.documents.ole.compound_file import is_compound, open_compound, title_of
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = "Word document"


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.ole.word_text import blocks  # noqa: PLC0415

    with open_compound(path, _KIND) as file:
        text = "\n\n".join(blocks(file))
    yield Page(number=None, start=0, text=clean(text))


FORMAT = Format(
    name="doc",
    suffixes=(".doc", ".dot"),
    media_types=("application/msword",),
    matches=is_compound,
    read=_read,
    title=partial(title_of, kind=_KIND),
    also=(
        (b"PK", "docx"),
        (b"{\\rtf", "rtf"),
        (b"<?xml", "xml"),
        (b"<", "html"),
        (b"MIME-Version:", "email"),
        (b"", "text"),
    ),
)
