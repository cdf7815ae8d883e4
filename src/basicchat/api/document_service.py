"""A user's documents: taking them in, showing them, and deleting every trace."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import msgspec
from anyio import to_thread

from basicchat.documents.folders import digest
from basicchat.domain.errors import InvalidInput, NotFound
from basicchat.domain.events import EventType, user_stream
from basicchat.domain.ports import Blobs, Clock, SearchIndex
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Document, DocumentRemoved, Page, Task, Value
from basicchat.hub.hub import Hub

INGEST = "ingest"
UNNAMED = "document"
PAGE = 200


class Queue(Protocol):
    """The part of the job runner that the library needs."""

    async def record(
        self, change: Transaction, kind: str, user_id: str, payload: dict[str, Any]
    ) -> Task:
        """Queue a job as part of a change."""
        ...

    def wake(self) -> None:
        """Look for new work."""
        ...

    async def cancel(self, task_id: str) -> bool:
        """Cancel a job."""
        ...


class Arrival(Value, frozen=True, kw_only=True):
    """A document that has come in; `duplicate` if its bytes were there before."""

    document_id: str
    task_id: str
    duplicate: bool


def plain_name(name: str) -> str:
    """A file's name without folders or control characters, at most 200 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:200] or UNNAMED


class DocumentService:
    """Documents of all users; callers have been authorised."""

    def __init__(
        self, hub: Hub, store: Store, blobs: Blobs, index: SearchIndex, clock: Clock
    ) -> None:
        self._hub = hub
        self._store = store
        self._blobs = blobs
        self._index = index
        self._clock = clock
        self._queue: Queue | None = None

    def work_with(self, queue: Queue) -> None:
        """Say where ingestion is queued."""
        self._queue = queue

    @property
    def queue(self) -> Queue:
        """Where ingestion is queued."""
        if self._queue is None:
            raise RuntimeError("DocumentService.work_with was not called")
        return self._queue

    async def add(
        self, owner_id: str, file: Path, name: str, media_type: str, source: str | None = None
    ) -> Arrival:
        """Take a finished temporary file in and queue its ingestion.

        Args:
            file: is moved away.
            name: what the user calls it; becomes the title until a better one is found.
            source: the path it came from, for folders; an edited file keeps its document.
        """
        size = (await to_thread.run_sync(file.stat)).st_size
        if not size:
            raise InvalidInput(f"{name} is empty", field="file")
        sha256 = await to_thread.run_sync(digest, file)
        await self._blobs.put(file, sha256)
        before = (await self._store.document_sources(owner_id)).get(source) if source else None
        if before is not None and before.task_id is not None:
            await self.queue.cancel(before.task_id)
        async with self._hub.change() as change:
            same = await change.document_by_hash(owner_id, sha256)
            if same is not None and same.status != "failed":
                return Arrival(
                    document_id=same.document_id, task_id=same.task_id or "", duplicate=True
                )
            again = same or before
            document = Document(
                document_id=again.document_id if again else f"d_{uuid4().hex}",
                title=name,
                media_type=media_type,
                bytes=size,
                status="queued",
                created_at=again.created_at if again else self._clock.now(),
                owner_id=owner_id,
                sha256=sha256,
                source=source,
                name=name,
            )
            document = await self._queue_ingestion(change, document, new=again is None)
        self.queue.wake()
        if before is not None:
            await self._drop_blob(before.sha256)
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
        task = await self.queue.record(change, INGEST, document.owner_id, payload)
        document = msgspec.structs.replace(document, task_id=task.task_id)
        await change.put_document(document)
        stream = user_stream(document.owner_id)
        kind: EventType = "document.added" if new else "document.updated"
        await change.record(stream, kind, document.document_id, lambda seq: document)
        return document

    def original(self, document: Document) -> Path:
        """Where the original bytes are."""
        return self._blobs.path(document.sha256)

    async def get_document(self, document_id: str) -> Document:
        """A document as it is now.

        Raises:
            NotFound: it was deleted.
        """
        return _existing(await self._store.document(document_id))

    async def set_document(self, document: Document) -> None:
        """Change a document's record and tell its owner.

        Raises:
            NotFound: it was deleted, or its file replaced, in the meantime.
        """
        async with self._hub.change() as change:
            _existing(await change.document(document.document_id), document.sha256)
            await change.put_document(document)
            stream = user_stream(document.owner_id)
            await change.record(
                stream, "document.updated", document.document_id, lambda seq: document
            )

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's extracted text.

        Raises:
            NotFound: it was deleted.
        """
        async with self._hub.change() as change:
            _existing(await change.document(document_id))
            await change.put_pages(document_id, pages)

    async def index_again(self, model: str | None) -> int:
        """Queue what the index lacks: after damage to it, or for another embedding model.

        Args:
            model: the embedding model in use, if there is one.

        Returns:
            how many documents were queued.
        """
        if model is not None and await self._index.embedding_model() != model:
            await self._index.clear()
        indexed = await self._index.document_ids()
        queued, last = 0, None
        while page := await self._store.documents(None, PAGE, last):
            last = page[-1].document_id
            for document in page:
                if document.status == "ready" and document.document_id not in indexed:
                    await self._again(document)
                    queued += 1
        self.queue.wake()
        return queued

    async def _again(self, document: Document) -> None:
        waiting = msgspec.structs.replace(document, status="queued")
        async with self._hub.change() as change:
            await self._queue_ingestion(change, waiting, new=False)

    async def delete(self, document: Document) -> None:
        """Delete a document: record, text, passages, original, and what events said of it."""
        if document.task_id is not None:
            await self.queue.cancel(document.task_id)
        gone = DocumentRemoved(document_id=document.document_id)
        async with self._hub.change() as change:
            await change.delete_document(document.document_id)
            await change.scrub(
                document.document_id, "document.removed", {"document_id": document.document_id}
            )
            stream = user_stream(document.owner_id)
            await change.record(stream, "document.removed", document.document_id, lambda seq: gone)
        await self._index.remove(document.document_id)
        await self._drop_blob(document.sha256)
        await self._store.erase_freed()

    async def _drop_blob(self, sha256: str) -> None:
        if not await self._store.blob_used(sha256):
            await self._blobs.remove(sha256)


def _existing(document: Document | None, sha256: str | None = None) -> Document:
    if document is None or sha256 not in (None, document.sha256):
        raise NotFound("There is no such document", hint="It was deleted in the meantime.")
    return document
