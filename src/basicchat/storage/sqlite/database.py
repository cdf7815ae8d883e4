"""The database port on an SQLite file: one connection that reads, one that writes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Self

from sqlalchemy.exc import DatabaseError, DBAPIError

from basicchat.domain.errors import DatabaseLocked, StorageFull, UpstreamUnavailable
from basicchat.domain.metrics import Histogram
from basicchat.storage.sqlite import files
from basicchat.storage.sqlite.connection import (
    LOCK_SECONDS,
    Snapshot,
    SqliteConnection,
    is_full,
    make_engine,
)
from basicchat.storage.sqlite.dialect import SqliteDialect
from basicchat.storage.sqlite.group_commit import GroupCommit
from basicchat.storage.sqlite.schema import allow_vacuum, migrate

RETRY_LOCK_SECONDS = 0.05
# Free pages that are kept for new rows, and how many of the others are given back at a time.
MAX_FREE_PAGES = 1000
PAGES_AT_ONCE = 100


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
        allow_vacuum(engine, path)
        self._writer.never_block()
        self._changes = GroupCommit(self._writer, self._begin)
        self._words_deleted = False
        # When the last transaction could not begin because of another process's lock, if so.
        self._locked_at: float | None = None
        self._vacuumed = False
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

    @property
    def commit_seconds(self) -> Histogram:
        """How long commits took."""
        return self._changes.commit_seconds

    def transaction(
        self, on_commit: Callable[[], None] | None = None
    ) -> AbstractAsyncContextManager[SqliteConnection]:
        """A transaction; one at a time. Those that wait are committed together."""
        return self._changes.change(on_commit)

    async def _begin(self) -> None:
        """Begin a transaction.

        If another process has just kept the lock for too long, this waits only briefly, and those
        that waited behind the first one not at all: they have already waited as long.
        """
        loop = asyncio.get_running_loop()
        seconds = LOCK_SECONDS
        if self._locked_at is not None:
            just_now = loop.time() - self._locked_at < RETRY_LOCK_SECONDS
            seconds = 0 if just_now else RETRY_LOCK_SECONDS
        try:
            await self._writer.begin(seconds)
        except DatabaseLocked:
            self._locked_at = loop.time()
            raise
        except DBAPIError as error:
            if is_full(error):
                raise StorageFull from error
            raise
        self._locked_at = None

    def snapshot(self) -> Snapshot:
        """A connection whose queries all see the database as it was at one moment."""
        return Snapshot(self.reader)

    async def changed_elsewhere(self) -> bool:
        """Whether another process has committed something since the last call."""
        async with self._changes.alone():
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
        async with self._changes.alone():
            if self._words_deleted:
                await asyncio.to_thread(files.erase_deleted_words, self._path)
                self._words_deleted = False
            await asyncio.to_thread(files.checkpoint, self._path, mode="TRUNCATE")

    async def tidy(self) -> None:
        """Carry a long write-ahead log over into the database, and give free pages back."""
        if files.log_is_long(self._path):
            await asyncio.to_thread(files.checkpoint, self._path)
        if self._writer.number("PRAGMA freelist_count") > MAX_FREE_PAGES:
            async with self._changes.alone():
                self._writer.vacuum(PAGES_AT_ONCE)
            self._vacuumed = True
        elif self._vacuumed:
            # The file becomes smaller with a checkpoint; most of it needs no lock.
            self._vacuumed = False
            await asyncio.to_thread(files.checkpoint, self._path)
            async with self._changes.alone():
                await asyncio.to_thread(files.checkpoint, self._path, mode="TRUNCATE")

    async def close(self) -> None:
        """Close both connections."""
        self.reader.close()
        self._writer.close()
