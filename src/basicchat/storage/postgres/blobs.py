"""Originals of uploaded documents in PostgreSQL, in parts, read and written as a stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from basicchat.storage.blobs_folder import checked_digest, missing_original
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.temporary_copy import temporary_copy

# Large enough that the round trips do not count, small enough that two of them do not either.
PART_BYTES = 1 << 20
_FIND = "SELECT parts FROM blobs WHERE sha256 = $1"
_ADD = "INSERT INTO blobs (sha256, parts) VALUES ($1, 0) ON CONFLICT DO NOTHING RETURNING 1"
_ADD_PART = "INSERT INTO blob_parts (sha256, number, data) VALUES ($1, $2, $3)"
_COUNT = "UPDATE blobs SET parts = $2 WHERE sha256 = $1"
_PART = "SELECT data FROM blob_parts WHERE sha256 = $1 AND number = $2"
_REMOVE = "DELETE FROM blobs WHERE sha256 = $1"


class PostgresBlobs:
    """Implements `domain.ports.Blobs` in the tables `blobs` and `blob_parts`.

    Args:
        folder: for the temporary files that readers get.
    """

    def __init__(self, database: PostgresDatabase, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def local(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """A temporary copy of the blob."""
        return temporary_copy(self._folder, self._parts(sha256))

    async def _parts(self, sha256: str) -> AsyncIterator[bytes]:
        digest = checked_digest(sha256)
        found = await self._database.fetch(_FIND, digest)
        if not found:
            raise missing_original()
        for number in range(found[0].parts):
            part = await self._database.fetch(_PART, digest, number)
            if not part:
                # It has been deleted in the meantime.
                raise missing_original()
            yield part[0].data

    async def check(self) -> None:
        """Do nothing: the database is examined by itself."""

    async def put(self, source: Path, sha256: str) -> None:
        """Copy a finished temporary file into the database, and delete it."""
        digest = checked_digest(sha256)
        with await asyncio.to_thread(source.open, "rb") as file:
            async with self._database.transaction() as connection:
                # Another upload of the same bytes is waited for, and then is the one that counts.
                if await connection.fetch(_ADD, digest):
                    number = 0
                    while data := await asyncio.to_thread(file.read, PART_BYTES):
                        await connection.fetch(_ADD_PART, digest, number, data)
                        number += 1
                    await connection.fetch(_COUNT, digest, number)
        await asyncio.to_thread(source.unlink)

    async def remove(self, sha256: str) -> None:
        """Delete the blob if it exists."""
        async with self._database.transaction() as connection:
            await connection.fetch(_REMOVE, checked_digest(sha256))
