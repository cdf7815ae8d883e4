"""The extension pgvector: whether the database has it, and what to do if it does not."""

from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from basicchat.storage.postgres.database import PostgresDatabase

# Since this version, an index scan goes on until a scope has enough passages.
NEEDED = (0, 8)
_VERSION = """
SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'vector'
"""
_CREATE = "CREATE EXTENSION IF NOT EXISTS vector"
_ONLY_WORDS = "so documents are found by their words only"


class Missing(Struct, frozen=True):
    """Why there is no search by vectors, and what to do."""

    reason: str
    hint: str


async def missing(database: PostgresDatabase) -> Missing | None:
    """Create the extension if needed; why that is impossible, or None."""
    rows = await database.fetch(_VERSION)
    if not rows:
        return Missing(
            f"The PostgreSQL server lacks the extension pgvector, {_ONLY_WORDS}",
            "Install pgvector 0.8 or later on the database server, for example the package "
            "`postgresql-18-pgvector`, then restart BasicChat.",
        )
    installed = rows[0].installed_version
    version = installed or rows[0].default_version
    if _number(version) < NEEDED:
        return Missing(
            f"The database has pgvector {version}, but 0.8 is needed, {_ONLY_WORDS}",
            "Install a later version on the database server, execute `ALTER EXTENSION vector "
            "UPDATE` in the database, then restart BasicChat.",
        )
    if installed is None:
        try:
            async with database.transaction() as connection:
                await connection.fetch(_CREATE)
        except DBAPIError:
            return Missing(
                f"The database user may not create the extension pgvector, {_ONLY_WORDS}",
                "Execute `CREATE EXTENSION vector` in the database as an administrator, then "
                "restart BasicChat.",
            )
    return None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
