"""A server for each test that asks for one, and two people on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.mcp.tool_server import ToolServer
from support.servers import RunningServer, running, settings_for
from support.users import Person, person


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server whose limits are out of the way."""
    async with running(settings_for(tmp_path)) as here:
        yield here


@pytest.fixture
async def ada(server: RunningServer) -> Person:
    """Somebody."""
    return await person(server, "Ada")


@pytest.fixture
async def bob(server: RunningServer) -> Person:
    """Somebody else."""
    return await person(server, "Bob")


@pytest.fixture
async def shop(server: RunningServer) -> ToolServer:
    """Tools of the test's own, served by the real server."""
    shop = ToolServer()
    shop.serve(server)
    return shop
