"""The job that turns an uploaded file into a searchable document."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakValueDictionary

import msgspec

from basicchat.documents.vectors import VectorBackfill
from basicchat.domain.errors import (
    BasicChatError,
    DatabaseUnavailable,
    NotFound,
    OriginalsUnavailable,
    StorageFull,
)
from basicchat.domain.jobs import Deferred
from basicchat.domain.passages import Chunk, Extracted, Page
from basicchat.domain.ports import Blobs, Extractor, Report
from basicchat.domain.search import SearchIndex
from basicchat.domain.values import Document, Task

_log = logging.getLogger(__name__)

KIND = "ingest"
"""The kind of the job; its payload is `{"document_id": …, "name": …}`."""
# A file with more gives way to others: to index it takes longer than to read most files.
MAX_QUICK_PASSAGES = 2000


class DocumentRecords(Protocol):
    """The document rows that ingestion reads and updates."""

    async def get(self, document_id: str) -> Document:
        """The current state of a document.

        Raises:
            NotFound: it was deleted.
        """
        ...

    async def update(self, document: Document, changes: Mapping[str, Any]) -> Document:
        """Change fields of a document's row, and record `document.updated` for its readers.

        Args:
            document: its `sha256` is that of the file that the changes are about, and it has not
                been moved to another library.

        Returns:
            the document as it is now.

        Raises:
            NotFound: it was deleted or moved, or its file (`sha256`) was replaced.
        """
        ...

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's text, which is the concatenation of its pages.

        Raises:
            NotFound: it was deleted.
        """
        ...


class IngestPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The document, and the name of its file, whose extension determines the format.

    `deferred` is true once the job has given way to others because the file takes long to read.
    """

    document_id: str
    name: str
    deferred: bool = False


class Ingestion:
    """Extracts, stores and indexes documents; their vectors follow in the background.

    Every step is idempotent: it replaces its earlier result, so a job that is repeated after a
    crash, or for a changed file, reaches the same state.
    """

    def __init__(
        self,
        records: DocumentRecords,
        blobs: Blobs,
        extractor: Extractor,
        index: SearchIndex,
        vectors: VectorBackfill,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._extractor = extractor
        self._index = index
        self._vectors = vectors
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
            Deferred: the file takes long to read or to index, and the job has not given way yet.
        """
        wanted = msgspec.convert(payload, IngestPayload)
        lock = self._locks.setdefault(wanted.document_id, asyncio.Lock())
        async with lock:
            try:
                document = await self._records.get(wanted.document_id)
                return await self._run(document, wanted, task, report)
            except NotFound:
                await self._index.remove(wanted.document_id)
                return None

    async def _run(
        self, document: Document, wanted: IngestPayload, task: Task, report: Report
    ) -> dict[str, Any]:
        document = await self._mark(
            document, status="indexing", error=None, error_detail=None, task_id=task.task_id or None
        )
        try:
            extracted = await self._extract(document, wanted, report)
            document = await self._store(document, extracted, report)
            await self._index_words(document, extracted.chunks, report)
        except (NotFound, StorageFull, DatabaseUnavailable, OriginalsUnavailable):
            # The job is started again once there is space, or the store can be reached.
            raise
        except Deferred:
            await self._mark(document, status="queued")
            raise
        except BasicChatError as error:
            text = f"{error.message} {error.hint or ''}".strip()
            await self._index.remove(document.document_id)
            await self._mark(document, status="failed", error=text, error_detail=error.detail)
            raise
        await self._mark(document, status="ready")
        self._vectors.wake()
        await report(1.0, "Ready")
        return {
            "document_id": document.document_id,
            "pages": document.pages,
            "chunks": document.chunks,
        }

    async def _extract(
        self, document: Document, wanted: IngestPayload, report: Report
    ) -> Extracted:
        await report(0.05, "Reading the file")
        async with self._blobs.local(document.sha256) as path:
            extracted = await self._extractor.extract(
                path,
                name=wanted.name,
                media_type=document.media_type,
                give_way=not wanted.deferred,
            )
        if len(extracted.chunks) > MAX_QUICK_PASSAGES and not wanted.deferred:
            # Reading it again costs less than making others wait for its index.
            raise Deferred("Waiting again, because the file has much text")
        return extracted

    async def _store(self, document: Document, extracted: Extracted, report: Report) -> Document:
        await report(0.4, "Storing the text")
        await self._records.put_pages(document.document_id, extracted.pages)
        return await self._mark(
            document,
            title=document.title if document.renamed else extracted.title or document.title,
            pages=extracted.page_count,
            chunks=len(extracted.chunks),
            notes=extracted.notes,
            characters=sum(len(page.text) for page in extracted.pages),
            text_bytes=sum(len(page.text.encode()) for page in extracted.pages),
        )

    async def _index_words(
        self, document: Document, chunks: Sequence[Chunk], report: Report
    ) -> None:
        await report(0.8, f"Indexing {len(chunks):,} passages")
        await self._index.add(document, chunks)
        # If the document was deleted meanwhile, the index entries did not exist yet at that time.
        await self._records.get(document.document_id)

    async def _mark(self, document: Document, **changes: Any) -> Document:
        """Update and store the document."""
        return await self._records.update(document, changes)
