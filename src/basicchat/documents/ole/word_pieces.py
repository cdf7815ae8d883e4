"""The text of a Word document from before 2007, in pieces ([MS-DOC] 2.4.1, 2.8.35, 2.9.5)."""

from collections.abc import Iterator
from struct import unpack_from

import msgspec

from basicchat.documents.encodings import detect_encoding
from basicchat.documents.ole.compound_file import CompoundFile, protected
from basicchat.documents.ole.word_deletions import deleted_ranges

_KIND = "Word document"
_WORD_97 = 0x00C1
_ENCRYPTED, _TABLE_1, _COMPLEX = 0x0100, 0x0200, 0x0004
_COMPRESSED = 1 << 30
# The first letter beyond ASCII in 8-bit encodings for Windows.
_FIRST_LETTER = 0xC0
_FC_CLX, _FC_BTE_CHPX = 0x01A2, 0x00FA
_FC_CLX_WORD_6 = 0x0160


class Story(msgspec.Struct, frozen=True):
    """A part of the text: the body, footnotes, headers, comments, endnotes or text boxes."""

    name: str
    text: str


_STORIES = (
    ("body", 0x4C),
    ("footnotes", 0x50),
    ("headers", 0x54),
    ("macros", 0x58),
    ("comments", 0x5C),
    ("endnotes", 0x60),
    ("text boxes", 0x64),
    ("text boxes of headers", 0x68),
)


def stories(file: CompoundFile) -> Iterator[Story]:
    """The parts of a document's text, without deletions that are tracked.

    Raises:
        BadDocument: it is protected.
        ValueError: it is no Word document.
    """
    main = file.stream("WordDocument")
    identity, version = unpack_from("<HH", main)
    if identity not in (0xA5EC, 0xA5DC):
        raise ValueError("no Word document")
    (flags,) = unpack_from("<H", main, 0x0A)
    if flags & _ENCRYPTED:
        raise protected(_KIND)
    if version < _WORD_97:
        yield Story("body", _text_before_97(main, flags))
        return
    table = file.stream("1Table" if flags & _TABLE_1 else "0Table")
    gone = deleted_ranges(main, table, *unpack_from("<II", main, _FC_BTE_CHPX))
    start, length = unpack_from("<II", main, _FC_CLX)
    pieces = _pieces(main, table[start : start + length], gone)
    text, at = "".join(pieces), 0
    for name, offset in _STORIES:
        (count,) = unpack_from("<I", main, offset)
        yield Story(name, text[at : at + count].replace(_DELETED, ""))
        at += count


# Takes the place of a deleted character, so that the lengths of the stories hold.
_DELETED = "\ue5df"


def _pieces(main: bytes, clx: bytes, gone: list[tuple[int, int]]) -> Iterator[str]:
    for code_units, start, wide in _piece_table(clx):
        width = 2 if wide else 1
        data = main[start : start + code_units * width]
        # Surrogate pairs count as two characters, and must be joined only later.
        text = data.decode("utf-16-le" if wide else "cp1252", errors="replace")
        text = _padded(text, code_units) if wide else text
        yield _without(text, start, width, gone)


def _padded(text: str, code_units: int) -> str:
    """A text in which each character above U+FFFF is followed by one of no width."""
    if len(text) == code_units:
        return text
    return "".join(each + _DELETED if each > "\uffff" else each for each in text)


def _without(text: str, start: int, width: int, gone: list[tuple[int, int]]) -> str:
    end = start + len(text) * width
    for first, last in gone:
        if first < end and last > start:
            a, b = max(first - start, 0) // width, (min(last, end) - start) // width
            text = text[:a] + _DELETED * (b - a) + text[b:]
    return text


def _piece_table(clx: bytes) -> Iterator[tuple[int, int, bool]]:
    """For each piece its length in code units, its place in the file, and whether it is UTF-16."""
    at = 0
    while clx[at] == 1:
        at += 3 + unpack_from("<h", clx, at + 1)[0]
    (length,) = unpack_from("<I", clx, at + 1)
    table = clx[at + 5 : at + 5 + length]
    count = (len(table) - 4) // 12
    for i in range(count):
        first, last = unpack_from("<II", table, 4 * i)
        (place,) = unpack_from("<I", table, 4 * (count + 1) + 8 * i + 2)
        compressed = bool(place & _COMPRESSED)
        place &= _COMPRESSED - 1
        yield max(last - first, 0), place // 2 if compressed else place, not compressed


def _text_before_97(main: bytes, flags: int) -> str:
    """Word 6 and 95 store 8-bit text in one block, or in pieces after a quick save."""
    if flags & _COMPLEX:
        start, length = unpack_from("<II", main, _FC_CLX_WORD_6)
        pieces = _piece_table(main[start : start + length])
        data = b"".join(main[place : place + units] for units, place, _ in pieces)
    else:
        first, last = unpack_from("<II", main, 0x18)
        data = main[first:last]
    # Word writes typographic quotes and dashes in this encoding, whatever the language.
    has_letters = any(byte >= _FIRST_LETTER for byte in data)
    return data.decode(detect_encoding(data) if has_letters else "cp1252", errors="replace")
