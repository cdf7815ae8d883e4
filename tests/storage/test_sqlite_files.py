"""A store's SQLite file: its schema, its migrations, what is left in it, and what breaks it."""

import asyncio
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from basicchat.domain.errors import Conflict, UpstreamUnavailable
from basicchat.domain.events import Position, user_stream
from basicchat.domain.passages import Page
from basicchat.storage import tables
from basicchat.storage.rows import from_micros, to_micros
from basicchat.storage.sqlite import compaction, migrations, schema
from basicchat.storage.sqlite import database as sqlite_database
from basicchat.storage.sqlite.connection import make_engine
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.store_values import (
    ROOM,
    START,
    STREAM,
    Boom,
    a_run,
    begin,
    document,
    message,
    populate,
    say,
)

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_stored_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


async def test_an_event_is_replayed_as_it_was_delivered(store: SqlStore, clock: FakeClock) -> None:
    start = await begin(store)
    clock.advance(0.123457)
    async with store.transaction() as change:
        await say(change, "m1", "é😀")
    replay = await store.replay(STREAM, start, 10)
    assert replay is not None
    (told,), (kept,) = change.events, replay.events
    assert msgspec.json.encode(told) == msgspec.json.encode(kept)


def is_no_part_of_an_index(name: str | None, type_: str, parents: object) -> bool:
    """The full-text index is made by SQL of its own."""
    names = ("message_words", "message_vocabulary")
    return not (type_ == "table" and name is not None and name.startswith(names))


async def test_migrations_lead_to_the_tables(tmp_path: Path, clock: FakeClock) -> None:
    opened = await open_sqlite_store(tmp_path / "new.db", clock)
    await opened.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": is_no_part_of_an_index}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == schema.HEAD
    engine.dispose()


async def test_a_new_file_equals_a_migrated_one(tmp_path: Path, clock: FakeClock) -> None:
    opened = await open_sqlite_store(tmp_path / "new.db", clock)
    await opened.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        assert schema.dump(connection) == schema.schema()
        # Migrations bring rows along only where there are some.
        tables_with_rows = [
            table
            for table in tables.metadata.tables
            if connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
        ]
    assert tables_with_rows == []
    engine.dispose()


def upgrade(engine: Engine, revision: str) -> None:
    """Make the tables as they were at a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(next(iter(migrations.__path__)))))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_users_of_the_first_schema_keep_their_names(tmp_path: Path) -> None:
    """Of those who share a name, the oldest logs in by it."""
    engine = make_engine(tmp_path / "old.db")
    upgrade(engine, "0001")
    with engine.begin() as connection:
        rows = [("a", "Owner", "owner", 1), ("b", "Ann", "member", 3), ("c", "ANN", "guest", 2)]
        for row in rows:
            connection.exec_driver_sql("INSERT INTO users VALUES (?, ?, ?, ?)", row)
    schema.migrate(engine)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT user_id, login, status, tokens_after FROM users")
        assert sorted(found.all()) == [
            ("a", "owner", "active", 0),
            ("b", None, "active", 0),
            ("c", "ann", "active", 0),
        ]
    engine.dispose()


def test_messages_of_earlier_schemas_are_counted(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    upgrade(engine, "0008")
    said = [("m1", "c1", 3), ("m2", "c1", 7), ("m3", "c2", 1), ("m4", "c1", 9)]
    with engine.begin() as connection:
        for room in ("c1", "c2"):
            connection.exec_driver_sql("INSERT INTO rooms VALUES (?, 'Room', 1, 1)", (room,))
        for row in said:
            connection.exec_driver_sql("INSERT INTO messages VALUES (?, ?, ?, '{}')", row)
    schema.migrate(engine)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT message_id, number FROM messages").all()
    assert dict(tuple(row) for row in found) == {"m1": 1, "m2": 2, "m3": 1, "m4": 3}
    engine.dispose()


def test_documents_of_earlier_schemas_belong_to_their_owners(tmp_path: Path) -> None:
    """Replacing the table keeps the documents' text, which refers to it."""
    engine = make_engine(tmp_path / "old.db")
    upgrade(engine, "0014")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO users(user_id, name, role, created_at) VALUES ('ann', 'Ann', 'owner', 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO documents VALUES ('d1', 'ann', 'hash', '/notes/d1', 7, '{}')"
        )
        connection.exec_driver_sql("INSERT INTO document_pages VALUES ('d1', 0, NULL, 4, 'text')")
    schema.migrate(engine)
    with engine.begin() as connection:
        found = connection.exec_driver_sql("SELECT * FROM documents").one()
        assert tuple(found) == ("d1", "ann", "ann", "hash", "/notes/d1", 7, "{}")
        pages = "SELECT text FROM document_pages"
        assert connection.exec_driver_sql(pages).scalars().all() == ["text"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        connection.exec_driver_sql("DELETE FROM users")
        assert connection.exec_driver_sql(pages).all() == []
    engine.dispose()


def test_the_newest_migration_is_the_expected_one() -> None:
    scripts = ScriptDirectory(str(Path(next(iter(migrations.__path__)))))
    assert scripts.get_heads() == [schema.HEAD]
    assert len(scripts.get_bases()) == 1


async def test_a_file_is_opened_again(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "a?b %20#d" / "basicchat.db"
    first = await open_sqlite_store(path, clock)
    await populate(first)
    async with first.transaction() as change:
        await say(change, "m1")
    position = await begin(first)
    await first.close()
    assert path.is_file()
    again = await open_sqlite_store(path, clock)
    assert await begin(again) == position
    async with again.transaction() as change:
        assert (await say(change, "m2")).seq == 2
    await again.check()
    await again.close()


def files_with(words: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if words in path.read_bytes()]


@ON_SQLITE
async def test_deleted_text_is_in_no_file(store: SqlStore, tmp_path: Path) -> None:
    secret = "xyzzy-plugh-" * 50
    async with store.transaction() as change:
        await change.put_document(document("d1"))
        await change.put_pages("d1", [Page(number=1, start=0, text=secret)])
    assert files_with(b"xyzzy", tmp_path)
    async with store.transaction() as change:
        await change.delete_document("d1")
    await store.erase_deleted()
    assert files_with(b"xyzzy", tmp_path) == []
    async with store.transaction() as change:
        assert (await say(change, "m1")).seq == 1


@ON_SQLITE
async def test_the_words_of_deleted_messages_are_in_no_file(
    store: SqlStore, tmp_path: Path
) -> None:
    await store.erase_deleted(only_words=True)
    for n in range(3):
        async with store.transaction() as change:
            await change.put_message(message(f"m{n}", n + 1, f"xyzzy and {n}"))
    assert files_with(b"xyzzy", tmp_path)
    for n in range(3):
        async with store.transaction() as change:
            gone = message(f"m{n}", n + 1, "")
            await change.put_message(msgspec.structs.replace(gone, deleted_at=START))
    await store.erase_deleted(only_words=True)
    assert files_with(b"xyzzy", tmp_path) == []


@ON_SQLITE
async def test_a_commit_that_fails_leaves_nothing_behind(store: SqlStore) -> None:
    """As when the disk is full: the next change must find no transaction open."""

    async def orphan() -> None:
        async with store.transaction() as change:
            await say(change, "m1")
            await change._connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            await change.put_run(a_run(room_id="none"))

    with pytest.raises(IntegrityError):
        await orphan()
    assert await store.message("m1") is None
    async with store.transaction() as change:
        assert (await say(change, "m2")).seq == 1


@ON_SQLITE
async def test_an_error_is_not_hidden_by_a_rollback_that_sqlite_made(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.transaction() as change:
            await say(change, "m1")
            await change._connection.execute(text("ROLLBACK"))
            raise Boom

    with pytest.raises(Boom):
        await fail()
    async with store.transaction() as change:
        assert (await say(change, "m2")).seq == 1


async def test_a_broken_file_is_noticed(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "basicchat.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(UpstreamUnavailable, match="cannot be used"):
        await open_sqlite_store(path, clock)


WRITER = """
import asyncio, sys
from pathlib import Path
from basicchat.domain.events import user_stream
from basicchat.domain.values import User
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock


async def main():
    store = await open_sqlite_store(Path(sys.argv[1]), FakeClock())
    ann = User(id="ann", name="Ann", role="owner")
    async with store.transaction() as change:
        await change.put_user(ann, FakeClock().now())
    while True:
        async with store.transaction() as change:
            await change.record(user_stream("ann"), "task.updated", "t", lambda seq: ann)
        print(change.events[0].seq, flush=True)

asyncio.run(main())
"""


async def test_a_killed_writer_loses_nothing_it_acknowledged(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "basicchat.db"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    acknowledged = 0
    async with asyncio.timeout(60):
        while acknowledged < 50:
            acknowledged = int(await writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        for line in (await writer.stdout.read()).split():
            acknowledged = int(line)
        await writer.wait()
    again = await open_sqlite_store(path, clock)
    position = await begin(again, user_stream("ann"))
    replay = await again.replay(user_stream("ann"), Position(epoch=position.epoch, seq=0), 10**6)
    assert replay is not None
    assert [event.seq for event in replay.events] == list(range(1, position.seq + 1))
    assert acknowledged <= position.seq <= acknowledged + 1
    await again.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()


async def test_the_file_shrinks_after_large_deletions(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "basicchat.db"
    store = await open_sqlite_store(path, clock)
    await populate(store)
    async with store.transaction() as change:
        for number in range(300):
            await say(change, f"m{number}", "bees " * 20_000)
    for _ in range(20):
        await store.tidy()
    grown = path.stat().st_size
    async with store.transaction() as change:
        await change.delete_room(ROOM)
    while await store.delete_portion():
        pass
    for _ in range(grown // 4096 // sqlite_database.PAGES_AT_ONCE + 5):
        await store.tidy()
    log = path.with_name(path.name + "-wal")
    assert path.stat().st_size < grown / 3
    assert log.stat().st_size <= 16 << 20
    await store.close()


async def test_a_file_of_an_earlier_version_can_shrink(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "basicchat.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(schema.FILE.read_text(encoding="utf-8"))
    connection.close()
    store = await open_sqlite_store(path, clock)
    await populate(store)
    await store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (schema.INCREMENTAL,)
    connection.close()


async def test_a_large_file_of_an_earlier_version_is_compacted(
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "basicchat.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(schema.FILE.read_text(encoding="utf-8"))
    connection.execute("CREATE TABLE waste (data)")
    connection.execute("INSERT INTO waste VALUES (zeroblob(4000000))")
    connection.execute("DROP TABLE waste")
    # Of four megabytes, most are free: the rest is too much only with another limit.
    monkeypatch.setattr(schema, "MAX_REWRITTEN", 1000)
    store = await open_sqlite_store(path, clock)
    await populate(store)
    await store.close()
    assert "MiB of free space" in caplog.text
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    connection.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(compaction, "LOCK_SECONDS", 0.01)
    with pytest.raises(Conflict, match="Another program is using"):
        compaction.compact(path)
    connection.execute("ROLLBACK")
    connection.close()
    before, after = compaction.compact(path)
    assert after < before / 4
    assert after == path.stat().st_size
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (schema.INCREMENTAL,)
    connection.close()
    store = await open_sqlite_store(path, clock)
    assert await store.user("ann") is not None
    await store.close()
