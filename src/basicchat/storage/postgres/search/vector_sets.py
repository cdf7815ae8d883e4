"""The sets of vectors in PostgreSQL: those of the model that serves, and those of the next one.

While the vectors of a new model are being computed, those of the old one serve. Nodes that use the
same model share the work.
"""

from msgspec import Struct

from basicchat.domain.errors import Conflict
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.database import PostgresDatabase

SERVING, NEXT = "search_vectors", "search_vectors_next"
# The greatest dimensions that an HNSW index can have: of 32-bit and of 16-bit numbers.
MAX_SINGLE, MAX_HALF = 2000, 4000
_SETS = """
SELECT 'search_vectors' AS place, name, dimension FROM search_model
UNION ALL SELECT 'search_vectors_next', name, dimension FROM search_next_model
"""
# One transaction at a time creates a table or deletes it.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('search vectors', 0))"
# Documents are locked before the tables of vectors, as by changes of a document.
_LOCK_DOCUMENTS = "LOCK TABLE search_documents IN EXCLUSIVE MODE"
_NAMES = {SERVING: "search_model", NEXT: "search_next_model"}
_COLUMNS = {SERVING: "embedded", NEXT: "embedded_next"}
_MISSING = "SELECT 1 FROM search_documents WHERE embedded_next < passages LIMIT 1"
_EMBEDDED = """
UPDATE search_documents SET embedded = embedded_next, embedded_next = 0, claimed_until = NULL
"""
_RENAMED = """
INSERT INTO search_model (name, dimension) SELECT name, dimension FROM search_next_model
"""


class VectorSet(Struct, frozen=True):
    """The vectors of one model."""

    table: str
    name: str
    dimension: int

    @property
    def column_type(self) -> str:
        """The type of the vectors' column."""
        kind = "halfvec" if MAX_SINGLE < self.dimension <= MAX_HALF else "vector"
        return f"{kind}({self.dimension:d})"

    @property
    def has_index(self) -> bool:
        """Whether there is an HNSW index."""
        return self.dimension <= MAX_HALF

    @property
    def progress(self) -> str:
        """The column that counts how many passages of a document have vectors."""
        return _COLUMNS[self.table]


async def stored(database: PostgresDatabase | PostgresConnection) -> dict[str, VectorSet]:
    """All sets of vectors by their tables."""
    rows = await database.fetch(_SETS)
    return {row.place: VectorSet(row.place, row.name, row.dimension) for row in rows}


def of_model(sets: dict[str, VectorSet], name: str) -> VectorSet | None:
    """The vectors of a model, if there are any."""
    return next((each for each in sets.values() if each.name == name), None)


def progress(sets: dict[str, VectorSet], name: str) -> str | None:
    """The column that counts the vectors of a model; None before a next set has any."""
    found = of_model(sets, name)
    if found is not None:
        return found.progress
    return None if sets else _COLUMNS[SERVING]


async def serving(connection: PostgresConnection, name: str, dimension: int) -> VectorSet:
    """The set that serves, which is created unless it exists.

    Raises:
        Conflict: it is that of another model or dimension.
    """
    found = (await stored(connection)).get(SERVING)
    if found is not None and found.name != name:
        raise _conflict(found, name)
    return await prepared(connection, name, dimension)


async def prepared(connection: PostgresConnection, name: str, dimension: int) -> VectorSet:
    """The set of a model, which is created unless it exists.

    Beside a set that serves it is the next one, in place of any earlier one.

    Raises:
        Conflict: it has another dimension.
    """
    found = of_model(await stored(connection), name)
    if found is None:
        await connection.fetch(_LOCK)
        sets = await stored(connection)
        found = of_model(sets, name)
        if found is None:
            return await _create(connection, sets, name, dimension)
    if found.dimension != dimension:
        raise _conflict(found, f"{name} with {dimension} dimensions")
    return found


async def switch(connection: PostgresConnection, name: str) -> None:
    """Let the next set serve, if it is that of this model and all documents have its vectors."""
    following = (await stored(connection)).get(NEXT)
    if following is None or following.name != name:
        return
    await connection.fetch(_LOCK)
    await connection.fetch(_LOCK_DOCUMENTS)
    following = (await stored(connection)).get(NEXT)
    if following is None or following.name != name or await connection.fetch(_MISSING):
        return
    await connection.fetch(_EMBEDDED)
    await connection.fetch(f"DROP TABLE IF EXISTS {SERVING}")
    await connection.fetch(f"ALTER TABLE {NEXT} RENAME TO {SERVING}")
    await connection.fetch("DELETE FROM search_model")
    await connection.fetch(_RENAMED)
    await connection.fetch("DELETE FROM search_next_model")


async def drop(connection: PostgresConnection) -> None:
    """Delete all vectors."""
    await connection.fetch(_LOCK)
    for table in (NEXT, SERVING):
        await _drop(connection, table)


async def _drop(connection: PostgresConnection, table: str) -> None:
    await connection.fetch(
        f"UPDATE search_documents SET {_COLUMNS[table]} = 0, claimed_until = NULL"
    )
    await connection.fetch(f"DROP TABLE IF EXISTS {table}")
    await connection.fetch(f"DELETE FROM {_NAMES[table]}")


async def _create(
    connection: PostgresConnection, sets: dict[str, VectorSet], name: str, dimension: int
) -> VectorSet:
    made = VectorSet(NEXT if SERVING in sets else SERVING, name, dimension)
    if made.table in sets:
        await _drop(connection, made.table)
    column = made.column_type
    await connection.fetch(
        f"CREATE TABLE {made.table} (passage BIGINT PRIMARY KEY, owner BIGINT NOT NULL, "
        f"document BIGINT NOT NULL, embedding {column} NOT NULL)"
    )
    await connection.fetch(f"CREATE INDEX ON {made.table} (owner, document)")
    await connection.fetch(f"CREATE INDEX ON {made.table} (document)")
    if made.has_index:
        # Within the row: reading vectors from beside it takes several times as long.
        await connection.fetch(f"ALTER TABLE {made.table} ALTER embedding SET STORAGE PLAIN")
        operators = f"{column.partition('(')[0]}_cosine_ops"
        await connection.fetch(f"CREATE INDEX ON {made.table} USING hnsw (embedding {operators})")
    await connection.fetch(
        f"INSERT INTO {_NAMES[made.table]} (name, dimension) VALUES ($1, $2)", name, dimension
    )
    return made


def _conflict(found: VectorSet, name: str) -> Conflict:
    return Conflict(
        f"The search index holds vectors of the model {found.name}, not of {name}.",
        hint="Index the documents again to use the new model.",
    )
