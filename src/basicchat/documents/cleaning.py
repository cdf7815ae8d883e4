"""Decodes files to text, and cleans extracted text for storage and quotation."""

import re
import unicodedata
from pathlib import Path

from basicchat.documents.encodings import detect_encoding, detect_wide, has_mark
from basicchat.domain.errors import BadDocument

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
    """Read a file as text in any usual encoding.

    Args:
        path: the file.
        encoding: the label of an encoding that the file declares.

    Raises:
        BadDocument: it is not text.
    """
    return decode_text(path.read_bytes(), encoding)


def decode_text(data: bytes, encoding: str | None = None) -> str:
    """Decode text; see `read_text`."""
    text = data.decode(detect_encoding(data, encoding), errors="replace")
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
    stray = head.count(0) <= len(head) * _MAX_ZERO_SHARE
    return has_mark(head) or stray or detect_wide(head) is not None


def one_line(text: str, limit: int | None = 300) -> str:
    """A text on one line with single spaces, for titles and table cells."""
    return unicodedata.normalize("NFC", " ".join(text.split()))[:limit]
