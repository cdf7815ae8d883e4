"""A server of one node or several, each a process, and what it leaves in its database."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from chaos_records import Records, examine, judged
from chaos_server import Child, child

# As a program, this is not started from the tests' folder.
TESTS = str(Path(__file__).parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)


class Cluster:
    """The nodes of a server.

    Args:
        database_url: that of PostgreSQL; None for a single node on SQLite.
    """

    def __init__(self, database_url: str | None) -> None:
        self.all: list[Child] = []
        self._database_url = database_url

    async def stop(self) -> Records:
        """Stop all nodes in an orderly way, and look into the database."""
        await asyncio.gather(*(each.stop() for each in self.all))
        if self._database_url is None:
            return examine(self.all[0].data)
        return await _examine_postgres(self._database_url)

    def complaints(self) -> list[str]:
        """What the logs say of failures within."""
        return [line for each in self.all for line in each.complaints()]


@asynccontextmanager
async def cluster(folder: Path, tokens_per_second: float, count: int) -> AsyncIterator[Cluster]:
    """A server of so many nodes; several have a PostgreSQL and a Redis of their own."""
    async with AsyncExitStack() as stack:
        engines: tuple[str, ...] = ()
        if count > 1:
            from support import postgres  # noqa: PLC0415
            from support.redis_server import redis_server  # noqa: PLC0415

            server = stack.enter_context(postgres.shared_server())
            database_url = await postgres.create(server, f"chaos_{uuid4().hex[:12]}")
            engines = database_url, stack.enter_context(redis_server()).url
        nodes = Cluster(engines[0] if engines else None)
        for number in range(count):
            own_folder = folder / f"node{number}"
            own_folder.mkdir()
            node = child(own_folder, tokens_per_second, *engines)
            nodes.all.append(await stack.enter_async_context(node))
        yield nodes


async def _examine_postgres(url: str) -> Records:
    connection: Any = await asyncpg.connect(url)
    try:
        queries = (
            "SELECT count(*) FROM events",
            "SELECT stream, seq FROM events ORDER BY stream, seq",
            "SELECT stream, floor, seq FROM streams",
            *(f"SELECT data FROM {table}" for table in ("messages", "runs", "tasks", "documents")),
        )
        rows = {query: await connection.fetch(query) for query in queries}
    finally:
        await connection.close()
    return judged(rows.__getitem__, [])
