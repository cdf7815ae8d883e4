"""PowerPoint presentations; a page is a slide with its notes."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.archives import is_zip
from basicchat.documents.cleaning import clean
from basicchat.documents.ooxml.office_file import OfficeFile
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = OfficeFile(usual="ppt/presentation.xml", root="presentation", kind="presentation")


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.ooxml.slide_text import Slides  # noqa: PLC0415

    with _KIND.open(path) as package:
        for number, texts in enumerate(Slides(package).texts(), 1):
            yield Page(number=number, start=0, text=clean("\n\n".join(texts)))


FORMAT = Format(
    name="pptx",
    suffixes=(".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
    media_types=("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
    matches=is_zip,
    read=_read,
    title=_KIND.title,
)
