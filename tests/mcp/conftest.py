"""A server for each test that asks for one, and two people on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import Person, person
from running import Running, running, settings_for


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Running]:
    """A server whose limits are out of the way."""
    async with running(settings_for(tmp_path)) as here:
        yield here


@pytest.fixture
async def ada(server: Running) -> Person:
    """Somebody."""
    return await person(server, "Ada")


@pytest.fixture
async def bob(server: Running) -> Person:
    """Somebody else."""
    return await person(server, "Bob")
