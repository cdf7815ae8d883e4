"""Vector search with sqlite-vec: exact, partitioned by owner."""

from collections.abc import Sequence
from math import isfinite
from struct import pack

import apsw

from basicchat.storage.sqlite.search import vector_sets
from basicchat.storage.sqlite.search.lexical_search import Rows
from basicchat.storage.sqlite.search.vector_sets import VectorSet


def insert(
    connection: apsw.Connection,
    place: tuple[VectorSet, int, int],
    first: int,
    vectors: Sequence[Sequence[float]],
) -> None:
    """Store the vectors of chunks `first`, `first + 1`, … of a document.

    A vector of zeros has no cosine similarity to anything, and is left out.

    Args:
        place: the set, and the numbers of the owner and the document.
    """
    into, owner, document = place
    connection.executemany(
        f"INSERT INTO {into.table}(chunk, owner, document, embedding) VALUES (?, ?, ?, ?)",
        [
            (first + i, owner, document, _blob(vector))
            for i, vector in enumerate(vectors)
            if _has_direction(vector)
        ],
    )


def delete(connection: apsw.Connection, first: int, last: int) -> None:
    """Delete the vectors of a range of chunks.

    They are overwritten first because sqlite-vec only marks the place of a deleted row as free.
    """
    for each in vector_sets.sets(connection):
        vector_sets.load(connection)
        zeros, table = _blob([0.0] * each.dimension), each.table
        found = connection.execute(
            f"SELECT chunk FROM {table} WHERE chunk BETWEEN ? AND ?", (first, last)
        )
        for (chunk,) in found.fetchall():
            connection.execute(f"UPDATE {table} SET embedding = ? WHERE chunk = ?", (zeros, chunk))
            connection.execute(f"DELETE FROM {table} WHERE chunk = ?", (chunk,))


def search(
    connection: apsw.Connection,
    among: VectorSet,
    within: tuple[Sequence[int], Rows],
    vector: Sequence[float],
    k: int,
) -> list[tuple[int, float]]:
    """The k nearest rows of some libraries with their cosine similarity, best first.

    Args:
        within: the libraries' numbers, and the rows to search.
    """
    libraries, rows = within
    if among.dimension != len(vector) or not _has_direction(vector):
        return []
    query = f"SELECT chunk, 1 - distance FROM {among.table} WHERE embedding MATCH ? AND k = ?"
    blob = _blob(vector)
    found = [each for n in libraries for each in _nearest(connection, query, (blob, k, n), rows)]
    return sorted(found, key=lambda each: -each[1])[:k] if len(libraries) > 1 else found


def _nearest(
    connection: apsw.Connection, query: str, given: tuple[bytes, int, int], rows: Rows
) -> list[tuple[int, float]]:
    only = ""
    values: list[str | int | bytes] = [*given]
    if rows.documents is not None:
        only = "AND document IN (SELECT value FROM json_each(?))"
        values.append(rows.documents)
    cursor = connection.execute(f"{query} AND owner = ? {only} ORDER BY distance", values)
    # Zero vectors, which earlier versions stored, have no score.
    return [(int(row), float(score)) for row, score in cursor if score is not None]


def _has_direction(vector: Sequence[float]) -> bool:
    return any(vector) and all(map(isfinite, vector))


def _blob(vector: Sequence[float]) -> bytes:
    return pack(f"<{len(vector)}f", *vector)
