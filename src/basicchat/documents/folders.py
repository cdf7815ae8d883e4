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
    only: Collection[Path] | None = None,
) -> FolderChanges:
    """Compare a folder, or a single file, with the index; reads in a thread.

    Args:
        root: the folder, searched recursively, or the file.
        suffixes: the file extensions to include, with the dot, in lower case.
        known: the SHA-256 of each indexed source; sources outside root are ignored.
        settings: limits.
        only: compare only these files, and those below these folders.

    Raises:
        NotFound: the folder or file does not exist.
        InvalidInput: the folder contains too many files.
    """
    settings = settings or FolderSettings()
    return await asyncio.to_thread(_changes, root, suffixes, known, settings, only)


def _changes(
    root: Path,
    suffixes: Collection[str],
    known: Mapping[str, str],
    settings: FolderSettings,
    only: Collection[Path] | None,
) -> FolderChanges:
    root = Path(os.path.abspath(root))
    if not root.exists():
        raise NotFound(f"{root}: no such file or folder.")
    within = frozenset([root] if only is None else (p for p in only if _is_within(p, (root,))))
    known = {source: sha256 for source, sha256 in known.items() if _is_within(source, within)}
    seen: list[FoundFile | Skipped] = []
    for path in walk(root, suffixes):
        if not _is_within(path, within):
            continue
        if len(seen) == settings.max_files:
            raise InvalidInput(
                f"The folder contains more than {settings.max_files:,} documents.",
                hint="Use smaller folders.",
            )
        seen.append(_examine(path, settings.max_bytes))
    return _compare(seen, known)


def _compare(seen: Sequence[FoundFile | Skipped], known: Mapping[str, str]) -> FolderChanges:
    files = [found for found in seen if isinstance(found, FoundFile)]
    there = {found.source for found in seen}
    return FolderChanges(
        added=tuple(file for file in files if file.source not in known),
        edited=tuple(f for f in files if known.get(f.source, f.sha256) != f.sha256),
        removed=tuple(sorted(source for source in known if source not in there)),
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
        folders[:] = sorted(name for name in folders if not _is_skipped_folder(name))
        for name in sorted(files):
            path = Path(folder, name)
            if _is_skipped_file(name) or path.suffix.lower() not in suffixes:
                continue
            if not path.is_symlink() or path.resolve().is_relative_to(inside):
                yield path


def may_hold_documents(path: Path, root: Path, suffixes: Collection[str]) -> bool:
    """Whether `walk(root, suffixes)` may yield this path or, if it is a folder, what is in it.

    The path need not exist any more.
    """
    if not _is_within(path, (root,)):
        return False
    *folders, last = path.relative_to(root).parts or ("",)
    if any(map(_is_skipped_folder, folders)):
        return False
    if path.suffix.lower() in suffixes:
        return not _is_skipped_file(last)
    return not path.is_file() and not _is_skipped_folder(last)


def _is_skipped_folder(name: str) -> bool:
    return name.startswith(".") or name in SKIPPED


def _is_skipped_file(name: str) -> bool:
    """Hidden files, and those in which office programs note who has a document open."""
    return name.startswith((".", "~$"))


def _is_within(path: Path | str, folders: Collection[Path]) -> bool:
    path = Path(path)
    return path in folders or any(parent in folders for parent in path.parents)


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
