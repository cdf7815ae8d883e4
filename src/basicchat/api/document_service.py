"""The life of documents: upload, ingestion, re-indexing, deletion."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import uuid4

import msgspec
from anyio import to_thread

from basicchat.documents.folders import digest
from basicchat.domain.errors import InvalidInput
from basicchat.domain.events import EventType, user_stream
from basicchat.domain.jobs import Jobs
from basicchat.domain.ports import Blobs, Clock, SearchIndex
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Document, DocumentRemoved, Value
from basicchat.hub.hub import Hub

INGEST = "ingest"
UNNAMED = "document"
PAGE_SIZE = 200
MAX_NAME_LENGTH = 200


class Arrival(Value, frozen=True, kw_only=True):
    """An uploaded document; `duplicate` if the owner had a document with the same bytes."""

    document_id: str
    task_id: str
    duplicate: bool


def plain_name(name: str) -> str:
    """A file's name without folders and control characters, at most 200 characters long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:MAX_NAME_LENGTH] or UNNAMED


class DocumentService:
    """Documents of all users. Callers authorise."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        blobs: Blobs,
        index: SearchIndex,
        jobs: Jobs,
        clock: Clock,
    ) -> None:
        self._hub = hub
        self._store = store
        self._blobs = blobs
        self._index = index
        self._jobs = jobs
        self._clock = clock

    async def add(
        self, owner_id: str, file: Path, name: str, media_type: str, source: str | None = None
    ) -> Arrival:
        """Take a complete temporary file and queue its ingestion.

        Args:
            file: moved into the store.
            name: the file's name; the title until ingestion finds a better one.
            source: the path of the source file, if any; an edited file keeps its document.

        Raises:
            InvalidInput: the file is empty.
        """
        size = (await to_thread.run_sync(file.stat)).st_size
        if not size:
            raise InvalidInput(f"{name} is empty", field="file", reason="file_empty")
        sha256 = await to_thread.run_sync(digest, file)
        await self._blobs.put(file, sha256)
        previous = (await self._store.document_sources(owner_id)).get(source) if source else None
        if previous is not None and previous.task_id is not None:
            await self._jobs.cancel(previous.task_id)
        async with self._hub.change() as change:
            same = await change.document_by_hash(owner_id, sha256)
            if same is not None and same.status != "failed":
                return Arrival(
                    document_id=same.document_id, task_id=same.task_id or "", duplicate=True
                )
            replaced = same or previous
            document = Document(
                document_id=replaced.document_id if replaced else f"d_{uuid4().hex}",
                title=name,
                media_type=media_type,
                bytes=size,
                status="queued",
                created_at=replaced.created_at if replaced else self._clock.now(),
                owner_id=owner_id,
                sha256=sha256,
                source=source,
                name=name,
            )
            document = await self._queue_ingestion(change, document, new=replaced is None)
        self._jobs.wake()
        if previous is not None:
            await self._remove_unused_blob(previous.sha256)
        return Arrival(
            document_id=document.document_id, task_id=document.task_id or "", duplicate=False
        )

    async def _queue_ingestion(
        self, change: Transaction, document: Document, *, new: bool
    ) -> Document:
        payload = {
            "subject": document.document_id,
            "document_id": document.document_id,
            "name": document.name,
        }
        task = await self._jobs.record(change, INGEST, document.owner_id, payload)
        document = msgspec.structs.replace(document, task_id=task.task_id)
        await change.put_document(document)
        stream = user_stream(document.owner_id)
        kind: EventType = "document.added" if new else "document.updated"
        await change.record(stream, kind, document.document_id, lambda seq: document)
        return document

    def original(self, document: Document) -> AbstractAsyncContextManager[Path]:
        """The original as a file on this machine, which may be read until the block ends."""
        return self._blobs.local(document.sha256)

    async def index_missing(self, model: str | None) -> int:
        """Queue all documents missing from the index: after damage, or for a new embedding model.

        Args:
            model: the embedding model in use, if any.

        Returns:
            the number of queued documents.
        """
        if model is not None and await self._index.embedding_model() != model:
            await self._index.clear()
        indexed = await self._index.document_ids()
        queued, last = 0, None
        while page := await self._store.documents(None, PAGE_SIZE, last):
            last = page[-1].document_id
            for document in page:
                if document.status == "ready" and document.document_id not in indexed:
                    await self._reingest(document)
                    queued += 1
        self._jobs.wake()
        return queued

    async def _reingest(self, document: Document) -> None:
        queued = msgspec.structs.replace(document, status="queued")
        async with self._hub.change() as change:
            await self._queue_ingestion(change, queued, new=False)

    async def delete(self, document: Document) -> None:
        """Delete a document: its row, text, passages and original, and its data in past events."""
        if document.task_id is not None:
            await self._jobs.cancel(document.task_id)
        removed = DocumentRemoved(document_id=document.document_id)
        async with self._hub.change() as change:
            await change.delete_document(document.document_id)
            await change.scrub(
                document.document_id, "document.removed", {"document_id": document.document_id}
            )
            stream = user_stream(document.owner_id)
            await change.record(
                stream, "document.removed", document.document_id, lambda seq: removed
            )
        await self._index.remove(document.document_id)
        await self._remove_unused_blob(document.sha256)
        await self._store.erase_deleted()

    async def _remove_unused_blob(self, sha256: str) -> None:
        if not await self._store.blob_used(sha256):
            await self._blobs.remove(sha256)
