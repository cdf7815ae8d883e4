"""A file that stores requests waiting to be sent."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from basicchat.client.outbox_store import MAX_AGE_SECONDS, QueuedItem

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
    server TEXT NOT NULL, user TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (server, user, id)
) WITHOUT ROWID
"""
# One program at a time: the lock is released when the process ends, however it ends. Items
# survive a crash of the process; after a crash of the machine the last ones may be missing.
_PRAGMAS = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL")
MAX_ITEMS = 2000


class FileQueue:
    """A storage for `BasicChatClient(queue=…)`: an SQLite file that only its owner may read.

    One program uses it at a time. Others that are given the same file keep their requests in
    memory only, until the file is released.

    Args:
        path: the file; it and its folder are created if they do not exist.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._open: sqlite3.Connection | None = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._open is None:
                self._open = self._connect()
            yield self._open
        except sqlite3.Error as error:
            busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            kind = BlockingIOError if busy else OSError
            raise kind(f"{self._path}: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Only a new file is opened here: closing a file releases all locks that the process has
        # on it (POSIX), and another queue of the same program may hold one.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.execute(_SCHEMA)
            # Items that no client has claimed in time.
            connection.execute("DELETE FROM queue WHERE at < ?", (time.time() - MAX_AGE_SECONDS,))
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def put(self, item: QueuedItem) -> None:
        """Store an item; see `QueueStorage`. At most 2,000 items are stored.

        Raises:
            OSError: the file cannot be used, or another program is using it.
        """
        row = (item.server, item.user, item.id, item.at, msgspec.json.encode(item), MAX_ITEMS)
        with self._connection() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO queue SELECT ?, ?, ?, ?, ?"
                " WHERE (SELECT count(*) FROM queue) < ?",
                row,
            )

    def remove(self, server: str, user: str, item_id: str) -> None:
        """Remove an item; see `QueueStorage`.

        Raises:
            OSError: as `put`.
        """
        with self._connection() as connection:
            connection.execute(
                "DELETE FROM queue WHERE server = ? AND user = ? AND id = ?",
                (server, user, item_id),
            )

    def claim(self, server: str, user: str) -> list[QueuedItem]:
        """Return all items of a user for a server.

        Raises:
            OSError: as `put`.
        """
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT item FROM queue WHERE server = ? AND user = ?", (server, user)
            ).fetchall()
        return [msgspec.json.decode(item, type=QueuedItem) for (item,) in rows]

    def close(self) -> None:
        """Release the file to other programs."""
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()
