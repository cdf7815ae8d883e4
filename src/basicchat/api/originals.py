"""The uploaded files that documents were read from: kept once for equal contents."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from anyio import to_thread

from basicchat.documents.folders import digest
from basicchat.domain.errors import OriginalsUnavailable
from basicchat.domain.jobs import Jobs
from basicchat.domain.ports import Blobs, Report
from basicchat.domain.store import Store
from basicchat.domain.values import Document, Task
from basicchat.hub.hub import Hub

# Removes an original while its store cannot be reached.
REMOVE_ORIGINAL = "remove_original"


class Originals:
    """The originals of all documents. Callers authorise."""

    def __init__(self, hub: Hub, store: Store, blobs: Blobs, jobs: Jobs) -> None:
        self._hub = hub
        self._store = store
        self._blobs = blobs
        self._jobs = jobs

    async def put(self, file: Path) -> str:
        """Move a temporary file into the store; returns its SHA-256."""
        sha256 = await to_thread.run_sync(digest, file)
        await self._blobs.put(file, sha256)
        return sha256

    def local(self, document: Document) -> AbstractAsyncContextManager[Path]:
        """The original as a file on this machine, which may be read until the block ends."""
        return self._blobs.local(document.sha256)

    async def remove_unused(self, document: Document) -> None:
        """Remove the original of a document that is gone, unless another document has it.

        If the store of originals is away, that happens once it is back.
        """
        try:
            await self._remove(document.sha256)
        except OriginalsUnavailable:
            payload = {"sha256": document.sha256}
            async with self._hub.change() as change:
                await self._jobs.record(change, REMOVE_ORIGINAL, document.owner_id, payload)
            self._jobs.wake()

    async def remove(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        """The job (`domain.ports.Job`): remove an original that no document has."""
        await self._remove(str(payload["sha256"]))
        return None

    async def _remove(self, sha256: str) -> None:
        if not await self._store.blob_used(sha256):
            await self._blobs.remove(sha256)
