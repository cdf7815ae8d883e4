"""The store that is tested, with two users and a room in it.

A new implementation adds itself to `STORES`; it has to pass the same contract.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.store_values import START, populate


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


async def sqlite_store(folder: Path, clock: FakeClock) -> SqlStore:
    return await open_sqlite_store(folder / "basicchat.db", clock)


OpenStore = Callable[[Path, FakeClock], Awaitable[SqlStore]]
STORES: dict[str, OpenStore] = {"sqlite": sqlite_store}


@pytest.fixture(params=STORES)
async def store(
    tmp_path: Path, clock: FakeClock, request: pytest.FixtureRequest
) -> AsyncIterator[SqlStore]:
    opened = await STORES[request.param](tmp_path, clock)
    await populate(opened)
    yield opened
    await opened.close()
