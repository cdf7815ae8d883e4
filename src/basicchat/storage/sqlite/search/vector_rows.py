"""Reads and writes the vectors of documents: what is missing, and the change of the model."""

from collections.abc import Sequence
from typing import cast

import apsw

from basicchat.domain.search import MissingVectors
from basicchat.storage.sqlite.search import schema, vector_search, vector_sets


def insert(
    db: apsw.Connection,
    place: tuple[int, int],
    offset: int,
    vectors: Sequence[Sequence[float]],
    model: str,
) -> None:
    """Insert the vectors of some of a document's chunks, in the same order."""
    first = schema.document_rows(*place)[0] + offset
    vector_sets.load(db)
    with schema.transaction(db):
        into = vector_sets.prepare(db, model, len(vectors[0]))
        vector_search.insert(db, (into, *place), first, vectors)
        db.execute(
            f"INSERT OR REPLACE INTO {into.progress}(document, done) VALUES (?, ?)",
            (place[1], offset + len(vectors)),
        )


def missing(db: apsw.Connection, most: int, model: str) -> MissingVectors | None:
    """The first chunks of the oldest document that lacks vectors of the model."""
    found = next(
        db.execute(
            "SELECT d.document_id, d.id, d.owner, coalesce(e.done, 0) FROM documents d "
            f"LEFT JOIN {_progress(db, model)} e ON e.document = d.id "
            "WHERE coalesce(e.done, 0) < d.chunks ORDER BY d.id LIMIT 1"
        ),
        None,
    )
    if found is None:
        return None
    document_id, document, owner, done = cast("tuple[str, int, int, int]", found)
    first, last = schema.document_rows(owner, document)
    rows = db.execute(
        "SELECT text FROM words WHERE rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?",
        (first + done, last, most),
    )
    texts = tuple(cast("str", text) for (text,) in rows)
    return MissingVectors(document_id=document_id, document=document, offset=done, texts=texts)


def add(
    db: apsw.Connection,
    given: MissingVectors,
    vectors: Sequence[Sequence[float]],
    model: str,
) -> None:
    """Insert vectors of chunks, if their document is still there."""
    found = next(db.execute("SELECT owner FROM documents WHERE id = ?", (given.document,)), None)
    if found is not None:
        vector_sets.check_dimension(db, model, len(vectors[0]))
        place = (cast("int", found[0]), given.document)
        insert(db, place, given.offset, vectors, model)


def drop(db: apsw.Connection) -> None:
    """Delete all vectors."""
    with schema.transaction(db):
        vector_sets.drop(db)
        db.execute("DELETE FROM embedded")
        db.execute("DELETE FROM embedded_next")


def switch(db: apsw.Connection, model: str) -> None:
    """Let the vectors of a model serve, if all documents have them."""
    with schema.transaction(db):
        if missing(db, 1, model) is None:
            vector_sets.switch(db, model)


def count(db: apsw.Connection, model: str) -> int:
    """How many chunks have been given vectors of the model."""
    rows = db.execute(
        "SELECT coalesce(sum(min(e.done, d.chunks)), 0) FROM documents d "
        f"JOIN {_progress(db, model)} e ON e.document = d.id"
    )
    return cast("int", next(rows)[0])


def _progress(db: apsw.Connection, model: str) -> str:
    """The table of documents with vectors of the model, or an empty one."""
    found = vector_sets.of_model(db, model)
    if found is not None:
        return found.progress
    # Documents without chunks are noted there also if there is no vector yet.
    if vector_sets.stored(db) is None:
        return "embedded"
    return "(SELECT document, done FROM embedded WHERE 0)"
