"""Originals of uploaded documents in a directory, named by the SHA-256 of their bytes."""

import asyncio
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from basicchat.domain.errors import InvalidInput

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """Blobs as files; a name says what is in the file, so that a file never changes.

    Args:
        directory: where they are; made when the first one comes. Files are spread over 256
            directories by the first two digits of their names.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, sha256: str) -> Path:
        """Where the blob is, or would be.

        Raises:
            InvalidInput: that is no SHA-256 in lower-case hexadecimal digits.
        """
        if not _SHA256.fullmatch(sha256):
            raise InvalidInput("That is no SHA-256 digest.", field="sha256")
        return self._directory / sha256[:2] / sha256

    async def put(self, source: Path, sha256: str) -> None:
        """Take a finished temporary file in; `source` is gone afterwards.

        The caller has computed the digest while it received the bytes. The file appears whole or
        not at all, and is on the disk when this returns.
        """
        await asyncio.to_thread(_take, source, self.path(sha256))

    async def remove(self, sha256: str) -> None:
        """Delete the blob if it is there."""
        await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)


def _take(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        source.unlink()
        return
    _move(source, target)
    _sync(target.parent)


def _move(source: Path, target: Path) -> None:
    """Rename; where the source is on another file system, copy beside the target first."""
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
