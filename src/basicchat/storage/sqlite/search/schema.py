"""The search index's file: tables, opening, and the numbering of rows."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from basicchat.storage.sqlite.search import tokenizer

VERSION = 3
_CHUNK_BITS = 20
_DOCUMENT_BITS = 24

MAX_CHUNKS = 1 << _CHUNK_BITS
"""The maximum number of chunks of a document."""

DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError, apsw.NoFTS5Error)
"""The errors of SQLite if the file is damaged or not a database, the last one from tokenizers."""

_TABLES = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE owners(id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id TEXT NOT NULL UNIQUE);
CREATE TABLE documents(
  id INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL UNIQUE,
  owner INTEGER NOT NULL REFERENCES owners(id), title TEXT NOT NULL, chunks INTEGER NOT NULL);
CREATE TABLE chunks(
  id INTEGER PRIMARY KEY, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  line_start INTEGER NOT NULL, line_end INTEGER NOT NULL, page INTEGER);
CREATE VIRTUAL TABLE words USING fts5(
  title, text, tokenize = '{tokenizer.NAME}');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
INSERT INTO words(words, rank) VALUES('rank', 'bm25(2.0, 1.0)');
"""

# Documents whose first `done` chunks have been given vectors; the other documents have none, or
# are of a version that added all vectors at once.
_EMBEDDED = "CREATE TABLE embedded(document INTEGER PRIMARY KEY, done INTEGER NOT NULL)"
# The same for vectors of the next model, while those of the old one serve.
_EMBEDDED_NEXT = (
    "CREATE TABLE IF NOT EXISTS embedded_next(document INTEGER PRIMARY KEY, done INTEGER NOT NULL)"
)


def first_row(owner: int, document: int = 0) -> int:
    """The first row id of the chunks of an owner, or of one of their documents.

    Owner, document and chunk are the high, middle and low bits of a chunk's row id. The full-text
    index seeks by row id, so that a search within one owner never visits the rows of another.
    """
    return (owner << _DOCUMENT_BITS | document) << _CHUNK_BITS


def document_of(row: int) -> int:
    """The document part of a chunk's row id."""
    return row >> _CHUNK_BITS & ((1 << _DOCUMENT_BITS) - 1)


def owner_rows(owner: int) -> tuple[int, int]:
    """The first and last possible row id of an owner's chunks."""
    return first_row(owner), first_row(owner + 1) - 1


def document_rows(owner: int, document: int) -> tuple[int, int]:
    """The first and last possible row id of a document's chunks."""
    first = first_row(owner, document)
    return first, first + MAX_CHUNKS - 1


def connect(path: Path) -> apsw.Connection:
    """Open an existing index, with the settings that every connection needs."""
    connection = apsw.Connection(str(path))
    tokenizer.register(connection)
    connection.set_busy_timeout(10_000)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -16384")
    return connection


def open_or_create(path: Path) -> tuple[apsw.Connection, bool]:
    """Open the index for writing. One that is damaged or of another version is replaced.

    Returns:
        The connection, and whether an existing index was thrown away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    existed = path.exists()
    with suppress(*DAMAGE, apsw.SQLError):
        connection = connect(path)
        if not existed:
            _create(connection)
        if connection.pragma("user_version") == VERSION:
            _add_embedded(connection)
            return connection, False
        connection.close()
    delete_files(path)
    connection = connect(path)
    _create(connection)
    return connection, existed


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit what the block executes, or roll it back if the block raises.

    The connection's own context manager is not used because it commits without releasing the GIL,
    and the commit is where the full-text index does most of its work.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def snapshot(connection: apsw.Connection) -> Iterator[None]:
    """Let all that the block reads be of one moment, whatever is written meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def size(path: Path) -> int:
    """The size of the database with its journals, in bytes."""
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    return sum(file.stat().st_size for file in files if file.exists())


def delete_files(path: Path) -> None:
    """Delete the database with its journals."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _create(connection: apsw.Connection) -> None:
    with transaction(connection):
        # Unless another process has just created it.
        if connection.pragma("user_version") != VERSION:
            connection.execute(_TABLES)
            connection.execute(f"PRAGMA user_version = {VERSION}")
    _add_embedded(connection)


def _add_embedded(connection: apsw.Connection) -> None:
    """Add the tables of documents with vectors to a new index, or to one of an earlier version."""
    connection.execute(_EMBEDDED_NEXT)
    found = "SELECT 1 FROM sqlite_master WHERE name = ?"
    if next(connection.execute(found, ("embedded",)), None) is not None:
        return
    with transaction(connection):
        if next(connection.execute(found, ("embedded",)), None) is not None:
            return
        connection.execute(_EMBEDDED)
        if next(connection.execute("SELECT 1 FROM meta WHERE key = 'embedding_model'"), None):
            connection.execute("INSERT INTO embedded SELECT id, chunks FROM documents")
