"""The embedded search index: FTS5 for words, sqlite-vec for vectors."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from basicchat.domain.errors import InvalidInput, TooLarge, UpstreamUnavailable
from basicchat.domain.ports import IndexHealth
from basicchat.domain.values import Chunk, Document, Hit, Scope
from basicchat.storage.sqlite.search import index_rows, lexical_search, schema, vector_search
from basicchat.storage.sqlite.search.database_thread import DatabaseThread

T = TypeVar("T")

_log = logging.getLogger(__name__)

MAX_HITS = 1000
_BATCH = 200


class SqliteSearchIndex:
    """Implements `domain.ports.SearchIndex` in one SQLite file, which can be rebuilt.

    Writing and reading have a thread and a connection each, so that a search never waits for
    indexing. A file that is damaged or of another version is replaced by an empty index, and
    `check` reports it.

    Args:
        path: the file; its folder is created if it is missing.
        embedding_model: the model of the vectors that `add` will be given.
        deadline_seconds: how long one search or one batch may take, including its wait.
    """

    def __init__(
        self, path: Path, *, embedding_model: str | None = None, deadline_seconds: float = 30.0
    ) -> None:
        self._path = path
        self._embedding_model = embedding_model
        self._lost = False
        self._writing = asyncio.Lock()
        self._writer = DatabaseThread("index-write", self._open, deadline_seconds)
        self._reader = DatabaseThread("index-read", lambda: schema.connect(path), deadline_seconds)
        self._ready = False
        self._replaced = 0

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
        if vectors is not None and len(vectors) != len(chunks):
            raise InvalidInput("Each chunk needs one vector.", field="vectors")
        if len(chunks) > schema.MAX_CHUNKS:
            raise TooLarge(
                "The document has more passages than the search index can hold.",
                reason="document_too_many_passages",
            )
        async with self._writing:
            await self._replace_document(document, chunks, vectors)

    async def remove(self, document_id: str) -> None:
        """Forget a document, leaving no trace of its text in the index's files."""
        async with self._writing:
            await self._remove(document_id)

    async def match(self, scope: Scope, query: str, k: int) -> tuple[Hit, ...]:
        """The k best passages by words (BM25), best first; higher scores are better."""

        def work(db: apsw.Connection) -> tuple[Hit, ...]:
            found = index_rows.scope(db, scope)
            if found is None:
                return ()
            return index_rows.hits(db, lexical_search.search(db, found[1], query, limit))

        limit = min(k, MAX_HITS)
        return await self._read(work) if limit > 0 else ()

    async def nearest(self, scope: Scope, vector: Sequence[float], k: int) -> tuple[Hit, ...]:
        """The k nearest passages by cosine similarity, best first."""

        def work(db: apsw.Connection) -> tuple[Hit, ...]:
            found = index_rows.scope(db, scope)
            if found is None or vector_search.model(db) is None:
                return ()
            vector_search.load(db)
            owner, rows = found
            return index_rows.hits(db, vector_search.search(db, owner, rows, vector, limit))

        limit = min(k, MAX_HITS)
        return await self._read(work) if limit > 0 else ()

    async def embedding_model(self) -> str | None:
        """Which model made the vectors that are stored, if any."""
        return await self._read(vector_search.model)

    async def count(self) -> tuple[int, int]:
        """How many documents and chunks are indexed."""
        return await self._read(index_rows.count)

    async def document_ids(self) -> frozenset[str]:
        """The documents that are indexed, to compare with the store after a damage."""
        return await self._read(index_rows.document_ids)

    async def clear(self) -> None:
        """Forget everything; the file is replaced by a new one."""
        async with self._writing:
            await self._replace()

    async def check(self) -> IndexHealth:
        """Examine the whole file; for `basicchat doctor`."""
        try:
            documents, chunks = await self.count()
            problem = await asyncio.to_thread(index_rows.problem, self._path)
        except UpstreamUnavailable as error:
            problem, documents, chunks = error.message, 0, 0
        size = await asyncio.to_thread(schema.size, self._path)
        return IndexHealth(
            documents=documents, chunks=chunks, bytes=size, lost=self._lost, problem=problem
        )

    async def close(self) -> None:
        """Close the files."""
        await self._reader.close()
        await self._writer.close()

    async def _replace_document(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Sequence[Sequence[float]] | None,
    ) -> None:
        model = self._embedding_model or "unnamed"
        if vectors:
            await self._write(partial(vector_search.check, name=model, size=len(vectors[0])))
        await self._remove(document.document_id)
        place = await self._write(partial(index_rows.enter, document=document))
        insert = partial(index_rows.insert, place=place, title=document.title)
        also = partial(index_rows.insert_vectors, place=place, model=model)
        for at in range(0, len(chunks), _BATCH):
            await self._write(partial(insert, offset=at, chunks=chunks[at : at + _BATCH]))
            if vectors:
                await self._write(partial(also, offset=at, vectors=vectors[at : at + _BATCH]))

    async def _remove(self, document_id: str) -> None:
        await self._write(partial(index_rows.remove, document_id=document_id))
        while await self._write(index_rows.tidy):
            pass

    def _open(self) -> apsw.Connection:
        connection, thrown_away = schema.open_or_create(self._path)
        self._lost = self._lost or thrown_away
        return connection

    async def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run a function on the writing connection; the caller holds the lock."""
        try:
            return await _ask(self._writer, work)
        except schema.DAMAGE:
            await self._replace_damaged()
        raise _damaged()

    async def _read(self, work: Callable[[apsw.Connection], T]) -> T:
        if not self._ready:
            async with self._writing:
                await self._write(index_rows.count)
                self._ready = True
        seen = self._replaced
        try:
            return await _ask(self._reader, work)
        except schema.DAMAGE:
            async with self._writing:
                if seen == self._replaced:
                    await self._replace_damaged()
        raise _damaged()

    async def _replace_damaged(self) -> None:
        _log.error("search index damaged, starting an empty one")
        self._lost = True
        await self._replace()

    async def _replace(self) -> None:
        self._ready = False
        self._replaced += 1
        await self._reader.reset()
        await self._writer.reset()
        await asyncio.to_thread(schema.delete_files, self._path)


async def _ask(thread: DatabaseThread, work: Callable[[apsw.Connection], T]) -> T:
    try:
        return await thread.run(work)
    except schema.DAMAGE:
        raise
    except apsw.Error as error:
        _log.error("search index failed: %s", type(error).__name__)
        raise UpstreamUnavailable(
            "The search index cannot be used.",
            provider="search index",
            hint="Check that the disk is not full and that the data folder is writable.",
            reason="search_index_unavailable",
        ) from error


def _damaged() -> UpstreamUnavailable:
    return UpstreamUnavailable(
        "The search index was damaged and has been emptied.",
        provider="search index",
        hint="Index the documents again; `basicchat doctor` tells more.",
        reason="search_index_damaged",
    )
