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


async def sqlite_store(folder: Path, clock: FakeClock, request: pytest.FixtureRequest) -> SqlStore:
    return await open_sqlite_store(folder / "basicchat.db", clock)


async def postgres_store(
    folder: Path, clock: FakeClock, request: pytest.FixtureRequest
) -> SqlStore:
    from basicchat.storage.postgres.store import open_postgres_store  # noqa: PLC0415
    from support import postgres  # noqa: PLC0415

    url: str = request.getfixturevalue("postgres_url")
    await postgres.empty(url)
    return await open_postgres_store(url, clock)


OpenStore = Callable[[Path, FakeClock, pytest.FixtureRequest], Awaitable[SqlStore]]
STORES: dict[str, OpenStore] = {"sqlite": sqlite_store, "postgres": postgres_store}


@pytest.fixture(params=STORES)
async def store(
    tmp_path: Path, clock: FakeClock, request: pytest.FixtureRequest
) -> AsyncIterator[SqlStore]:
    opened = await STORES[request.param](tmp_path, clock, request)
    await populate(opened)
    yield opened
    await opened.close()
