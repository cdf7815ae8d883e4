"""The SQLite schema: the result of its migrations, applied as one file to a new database."""

import logging
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError

# The newest migration in `migrations/versions`; a test compares them.
HEAD = "0018"
# `PRAGMA auto_vacuum` of a file that can become smaller.
INCREMENTAL = 2
# More bytes in use take too long to rewrite at start.
MAX_REWRITTEN = 256 << 20
WASTEFUL_SHARE = 0.25
WASTEFUL = (
    "%s has %.0f MiB of free space. To give it back, stop the server and run `basicchat compact`."
)
_log = logging.getLogger(__name__)
# The result of `schema()`, written by `make docs`.
FILE = Path(__file__).with_name("schema.sql")
SEPARATOR = ";\n\n"
# Without the tables that virtual tables and SQLite itself create.
CREATED = """SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
    AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY rowid"""


def migrate(engine: Engine) -> None:
    """Bring the schema up to date.

    An empty database gets it from one file: running all migrations takes 60 ms, and importing
    Alembic 100 ms.
    """
    with engine.begin() as connection:
        if _revision(connection) == HEAD:
            return
        # Replacing a table must not delete what refers to it. This connection is not used again.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            upgrade(connection)
        else:
            for statement in FILE.read_text(encoding="utf-8").split(SEPARATOR):
                connection.exec_driver_sql(statement)


def allow_vacuum(engine: Engine, path: Path) -> None:
    """Rewrite a file of an earlier version, so that it can become smaller.

    That takes as long as to copy what is in use. If it is much, `basicchat compact` rewrites the
    file at a time that its user chooses.
    """
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == INCREMENTAL:
            return
        size = path.stat().st_size
        free = size * _share_of_free_pages(connection)
        if size - free > MAX_REWRITTEN:
            if free > size * WASTEFUL_SHARE:
                _log.warning(WASTEFUL, path.name, free / (1 << 20))
            return
        # Another process may use the file, or the disk may be full; the next start tries again.
        with suppress(OperationalError):
            connection.exec_driver_sql("VACUUM")


def _share_of_free_pages(connection: Connection) -> float:
    pages, free = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
        for name in ("page_count", "freelist_count")
    )
    return free / max(pages, 1)


def upgrade(connection: Connection) -> None:
    """Run the migrations that this database lacks."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def schema() -> str:
    """The schema that the migrations create, as SQL."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        sql = dump(connection)
    engine.dispose()
    return sql


def dump(connection: Connection) -> str:
    """The SQL that creates an empty database with this one's schema and revision."""
    made = [sql for (sql,) in connection.exec_driver_sql(CREATED)]
    marked = f"INSERT INTO alembic_version (version_num) VALUES ('{_revision(connection)}')"
    lines = SEPARATOR.join([*made, marked]).splitlines()
    return "\n".join(line.rstrip() for line in lines) + ";\n"


def _revision(connection: Connection) -> str | None:
    found = connection.exec_driver_sql(
        "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    )
    if not found.scalar():
        return None
    revision: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()
    return revision
