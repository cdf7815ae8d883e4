"""One server of two nodes, on PostgreSQL and Redis, and its people."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from basicchat.config import Settings
from support import postgres
from support.nodes import running_nodes
from support.redis_server import RedisServer
from support.servers import RunningServer, scripted, settings_for
from support.users import Person, person


@pytest.fixture
def gate() -> asyncio.Semaphore:
    """Lets pieces of answers pass."""
    return asyncio.Semaphore(0)


@pytest.fixture
def limits() -> dict[str, Any]:
    """Limits other than those of all tests."""
    return {}


@pytest.fixture
async def settings(
    tmp_path: Path, postgres_url: str, redis: RedisServer, limits: dict[str, Any]
) -> Settings:
    """The settings of all nodes."""
    await postgres.empty(postgres_url)
    shared = {"database_url": postgres_url, "redis_url": redis.url, "secret_key": "k" * 32}
    return settings_for(tmp_path, limits=limits, **shared)


@pytest.fixture
async def server(settings: Settings, gate: asyncio.Semaphore) -> AsyncIterator[RunningServer]:
    """The server; each request to its address goes to the other node."""
    async with running_nodes(settings, scripted(gate)) as server:
        yield server


@pytest.fixture
async def ada(server: RunningServer) -> Person:
    """Somebody."""
    return await person(server, "Ada")


@pytest.fixture
async def bob(server: RunningServer) -> Person:
    """Somebody else."""
    return await person(server, "Bob")
