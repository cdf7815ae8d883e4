"""Text that tracked changes delete, in Word documents from before 2007 ([MS-DOC] 2.9.33)."""

from collections.abc import Iterator
from struct import unpack_from

_PAGE_BYTES = 512
_DELETED = 0x0800
# The length of an operand by the three highest bits of its property; 6 is followed by its length.
_OPERAND_BYTES = (1, 1, 2, 4, 2, 2, 0, 3)
_LONG_LENGTHS = (0xD608, 0xD606)


def deleted_ranges(main: bytes, table: bytes, start: int, length: int) -> list[tuple[int, int]]:
    """The places in the main stream whose characters are deleted, as (first, end).

    Args:
        main: the main stream.
        table: the table stream.
        start: where the table stream tells the pages of character properties.
        length: how many bytes tell them.
    """
    pages = table[start : start + length]
    count = (len(pages) - 4) // 8
    found: list[tuple[int, int]] = []
    for i in range(max(count, 0)):
        (page,) = unpack_from("<I", pages, 4 * (count + 1) + 4 * i)
        found.extend(_deleted_on(main[(page & 0x3FFFFF) * _PAGE_BYTES :][:_PAGE_BYTES]))
    return found


def _deleted_on(page: bytes) -> Iterator[tuple[int, int]]:
    if len(page) < _PAGE_BYTES:
        return
    count = page[-1]
    for i in range(count):
        first, last = unpack_from("<II", page, 4 * i)
        at = 2 * page[4 * (count + 1) + i]
        if at and _is_deleted(page[at + 1 : at + 1 + page[at]]):
            yield first, last


def _is_deleted(properties: bytes) -> bool:
    at, deleted = 0, False
    while at + 2 < len(properties):
        (kind,) = unpack_from("<H", properties, at)
        at += 2
        if kind == _DELETED:
            deleted = properties[at] == 1
        size = _OPERAND_BYTES[kind >> 13]
        if not size:
            long = kind in _LONG_LENGTHS
            size = unpack_from("<H", properties, at)[0] + 1 if long else properties[at] + 1
        at += size
    return deleted
