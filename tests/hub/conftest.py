"""Stores for the hub's tests, copied from one that has been migrated once."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.hub_clients import USERS, OpenStore


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "basicchat.db"

    async def make() -> None:
        store = await open_sqlite_store(path, FakeClock())
        async with store.transaction() as change:
            for user in USERS:
                await change.put_user(user, FakeClock().now())
            await change.put_room("c1", "Room", FakeClock().now())
            for user in USERS:
                await change.put_member("c1", user.id, "owner" if user.id == "ann" else "member")
        await store.erase_deleted()
        await store.close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def open_store(template: Path) -> Iterator[OpenStore]:
    """Opens a fresh store with Ann, Ben and their room `c1`, as often as it is asked to."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(1_000_000))

        @asynccontextmanager
        async def opened() -> AsyncIterator[SqlStore]:
            path = Path(folder) / f"{next(numbers)}.db"
            shutil.copyfile(template, path)
            store = await open_sqlite_store(path, FakeClock())
            try:
                yield store
            finally:
                await store.close()

        yield opened


@pytest.fixture
async def store(open_store: OpenStore) -> AsyncIterator[SqlStore]:
    async with open_store() as opened:
        yield opened
