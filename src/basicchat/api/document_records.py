"""Reads and changes the rows of documents, with events for their readers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from basicchat.api import library_events
from basicchat.domain.errors import NotFound
from basicchat.domain.passages import Page
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Document
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

    async def update(self, document: Document, changes: Mapping[str, Any]) -> Document:
        """Change fields of a document and record `document.updated` for its readers.

        Raises:
            NotFound: it was deleted or moved, or its file was replaced, in the meantime.
        """
        async with self._hub.change() as change:
            current = _existing(await change.document(document.document_id), document)
            changed = msgspec.structs.replace(current, **changes)
            await _put(change, changed)
        return changed

    async def revise(self, document_id: str, revise: Callable[[Document], Document]) -> None:
        """Change a document, if it exists and if that changes anything."""
        document = await self._store.document(document_id)
        if document is None or revise(document) == document:
            return
        async with self._hub.change() as change:
            document = await change.document(document_id)
            if document is not None:
                await _put(change, revise(document))

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's extracted text.

        Raises:
            NotFound: it was deleted.
        """
        async with self._hub.change() as change:
            _existing(await change.document(document_id))
            await change.put_pages(document_id, pages)


async def _put(change: Transaction, document: Document) -> None:
    await change.put_document(document)
    await library_events.record(change, "document.updated", document)


def _existing(document: Document | None, expected: Document | None = None) -> Document:
    same = expected is None or document is None or _place(document) == _place(expected)
    if document is None or not same:
        raise NotFound(
            "There is no such document",
            hint="It was deleted in the meantime.",
            reason="resource_not_found",
            params={"resource": "document"},
        )
    return document


def _place(document: Document) -> tuple[str, str]:
    return document.sha256, document.library_id
