"""Vector search with pgvector: exact in small scopes, by an HNSW index in large ones.

The index finds the nearest of all users' vectors, of which those of one scope are kept, and goes on
until there are enough (https://github.com/pgvector/pgvector#iterative-index-scans). A small scope
is compared as a whole, which is faster and exact.
"""

from collections.abc import Sequence
from math import isfinite

from msgspec import Struct

from basicchat.domain.errors import Conflict
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search.rows import Searched

# Up to how many passages of a scope all are compared.
MAX_COMPARED = 10_000
# The greatest dimensions that an HNSW index can have: of 32-bit and of 16-bit numbers.
MAX_SINGLE, MAX_HALF = 2000, 4000
_MODEL = "SELECT name, dimension FROM search_model"
# One transaction at a time creates the table or deletes it.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('search vectors', 0))"
_NAME = "INSERT INTO search_model (name, dimension) VALUES ($1, $2)"
_NONE_EMBEDDED = "UPDATE search_documents SET embedded = 0, claimed_until = NULL"
_INSERT = """
INSERT INTO search_vectors (passage, owner, document, embedding)
SELECT v.passage, $1, $2, v.embedding::{type}
FROM unnest($3::bigint[], $4::text[]) AS v(passage, embedding) ON CONFLICT DO NOTHING
"""
_NEAREST = """
SELECT passage, embedding <=> $1::text::{type} AS distance FROM search_vectors
WHERE owner = ANY($2::bigint[]) AND ($3::bigint[] IS NULL OR document = ANY($3))
"""
_EXACT = f"""
WITH compared AS MATERIALIZED ({_NEAREST})
SELECT passage, 1 - distance AS score FROM compared ORDER BY distance, passage LIMIT $4
"""
_INDEXED = f"""
SELECT passage, 1 - distance AS score FROM (
    {_NEAREST} ORDER BY embedding <=> $1::text::{{type}} LIMIT $4
) AS nearest
"""


class Model(Struct, frozen=True):
    """The model of the stored vectors."""

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


async def model(database: PostgresDatabase) -> Model | None:
    """The model of the stored vectors, if there are any."""
    rows = await database.fetch(_MODEL)
    return Model(rows[0].name, rows[0].dimension) if rows else None


async def prepared(connection: PostgresConnection, name: str, dimension: int) -> Model:
    """Create the table of vectors for a model and dimension unless it exists.

    Raises:
        Conflict: it is that of another model or dimension.
    """
    wanted = Model(name, dimension)
    rows = await connection.fetch(_MODEL)
    if not rows:
        await connection.fetch(_LOCK)
        rows = await connection.fetch(_MODEL)
    if not rows:
        await _create(connection, wanted)
        return wanted
    stored = Model(rows[0].name, rows[0].dimension)
    if stored != wanted:
        raise Conflict(
            f"The search index holds vectors of the model {stored.name}, not of {name}.",
            hint="Index the documents again to use the new model.",
        )
    return stored


async def _create(connection: PostgresConnection, wanted: Model) -> None:
    column = wanted.column_type
    await connection.fetch(
        "CREATE TABLE search_vectors (passage BIGINT PRIMARY KEY, owner BIGINT NOT NULL, "
        f"document BIGINT NOT NULL, embedding {column} NOT NULL)"
    )
    await connection.fetch("CREATE INDEX ON search_vectors (owner, document)")
    await connection.fetch("CREATE INDEX ON search_vectors (document)")
    if wanted.has_index:
        # Within the row: reading vectors from beside it takes several times as long.
        await connection.fetch("ALTER TABLE search_vectors ALTER embedding SET STORAGE PLAIN")
        operators = f"{column.partition('(')[0]}_cosine_ops"
        await connection.fetch(f"CREATE INDEX ON search_vectors USING hnsw (embedding {operators})")
    await connection.fetch(_NAME, wanted.name, wanted.dimension)


async def drop(connection: PostgresConnection) -> None:
    """Delete all vectors.

    The documents are locked before the table, as by changes of a document.
    """
    await connection.fetch(_LOCK)
    await connection.fetch(_NONE_EMBEDDED)
    await connection.fetch("DROP TABLE IF EXISTS search_vectors")
    await connection.fetch("DELETE FROM search_model")


async def insert(
    connection: PostgresConnection,
    stored: Model,
    place: tuple[int, int],
    first: int,
    vectors: Sequence[Sequence[float]],
) -> None:
    """Store the vectors of the passages `first`, `first + 1`, … of a document.

    A vector of zeros has no cosine similarity to anything, and is left out.

    Args:
        place: the numbers of the owner and the document.
    """
    chosen = [(first + n, vector) for n, vector in enumerate(vectors) if _has_direction(vector)]
    await connection.fetch(
        _INSERT.format(type=stored.column_type),
        *place,
        [passage for passage, _ in chosen],
        [_text(vector) for _, vector in chosen],
    )


async def search(
    database: PostgresDatabase, scope: Searched, vector: Sequence[float], k: int
) -> list[tuple[int, float]]:
    """The k nearest passages with their cosine similarity, best first."""
    stored = await model(database)
    if stored is None or stored.dimension != len(vector) or not _has_direction(vector):
        return []
    is_exact = scope.within <= MAX_COMPARED or not stored.has_index
    sql = (_EXACT if is_exact else _INDEXED).format(type=stored.column_type)
    found = await database.fetch(sql, _text(vector), scope.libraries, scope.documents, k)
    return [(row.passage, row.score) for row in found]


def _has_direction(vector: Sequence[float]) -> bool:
    return any(vector) and all(map(isfinite, vector))


def _text(vector: Sequence[float]) -> str:
    return f"[{','.join(map(repr, map(float, vector)))}]"
