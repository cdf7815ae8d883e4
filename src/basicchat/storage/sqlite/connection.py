"""Connections to an SQLite file, used within the event loop.

A statement on one row takes about 20 µs, less than a tenth of what handing it to another thread
costs on both sides. What can take long is kept out of the loop: many rows at once and checkpoints
(which wait for the disk) run in threads, and the loop itself waits for another process's lock.
"""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import URL, Engine, Executable, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from basicchat.domain.errors import DatabaseLocked
from basicchat.storage.database import Prepared, Result
from basicchat.storage.sqlite.prepared import (
    ENGINE,
    CompiledStatement,
    compile_prepared,
    translated,
)

# Shorter than the time that a client has for its first `session.hello`, which writes.
LOCK_SECONDS = 5.0
LOCK_PAUSE_SECONDS = 0.002
# A quota or a limit of the file's size is an error of writing to SQLite, not a full disk.
FULL = frozenset((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE))

PRAGMAS = (
    # First, because it applies to empty files only. `SqliteDatabase.tidy` frees the pages.
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    # Every acknowledged message survives a crash of the process. A power cut can lose the last
    # few, but never corrupts the file.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    # Deleted text is overwritten, not only unlinked.
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    # `SqliteDatabase.tidy` makes checkpoints; this is for processes that never call it.
    "PRAGMA wal_autocheckpoint=20000",
    # After a checkpoint, a longer write-ahead log is truncated to this length.
    "PRAGMA journal_size_limit=16777216",
)


class SqliteConnection:
    """Implements `storage.database.Connection`. Transactions are begun and ended explicitly."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        raw: Any = self._connection.connection.dbapi_connection
        self._raw: sqlite3.Connection = raw

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Result:
        """Execute a statement; with a list of parameters, once for each of them.

        Lists for prepared statements are short; those for others run in a thread, to their end.
        """
        if isinstance(statement, Prepared):
            compiled: CompiledStatement | None = statement.compiled.get(ENGINE)
            if compiled is None:
                compiled = compile_prepared(statement)
            if isinstance(parameters, list):
                return compiled.run_each(self._raw, parameters)
            return compiled.run(self._raw, parameters or {})
        if isinstance(parameters, list):
            return await self._execute_in_thread(statement, parameters)
        return self._connection.execute(statement, parameters)

    async def _execute_in_thread(self, statement: Executable, parameters: list[Any]) -> Result:
        work = asyncio.ensure_future(
            asyncio.to_thread(self._connection.execute, statement, parameters)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread uses the connection until it has finished, however often this is cancelled.
            while not work.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            raise

    def run(self, sql: str) -> None:
        """Run a statement that has no result."""
        try:
            self._raw.execute(sql).close()
        except sqlite3.Error as error:
            raise translated(error, sql) from error

    def rollback(self) -> None:
        """Roll back, unless SQLite has done that itself, as on a full disk."""
        if self.in_transaction:
            self.run("ROLLBACK")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._raw.in_transaction

    def number(self, sql: str) -> int:
        """Run a statement whose result is a number."""
        return int(self._raw.execute(sql).fetchone()[0])

    def vacuum(self, pages: int) -> None:
        """Give some free pages back to the file system, outside of any transaction."""
        # If another process holds the lock or the disk is full, the next upkeep tries again.
        with suppress(sqlite3.OperationalError):
            # As a script, because `execute` would take one step, which frees one page.
            self._raw.executescript(f"PRAGMA incremental_vacuum({pages})")

    def never_block(self) -> None:
        """Fail at once while another process holds the lock, instead of blocking the loop."""
        self.run("PRAGMA busy_timeout=0")

    async def begin(self, seconds: float = LOCK_SECONDS) -> None:
        """Begin a transaction that writes, taking the lock now, so that it never has to restart.

        Args:
            seconds: how long to wait for another process's lock.

        Raises:
            DatabaseLocked: another process has held the lock for longer.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            try:
                self.run("BEGIN IMMEDIATE")
            except OperationalError as busy:
                if not _is_locked(busy):
                    raise
                if loop.time() >= deadline:
                    raise DatabaseLocked from busy
            else:
                return
            await asyncio.sleep(LOCK_PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Snapshot:
    """A read transaction as a context manager. It does not suspend, so that reads never mix."""

    __slots__ = ("_connection",)

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection

    async def __aenter__(self) -> SqliteConnection:
        self._connection.run("BEGIN")
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.run("COMMIT")


def _is_locked(error: DBAPIError) -> bool:
    """Whether another connection's lock is the reason."""
    code = _code(error)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def is_full(error: DBAPIError) -> bool:
    """Whether nothing more can be written, because of a full disk, a quota or a file limit."""
    return _code(error) in FULL


def _code(error: DBAPIError) -> int | None:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return code


def make_engine(path: Path) -> Engine:
    """Make a SQLAlchemy engine for an SQLite file."""
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
