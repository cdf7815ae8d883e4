"""Transactions on a full disk, and while another process holds the lock."""

import sqlite3
from pathlib import Path

import pytest

from basicchat.domain.errors import DatabaseLocked, StorageFull
from basicchat.domain.values import User
from basicchat.storage.sqlite import database as sqlite_database
from basicchat.storage.sqlite.connection import SqliteConnection
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.store import SqlStore
from support.full_disk import full
from support.store_values import START

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


async def add_users(store: SqlStore, count: int) -> None:
    async with store.transaction() as change:
        for number in range(count):
            user = User(id=f"full{number}", name="x" * 180 + str(number), role="member")
            await change.put_user(user, START)


@ON_SQLITE
async def test_a_full_disk_has_an_error_of_its_own(store: SqlStore) -> None:
    with full(store), pytest.raises(StorageFull) as caught:
        await add_users(store, 500)
    assert caught.value.kind == "storage_full"
    assert await store.user("full0") is None
    await add_users(store, 500)
    assert await store.user("full499") is not None


@ON_SQLITE
async def test_those_behind_a_locked_writer_do_not_wait_again(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    begin = SqliteConnection.begin

    async def recording(self: SqliteConnection, seconds: float) -> None:
        waits.append(seconds)
        await begin(self, seconds)

    monkeypatch.setattr(sqlite_database, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(SqliteConnection, "begin", recording)
    other = sqlite3.connect(tmp_path / "basicchat.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(3):
        with pytest.raises(DatabaseLocked, match="locked by another program"):
            await add_users(store, 1)
    other.execute("ROLLBACK")
    await add_users(store, 1)
    await add_users(store, 1)
    other.close()
    # Those that waited behind the first one need not wait again.
    first, *later, last = waits
    assert (first, last, len(later)) == (0.2, 0.2, 3)
    assert all(seconds <= sqlite_database.RETRY_LOCK_SECONDS for seconds in later)


@ON_SQLITE
async def test_waiting_for_a_lock_does_not_block_the_loop(store: SqlStore) -> None:
    database = store._database
    assert isinstance(database, SqliteDatabase)
    assert database._writer.number("PRAGMA busy_timeout") == 0
