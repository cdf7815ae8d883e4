"""The records of a presentation from before 2007, as of its last save ([MS-PPT] 2.1.2)."""

from collections.abc import Iterator
from struct import unpack_from

import msgspec

from basicchat.documents.ole.compound_file import CompoundFile, protected

_KIND = "presentation"
# Of a file that PowerPoint 95 can open as well.
_NEWER = "PP97_DUALSTORAGE"
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_MAX_EDITS = 10_000
_MAX_DEPTH = 40
_HEADER_BYTES = 8
_CONTAINER = 0xF


class Record(msgspec.Struct, frozen=True):
    """A record, whose contents are from `start` to `end` in the stream."""

    kind: int
    instance: int
    is_container: bool
    start: int
    end: int


class Records:
    """The records of a presentation.

    Raises:
        BadDocument: the presentation is protected.
    """

    def __init__(self, file: CompoundFile) -> None:
        folder = (_NEWER,) if file.has(_NEWER) else ()
        self._data = file.stream(*folder, "PowerPoint Document")
        token, edit = unpack_from("<II", file.stream(*folder, "Current User"), 12)
        if token == _ENCRYPTED_TOKEN:
            raise protected(_KIND)
        self._edit = edit
        self._places: dict[int, int] = {}

    def document(self) -> Record:
        """The document's record, from which the others are found.

        Raises:
            KeyError: the directory of the records is damaged.
            struct.error: the same.
        """
        self._places, number = self._persisted(self._edit)
        return self.persisted(number)

    def persisted(self, number: int) -> Record:
        """A record by the number that other records use for it.

        Raises:
            KeyError: the directory of the records does not have it.
        """
        return self._at(self._places[number], len(self._data))

    def top(self) -> Iterator[Record]:
        """The outermost records, those of earlier saves included."""
        return self.children(Record(0, 0, is_container=True, start=0, end=len(self._data)))

    def children(self, record: Record) -> Iterator[Record]:
        """The records directly in a container."""
        at = record.start
        while at + _HEADER_BYTES <= record.end:
            child = self._at(at, record.end)
            yield child
            at = child.end

    def walk(self, record: Record, skipped: frozenset[int], depth: int = 0) -> Iterator[Record]:
        """All records within a container in their order, except within those of kinds `skipped`."""
        for child in self.children(record):
            yield child
            if child.is_container and child.kind not in skipped and depth < _MAX_DEPTH:
                yield from self.walk(child, skipped, depth + 1)

    def bytes_of(self, record: Record) -> bytes:
        """The contents of a record."""
        return self._data[record.start : record.end]

    def number_in(self, record: Record, offset: int) -> int:
        """The 32-bit number at an offset in a record's contents."""
        return int(unpack_from("<I", self._data, record.start + offset)[0])

    def _at(self, at: int, limit: int) -> Record:
        version, kind, length = unpack_from("<HHI", self._data, at)
        start = at + _HEADER_BYTES
        return Record(
            kind=kind,
            instance=version >> 4,
            is_container=version & 0xF == _CONTAINER,
            start=start,
            end=min(start + length, limit),
        )

    def _persisted(self, edit: int) -> tuple[dict[int, int], int]:
        """Where each record was last saved, and the number of the document's record."""
        places: dict[int, int] = {}
        (document,) = unpack_from("<I", self._data, edit + 24)
        for _ in range(_MAX_EDITS):
            previous, directory = unpack_from("<II", self._data, edit + 16)
            for number, place in self._directory(directory):
                places.setdefault(number, place)
            if not previous:
                break
            edit = previous
        return places, document

    def _directory(self, at: int) -> Iterator[tuple[int, int]]:
        record = self._at(at, len(self._data))
        at = record.start
        while at + 4 <= record.end:
            (head,) = unpack_from("<I", self._data, at)
            first, count = head & 0xFFFFF, head >> 20
            count = min(count, (record.end - at - 4) // 4)
            for i, place in enumerate(unpack_from(f"<{count}I", self._data, at + 4)):
                yield first + i, place
            at += 4 + 4 * count
