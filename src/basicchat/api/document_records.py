"""Reads and changes the rows of documents, with events for their owners."""

from collections.abc import Sequence

from basicchat.domain.errors import NotFound
from basicchat.domain.events import user_stream
from basicchat.domain.store import Store
from basicchat.domain.values import Document, Page
from basicchat.hub.hub import Hub


class DocumentRecords:
    """Implements `documents.ingestion.DocumentRecords`."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store

    async def get(self, document_id: str) -> Document:
        """The current state of a document.

        Raises:
            NotFound: it was deleted.
        """
        return _existing(await self._store.document(document_id))

    async def put(self, document: Document) -> None:
        """Change a document and record `document.updated` for its owner.

        Raises:
            NotFound: it was deleted, or its file was replaced, in the meantime.
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


def _existing(document: Document | None, sha256: str | None = None) -> Document:
    if document is None or sha256 not in (None, document.sha256):
        raise NotFound(
            "There is no such document",
            hint="It was deleted in the meantime.",
            reason="resource_not_found",
            params={"resource": "document"},
        )
    return document
