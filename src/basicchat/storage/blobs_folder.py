"""Originals of uploaded documents as files in a folder, named by the SHA-256 of their bytes."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from basicchat.domain.errors import InvalidInput, UpstreamUnavailable

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FolderBlobs:
    """Implements `domain.ports.Blobs`. A file's name is its content's hash, so it never changes.

    Args:
        directory: the folder, which is created with the first blob. Files are spread over 256
            subfolders by the first two digits of their names.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @asynccontextmanager
    async def local(self, sha256: str) -> AsyncIterator[Path]:
        """The blob's file."""
        path = self._path(sha256)
        if not await asyncio.to_thread(path.is_file):
            raise missing_original()
        yield path

    async def put(self, source: Path, sha256: str) -> None:
        """Move a finished temporary file into the folder."""
        await asyncio.to_thread(_store, source, self._path(sha256))

    async def remove(self, sha256: str) -> None:
        """Delete the blob if it exists."""
        await asyncio.to_thread(self._path(sha256).unlink, missing_ok=True)

    async def check(self) -> None:
        """Do nothing: the disk is examined by itself."""

    def _path(self, sha256: str) -> Path:
        digest = checked_digest(sha256)
        return self._directory / digest[:2] / digest


def checked_digest(sha256: str) -> str:
    """A blob's name, if it is one.

    Raises:
        InvalidInput: it is not a SHA-256 digest in lower-case hexadecimal.
    """
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput("This is not a SHA-256 digest.", field="sha256")
    return sha256


def missing_original() -> UpstreamUnavailable:
    """The error of a blob that does not exist."""
    return UpstreamUnavailable(
        "The original file of this document is missing.",
        provider="files",
        hint="Restore the originals from a backup, or upload the document again.",
        reason="original_missing",
        retryable=False,
    )


def _store(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        source.unlink()
        return
    _move(source, target)
    _sync(target.parent)


def _move(source: Path, target: Path) -> None:
    """Rename. If the source is on another file system, copy it next to the target first."""
    _sync(source)
    try:
        source.replace(target)
    except OSError:
        beside = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            shutil.copyfile(source, beside)
            _sync(beside)
            beside.replace(target)
        finally:
            with suppress(FileNotFoundError):
                beside.unlink()
        source.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
