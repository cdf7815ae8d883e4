"""Vector search with sqlite-vec: exact, partitioned by owner."""

from collections.abc import Sequence
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from struct import pack

import apsw

from basicchat.domain.errors import Conflict, UpstreamUnavailable
from basicchat.storage.sqlite.search.lexical_search import Rows


def model(connection: apsw.Connection) -> str | None:
    """The model of the stored vectors, if there are any."""
    return _meta(connection, "embedding_model")


def load(connection: apsw.Connection) -> None:
    """Load the extension into a connection unless it is loaded already.

    Its file is found without importing its package, which would take a tenth of a second.
    """
    if next(connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'vec0'"), None):
        return
    package = find_spec("sqlite_vec")
    if package is None or package.origin is None:
        raise UpstreamUnavailable(
            "Search by vectors needs the package sqlite-vec.",
            provider="search index",
            hint="Install it with `pip install sqlite-vec`.",
            retryable=False,
        )
    connection.enable_load_extension(True)
    connection.load_extension(str(Path(package.origin).with_name("vec0")))
    connection.enable_load_extension(False)


def check(connection: apsw.Connection, name: str, size: int) -> None:
    """Check that vectors of this model and dimension fit those that are stored.

    Raises:
        Conflict: they do not.
    """
    stored = model(connection)
    if stored is not None and (stored, _meta(connection, "dimension")) != (name, str(size)):
        raise Conflict(
            f"The search index holds vectors of the model {stored}, not of {name}.",
            hint="Index the documents again to use the new model.",
        )


def prepare(connection: apsw.Connection, name: str, size: int) -> None:
    """Create the table of vectors for a model and dimension unless it exists."""
    if model(connection) is not None:
        return
    connection.execute(
        "CREATE VIRTUAL TABLE vectors USING vec0("
        "chunk INTEGER PRIMARY KEY, owner INTEGER PARTITION KEY, document INTEGER, "
        f"embedding FLOAT[{size:d}] distance_metric=cosine, chunk_size=128)"
    )
    connection.executemany(
        "INSERT INTO meta(key, value) VALUES (?, ?)",
        [("embedding_model", name), ("dimension", str(size))],
    )


def insert(
    connection: apsw.Connection,
    owner: int,
    document: int,
    first: int,
    vectors: Sequence[Sequence[float]],
) -> None:
    """Store the vectors of chunks `first`, `first + 1`, … of a document.

    A vector of zeros has no cosine similarity to anything, and is left out.
    """
    connection.executemany(
        "INSERT INTO vectors(chunk, owner, document, embedding) VALUES (?, ?, ?, ?)",
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
    dimension = _meta(connection, "dimension")
    if dimension is None:
        return
    load(connection)
    zeros = _blob([0.0] * int(dimension))
    found = connection.execute(
        "SELECT chunk FROM vectors WHERE chunk BETWEEN ? AND ?", (first, last)
    )
    for (chunk,) in found.fetchall():
        connection.execute("UPDATE vectors SET embedding = ? WHERE chunk = ?", (zeros, chunk))
        connection.execute("DELETE FROM vectors WHERE chunk = ?", (chunk,))


def drop(connection: apsw.Connection) -> None:
    """Delete the table of vectors, if there is one."""
    if model(connection) is not None:
        load(connection)
        connection.execute("DROP TABLE vectors")
        connection.execute("DELETE FROM meta WHERE key IN ('embedding_model', 'dimension')")


def search(
    connection: apsw.Connection,
    libraries: Sequence[int],
    rows: Rows,
    vector: Sequence[float],
    k: int,
) -> list[tuple[int, float]]:
    """The k nearest rows of some libraries with their cosine similarity, best first."""
    dimension = _meta(connection, "dimension")
    if dimension != str(len(vector)) or not _has_direction(vector):
        return []
    blob = _blob(vector)
    found = [each for number in libraries for each in _nearest(connection, number, rows, blob, k)]
    return sorted(found, key=lambda each: -each[1])[:k] if len(libraries) > 1 else found


def _nearest(
    connection: apsw.Connection, owner: int, rows: Rows, vector: bytes, k: int
) -> list[tuple[int, float]]:
    only = ""
    values: list[str | int | bytes] = [vector, k, owner]
    if rows.documents is not None:
        only = "AND document IN (SELECT value FROM json_each(?))"
        values.append(rows.documents)
    cursor = connection.execute(
        f"SELECT chunk, 1 - distance FROM vectors WHERE embedding MATCH ? AND k = ? "
        f"AND owner = ? {only} ORDER BY distance",
        values,
    )
    # Zero vectors, which earlier versions stored, have no score.
    return [(int(row), float(score)) for row, score in cursor if score is not None]


def _meta(connection: apsw.Connection, key: str) -> str | None:
    row = next(connection.execute("SELECT value FROM meta WHERE key = ?", (key,)), None)
    return None if row is None else str(row[0])


def _has_direction(vector: Sequence[float]) -> bool:
    return any(vector) and all(map(isfinite, vector))


def _blob(vector: Sequence[float]) -> bytes:
    return pack(f"<{len(vector)}f", *vector)
