"""Opens the SQL store on an SQLite file."""

from pathlib import Path

from basicchat.domain.ports import Clock
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.store import SqlStore


async def open_sqlite_store(path: Path, clock: Clock) -> SqlStore:
    """Open the store; create the file or bring its schema up to date if needed.

    Raises:
        UpstreamUnavailable: it is damaged, or cannot be written.
    """
    return SqlStore(await SqliteDatabase.open(path), clock)
