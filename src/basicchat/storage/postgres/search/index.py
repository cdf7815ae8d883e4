"""The search index of documents in PostgreSQL, which all nodes share."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.passages import Chunk, Hit
from basicchat.domain.search import IndexHealth, MissingVectors
from basicchat.domain.values import Document, Scope
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search import (
    extension,
    lexical,
    rows,
    vector_sets,
    vectors,
    writing,
)
from basicchat.storage.search.given import check_chunks, check_vectors

_log = logging.getLogger(__name__)

MAX_HITS = 1000
# How long a node has for the vectors of the passages that it has been given.
CLAIM_SECONDS = 90
# How texts are split into words, which is noted at the table of documents.
FORMAT = "words 2"
_FORMAT = "SELECT obj_description('search_documents'::regclass, 'pg_class') AS format"
_LOCK_FORMAT = "LOCK TABLE search_documents IN EXCLUSIVE MODE"
_TABLES = "search_owners", "search_documents", "search_words", "search_passages", "search_terms"
_COUNT = "SELECT count(*) AS documents, coalesce(sum(passages), 0) AS p FROM search_documents"
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c)), 0)::bigint AS bytes
FROM unnest($1::text[]) AS n, to_regclass(n) AS c WHERE c IS NOT NULL
"""
_LOST = """
SELECT (SELECT count(*) FROM search_words) = d.passages
    AND (SELECT count(*) FROM search_passages) = d.passages AS sound
FROM (SELECT coalesce(sum(passages), 0) AS passages FROM search_documents) AS d
"""
_COUNT_VECTORS = """
SELECT coalesce(sum(least({done}, passages)), 0) AS count FROM search_documents
"""
_IDS = "SELECT document_id FROM search_documents"
_CLAIM = """
UPDATE search_documents SET claimed_by = $1, claimed_until = now() + make_interval(secs => $2)
WHERE number = (
    SELECT number FROM search_documents WHERE {done} < passages
    AND (claimed_until IS NULL OR claimed_until < now() OR claimed_by = $1)
    ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING document_id, number, {done} AS done
"""
_TEXTS = """
SELECT text FROM search_passages WHERE passage BETWEEN $1 AND $2 ORDER BY passage LIMIT $3
"""
_HOLD = "SELECT owner FROM search_documents WHERE number = $1 FOR UPDATE"
_EMBEDDED = """
UPDATE search_documents SET {column} = greatest({column}, $2), claimed_until = NULL
WHERE number = $1
"""


class PostgresSearchIndex:
    """Implements `domain.search.SearchIndex`; open it with `PostgresSearchIndex.open`.

    Args:
        embedding_model: the model of the vectors that `add` will be given.
        without_vectors: why the database cannot search by vectors, and what to do; None if it can.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        embedding_model: str | None,
        without_vectors: extension.Missing | None,
    ) -> None:
        self._database = database
        self._embedding_model = embedding_model
        self._without_vectors = without_vectors
        self._name = uuid4().hex

    @classmethod
    async def open(
        cls,
        database: PostgresDatabase,
        embedding_model: str | None = None,
        *,
        has_vectors: bool = False,
    ) -> Self:
        """Use the index of a database, which the caller closes.

        An index of another format is emptied: the documents are then indexed again.

        Args:
            has_vectors: vectors will be added, also if their model is not known yet.
        """
        await _renew(database)
        missing = await extension.missing(database) if embedding_model or has_vectors else None
        if missing is not None:
            _log.warning("%s. %s", missing.reason, missing.hint)
        return cls(database, embedding_model, missing)

    async def add(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """Index a document's chunks, replacing whatever was indexed for its id.

        Raises:
            Conflict: the vectors are of another model or dimension than those stored.
            InvalidInput: there are vectors, but not one for each chunk.
            TooLarge: more chunks than the index can number for one document.
        """
        check_chunks(chunks, vectors, rows.MAX_PASSAGES)
        if self._without_vectors is not None:
            vectors = None
        model = self._embedding_model or "unnamed"
        async with _explained():
            owner = await writing.owner_number(self._database, document.library_id)
            async with self._database.transaction() as connection:
                await writing.replace(connection, document, owner, chunks, vectors, model)

    async def missing_vectors(self, most: int, model: str | None = None) -> MissingVectors | None:
        """The first passages without vectors of the model, and of which no other node has taken
        charge; `most` at most.
        """
        if self._without_vectors is not None:
            return None
        async with _explained(), self._database.transaction() as connection:
            sets = await vector_sets.stored(connection)
            done = vector_sets.progress(sets, model or self._embedding_model or "unnamed") or "0"
            claim = _CLAIM.format(done=done)
            found = await connection.fetch(claim, self._name, CLAIM_SECONDS)
            if not found:
                return None
            row = found[0]
            first, last = rows.passages_of(row.number)
            texts = await connection.fetch(_TEXTS, first + row.done, last, most)
        return MissingVectors(
            document_id=row.document_id,
            document=row.number,
            offset=row.done,
            texts=tuple(each.text for each in texts),
        )

    async def add_vectors(
        self,
        missing: MissingVectors,
        vectors: Sequence[Sequence[float]],
        model: str | None = None,
    ) -> None:
        """Add vectors to passages, unless their document was removed or replaced meanwhile.

        Raises:
            Conflict: the vectors are of another model or dimension than those stored.
            InvalidInput: there is not one for each passage.
        """
        check_vectors(missing, vectors)
        async with _explained(), self._database.transaction() as connection:
            await self._add_vectors(connection, missing, vectors, model)

    async def _add_vectors(
        self,
        connection: PostgresConnection,
        missing: MissingVectors,
        given: Sequence[Sequence[float]],
        model: str | None,
    ) -> None:
        name = model or self._embedding_model or "unnamed"
        into = await vector_sets.prepared(connection, name, len(given[0]))
        held = await connection.fetch(_HOLD, missing.document)
        if held:
            place = held[0].owner, missing.document
            first = rows.passages_of(missing.document)[0] + missing.offset
            await vectors.insert(connection, into, place, first, given)
            counted = _EMBEDDED.format(column=into.progress)
            await connection.fetch(counted, missing.document, missing.offset + len(given))

    async def remove(self, document_id: str) -> None:
        """Forget a document; PostgreSQL's vacuum overwrites it later."""
        async with _explained(), self._database.transaction() as connection:
            await writing.lock(connection, document_id)
            await writing.remove(connection, document_id)

    async def match(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
        """The k best passages by words (BM25), best first; higher scores are better."""
        limit = min(k, MAX_HITS)
        async with _explained():
            searched = await rows.searched(self._database, scope)
            if searched is None or limit < 1:
                return ()
            found = await lexical.search(self._database, searched, query, limit, misspelt=misspelt)
            return await rows.hits(self._database, found)

    async def nearest(
        self, scope: Scope, vector: Sequence[float], k: int, model: str | None = None
    ) -> tuple[Hit, ...]:
        """The k nearest passages by cosine similarity, best first."""
        limit = min(k, MAX_HITS)
        async with _explained():
            searched = await rows.searched(self._database, scope)
            if searched is None or limit < 1 or self._without_vectors is not None:
                return ()
            found = await self._nearest(searched, vector, limit, model)
            return await rows.hits(self._database, found)

    async def _nearest(
        self, searched: rows.Searched, vector: Sequence[float], limit: int, model: str | None
    ) -> list[tuple[int, float]]:
        """Search again if another set of vectors took the place of the one that was searched."""
        among = await self._set_of(model)
        while among is not None:
            try:
                return await vectors.search(self._database, among, searched, vector, limit)
            except DBAPIError:
                earlier, among = among, await self._set_of(model)
                if among == earlier:
                    raise
        return []

    async def _set_of(self, model: str | None) -> vector_sets.VectorSet | None:
        """The vectors of a model, by default of the one that serves."""
        sets = await vector_sets.stored(self._database)
        return vector_sets.of_model(sets, model) if model else sets.get(vector_sets.SERVING)

    async def embedding_model(self) -> str | None:
        """Which model made the vectors that are stored, if any."""
        async with _explained():
            serving = (await vector_sets.stored(self._database)).get(vector_sets.SERVING)
        return None if serving is None else serving.name

    async def switch_vectors(self, model: str) -> None:
        """Let the vectors of a model serve, if they are complete, and forget those before."""
        async with _explained(), self._database.transaction() as connection:
            await vector_sets.switch(connection, model)

    async def count_vectors(self, model: str) -> int:
        """How many passages have been given vectors of the model."""
        async with _explained():
            column = vector_sets.progress(await vector_sets.stored(self._database), model)
            (row,) = await self._database.fetch(_COUNT_VECTORS.format(done=column or "0"))
        return int(row.count)

    async def drop_vectors(self) -> None:
        """Forget all vectors, so that those of another model can take their place."""
        async with _explained(), self._database.transaction() as connection:
            await vector_sets.drop(connection)

    async def count(self) -> tuple[int, int]:
        """How many documents and chunks are indexed."""
        async with _explained():
            (row,) = await self._database.fetch(_COUNT)
        return row.documents, int(row.p)

    async def document_ids(self) -> frozenset[str]:
        """The documents that are indexed, to compare with the store."""
        async with _explained():
            return frozenset(row.document_id for row in await self._database.fetch(_IDS))

    async def clear(self) -> None:
        """Forget everything."""
        async with _explained(), self._database.transaction() as connection:
            await vector_sets.drop(connection)
            await connection.fetch(f"TRUNCATE {', '.join(_TABLES)}")

    async def check(self) -> IndexHealth:
        """Compare the tables of the index, for `basicchat doctor`."""
        documents, passages = await self.count()
        async with _explained():
            (size,) = await self._database.fetch(
                _SIZE, [*_TABLES, vector_sets.SERVING, vector_sets.NEXT]
            )
            (compared,) = await self._database.fetch(_LOST)
        problem = hint = None
        if not compared.sound:
            problem = "The search index contradicts itself"
            hint = "Index the documents again: empty the table `search_documents`, then restart."
        # A model that was found unasked is no reason to complain.
        elif self._without_vectors is not None and self._embedding_model is not None:
            problem, hint = self._without_vectors.reason, self._without_vectors.hint
        return IndexHealth(
            documents=documents,
            chunks=passages,
            bytes=size.bytes,
            lost=False,
            problem=problem,
            hint=hint,
        )

    async def close(self) -> None:
        """Do nothing: the database is closed by its owner."""


async def _renew(database: PostgresDatabase) -> None:
    """Empty an index whose words were split in another way than now."""
    if (await database.fetch(_FORMAT))[0].format == FORMAT:
        return
    async with database.transaction() as connection:
        await connection.fetch(_LOCK_FORMAT)
        if (await connection.fetch(_FORMAT))[0].format != FORMAT:
            await vector_sets.drop(connection)
            await connection.fetch(f"TRUNCATE {', '.join(_TABLES)}")
            await connection.fetch(f"COMMENT ON TABLE search_documents IS '{FORMAT}'")


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Say in words that the database refused a statement.

    Raises:
        UpstreamUnavailable: it did.
    """
    try:
        yield
    except DBAPIError as error:
        _log.error("search index failed: %s", type(error.orig).__name__)
        raise UpstreamUnavailable(
            "The search index cannot be used.",
            provider="search index",
            hint="Try again in a moment. `basicchat doctor` examines the database.",
            reason="search_index_unavailable",
        ) from error
