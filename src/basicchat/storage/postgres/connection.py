"""Connections to PostgreSQL by asyncpg: one of a pool for each query, or for a transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Executable

from basicchat.storage.database import Prepared, Result
from basicchat.storage.fetched_rows import Rows
from basicchat.storage.postgres.errors import is_lost, translated
from basicchat.storage.postgres.statements import form_of

T = TypeVar("T")
# How long to wait for a connection, if all are busy.
ACQUIRE_SECONDS = 10.0
# A connection that is lost without notice shows it at its first use; the next one is a new one.
ATTEMPTS = 2


class Record(asyncpg.Record):  # type: ignore[misc]
    """A row with its columns as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class PostgresConnection:
    """Implements `storage.database.Connection` on one connection of asyncpg."""

    __slots__ = ("raw",)

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Result:
        """Execute a statement; with a list of parameters, once for each of them."""
        many = isinstance(parameters, list)
        if many and not parameters:
            return Rows((), 0)
        form = form_of(statement, parameters[0] if many else parameters or {})
        if many:
            sql, rows = form.sql_and_rows(parameters)
            await self._run(sql, self.raw.executemany(sql, rows))
            return Rows((), len(rows))
        sql, values = form.sql_and_values(parameters or {})
        if form.returns_rows:
            found = await self._run(sql, self.raw.fetch(sql, *values))
            return Rows(found, len(found))
        return Rows((), _changed(await self._run(sql, self.raw.execute(sql, *values))))

    def terminate(self) -> None:
        """Close the connection at once; the pool replaces it."""
        # The pool has given up a connection that is closed already.
        with suppress(asyncpg.InterfaceError):
            self.raw.terminate()

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        """Execute a statement that asyncpg takes as it is; its rows."""
        found: Sequence[Any] = await self._run(sql, self.raw.fetch(sql, *values))
        return found

    async def _run(self, sql: str, work: Awaitable[T]) -> T:
        try:
            return await work
        except Exception as error:
            if is_lost(error):
                self.terminate()
            raise translated(error, sql) from error


def _changed(status: str) -> int:
    """The number of rows in a command's status, such as `UPDATE 3`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdecimal() else 0


class PostgresReader:
    """Implements `storage.database.Connection`: a connection of the pool for each statement."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Result:
        """Execute a query, which sees what is committed."""

        async def run(connection: PostgresConnection) -> Result:
            return await connection.execute(statement, parameters)

        return await retried(self._pool, run)


async def retried(pool: Any, work: Callable[[PostgresConnection], Awaitable[T]]) -> T:
    """Do work on a connection of the pool; once more if that connection turns out to be lost."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with acquired(pool) as connection:
                return await work(connection)
        except Exception as error:
            if attempt == ATTEMPTS or not is_lost(error.__cause__ or error):
                raise
    raise AssertionError("unreachable")


@asynccontextmanager
async def acquired(pool: Any) -> AsyncIterator[PostgresConnection]:
    """A connection of a pool, as in `acquire`."""
    connection = await acquire(pool)
    try:
        yield connection
    finally:
        await release(pool, connection)


async def release(pool: Any, connection: PostgresConnection) -> None:
    """Give a connection back. If it has been lost meanwhile, its work is done all the same."""
    try:
        await pool.release(connection.raw)
    except Exception as error:
        # The pool has closed it, and opens another one.
        if not is_lost(error):
            raise


async def acquire(pool: Any) -> PostgresConnection:
    """Take a connection from a pool.

    Raises:
        DatabaseUnavailable: the server cannot be reached.
        DatabaseBusy: all connections were busy for too long.
    """
    try:
        return PostgresConnection(await pool.acquire(timeout=ACQUIRE_SECONDS))
    except Exception as error:
        raise translated(error) from error
