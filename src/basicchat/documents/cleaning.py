"""Decodes files to text, and cleans extracted text for storage and quotation."""

import re
import unicodedata
from pathlib import Path

from basicchat.domain.errors import BadDocument

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NEVER_TEXT = (
    b"%PDF-",
    b"PK\x03\x04",
    b"MZ\x90",
    b"\x7fELF",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
)
_MAX_ZERO_SHARE = 0.02
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127, 0xFEFF), " ")
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_BREAKS = re.compile(r"\r\n?|[\f\x85\u2028\u2029]")
_MAX_UNREADABLE_SHARE = 0.05


def read_text(path: Path, *, encoding: str | None = None) -> str:
    """Read a file as text: by its byte-order mark, as `encoding`, UTF-16, UTF-8 or Windows-1252.

    Raises:
        BadDocument: it is not text.
    """
    data = path.read_bytes()
    text = data.decode(_encoding(data, encoding), errors="replace")
    strange = sum(text.count(chr(code)) for code in (*range(9), *range(14, 27), 0xFFFD))
    if strange > len(text) * _MAX_UNREADABLE_SHARE:
        raise BadDocument(
            "The file is not readable text; it looks like a program or other binary data.",
            hint="Save it as plain text in UTF-8, or upload it with the correct file extension.",
            reason="file_not_text",
        )
    return clean(text)


def clean(text: str) -> str:
    """Normalise line breaks, replace control characters by spaces and surrogates by U+FFFD."""
    text = _BREAKS.sub("\n", text).translate(_CONTROL)
    return text if text.isascii() else text.translate(_SURROGATES)


def looks_like_text(head: bytes) -> bool:
    """Whether a file that starts with these bytes may be text in a supported encoding."""
    if head.startswith(_NEVER_TEXT):
        return False
    marked = head.startswith(tuple(mark for mark, _ in _MARKS))
    stray = head.count(0) <= len(head) * _MAX_ZERO_SHARE
    return marked or stray or _wide(head) is not None


def one_line(text: str, limit: int = 300) -> str:
    """A text on one line with single spaces, for titles and table cells."""
    return unicodedata.normalize("NFC", " ".join(text.split()))[:limit]


def _encoding(data: bytes, declared: str | None) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    for guess in (declared, _wide(data[:4096]), "utf-8"):
        if guess and _decodes(data, guess):
            return guess
    return "cp1252"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _wide(head: bytes) -> str | None:
    """Detect UTF-16 without a byte-order mark: in most scripts one byte of each pair is zero."""
    half = max(len(head) // 2, 1)
    if head[1::2].count(0) > half * 0.7 and head[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if head[0::2].count(0) > half * 0.7 and head[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None
