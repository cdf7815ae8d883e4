"""Scans a folder for documents, and detects changes since the last scan."""

import asyncio
import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from basicchat.domain.errors import InvalidInput, NotFound

_SKIPPED_NAMES = (
    "node_modules bower_components __pycache__ venv env site-packages target dist build "
    "lost+found $RECYCLE.BIN"
)
SKIPPED = frozenset(_SKIPPED_NAMES.split())
"""Directories without documents of users; hidden ones (`.git`, `.venv`) are skipped as well."""


class FolderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of a scan: the size of a file, and the number of files."""

    max_bytes: int = 20 * 1024 * 1024
    max_files: int = 100_000


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to index; `source` is its absolute path."""

    source: str
    sha256: str
    bytes: int


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a supported format that is skipped because of `reason`."""

    source: str
    reason: str


class FolderChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The differences to the index: new files, changed files, and sources that no longer exist."""

    added: tuple[FoundFile, ...]
    edited: tuple[FoundFile, ...]
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]


async def changes(
    root: Path,
    suffixes: Collection[str],
    known: Mapping[str, str],
    settings: FolderSettings | None = None,
) -> FolderChanges:
    """Compare a folder, or a single file, with the index; reads in a thread.

    Args:
        root: the folder, searched recursively, or the file.
        suffixes: the file extensions to include, with the dot, in lower case.
        known: the SHA-256 of each indexed source; sources outside root are ignored.
        settings: limits.

    Raises:
        NotFound: the folder or file does not exist.
        InvalidInput: the folder contains too many files.
    """
    return await asyncio.to_thread(_changes, root, suffixes, known, settings or FolderSettings())


def _changes(
    root: Path, suffixes: Collection[str], known: Mapping[str, str], settings: FolderSettings
) -> FolderChanges:
    root = Path(os.path.abspath(root))
    if not root.exists():
        raise NotFound(f"{root}: no such file or folder.")
    seen: list[FoundFile | Skipped] = []
    for path in walk(root, suffixes):
        if len(seen) == settings.max_files:
            raise InvalidInput(
                f"The folder contains more than {settings.max_files:,} documents.",
                hint="Use smaller folders.",
            )
        seen.append(_examine(path, settings.max_bytes))
    return _compare(root, seen, known)


def _compare(
    root: Path, seen: Sequence[FoundFile | Skipped], known: Mapping[str, str]
) -> FolderChanges:
    files = [found for found in seen if isinstance(found, FoundFile)]
    there = {found.source for found in seen}
    gone = [source for source in known if source not in there]
    return FolderChanges(
        added=tuple(file for file in files if file.source not in known),
        edited=tuple(f for f in files if known.get(f.source, f.sha256) != f.sha256),
        removed=tuple(sorted(s for s in gone if Path(s).is_relative_to(root))),
        unchanged=sum(known.get(file.source) == file.sha256 for file in files),
        skipped=tuple(found for found in seen if isinstance(found, Skipped)),
    )


def walk(root: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """The files below root with one of these extensions, in order of name.

    Links to files are followed only within root, and links to folders never, so that nothing
    outside is included and cycles cannot occur. Hidden files and folders are skipped.
    """
    if root.is_file():
        if root.suffix.lower() in suffixes:
            yield root
        return
    inside = root.resolve()
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in SKIPPED)
        for name in sorted(files):
            path = Path(folder, name)
            if name.startswith((".", "~$")) or path.suffix.lower() not in suffixes:
                continue
            if not path.is_symlink() or path.resolve().is_relative_to(inside):
                yield path


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _examine(path: Path, max_bytes: int) -> FoundFile | Skipped:
    try:
        size = path.stat().st_size
        if not path.is_file():
            return Skipped(source=str(path), reason="It is not a regular file.")
        if size > max_bytes:
            limit = max_bytes // 1024**2
            return Skipped(source=str(path), reason=f"It is larger than {limit} MiB.")
        return FoundFile(source=str(path), sha256=digest(path), bytes=size)
    except OSError:
        return Skipped(source=str(path), reason="It cannot be read.")
