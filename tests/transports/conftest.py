"""A server for each test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.servers import RunningServer, running, settings_for


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server whose limits are out of the way."""
    async with running(settings_for(tmp_path)) as here:
        yield here
