"""The database port on an SQLite file: one connection that reads, one that writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Self

from sqlalchemy.exc import DatabaseError

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.metrics import QUICK, Histogram
from basicchat.storage.sqlite import files
from basicchat.storage.sqlite.connection import Snapshot, SqliteConnection, make_engine
from basicchat.storage.sqlite.dialect import SqliteDialect
from basicchat.storage.sqlite.schema import migrate


class SqliteDatabase:
    """Implements `storage.database.Database`; open it with `SqliteDatabase.open`."""

    several_writers = False
    dialect = SqliteDialect()

    def __init__(self, path: Path) -> None:
        self._path = path
        engine = make_engine(path)
        self.reader = SqliteConnection(engine)
        self._writer = SqliteConnection(engine)
        # Both connections are open by now, so that closing the one that migrates need not wait for
        # a checkpoint.
        migrate(engine)
        self._turn = asyncio.Lock()
        self._words_deleted = False
        self.commit_seconds = Histogram(QUICK)
        self._seen_version = self._version()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file; create it or bring its schema up to date if needed.

        Raises:
            UpstreamUnavailable: it is damaged, or cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return cls(path)
        except DatabaseError as broken:
            raise UpstreamUnavailable(
                f"The database {path} cannot be used",
                provider="database",
                hint="If the file is damaged, restore a backup or move it away. Check that the "
                "disk is not full and that the folder is writable.",
            ) from broken

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteConnection]:
        """A transaction; one at a time. The commit does not suspend, so nothing can cancel it."""
        async with self._turn:
            await self._writer.begin()
            try:
                yield self._writer
                began = perf_counter()
                self._writer.run("COMMIT")
                self.commit_seconds.observe(perf_counter() - began)
            except BaseException:
                self._writer.rollback()
                raise

    def snapshot(self) -> Snapshot:
        """A connection whose queries all see the database as it was at one moment."""
        return Snapshot(self.reader)

    async def changed_elsewhere(self) -> bool:
        """Whether another process has committed something since the last call."""
        async with self._turn:
            version = self._version()
        before, self._seen_version = self._seen_version, version
        return version != before

    def _version(self) -> int:
        # It counts the commits of other connections; of ours, only the writer commits.
        return self._writer.number("PRAGMA data_version")

    def note_deleted_messages(self) -> None:
        """Note that messages were deleted, whose words the search index may still hold."""
        self._words_deleted = True

    async def erase_deleted(self, *, only_words: bool = False) -> None:
        """Overwrite deleted rows in the messages' search index and in the write-ahead log."""
        if only_words and not self._words_deleted:
            return
        async with self._turn:
            if self._words_deleted:
                await asyncio.to_thread(files.erase_deleted_words, self._path)
                self._words_deleted = False
            await asyncio.to_thread(files.checkpoint, self._path, mode="TRUNCATE")

    async def tidy(self) -> None:
        """Carry a long write-ahead log over into the database."""
        if files.log_is_long(self._path):
            await asyncio.to_thread(files.checkpoint, self._path)

    async def close(self) -> None:
        """Close both connections."""
        self.reader.close()
        self._writer.close()
