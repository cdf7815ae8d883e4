"""The migrations on PostgreSQL, and how a database is opened."""

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.storage import tables
from basicchat.storage.postgres import schema as postgres_schema
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.url import connect_arguments, shown
from basicchat.storage.sqlite import schema as sqlite_schema
from support import postgres
from support.postgres import Server

VERSIONS = Path(postgres_schema.__file__).parent / "migrations" / "versions"


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def test_both_engines_have_the_same_newest_migration() -> None:
    newest = max(path.name for path in VERSIONS.glob("[0-9]*.py"))
    assert newest.startswith(postgres_schema.HEAD)
    assert sqlite_schema.HEAD == postgres_schema.HEAD


async def test_nodes_that_start_together_on_an_empty_database_migrate_it_once(
    postgres_server: Server,
) -> None:
    await run(postgres_server.url("postgres"), "CREATE DATABASE together")
    url = postgres_server.url("together")
    opened = await asyncio.gather(*(PostgresDatabase.open(url) for _ in range(3)))
    for database in opened:
        await database.close()
    # The next start finds it up to date; a database of a newer version is refused.
    await (await PostgresDatabase.open(url)).close()
    await run(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UpstreamUnavailable, match="has schema 9999") as refused:
        await PostgresDatabase.open(url)
    assert not refused.value.retryable
    assert refused.value.hint is not None
    assert "Update BasicChat" in refused.value.hint


async def test_the_migrated_schema_has_all_tables_and_columns(postgres_url: str) -> None:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(postgres_url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        found = compare_metadata(context, tables.metadata)
        # What PostgreSQL alone has: the words of messages, originals and the index of documents.
        own = ("words", "by_word", "search_", *postgres.OWN_TABLES)
        return [each for each in found if not any(name in str(each) for name in own)]

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"database": "none"}, 'database "none" does not exist'),
        ({"folder": "/nowhere"}, "it cannot be reached"),
        ({"user": "nobody_here"}, 'role "nobody_here" does not exist'),
    ],
)
async def test_a_database_that_cannot_be_used_is_explained(
    postgres_server: Server, broken: dict[str, str], message: str
) -> None:
    url = postgres_server.url(broken.get("database", "postgres"))
    url = re.sub("host=.*", f"host={broken['folder']}", url) if "folder" in broken else url
    url = url.replace("//postgres@", f"//{broken.get('user', 'postgres')}:secret@")
    with pytest.raises(UpstreamUnavailable, match=message) as refused:
        await PostgresDatabase.open(url)
    assert "secret" not in refused.value.message
    assert "`database_url`" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("url", "dsn", "name"),
    [
        (
            "postgresql://ann:pa%2Fss@db.example:5433/chat?sslmode=verify-full&connect_timeout=7",
            "postgresql://ann:pa%2Fss@db.example:5433/chat?sslmode=verify-full"
            "&application_name=basicchat",
            "postgresql://db.example:5433/chat",
        ),
        (
            "postgres:///chat?host=/var/run/postgresql&channel_binding=require&application_name=x",
            "postgres:///chat?host=%2Fvar%2Frun%2Fpostgresql&application_name=x",
            "postgresql:///chat?host=/var/run/postgresql",
        ),
        (
            "postgresql://u@one,two:6000/chat?target_session_attrs=read-write&keepalives=1",
            "postgresql://u@one,two:6000/chat?target_session_attrs=read-write"
            "&application_name=basicchat",
            "postgresql://one,two:6000/chat",
        ),
    ],
)
def test_urls_in_the_forms_of_libpq(url: str, dsn: str, name: str) -> None:
    arguments = connect_arguments(url)
    assert arguments["dsn"] == dsn
    assert arguments["timeout"] == (7 if "connect_timeout" in url else 10)
    assert shown(url) == name
