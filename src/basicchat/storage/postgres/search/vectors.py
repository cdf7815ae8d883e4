"""Vector search with pgvector: exact in small scopes, by an HNSW index in large ones.

The index finds the nearest of all users' vectors, of which those of one scope are kept, and goes on
until there are enough (https://github.com/pgvector/pgvector#iterative-index-scans). A small scope
is compared as a whole, which is faster and exact.
"""

from collections.abc import Sequence
from math import isfinite

from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search.rows import Searched
from basicchat.storage.postgres.search.vector_sets import VectorSet

# Up to how many passages of a scope all are compared.
MAX_COMPARED = 10_000
_INSERT = """
INSERT INTO {table} (passage, owner, document, embedding)
SELECT v.passage, $1, $2, v.embedding::{type}
FROM unnest($3::bigint[], $4::text[]) AS v(passage, embedding) ON CONFLICT DO NOTHING
"""
_NEAREST = """
SELECT passage, embedding <=> $1::text::{type} AS distance FROM {table}
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


async def insert(
    connection: PostgresConnection,
    into: VectorSet,
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
        _INSERT.format(table=into.table, type=into.column_type),
        *place,
        [passage for passage, _ in chosen],
        [_text(vector) for _, vector in chosen],
    )


async def search(
    database: PostgresDatabase,
    among: VectorSet,
    scope: Searched,
    vector: Sequence[float],
    k: int,
) -> list[tuple[int, float]]:
    """The k nearest passages with their cosine similarity, best first."""
    if among.dimension != len(vector) or not _has_direction(vector):
        return []
    is_exact = scope.within <= MAX_COMPARED or not among.has_index
    sql = (_EXACT if is_exact else _INDEXED).format(table=among.table, type=among.column_type)
    found = await database.fetch(sql, _text(vector), scope.libraries, scope.documents, k)
    return [(row.passage, row.score) for row in found]


def _has_direction(vector: Sequence[float]) -> bool:
    return any(vector) and all(map(isfinite, vector))


def _text(vector: Sequence[float]) -> str:
    return f"[{','.join(map(repr, map(float, vector)))}]"
