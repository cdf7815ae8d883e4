"""Detects a document's format and reads it; the part of extraction that runs in a worker."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format, discover
from basicchat.domain.values import DocumentNote

_HEAD = 4096
_PAGE_BREAK = "\n\n"
# With the byte order marks of UTF-8 and UTF-16.
_SPACES = b" \t\r\n\0\xef\xbb\xbf\xff\xfe"

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "an archive or office file"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected office file"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format 3", "a database"),
)


def find_formats() -> list[Format]:
    """All formats: those of `basicchat.documents.formats`, then those of third parties."""
    return discover("basicchat.documents.formats", "basicchat.formats", Format)


def choose_format(formats: Sequence[Format], path: Path, name: str, media_type: str) -> Format:
    """The format of a file by its name or media type, verified by its first bytes.

    Raises:
        BadDocument: the file is empty, of an unknown kind, or not what its name says.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise BadDocument(
            "The file is empty.",
            hint="Check that it was saved, and upload it again.",
            reason="file_empty",
        )
    suffix = PurePath(name).suffix.lower()
    chosen = next((f for f in formats if suffix in f.suffixes), None) or next(
        (f for f in formats if media_type.partition(";")[0].strip() in f.media_types), None
    )
    if chosen is None:
        known = ", ".join(sorted(suffix for f in formats for suffix in f.suffixes))
        raise BadDocument(
            f"Files of the kind “{suffix or media_type}” are not supported.",
            hint=f"Supported: {known}.",
            reason="format_unknown",
            params={"kind": suffix or media_type},
        )
    actual = _actual_format(chosen, formats, head)
    if actual is None:
        raise BadDocument(
            f"The file is named like {chosen.name.upper()}, but it is {_kind(head)}.",
            hint="Give it the extension that matches its contents, and upload it again.",
            reason="file_disguised",
        )
    return actual


def read_pages(chosen: Format, path: Path, max_characters: int) -> Iterator[Page | DocumentNote]:
    """The pages of a file with their offsets, and notes on what cannot be read.

    Every numbered page ends with an empty line.

    Raises:
        BadDocument: it cannot be read, or contains no text or more than `max_characters`.
    """
    start, any_text = 0, False
    for page in chosen.read(path):
        if isinstance(page, DocumentNote):
            yield page
            continue
        numbered = page.number is not None and page.text
        text = page.text.rstrip("\n") + _PAGE_BREAK if numbered else page.text
        if start + len(text) > max_characters:
            raise BadDocument(
                f"The file contains more than {max_characters:,} characters of text.",
                hint="Split it into several files.",
                reason="text_too_long",
                params={"max_characters": max_characters},
            )
        any_text = any_text or bool(text.strip())
        yield Page(number=page.number, start=start, text=text)
        start += len(text)
    if not any_text:
        raise BadDocument(
            "The file contains no text.",
            hint="If it contains scanned pages, run text recognition (OCR) on it first.",
            reason="file_without_text",
        )


def _actual_format(chosen: Format, formats: Sequence[Format], head: bytes) -> Format | None:
    """The format of a file that starts with `head`, of those that its name can stand for."""
    if chosen.matches(head):
        return chosen
    start = head.lstrip(_SPACES)
    names = [name for first, name in chosen.also if start.startswith(first)]
    return next((f for name in names for f in formats if f.name == name and f.matches(head)), None)


def _kind(head: bytes) -> str:
    for mark, kind in _KINDS:
        if head.startswith(mark):
            return kind
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    return "binary data" if b"\0" in head else "plain text or something else"
