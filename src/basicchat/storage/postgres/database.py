"""The database port on PostgreSQL: a pool of connections that read, and one of those that write.

They are two, so that a transaction which waits for a query of another connection never waits for
other transactions that wait for the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Self

import asyncpg

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.metrics import QUICK, Histogram
from basicchat.storage.postgres.connection import (
    ATTEMPTS,
    PostgresConnection,
    PostgresReader,
    Record,
    acquire,
    acquired,
    release,
    retried,
)
from basicchat.storage.postgres.dialect import PostgresDialect
from basicchat.storage.postgres.errors import LOST, is_lost, translated
from basicchat.storage.postgres.schema import migrate
from basicchat.storage.postgres.url import connect_arguments, shown

# Most connections of one process, of each kind.
READERS = 8
WRITERS = 8
# Statements that write look rows up by their keys: planning them anew each time, for the lengths of
# lists in their parameters, takes as long as executing them.
WRITER_SETTINGS = {"plan_cache_mode": "force_generic_plan"}
# A search of vectors goes on until the scope has enough of them. A server without the extension
# pgvector ignores these.
READER_SETTINGS = {
    "hnsw.iterative_scan": "strict_order",
    "hnsw.ef_search": "400",
    "hnsw.max_scan_tuples": "200000",
    "hnsw.scan_mem_multiplier": "8",
}
IDLE_SECONDS = 300.0
# How long the server may take for a statement.
STATEMENT_SECONDS = 30.0
# Above the number of all statements, which differ in their parameters alone.
CACHED_STATEMENTS = 1000
ROLLBACK_SECONDS = 5.0
CLOSE_SECONDS = 5.0
_USED = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'basicchat'"""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresDatabase:
    """Implements `storage.database.Database`; open it with `PostgresDatabase.open`."""

    several_writers = True
    dialect = PostgresDialect()

    def __init__(self, readers: Any, writers: Any) -> None:
        self._readers = readers
        self._writers = writers
        self.reader = PostgresReader(readers)
        self.commit_seconds = Histogram(QUICK)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the schema up to date if needed.

        Raises:
            UpstreamUnavailable: the database cannot be used.
        """
        try:
            arguments = connect_arguments(url)
            await migrate(arguments)
            readers = await _pool(arguments, READERS, READER_SETTINGS)
            return cls(readers, await _pool(arguments, WRITERS, WRITER_SETTINGS))
        except (asyncpg.PostgresError, *LOST, ValueError, TimeoutError) as error:
            raise _unusable(url, error) from error

    @asynccontextmanager
    async def transaction(
        self, on_commit: Callable[[], None] | None = None
    ) -> AsyncIterator[PostgresConnection]:
        """A transaction. A commit that has begun is completed, even if the task is cancelled."""
        connection = await self._begin()
        try:
            yield connection
        except BaseException:
            await self._abandon(connection)
            raise
        await _completed(self._commit(connection, on_commit))

    async def _begin(self) -> PostgresConnection:
        """Begin a transaction; on another connection if the first one turns out to be lost."""
        for attempt in range(1, ATTEMPTS + 1):
            connection = await acquire(self._writers)
            try:
                await connection.raw.execute("BEGIN")
            except BaseException as error:
                await self._abandon(connection)
                if attempt == ATTEMPTS or not is_lost(error):
                    raise translated(error) from error
            else:
                return connection
        raise AssertionError("unreachable")

    async def _commit(
        self, connection: PostgresConnection, on_commit: Callable[[], None] | None
    ) -> None:
        try:
            began = perf_counter()
            try:
                # A transaction that has failed answers COMMIT with ROLLBACK.
                if await connection.raw.execute("COMMIT") != "COMMIT":
                    raise RuntimeError("a statement of the transaction had failed")
            except Exception as error:
                raise translated(error) from error
            self.commit_seconds.observe(perf_counter() - began)
            if on_commit is not None:
                on_commit()
        finally:
            await release(self._writers, connection)

    async def _abandon(self, connection: PostgresConnection) -> None:
        try:
            await _rolled_back(connection)
        finally:
            await release(self._writers, connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresConnection]:
        """A connection whose queries all see the database as it was at one moment."""
        async with acquired(self._readers) as connection:
            try:
                await connection.fetch(_SNAPSHOT)
                yield connection
            finally:
                await _rolled_back(connection)

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        """The rows of a query that asyncpg takes as it is."""
        return await retried(self._readers, lambda connection: connection.fetch(sql, *values))

    async def changed_elsewhere(self) -> bool:
        """Whether another process may have committed something: other nodes always may."""
        return True

    async def erase_deleted(self, *, only_words: bool = False) -> None:
        """Do nothing: PostgreSQL's vacuum reuses the space of deleted rows."""

    def note_deleted_messages(self) -> None:
        """Do nothing: the words of a message are in its own row."""

    async def tidy(self) -> None:
        """Do nothing: autovacuum does the upkeep."""

    async def close(self) -> None:
        """Close all connections."""
        for pool in (self._readers, self._writers):
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await pool.close()
            except TimeoutError:
                pool.terminate()


async def is_in_use(url: str) -> bool:
    """Whether a program has connections to the database under the name that this one uses.

    Raises:
        UpstreamUnavailable: the database cannot be used.
    """
    try:
        connection = await asyncpg.connect(**connect_arguments(url, name="basicchat-check"))
        try:
            return bool(await connection.fetchval(_USED))
        finally:
            await connection.close()
    except (asyncpg.PostgresError, *LOST, ValueError, TimeoutError) as error:
        raise _unusable(url, error) from error


async def _pool(arguments: dict[str, Any], size: int, settings: dict[str, str]) -> Any:
    return await asyncpg.create_pool(
        **arguments | {"server_settings": arguments["server_settings"] | settings},
        # A minimum would be restored, with a line in the log each time, while the server is away.
        min_size=0,
        max_size=size,
        max_inactive_connection_lifetime=IDLE_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        statement_cache_size=CACHED_STATEMENTS,
        max_cached_statement_lifetime=0,
        record_class=Record,
        reset=_reset,
    )


async def _reset(raw: Any) -> None:
    """Make a connection ready for its next use; the default would cost a round trip each time."""
    if raw.is_in_transaction():
        await raw.execute("ROLLBACK")


async def _rolled_back(connection: PostgresConnection) -> None:
    """Roll back; a connection that cannot is closed, with which the server rolls back."""
    try:
        async with asyncio.timeout(ROLLBACK_SECONDS):
            await connection.raw.execute("ROLLBACK")
    except BaseException as error:
        connection.terminate()
        if not isinstance(error, Exception):
            raise


async def _completed(work: Awaitable[None]) -> None:
    """Wait for work to its end, however often this task is cancelled; then it is cancelled."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    current = asyncio.current_task()
    if cancelled and current is not None:
        # What follows the commit, such as the delivery of its events, happens first: the task is
        # cancelled at its next wait.
        current.uncancel()
        current.cancel()


def _unusable(url: str, error: BaseException) -> UpstreamUnavailable:
    return UpstreamUnavailable(
        f"The database {shown(url)} cannot be used: {_cause(error)}",
        provider="database",
        hint="Check `database_url`, that PostgreSQL is running there, and that its user "
        "may create tables in the database.",
    )


def _cause(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, asyncpg.PostgresError | ValueError):
        return str(error.args[0]) if error.args else type(error).__name__
    return "it cannot be reached"
