"""The embedded search index: FTS5 for words, sqlite-vec for vectors."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import apsw

from basicchat.domain.errors import StorageFull, UpstreamUnavailable
from basicchat.domain.passages import Chunk, Hit
from basicchat.domain.search import IndexHealth, MissingVectors
from basicchat.domain.values import Document, Scope
from basicchat.storage.search.given import check_chunks, check_vectors
from basicchat.storage.sqlite.search import (
    index_rows,
    lexical_search,
    schema,
    vector_rows,
    vector_search,
    vector_sets,
)
from basicchat.storage.sqlite.search.database_thread import DatabaseThread

T = TypeVar("T")

_log = logging.getLogger(__name__)

MAX_HITS = 1000
_BATCH = 200


class _FileReplacedError(Exception):
    """The file was replaced while a document was being added."""


class SqliteSearchIndex:
    """Implements `domain.search.SearchIndex` in one SQLite file, which can be rebuilt.

    Writing and reading have a thread and a connection each, so that a search never waits for
    indexing. Documents are added in batches, and those of several documents take turns, so that a
    short one does not wait for a long one. A file that is damaged or of another version is replaced
    by an empty index, and `check` reports it.

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
        # Held for each batch, and while a document is removed; fair, so that writers take turns.
        self._writing = asyncio.Lock()
        # Held while a document is added or removed.
        self._documents: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
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
        check_chunks(chunks, vectors, schema.MAX_CHUNKS)
        async with self._document(document.document_id):
            while True:
                try:
                    await self._replace_document(document, chunks, vectors)
                    return
                except _FileReplacedError:
                    continue

    async def missing_vectors(self, most: int, model: str | None = None) -> MissingVectors | None:
        """The first passages without vectors of the model, `most` at most."""
        name = model or self._embedding_model or "unnamed"
        return await self._read(partial(vector_rows.missing, most=most, model=name))

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
        name = model or self._embedding_model or "unnamed"
        async with self._writing:
            await self._locked(partial(vector_rows.add, given=missing, vectors=vectors, model=name))

    async def remove(self, document_id: str) -> None:
        """Forget a document, leaving no trace of its text in the index's files."""
        async with self._document(document_id), self._writing:
            await self._remove(document_id)

    async def match(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
        """The k best passages by words (BM25), best first; higher scores are better."""

        def work(db: apsw.Connection) -> tuple[Hit, ...]:
            searched = index_rows.scope(db, scope)
            if searched is None:
                return ()
            found = lexical_search.search(db, searched[1], query, limit, misspelt=misspelt)
            return index_rows.hits(db, found)

        limit = min(k, MAX_HITS)
        return await self._read(work) if limit > 0 else ()

    async def nearest(
        self, scope: Scope, vector: Sequence[float], k: int, model: str | None = None
    ) -> tuple[Hit, ...]:
        """The k nearest passages by cosine similarity, best first."""

        def work(db: apsw.Connection) -> tuple[Hit, ...]:
            searched = index_rows.scope(db, scope)
            among = vector_sets.of_model(db, model) if model else vector_sets.stored(db)
            if searched is None or among is None:
                return ()
            vector_sets.load(db)
            return index_rows.hits(db, vector_search.search(db, among, searched, vector, limit))

        limit = min(k, MAX_HITS)
        return await self._read(work) if limit > 0 else ()

    async def embedding_model(self) -> str | None:
        """Which model made the vectors that are stored, if any."""
        return await self._read(vector_sets.model)

    async def switch_vectors(self, model: str) -> None:
        """Let the vectors of a model serve, if they are complete, and forget those before."""
        async with self._writing:
            await self._locked(partial(vector_rows.switch, model=model))

    async def count_vectors(self, model: str) -> int:
        """How many passages have been given vectors of the model."""
        return await self._read(partial(vector_rows.count, model=model))

    async def drop_vectors(self) -> None:
        """Forget all vectors, so that those of another model can take their place."""
        async with self._writing:
            await self._locked(vector_rows.drop)

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
        async with self._writing:
            if vectors:
                await self._locked(partial(vector_sets.check, name=model, size=len(vectors[0])))
            await self._remove(document.document_id)
            place = await self._locked(partial(index_rows.enter, document=document))
            # The place is one in this file.
            file = self._replaced
        insert = partial(index_rows.insert, place=place, title=document.title)
        also = partial(vector_rows.insert, place=place, model=model)
        for at in range(0, len(chunks), _BATCH):
            await self._batch(partial(insert, offset=at, chunks=chunks[at : at + _BATCH]), file)
            if vectors:
                await self._batch(partial(also, offset=at, vectors=vectors[at : at + _BATCH]), file)

    async def _remove(self, document_id: str) -> None:
        """Remove a document and all its traces; the caller holds the lock."""
        await self._locked(partial(index_rows.remove, document_id=document_id))
        while await self._locked(index_rows.tidy):
            pass

    def _document(self, document_id: str) -> asyncio.Lock:
        return self._documents.setdefault(document_id, asyncio.Lock())

    def _open(self) -> apsw.Connection:
        connection, thrown_away = schema.open_or_create(self._path)
        self._lost = self._lost or thrown_away
        return connection

    async def _batch(self, work: Callable[[apsw.Connection], None], file: int) -> None:
        """Write a batch when it is its turn.

        Args:
            file: the value of `_replaced` for the file that the batch is for.

        Raises:
            _FileReplacedError: the file has been replaced by an empty one.
        """
        async with self._writing:
            if file != self._replaced:
                raise _FileReplacedError
            await self._locked(work)

    async def _locked(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run a function on the writing connection; the caller holds the lock."""
        try:
            return await _ask(self._writer, work)
        except schema.DAMAGE:
            await self._replace_damaged()
        raise _damaged()

    async def _read(self, work: Callable[[apsw.Connection], T]) -> T:
        if not self._ready:
            async with self._writing:
                await self._locked(index_rows.count)
                self._ready = True
        seen = self._replaced
        try:
            return await _ask(self._reader, partial(_at_one_moment, work))
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


def _at_one_moment(work: Callable[[apsw.Connection], T], db: apsw.Connection) -> T:
    with schema.snapshot(db):
        return work(db)


async def _ask(thread: DatabaseThread, work: Callable[[apsw.Connection], T]) -> T:
    try:
        return await thread.run(work)
    except schema.DAMAGE:
        raise
    except apsw.FullError as error:
        raise StorageFull from error
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
