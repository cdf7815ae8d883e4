"""Adds documents to the search index and removes them, each in one transaction.

A transaction first locks the document's id, and its owner's totals only when all but these are
written: documents are indexed at the same time, and none waits for a long one of the same owner.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from basicchat.domain.passages import Chunk
from basicchat.domain.values import Document
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search import vector_sets, vectors
from basicchat.storage.postgres.search.rows import passages_of
from basicchat.storage.postgres.search.tokens import PassageWords, words_of_passages
from basicchat.storage.storable import storable

BATCH = 50
# How long another node may take to index the same document; less than a statement may.
LOCK_MILLISECONDS = 25_000
_LOCK = """
SELECT set_config('lock_timeout', $2, true),
    pg_advisory_xact_lock(hashtextextended('search document ' || $1, 0))
"""
_OWNER = "SELECT number FROM search_owners WHERE owner_id = $1"
_ADD_OWNER = "INSERT INTO search_owners (owner_id) VALUES ($1) ON CONFLICT DO NOTHING"
_NUMBER = "SELECT nextval(pg_get_serial_sequence('search_documents', 'number')) AS number"
_FIND = """
SELECT number, owner, passages, tokens, to_regclass('search_vectors') IS NOT NULL AS has_vectors,
    to_regclass('search_vectors_next') IS NOT NULL AS has_next
FROM search_documents WHERE document_id = $1 FOR UPDATE
"""
_ADD_WORDS = """
INSERT INTO search_words (passage, tokens, words)
SELECT passage, tokens, words::tsvector
FROM unnest($1::bigint[], $2::int[], $3::text[]) AS p(passage, tokens, words)
"""
_ADD_PASSAGES = """
INSERT INTO search_passages (passage, start, "end", line_start, line_end, page, text)
SELECT * FROM unnest(
    $1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::text[]
)
"""
_ADD_DOCUMENT = """
INSERT INTO search_documents (number, document_id, owner, title, passages, tokens, embedded)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_COUNT = """
UPDATE search_owners SET passages = passages + $2, tokens = tokens + $3 WHERE number = $1
"""
_ADD_TERMS = """
INSERT INTO search_terms AS t (owner, term, passages)
SELECT $1, term, passages FROM unnest($2::text[], $3::int[]) AS n(term, passages)
ON CONFLICT (owner, term) DO UPDATE SET passages = t.passages + excluded.passages
"""
_DROP_TERMS = """
WITH fewer AS (
    SELECT substr(lexeme, length($1::text) + 2) AS term, count(*) AS passages
    FROM search_words, unnest(tsvector_to_array(words)) AS lexeme
    WHERE passage BETWEEN $2 AND $3 GROUP BY 1
), changed AS (
    UPDATE search_terms AS t SET passages = t.passages - fewer.passages FROM fewer
    WHERE t.owner = $1::text::bigint AND t.term = fewer.term AND t.passages > fewer.passages
)
DELETE FROM search_terms AS t USING fewer
WHERE t.owner = $1::text::bigint AND t.term = fewer.term AND t.passages <= fewer.passages
"""
_DROP = "DELETE FROM {table} WHERE passage BETWEEN $1 AND $2"
_DROP_DOCUMENT = "DELETE FROM search_documents WHERE number = $1"


class NewDocument:
    """A document that is being added.

    Args:
        number: its number in the index.
        owner: that of its owner.
    """

    def __init__(self, document: Document, number: int, owner: int) -> None:
        self.document = document
        self.number, self.owner = number, owner
        self.title = storable(document.title)
        self.terms: Counter[str] = Counter()
        self.tokens = 0

    @property
    def first(self) -> int:
        """The number of its first passage."""
        return passages_of(self.number)[0]


async def owner_number(database: PostgresDatabase, owner_id: str) -> int:
    """The number of an owner, who is added in a transaction of its own if needed."""
    name = storable(owner_id)
    while not (rows := await database.fetch(_OWNER, name)):
        async with database.transaction() as connection:
            await connection.fetch(_ADD_OWNER, name)
    return int(rows[0].number)


async def lock(connection: PostgresConnection, document_id: str) -> None:
    """Wait for other transactions that add or remove the document."""
    await connection.fetch(_LOCK, storable(document_id), str(LOCK_MILLISECONDS))


async def replace(
    connection: PostgresConnection,
    document: Document,
    owner: int,
    chunks: Sequence[Chunk],
    vectors_of: Sequence[Sequence[float]] | None,
    model: str,
) -> None:
    """Add a document instead of the one that is indexed under its id, if any.

    Args:
        owner: the owner's number.
        vectors_of: one for each chunk; None if they are to follow.
        model: that of the vectors.
    """
    await lock(connection, document.document_id)
    (row,) = await connection.fetch(_NUMBER)
    new = NewDocument(document, row.number, owner)
    if vectors_of:
        into = await vector_sets.serving(connection, model, len(vectors_of[0]))
        await vectors.insert(connection, into, (owner, new.number), new.first, vectors_of)
    for at in range(0, len(chunks), BATCH):
        await _add_batch(connection, new, at, chunks[at : at + BATCH])
    await remove(connection, document.document_id)
    await _complete(connection, new, len(chunks), embedded=len(vectors_of or ()))


async def _add_batch(
    connection: PostgresConnection, new: NewDocument, offset: int, chunks: Sequence[Chunk]
) -> None:
    texts = [storable(chunk.text) for chunk in chunks]
    words: list[PassageWords]
    words = await asyncio.to_thread(words_of_passages, new.owner, new.title, texts)
    numbers = [new.first + offset + place for place in range(len(chunks))]
    vectors_of_words = [each.vector for each in words]
    counts = [each.count for each in words]
    await connection.fetch(_ADD_WORDS, numbers, counts, vectors_of_words)
    await connection.fetch(
        _ADD_PASSAGES,
        numbers,
        [chunk.start for chunk in chunks],
        [chunk.end for chunk in chunks],
        [chunk.line_start for chunk in chunks],
        [chunk.line_end for chunk in chunks],
        [chunk.page for chunk in chunks],
        texts,
    )
    new.tokens += sum(counts)
    for each in words:
        new.terms.update(each.terms)


async def _complete(
    connection: PostgresConnection, new: NewDocument, passages: int, *, embedded: int
) -> None:
    await connection.fetch(_COUNT, new.owner, passages, new.tokens)
    await connection.fetch(_ADD_TERMS, new.owner, list(new.terms), list(new.terms.values()))
    document_id = storable(new.document.document_id)
    await connection.fetch(
        _ADD_DOCUMENT, new.number, document_id, new.owner, new.title, passages, new.tokens, embedded
    )


async def remove(connection: PostgresConnection, document_id: str) -> None:
    """Delete a document's rows, if it has any; the caller has locked it."""
    found = await connection.fetch(_FIND, storable(document_id))
    if not found:
        return
    old = found[0]
    # From here on, changes of the owner's totals wait for each other.
    await connection.fetch(_COUNT, old.owner, -old.passages, -old.tokens)
    passages = passages_of(old.number)
    await connection.fetch(_DROP_TERMS, str(old.owner), *passages)
    tables = ["search_words", "search_passages"] + ["search_vectors"] * old.has_vectors
    tables += ["search_vectors_next"] * old.has_next
    for table in tables:
        await connection.fetch(_DROP.format(table=table), *passages)
    await connection.fetch(_DROP_DOCUMENT, old.number)
