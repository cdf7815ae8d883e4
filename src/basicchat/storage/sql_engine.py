"""Opens the SQL database: connections, pragmas, and the schema's migrations."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# The newest migration in storage/migrations/versions; a test compares them.
HEAD = "0001"

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # Every acknowledged message survives a crash of the process; only a power cut may lose the
    # last few, and never corrupts the file.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    # Deleted text is overwritten, not only unlinked.
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
)


def make_engine(path: Path, *, write: bool) -> AsyncEngine:
    """Make an engine on an SQLite file: one connection to write, or a few to read.

    A writing transaction takes SQLite's lock as it begins, so that it never has to be repeated
    because another writer was faster.
    """
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        pool_size=1 if write else 3,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": 10},
    )
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        # SQLAlchemy tells of a beginning here also where nothing is to begin.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(begin)

    return engine


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema up to date."""
    async with engine.begin() as connection:
        if await connection.run_sync(_revision) != HEAD:
            await connection.run_sync(_upgrade)


def _revision(connection: Connection) -> str | None:
    tables = connection.execute(
        text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'")
    )
    if not tables.scalar():
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    # Importing Alembic takes a tenth of a second, which only a changed schema has to pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


__all__ = ["HEAD", "DatabaseError", "make_engine", "migrate"]
