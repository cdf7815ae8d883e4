"""PowerPoint presentations in formats from before 2007 (.ppt); a page is a slide with its notes."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from basicchat.documents.cleaning import clean
from basicchat.documents.ole.compound_file import is_compound, open_compound, title_of
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = "presentation"


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.ole.powerpoint_text import Slides  # noqa: PLC0415

    with open_compound(path, _KIND) as file:
        for number, texts in enumerate(Slides(file).texts(), 1):
            yield Page(number=number, start=0, text=clean("\n\n".join(texts)))


FORMAT = Format(
    name="ppt",
    suffixes=(".ppt", ".pps", ".pot"),
    media_types=("application/vnd.ms-powerpoint",),
    matches=is_compound,
    read=_read,
    title=partial(title_of, kind=_KIND),
    also=((b"PK", "pptx"),),
)
