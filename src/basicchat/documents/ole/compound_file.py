"""OLE compound files: a file system of streams within a file ([MS-CFB])."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import error as TooShort
from typing import TYPE_CHECKING

from basicchat.documents.archives import broken
from basicchat.domain.errors import BadDocument

if TYPE_CHECKING:
    import olefile

_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED_STREAMS = ("EncryptedPackage", "EncryptedSummary")
_BROKEN = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    TooShort,
)


def is_compound(head: bytes) -> bool:
    """Whether a file that starts with these bytes is a compound file."""
    return head.startswith(_MARK)


class CompoundFile:
    """The streams of an open file by their paths."""

    def __init__(self, file: "olefile.OleFileIO") -> None:
        self._file = file

    def has(self, *path: str) -> bool:
        """Whether there is a stream or folder at this path."""
        return bool(self._file.exists(list(path)))

    def stream(self, *path: str) -> bytes:
        """The contents of a stream; empty if there is none."""
        return bytes(self._file.openstream(list(path)).read()) if self.has(*path) else b""

    def folders(self, *path: str) -> list[tuple[str, ...]]:
        """The paths of all folders directly in a folder, in their stored order."""
        depth = len(path)
        found = (tuple(each) for each in self._file.listdir(streams=False, storages=True))
        return [each for each in found if len(each) == depth + 1 and each[:depth] == path]

    def title(self) -> str | None:
        """The title in the file's properties, if it has one."""
        data = self._file.get_metadata().title if self.has("\x05SummaryInformation") else None
        if not isinstance(data, bytes):
            return data or None
        encoding = f"cp{self._file.get_metadata().codepage or 1252}"
        try:
            return data.decode(encoding, errors="replace").strip("\0 ") or None
        except LookupError:
            return data.decode("utf-8", errors="replace").strip("\0 ") or None


@contextmanager
def open_compound(path: Path, kind: str) -> Iterator[CompoundFile]:
    """Open a compound file.

    Args:
        path: the file.
        kind: the user's term for such a file.

    Raises:
        BadDocument: the file is protected or broken; also while it is being read.
    """
    import olefile  # noqa: PLC0415

    try:
        with olefile.OleFileIO(path) as file:
            compound = CompoundFile(file)
            if any(compound.has(name) for name in _PROTECTED_STREAMS):
                raise protected(kind)
            yield compound
    except _BROKEN as error:
        raise broken(kind) from error


def title_of(path: Path, kind: str) -> str | None:
    """The title in a file's properties; see `open_compound`."""
    with open_compound(path, kind) as file:
        return file.title()


def protected(kind: str) -> BadDocument:
    """The error for a file that only its password opens."""
    return BadDocument(
        f"The {kind} is protected by a password.",
        hint="Open it in an office program and save it without a password.",
        reason="file_protected",
    )
