"""The SQLite schema: the result of its migrations, applied as one file to a new database."""

from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine

# The newest migration in `migrations/versions`; a test compares them.
HEAD = "0011"
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
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            upgrade(connection)
        else:
            for statement in FILE.read_text(encoding="utf-8").split(SEPARATOR):
                connection.exec_driver_sql(statement)


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
