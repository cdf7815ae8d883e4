"""The life of documents: upload, ingestion, re-indexing, deletion."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import msgspec
from anyio import to_thread

from basicchat.api import library_events
from basicchat.api.document_changes import in_place_of, leave_library, still_there
from basicchat.api.originals import Originals
from basicchat.domain.errors import InvalidInput
from basicchat.domain.events import EventType
from basicchat.domain.jobs import Jobs
from basicchat.domain.ports import Blobs, Clock
from basicchat.domain.search import SearchIndex
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Document, DocumentRemoved, Value
from basicchat.hub.hub import Hub
from basicchat.hub.job_queue import BYTES

INGEST = "ingest"
UNNAMED = "document"
PAGE_SIZE = 200
MAX_NAME_LENGTH = 200
# Authorises within the transaction that makes a change.
May = Callable[[Transaction], Awaitable[object]]


class Arrival(Value, frozen=True, kw_only=True):
    """An uploaded document; `duplicate` if its library had a document with the same bytes."""

    document_id: str
    task_id: str
    duplicate: bool


def plain_name(name: str) -> str:
    """A file's name without folders and control characters, at most 200 characters long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:MAX_NAME_LENGTH] or UNNAMED


class DocumentService:
    """Documents of all users. Callers authorise.

    Attributes:
        originals: the files that they were read from.
    """

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
        self.originals = Originals(hub, store, blobs, jobs)
        self._index = index
        self._jobs = jobs
        self._clock = clock

    async def add(
        self,
        owner_id: str,
        file: Path,
        name: str,
        media_type: str,
        source: str | None = None,
        *,
        collection_id: str | None = None,
        may: May | None = None,
    ) -> Arrival:
        """Take a complete temporary file and queue its ingestion.

        Args:
            owner_id: the user who adds it.
            file: moved into the store.
            name: the file's name; the title until ingestion finds a better one.
            source: the path of the source file, if any; an edited file keeps its document.
            collection_id: the collection or the room to add it to, instead of the user's own
                documents.
            may: authorises again, within the transaction.

        Raises:
            InvalidInput: the file is empty.
        """
        size = (await to_thread.run_sync(file.stat)).st_size
        if not size:
            raise InvalidInput(f"{name} is empty", field="file", reason="file_empty")
        document = Document(
            document_id=f"d_{uuid4().hex}",
            title=name,
            media_type=media_type,
            bytes=size,
            status="queued",
            created_at=self._clock.now(),
            owner_id=owner_id,
            sha256=await self.originals.put(file),
            source=source,
            name=name,
            collection_id=collection_id,
        )
        previous = None
        if source:
            previous = await self._store.document_by_source(document.library_id, source)
        if previous is not None and previous.task_id is not None:
            await self._jobs.cancel(previous.task_id)
        async with self._hub.change() as change:
            if may is not None:
                await may(change)
            arrival = await self._arrive(change, document, previous)
        if not arrival.duplicate:
            self._jobs.wake()
            if previous is not None:
                await self.originals.remove_unused(previous)
        return arrival

    async def _arrive(
        self, change: Transaction, document: Document, previous: Document | None
    ) -> Arrival:
        """Queue a document, in place of the previous one or of one that could not be read."""
        same = await change.document_by_hash(document.library_id, document.sha256)
        if same is not None and same.status != "failed":
            return Arrival(document_id=same.document_id, task_id=same.task_id or "", duplicate=True)
        replaced = same or previous
        if replaced is not None:
            document = in_place_of(replaced, document)
        document = await self._queue_ingestion(change, document, new=replaced is None)
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
            BYTES: document.bytes,
        }
        task = await self._jobs.record(change, INGEST, document.owner_id, payload)
        document = msgspec.structs.replace(document, task_id=task.task_id)
        await change.put_document(document)
        kind: EventType = "document.added" if new else "document.updated"
        await library_events.record(change, kind, document)
        return document

    async def index_missing(self) -> list[str]:
        """Queue all documents missing from the index, after damage or a move of the database.

        What the index has of documents that no longer exist is removed.

        Returns:
            the ids of the tasks that index them.
        """
        indexed = await self._index.document_ids()
        stored: set[str] = set()
        queued: list[str] = []
        last = None
        while page := await self._store.documents(None, PAGE_SIZE, last):
            last = page[-1].document_id
            for document in page:
                stored.add(document.document_id)
                if document.status == "ready" and document.document_id not in indexed:
                    queued += await self._reingest(document.document_id)
        self._jobs.wake()
        for document_id in indexed - stored:
            if await self._store.document(document_id) is None:
                await self._index.remove(document_id)
        return queued

    async def _reingest(self, document_id: str) -> list[str]:
        """Queue a document, unless another node has just done so, or it was deleted.

        Returns:
            the id of its task, if it was queued.
        """
        async with self._hub.change() as change:
            document = await change.document(document_id)
            if document is None or document.status != "ready":
                return []
            queued = msgspec.structs.replace(document, status="queued")
            queued = await self._queue_ingestion(change, queued, new=False)
        return [queued.task_id] if queued.task_id else []

    async def delete(self, document: Document, may: May | None = None) -> None:
        """Delete a document: its row, text, passages and original, and its data in past events.

        Args:
            may: authorises again, within the transaction.
        """
        if document.task_id is not None:
            await self._jobs.cancel(document.task_id)
        removed = DocumentRemoved(document_id=document.document_id)
        async with self._hub.change() as change:
            if may is not None:
                await may(change)
            readers = await library_events.readers_of(change, document)
            await change.delete_document(document.document_id)
            await change.scrub(
                document.document_id, "document.removed", {"document_id": document.document_id}
            )
            for user_id in readers:
                await library_events.record_for(
                    change, user_id, "document.removed", document.document_id, removed
                )
        await self._index.remove(document.document_id)
        await self.originals.remove_unused(document)
        await self._store.erase_deleted()

    async def delete_library(self, library_id: str) -> None:
        """Delete all documents of a user, a collection or a room."""
        while documents := await self._store.documents((library_id,), PAGE_SIZE):
            for document in documents:
                await self.delete(document)

    async def delete_abandoned(self) -> None:
        """Delete what was left when a process ended while it deleted a collection or a room."""
        while documents := await self._store.documents_without_library(PAGE_SIZE):
            for document in documents:
                await self.delete(document)

    async def change(self, document: Document, changed: Document, may: May) -> Document:
        """Change a document's title, tags or library, and index it again if necessary.

        Its passages leave the index first, so that nobody finds them in the library that it has
        left. Until it is indexed again, it is not found.

        Args:
            may: authorises again, within the transaction.

        Raises:
            Conflict: the other library has a document with the same bytes.
            NotFound: it was deleted meanwhile.
        """
        searched = (document.title, document.library_id) != (changed.title, changed.library_id)
        if searched and document.task_id is not None:
            await self._jobs.cancel(document.task_id)
        if document.library_id != changed.library_id:
            await self._index.remove(document.document_id)
        try:
            changed = await self._put_changed(document, changed, may, again=searched)
        except BaseException:
            if searched:
                await self._reingest(document.document_id)
                self._jobs.wake()
            raise
        self._jobs.wake()
        return changed

    async def retry(self, document: Document, may: May) -> Document:
        """Read a document again whose status is `failed`; any other stays as it is.

        Args:
            may: authorises again, within the transaction.

        Raises:
            NotFound: it was deleted or moved meanwhile.
        """
        async with self._hub.change() as change:
            await may(change)
            current = still_there(await change.document(document.document_id), document)
            if current.status != "failed":
                return current
            queued = msgspec.structs.replace(
                current, status="queued", error=None, error_detail=None
            )
            queued = await self._queue_ingestion(change, queued, new=False)
        self._jobs.wake()
        return queued

    async def _put_changed(
        self, document: Document, changed: Document, may: May, *, again: bool
    ) -> Document:
        async with self._hub.change() as change:
            await may(change)
            current = still_there(await change.document(document.document_id), document)
            await leave_library(change, current, changed)
            changed = msgspec.structs.replace(
                current,
                title=changed.title,
                renamed=changed.renamed,
                tags=changed.tags,
                collection_id=changed.collection_id,
                owner_id=changed.owner_id,
            )
            if again and current.status != "failed":
                queued = msgspec.structs.replace(changed, status="queued")
                return await self._queue_ingestion(change, queued, new=False)
            await change.put_document(changed)
            await library_events.record(change, "document.updated", changed)
            return changed
