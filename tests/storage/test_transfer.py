"""Copies of a whole database: from SQLite to PostgreSQL and back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from basicchat.domain.errors import Conflict, UpstreamUnavailable
from basicchat.storage import tables as t
from basicchat.storage.database import Database
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.store import PostgresStore
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.store import SqlStore
from basicchat.storage.transfer import copy_database, refuse_incomplete
from basicchat.testing.clock import FakeClock
from support import postgres
from support.store_values import ROOM, a_run, document, populate, say, task

# More than are copied at once.
MESSAGES = 1203


@pytest.fixture
async def old(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    """A database with something in each of the largest tables."""
    database = await SqliteDatabase.open(tmp_path / "old.db")
    store = SqlStore(database, clock)
    await store.instance_id()
    await populate(store)
    async with store.transaction() as change:
        for number in range(MESSAGES):
            await say(change, f"m{number}", f"message {number} über 東京タワー")
        await say(change, "nul", "be\0fore")
        await change.put_run(a_run())
        await change.put_document(document("d1"))
        await change.put_task(task("t1"), {"subject": "d1"})
    yield database
    await database.close()


@pytest.fixture
async def new(postgres_url: str) -> AsyncIterator[Database]:
    await postgres.empty(postgres_url)
    database = await PostgresDatabase.open(postgres_url)
    yield database
    await database.close()


def silent(table: str, copied: int, rows: int) -> None:
    """Report nothing."""


async def found(store: SqlStore, query: str) -> list[str]:
    matching = await store.search_messages("ann", query, None, None, 5)
    return [each.message.text for each in matching.found]


async def test_there_and_back(
    old: Database, new: Database, tmp_path: Path, clock: FakeClock
) -> None:
    progress: list[tuple[str, int, int]] = []
    rows = await copy_database(old, new, lambda *each: progress.append(each))
    counts = [each[1:] for each in progress if each[0] == "messages"]
    assert counts == [(500, MESSAGES + 1), (1000, MESSAGES + 1), (MESSAGES + 1, MESSAGES + 1)]
    await refuse_incomplete(new)

    moved = PostgresStore(new, clock)
    assert await found(moved, "uber 777") == ["message 777 über 東京タワー"]
    assert len(await found(moved, "京タ")) == 5
    async with moved.transaction() as change:
        # Keys that the database counts up continue behind the rows that were copied.
        await say(change, "later", "said later")
    assert await found(moved, "later") == ["said later"]

    back = await SqliteDatabase.open(tmp_path / "back.db")
    assert await copy_database(new, back, silent) > rows
    assert await found(SqlStore(back, clock), "later") == ["said later"]
    assert (await SqlStore(back, clock).room(ROOM, "ann")).name == "Room"  # type: ignore[union-attr]
    await back.close()


async def test_an_interrupted_copy_is_refused_by_servers_and_continued(
    old: Database, new: Database
) -> None:
    def interrupt(table: str, copied: int, rows: int) -> None:
        if table == "messages" and copied > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy_database(old, new, interrupt)
    with pytest.raises(UpstreamUnavailable, match="incomplete"):
        await refuse_incomplete(new)
    copied: list[tuple[str, int, int]] = []
    await copy_database(old, new, lambda *each: copied.append(each))
    assert [each[1] for each in copied if each[0] in ("users", "messages")] == [MESSAGES + 1]
    await refuse_incomplete(new)


async def test_a_database_with_something_else_is_refused(
    old: Database, new: Database, clock: FakeClock
) -> None:
    await PostgresStore(new, clock).instance_id()
    with pytest.raises(Conflict, match="not empty"):
        await copy_database(old, new, silent)


async def test_a_difference_is_found(old: Database, new: Database) -> None:
    async def change_a_name() -> None:
        async with new.transaction() as connection:
            ben = update(t.users).where(t.users.c.user_id == "ben")
            await connection.execute(ben.values(name="B"))

    def interrupt(table: str, copied: int, rows: int) -> None:
        if table == "messages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy_database(old, new, interrupt)
    await change_a_name()
    with pytest.raises(Conflict, match="table users differs"):
        await copy_database(old, new, silent)
    with pytest.raises(UpstreamUnavailable, match="incomplete"):
        await refuse_incomplete(new)
