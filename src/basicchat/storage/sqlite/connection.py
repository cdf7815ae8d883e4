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
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.storage.database import Prepared, Result
from basicchat.storage.sqlite.prepared import (
    ENGINE,
    CompiledStatement,
    compile_prepared,
    translated,
)

LOCK_SECONDS = 10.0
LOCK_PAUSE_SECONDS = 0.005

PRAGMAS = (
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
        if self._raw.in_transaction:
            self.run("ROLLBACK")

    def number(self, sql: str) -> int:
        """Run a statement whose result is a number."""
        return int(self._raw.execute(sql).fetchone()[0])

    async def begin(self) -> None:
        """Begin a transaction that writes, taking the lock now, so that it never has to restart.

        Raises:
            UpstreamUnavailable: another process has held the lock for too long.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LOCK_SECONDS
        while True:
            try:
                self.run("BEGIN IMMEDIATE")
            except OperationalError as busy:
                if not _is_locked(busy):
                    raise
                if loop.time() > deadline:
                    raise UpstreamUnavailable(
                        "The database is locked by another program",
                        provider="database",
                        hint="Try again. If this persists, find out which other program uses the "
                        "data folder.",
                    ) from busy
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


def _is_locked(error: OperationalError) -> bool:
    """Whether another connection's lock is the reason."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


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
