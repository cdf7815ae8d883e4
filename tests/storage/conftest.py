"""A store in a file, with two users and a room in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.store_values import START, populate


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[SqlStore]:
    opened = await open_sqlite_store(tmp_path / "basicchat.db", clock)
    await populate(opened)
    yield opened
    await opened.close()
