"""Word documents, as Markdown: headings, paragraphs, lists and tables in their order."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.archives import is_zip
from basicchat.documents.cleaning import clean
from basicchat.documents.ooxml.office_file import OfficeFile
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = OfficeFile(usual="word/document.xml", root="document", kind="Word document")


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.ooxml.word_text import WordText  # noqa: PLC0415

    with _KIND.open(path) as package:
        text = "\n\n".join(WordText(package).document())
    yield Page(number=None, start=0, text=clean(text))


FORMAT = Format(
    name="docx",
    suffixes=(".docx", ".docm", ".dotx", ".dotm"),
    media_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    matches=is_zip,
    read=_read,
    title=_KIND.title,
    markdown=True,
)
