"""Two nodes on one database and a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from basicchat.app import App
from support.redis_server import RedisServer
from support.two_nodes import two_nodes


@pytest.fixture
def gate() -> asyncio.Semaphore:
    return asyncio.Semaphore(0)


@pytest.fixture(params=["sqlite", "postgres"])
async def nodes(
    tmp_path: Path, redis: RedisServer, gate: asyncio.Semaphore, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[App, App]]:
    database_url = None
    if request.param == "postgres":
        from support import postgres  # noqa: PLC0415

        database_url = request.getfixturevalue("postgres_url")
        await postgres.empty(database_url)
    async with two_nodes(tmp_path, redis.url, gate, database_url) as nodes:
        yield nodes
