"""Indexes files and folders of the server's machine, for its operator."""

import mimetypes
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from anyio import to_thread

from basicchat.api.document_service import Arrival, DocumentService
from basicchat.documents.folders import FolderSettings, FoundFile, changes
from basicchat.domain.store import Store
from basicchat.domain.values import Document

FileReport = Callable[[str, float, str], Awaitable[None]]


class Folders:
    """Synchronises documents with the files that they were read from."""

    def __init__(
        self,
        store: Store,
        documents: DocumentService,
        suffixes: Collection[str],
        uploads: Path,
        max_bytes: int,
    ) -> None:
        self._store = store
        self._service = documents
        self._suffixes = suffixes
        self._uploads = uploads
        self._settings = FolderSettings(max_bytes=max_bytes)

    async def take_in(
        self, owner_id: str, root: Path, report: FileReport
    ) -> tuple[dict[str, Arrival], set[str]]:
        """Queue new and edited files below root, and delete documents whose files are gone.

        Returns:
            what was queued, by path; and the ids of documents that had not changed.

        Raises:
            NotFound: there is no such file or folder.
            InvalidInput: too many files.
        """
        known = await self._store.document_sources(owner_id)
        current = {
            source: "" if document.status == "failed" else document.sha256
            for source, document in known.items()
        }
        found = await changes(root, self._suffixes, current, self._settings)
        for skipped in found.skipped:
            await report(skipped.source, 1.0, skipped.reason)
        for source in found.removed:
            await self._service.delete(known[source])
        queued = {
            file.source: await self._add(owner_id, file) for file in (*found.added, *found.edited)
        }
        top = await to_thread.run_sync(root.absolute)
        same = {
            document.document_id
            for source, document in known.items()
            if source not in queued
            and source not in found.removed
            and Path(source).is_relative_to(top)
        }
        return queued, same

    async def _add(self, owner_id: str, file: FoundFile) -> Arrival:
        source = Path(file.source)
        copy = await to_thread.run_sync(_copy, source, self._uploads)
        media_type = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
        return await self._service.add(owner_id, copy, source.name, media_type, file.source)

    async def documents(self, document_ids: Collection[str]) -> list[Document]:
        """These documents as they are now."""
        found = [await self._store.document(document_id) for document_id in sorted(document_ids)]
        return [document for document in found if document is not None]


def _copy(source: Path, folder: Path) -> Path:
    """A copy to be moved away; the file itself may change at any time."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="folder-", delete=False) as file:
        copy = Path(file.name)
    shutil.copyfile(source, copy)
    return copy
