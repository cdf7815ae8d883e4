"""The job that turns an uploaded file into a searchable document."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol
from weakref import WeakValueDictionary

import msgspec

from basicchat.domain.errors import BasicChatError, NotFound, UpstreamUnavailable
from basicchat.domain.ports import Blobs, Embedder, Extractor, Report, SearchIndex
from basicchat.domain.values import Chunk, Document, Extracted, Page, Task

_log = logging.getLogger(__name__)

KIND = "ingest"
"""The kind of the job; its payload is `{"document_id": …, "name": …}`."""

_EMBED_BATCH = 32


class DocumentRecords(Protocol):
    """The document rows that ingestion reads and updates."""

    async def get(self, document_id: str) -> Document:
        """The current state of a document.

        Raises:
            NotFound: it was deleted.
        """
        ...

    async def put(self, document: Document) -> None:
        """Change a document's row, and record `document.updated` for its owner.

        Raises:
            NotFound: it was deleted, or its file (`sha256`) was replaced.
        """
        ...

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's text, which is the concatenation of its pages.

        Raises:
            NotFound: it was deleted.
        """
        ...


class IngestPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The document, and the name of its file, whose extension determines the format."""

    document_id: str
    name: str


class Ingestion:
    """Extracts, stores, embeds and indexes documents.

    Every step is idempotent: it replaces its earlier result, so a job that is repeated after a
    crash, or for a changed file, reaches the same state.
    """

    def __init__(
        self,
        records: DocumentRecords,
        blobs: Blobs,
        extractor: Extractor,
        index: SearchIndex,
        embedder: Embedder | None = None,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._extractor = extractor
        self._index = index
        self._embedder = embedder
        # One job per document at a time: an outdated one must not undo its successor's work.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ingest(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        """The job (`domain.ports.Job`): bring one document from its blob to `ready`.

        Returns:
            `{"document_id", "pages", "chunks"}`; None if the document was deleted or its file
            replaced in the meantime, in which case the job of the new file follows.

        Raises:
            BadDocument: the file cannot be read; the document's status is `failed`.
            UpstreamUnavailable: the index does not work; the document's status is `failed`.
        """
        wanted = msgspec.convert(payload, IngestPayload)
        lock = self._locks.setdefault(wanted.document_id, asyncio.Lock())
        async with lock:
            try:
                document = await self._records.get(wanted.document_id)
                return await self._run(document, wanted.name, task, report)
            except NotFound:
                await self._index.remove(wanted.document_id)
                return None

    async def _run(
        self, document: Document, name: str, task: Task, report: Report
    ) -> dict[str, Any]:
        document = await self._mark(
            document, status="indexing", error=None, error_detail=None, task_id=task.task_id or None
        )
        try:
            extracted = await self._extract(document, name, report)
            document = await self._store(document, extracted, report)
            await self._embed_and_index(document, extracted.chunks, report)
        except NotFound:
            raise
        except BasicChatError as error:
            text = f"{error.message} {error.hint or ''}".strip()
            await self._index.remove(document.document_id)
            await self._mark(document, status="failed", error=text, error_detail=error.detail)
            raise
        await self._mark(document, status="ready")
        await report(1.0, "Ready")
        return {
            "document_id": document.document_id,
            "pages": document.pages,
            "chunks": document.chunks,
        }

    async def _extract(self, document: Document, name: str, report: Report) -> Extracted:
        await report(0.05, "Reading the file")
        async with self._blobs.local(document.sha256) as path:
            return await self._extractor.extract(path, name=name, media_type=document.media_type)

    async def _store(self, document: Document, extracted: Extracted, report: Report) -> Document:
        await report(0.4, "Storing the text")
        await self._records.put_pages(document.document_id, extracted.pages)
        return await self._mark(
            document,
            title=extracted.title or document.title,
            pages=extracted.page_count,
            chunks=len(extracted.chunks),
            characters=sum(len(page.text) for page in extracted.pages),
            text_bytes=sum(len(page.text.encode()) for page in extracted.pages),
        )

    async def _embed_and_index(
        self, document: Document, chunks: Sequence[Chunk], report: Report
    ) -> None:
        vectors = await self._embed(chunks, report)
        await report(0.8, f"Indexing {len(chunks):,} passages")
        await self._index.add(document, chunks, vectors)
        # If the document was deleted meanwhile, the index entries did not exist yet at that time.
        await self._records.get(document.document_id)

    async def _embed(
        self, chunks: Sequence[Chunk], report: Report
    ) -> Sequence[Sequence[float]] | None:
        """A vector for each passage; None if there is no embedder, or it is not available."""
        embedder = self._embedder
        if embedder is None or await self._index.embedding_model() not in (None, embedder.model):
            return None
        vectors: list[list[float]] = []
        try:
            for at in range(0, len(chunks), _EMBED_BATCH):
                await report(0.45 + 0.35 * at / len(chunks), "Computing vectors")
                batch = chunks[at : at + _EMBED_BATCH]
                vectors += await embedder.embed([chunk.text for chunk in batch])
        except UpstreamUnavailable:
            _log.warning("indexing without vectors: %s does not answer", embedder.model)
            return None
        return vectors

    async def _mark(self, document: Document, **changes: Any) -> Document:
        """Update and store the document."""
        changed = msgspec.structs.replace(document, **changes)
        await self._records.put(changed)
        return changed
