"""Opens the SQL database: connections, pragmas, transactions.

SQLite is called directly, within the event loop: a statement on a row takes some 20 µs, less than
a tenth of what handing it to another thread costs both sides. What could take long is kept out of
the loop: many rows at once, and checkpoints (which wait for the disk) run in threads, and waiting
for another process's lock is done by the loop.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Engine, Executable, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.storage.sqlite.prepared import Found, Prepared, translated

LOCK_SECONDS = 10.0
LOCK_PAUSE_SECONDS = 0.005
# A write-ahead log longer than this is carried over into the database.
LONG_LOG = 64 << 20

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # Every acknowledged message survives a crash of the process; only a power cut may lose the
    # last few, and never corrupts the file.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    # Deleted text is overwritten, not only unlinked.
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    # Checkpoints are made by `checkpoint`; this is only for processes that never call it.
    "PRAGMA wal_autocheckpoint=20000",
)


class Executes(Protocol):
    """The part of a connection that queries need."""

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Found:
        """Carry a statement out."""
        ...


class DirectConnection:
    """A connection that is used within the event loop. Its transactions are begun by hand."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")

        raw: Any = self._connection.connection.dbapi_connection
        self._raw: sqlite3.Connection = raw

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Found:
        """Carry a statement out; with a list of parameters, once for each of them.

        Such lists are short for prepared statements; others run in a thread, to their end.
        """
        if isinstance(statement, Prepared):
            if isinstance(parameters, list):
                return statement.run_each(self._raw, parameters)
            return statement.run(self._raw, parameters or {})
        if isinstance(parameters, list):
            work = asyncio.ensure_future(
                asyncio.to_thread(self._connection.execute, statement, parameters)
            )
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                # The connection may not be used for anything else before, whoever is impatient.
                while not work.done():
                    with suppress(asyncio.CancelledError):
                        await asyncio.wait([work])
                raise
        return self._connection.execute(statement, parameters)

    def run(self, sql: str) -> None:
        """Run a statement that gives nothing back."""
        try:
            self._raw.execute(sql).close()
        except sqlite3.Error as error:
            raise translated(error, sql) from error

    def abandon(self) -> None:
        """Roll back, unless SQLite has done that itself, as on a full disk."""
        if self._raw.in_transaction:
            self.run("ROLLBACK")

    def number(self, sql: str) -> int:
        """Run a statement that gives a number."""
        return int(self._raw.execute(sql).fetchone()[0])

    @contextmanager
    def reading(self) -> Iterator["DirectConnection"]:
        """See one state of the database with several statements; one alone sees one anyway."""
        self.run("BEGIN")
        try:
            yield self
        finally:
            self.run("COMMIT")

    async def begin(self) -> None:
        """Begin to write: takes the lock now, so that nothing has to be repeated.

        Raises:
            UpstreamUnavailable: another process holds the lock for too long.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LOCK_SECONDS
        while True:
            try:
                self.run("BEGIN IMMEDIATE")
            except OperationalError as busy:
                if not is_locked(busy):
                    raise
                if loop.time() > deadline:
                    raise UpstreamUnavailable(
                        "The database is locked by another program",
                        provider="database",
                        hint="Try again; if it stays, see what else uses the data folder.",
                    ) from busy
            else:
                return
            await asyncio.sleep(LOCK_PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def is_locked(error: OperationalError) -> bool:
    """Whether the reason is another connection's lock."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def make_engine(path: Path) -> Engine:
    """Make an engine on an SQLite file."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": 0.05, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma).close()

    return engine


def checkpoint(path: Path, *, mode: str = "PASSIVE") -> None:
    """Carry the write-ahead log over into the database; waits for the disk."""
    connection = sqlite3.connect(path, timeout=5)
    try:
        connection.execute(f"PRAGMA wal_checkpoint({mode})").close()
    finally:
        connection.close()


def forget_words(path: Path) -> None:
    """Write the messages' full-text index anew, without the words of what was deleted."""
    connection = sqlite3.connect(path, timeout=5)
    try:
        connection.execute("PRAGMA secure_delete=ON").close()
        connection.execute("INSERT INTO message_words(message_words) VALUES ('optimize')").close()
        connection.commit()
    finally:
        connection.close()


def log_is_long(path: Path) -> bool:
    """Whether a checkpoint is due."""
    log = path.with_name(path.name + "-wal")
    try:
        return log.stat().st_size > LONG_LOG
    except FileNotFoundError:
        return False


__all__ = ["DatabaseError", "DirectConnection", "Executes", "make_engine"]
