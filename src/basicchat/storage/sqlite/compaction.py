"""Rewriting an SQLite file without its free pages, while nothing else uses it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from basicchat.domain.errors import Conflict, StorageFull
from basicchat.storage.sqlite.schema import INCREMENTAL

LOCK_SECONDS = 5.0


def compact(path: Path) -> tuple[int, int]:
    """Rewrite a file, which can become smaller by itself from then on.

    Returns:
        its size in bytes before and afterwards.

    Raises:
        Conflict: another process uses the file.
        StorageFull: the disk has no space for a second copy.
    """
    before = _size(path)
    # The copy that SQLite makes is as large as the file.
    os.environ["SQLITE_TMPDIR"] = str(path.parent)
    with closing(sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            database.execute(f"PRAGMA auto_vacuum={INCREMENTAL}").close()
            database.execute("VACUUM").close()
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise Conflict(
                    f"Another program is using {path.name}",
                    hint="Stop it, and run this command again.",
                ) from error
            if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise StorageFull from error
            raise
    return before, _size(path)


def _size(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)
