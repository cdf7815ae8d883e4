"""The PostgreSQL schema and its migrations."""

from pathlib import Path
from typing import Any

import asyncpg

from basicchat.domain.errors import UpstreamUnavailable

# The newest migration in `migrations/versions`; tests compare it with SQLite's.
HEAD = "0018"
# The key of the advisory lock under which one process at a time migrates: "basicchat" in ASCII.
LOCK = int.from_bytes(b"basicchat"[:8], "big") & 0x7FFF_FFFF_FFFF_FFFF
# How long another process may take to migrate.
LOCK_SECONDS = 600


async def migrate(arguments: dict[str, Any]) -> None:
    """Bring the schema up to date: in one transaction, and by one process at a time.

    Args:
        arguments: those of `asyncpg.connect`.

    Raises:
        UpstreamUnavailable: the schema is newer than this program.
    """
    connection = await asyncpg.connect(**arguments)
    try:
        revision = await _revision(connection)
    finally:
        await connection.close()
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise newer_schema(revision)
    await _upgrade(arguments)


def newer_schema(revision: str) -> UpstreamUnavailable:
    """The error of a database that a newer version of the program has migrated."""
    return UpstreamUnavailable(
        f"The database has schema {revision}, but this version of BasicChat only knows schemas up "
        f"to {HEAD}",
        provider="database",
        retryable=False,
        hint="Update BasicChat to the version that migrated the database, or a later one.",
    )


async def _revision(connection: Any) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


async def _upgrade(arguments: dict[str, Any]) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    async def connect() -> Any:
        return await asyncpg.connect(**arguments)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=NullPool, hide_parameters=True
    )
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)


def upgrade(connection: Any) -> None:
    """Run the migrations that this database lacks, unless another process has just done so."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
