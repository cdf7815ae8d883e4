"""Indexes files and folders on the server's machine, for its operator."""

import mimetypes
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from anyio import to_thread

from basicchat.api.document_service import Arrival, DocumentService
from basicchat.documents.folders import FolderSettings, FoundFile, changes, may_hold_documents
from basicchat.domain.store import Store
from basicchat.domain.values import Document

FileReport = Callable[[str, float, str], Awaitable[None]]


class Folders:
    """Synchronises documents with their source files."""

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
        self,
        owner_id: str,
        root: Path,
        report: FileReport,
        collection_id: str | None = None,
        only: Collection[Path] | None = None,
    ) -> tuple[dict[str, Arrival], set[str]]:
        """Queue new and edited files below root, and delete documents whose files are gone.

        Args:
            collection_id: the collection that they belong to, instead of the owner's own documents.
            only: look only at these files, and at those below these folders.

        Returns:
            the queued documents by path, and the ids of unchanged documents.

        Raises:
            NotFound: there is no such file or folder.
            InvalidInput: too many files.
        """
        indexed = await self._store.document_sources(collection_id or owner_id)
        current = {
            source: "" if document.status == "failed" else document.sha256
            for source, document in indexed.items()
        }
        differences = await changes(root, self._suffixes, current, self._settings, only)
        for skipped in differences.skipped:
            await report(skipped.source, 1.0, skipped.reason)
        for source in differences.removed:
            await self._service.delete(indexed[source])
        queued = {
            file.source: await self._add(owner_id, file, collection_id)
            for file in (*differences.added, *differences.edited)
        }
        absolute_root = await to_thread.run_sync(root.absolute)
        unchanged = {
            document.document_id
            for source, document in indexed.items()
            if source not in queued
            and source not in differences.removed
            and Path(source).is_relative_to(absolute_root)
        }
        return queued, unchanged

    def relevant(self, root: Path, changed: Collection[Path]) -> frozenset[Path]:
        """Those of the changed files and folders that may be or contain documents below root."""
        root = Path(os.path.abspath(root))
        return frozenset(p for p in changed if may_hold_documents(p, root, self._suffixes))

    async def _add(self, owner_id: str, file: FoundFile, collection_id: str | None) -> Arrival:
        source = Path(file.source)
        copy = await to_thread.run_sync(_copy, source, self._uploads)
        media_type = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
        return await self._service.add(
            owner_id, copy, source.name, media_type, file.source, collection_id=collection_id
        )

    async def documents(self, document_ids: Collection[str]) -> list[Document]:
        """The current state of documents; deleted ones are left out."""
        documents = [
            await self._store.document(document_id) for document_id in sorted(document_ids)
        ]
        return [document for document in documents if document is not None]


def _copy(source: Path, folder: Path) -> Path:
    """Copy a file, which may change at any time; the caller moves the copy away."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="folder-", delete=False) as file:
        copy = Path(file.name)
    shutil.copyfile(source, copy)
    return copy
