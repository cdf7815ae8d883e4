"""Reads and writes the tables of the search index."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import apsw

from basicchat.domain.passages import Chunk, Hit
from basicchat.domain.values import Document, Scope
from basicchat.storage.sqlite.search import schema, vector_search
from basicchat.storage.sqlite.search.lexical_search import Rows

_SECURE_COST = 100
"""Secure deletion of one passage takes about as long as merging this many passages."""

_MERGE_PAGES = 500


def scope(db: apsw.Connection, wanted: Scope) -> tuple[list[int], Rows] | None:
    """The numbers of the libraries within a scope, and the rows to search; None without any."""
    found = db.execute(
        "SELECT id FROM owners WHERE owner_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(wanted.library_ids),),
    )
    libraries = [cast("int", number) for (number,) in found]
    if not libraries:
        return None
    if wanted.document_ids is not None:
        return _of_documents(db, libraries, wanted.document_ids)
    first, _ = schema.owner_rows(libraries[0])
    _, last = schema.owner_rows(libraries[-1])
    several = json.dumps(libraries) if len(libraries) > 1 else None
    return libraries, Rows(first, last, libraries=several)


def _of_documents(
    db: apsw.Connection, libraries: Sequence[int], document_ids: Sequence[str]
) -> tuple[list[int], Rows] | None:
    """The same for some of the libraries' documents."""
    ids = db.execute(
        "SELECT owner, id FROM documents WHERE owner IN (SELECT value FROM json_each(?)) "
        "AND document_id IN (SELECT value FROM json_each(?)) ORDER BY owner, id",
        (json.dumps(libraries), json.dumps(document_ids)),
    )
    documents = [cast("tuple[int, int]", row) for row in ids]
    if not documents:
        return None
    first, _ = schema.document_rows(*documents[0])
    _, last = schema.document_rows(*documents[-1])
    numbers = json.dumps([number for _, number in documents])
    return list(dict(documents)), Rows(first, last, documents=numbers)


def hits(db: apsw.Connection, found: Iterable[tuple[int, float]]) -> tuple[Hit, ...]:
    """The hits for these rows and scores, in the same order."""
    return tuple(hit for row, score in found if (hit := _hit(db, row, score)) is not None)


def _hit(db: apsw.Connection, row: int, score: float) -> Hit | None:
    found = _one(
        db,
        'SELECT d.document_id, d.title, w.text, c.start, c."end", c.page, c.line_start, c.line_end '
        "FROM chunks c JOIN words w ON w.rowid = c.id JOIN documents d ON d.id = ? WHERE c.id = ?",
        schema.document_of(row),
        row,
    )
    if found is None:
        return None
    document_id, title, text, start, end, page, line_start, line_end = found
    return Hit(
        document_id=cast("str", document_id),
        title=cast("str", title),
        text=cast("str", text),
        score=score,
        start=cast("int", start),
        end=cast("int", end),
        page=cast("int | None", page),
        line_start=cast("int", line_start),
        line_end=cast("int", line_end),
    )


def enter(db: apsw.Connection, document: Document) -> tuple[int, int]:
    """Add a document without chunks; returns its library's number and its own."""
    with schema.transaction(db):
        db.execute("INSERT OR IGNORE INTO owners(owner_id) VALUES (?)", (document.library_id,))
        found = _one(db, "SELECT id FROM owners WHERE owner_id = ?", document.library_id)
        owner = cast("tuple[int]", found)[0]
        db.execute(
            "INSERT INTO documents(document_id, owner, title, chunks) VALUES (?, ?, ?, 0)",
            (document.document_id, owner, document.title),
        )
    return owner, db.last_insert_rowid()


def insert(
    db: apsw.Connection, place: tuple[int, int], offset: int, title: str, chunks: Sequence[Chunk]
) -> None:
    """Insert some of a document's chunks, from chunk number `offset` on."""
    document = place[1]
    first = schema.document_rows(*place)[0] + offset
    with schema.transaction(db):
        db.executemany(
            "INSERT INTO words(rowid, title, text) VALUES (?, ?, ?)",
            [(first + i, title, chunk.text) for i, chunk in enumerate(chunks)],
        )
        db.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
            [
                (first + i, c.start, c.end, c.line_start, c.line_end, c.page)
                for i, c in enumerate(chunks)
            ],
        )
        db.execute("UPDATE documents SET chunks = chunks + ? WHERE id = ?", (len(chunks), document))


def remove(db: apsw.Connection, document_id: str) -> None:
    """Delete a document's rows, if it has any. Call `tidy` afterwards until it returns false.

    FTS5's secure deletion takes milliseconds for each passage of the document. Plain deletion
    keeps the old words until all segments are merged, which takes time in proportion to the index.
    The cheaper of the two is chosen.
    """
    found = _one(db, "SELECT id, owner, chunks FROM documents WHERE document_id = ?", document_id)
    if found is None:
        return
    document, owner, chunks = cast("tuple[int, int, int]", found)
    rows = schema.document_rows(owner, document)
    merge = chunks * _SECURE_COST > count(db)[1]
    with schema.transaction(db):
        vector_search.delete(db, *rows)
        db.execute(f"INSERT INTO words(words, rank) VALUES('secure-delete', {int(not merge)})")
        db.execute("DELETE FROM words WHERE rowid BETWEEN ? AND ?", rows)
        db.execute("DELETE FROM chunks WHERE id BETWEEN ? AND ?", rows)
        db.execute("DELETE FROM documents WHERE id = ?", (document,))
        for table in ("embedded", "embedded_next"):
            db.execute(f"DELETE FROM {table} WHERE document = ?", (document,))
        state = "merge all" if merge else "checkpoint"
        db.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('untidy', ?)", (state,))


def tidy(db: apsw.Connection) -> bool:
    """Do one step of erasing deleted text; false once nothing is left to do.

    Merges segments piecewise (https://sqlite.org/fts5.html#the_merge_command), then moves the
    journal, which holds old text as well, into the database and empties it.
    """
    found = _one(db, "SELECT value FROM meta WHERE key = 'untidy'")
    if found is None:
        return False
    if found == ("checkpoint",):
        db.execute("DELETE FROM meta WHERE key = 'untidy'")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return False
    pages = -_MERGE_PAGES if found == ("merge all",) else _MERGE_PAGES
    with schema.transaction(db):
        before = db.total_changes()
        db.execute("INSERT INTO words(words, rank) VALUES('merge', ?)", (pages,))
        state = "merging" if db.total_changes() - before >= 2 else "checkpoint"
        db.execute("UPDATE meta SET value = ? WHERE key = 'untidy'", (state,))
    return True


def count(db: apsw.Connection) -> tuple[int, int]:
    """The number of documents and chunks."""
    found = _one(db, "SELECT count(*), coalesce(sum(chunks), 0) FROM documents")
    return cast("tuple[int, int]", found)


def document_ids(db: apsw.Connection) -> frozenset[str]:
    """The ids of the documents that are indexed."""
    rows = db.execute("SELECT document_id FROM documents")
    return frozenset(cast("str", document_id) for (document_id,) in rows)


def problem(path: Path) -> str | None:
    """The problem with the file, if any. Reads all of it, on a separate connection."""
    db: apsw.Connection | None = None
    try:
        db = schema.connect(path)
        (found,) = next(db.execute("PRAGMA quick_check(1)"))
        gaps = _one(
            db,
            "SELECT (SELECT count(*) FROM chunks) - (SELECT count(*) FROM words_docsize), "
            "(SELECT count(*) FROM chunks) - (SELECT coalesce(sum(chunks), 0) FROM documents)",
        )
    except apsw.Error:
        return "The search index file is damaged or cannot be read."
    finally:
        if db is not None:
            db.close()
    if found != "ok":
        return "The search index file is damaged."
    return None if gaps == (0, 0) else "The search index contradicts itself."


def _one(db: apsw.Connection, sql: str, *values: str | int) -> tuple[object, ...] | None:
    return next(db.execute(sql, values), None)
