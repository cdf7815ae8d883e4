"""PDF files, page by page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.archives import broken
from basicchat.documents.cleaning import clean, one_line
from basicchat.documents.notes import pages_without_text
from basicchat.documents.pdf_pages import pages_of, written_on
from basicchat.documents.pdf_repeats import check_repeats
from basicchat.documents.pdfium_text import PdfiumText
from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format
from basicchat.domain.values import DocumentNote

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 20_000

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": None}
)
_HYPHENATED = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")
# The look-behind keeps this linear: a run of spaces is looked at once, not from each of its places.
_TRAILING = re.compile(r"(?<![ \t])[ \t]+\n")


def _read(path: Path) -> Iterator[Page | DocumentNote]:
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    empty, unreadable = True, []
    try:
        reader = _open(path)
        check_repeats(reader, path.stat().st_size, (PyPdfError, *_DAMAGE))
        pages = list(pages_of(reader))
        texts = PdfiumText(path, len(pages))
        for number, page in enumerate(pages, 1):
            text = texts.page(number - 1) or page.extract_text()
            text = _tidy("\n".join((text, *written_on(page))))
            if text.strip():
                empty = False
            elif texts.draws(number - 1):
                unreadable.append(number)
            yield Page(number=number, start=0, text=text)
    except BadDocument:
        raise
    except (PyPdfError, *_DAMAGE) as error:
        raise broken("PDF file") from error
    if empty:
        raise BadDocument(
            "The PDF file contains no text; its pages are probably scanned images.",
            hint="Run text recognition (OCR) on it, with `ocrmypdf` for example, and upload "
            "the result.",
            reason="file_without_text",
        )
    if unreadable:
        yield pages_without_text(unreadable)


_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    EOFError,
)
"""Errors other than its own that pypdf raises for damaged files."""


def _open(path: Path) -> "PdfReader":
    from pypdf import PasswordType, PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError  # noqa: PLC0415

    reader = PdfReader(path)
    try:
        locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except DependencyError:
        locked = True
    if locked:
        raise BadDocument(
            "The PDF file is protected by a password.",
            hint="Open it with its password, save or print it as a new PDF without one, and "
            "upload that.",
            reason="file_protected",
        )
    count = sum(1 for _ in pages_of(reader))
    if count > MAX_PAGES:
        raise BadDocument(
            f"The PDF file has {count:,} pages; at most {MAX_PAGES:,} can be read.",
            hint="Split it into several files.",
            reason="too_many_pages",
            params={"pages": count, "max_pages": MAX_PAGES},
        )
    return reader


def _tidy(text: str) -> str:
    """Undo typesetting: ligatures, and hyphenation at line ends."""
    text = _TRAILING.sub("\n", clean(text).translate(_LIGATURES))
    return _HYPHENATED.sub("", text)


def _title(path: Path) -> str | None:
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        metadata = _open(path).metadata
        title = metadata.title if metadata else None
    except (PyPdfError, *_DAMAGE):
        return None
    wanted = one_line(clean(title)) if title else ""
    return wanted if _telling(wanted) else None


def _telling(title: str) -> bool:
    """Whether a title is meaningful; programs write `untitled` or `Microsoft Word - draft3.doc`."""
    poor = ("untitled", "microsoft word", "powerpoint", "(anonymous", "document")
    return len(title) > 3 and " " in title and not title.lower().startswith(poor)


def _matches(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]


FORMAT = Format(
    name="pdf",
    suffixes=(".pdf",),
    media_types=("application/pdf",),
    matches=_matches,
    read=_read,
    title=_title,
)
