"""The part of the store's port for documents and their text."""

from collections.abc import Sequence
from typing import Protocol

from basicchat.domain.passages import Page
from basicchat.domain.values import Document


class DocumentReads(Protocol):
    """Reads of documents."""

    async def documents(
        self, library_ids: Sequence[str] | None, limit: int, after: str | None = None
    ) -> tuple[Document, ...]:
        """Documents of some libraries, or of all, newest first, starting after `after`."""
        ...

    async def documents_added_by(self, user_id: str, limit: int) -> tuple[Document, ...]:
        """Documents that a user added to other libraries than their own."""
        ...

    async def documents_without_library(self, limit: int) -> tuple[Document, ...]:
        """Documents of collections and rooms that were deleted; nobody can see them."""
        ...

    async def document(self, document_id: str) -> Document | None:
        """A document."""
        ...

    async def document_sources(self, library_id: str) -> dict[str, Document]:
        """The library's documents that were indexed from a path, by path."""
        ...

    async def document_by_source(self, library_id: str, source: str) -> Document | None:
        """The library's document that was indexed from a path."""
        ...

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The document's text[start:end] in code points; empty if there is none."""
        ...

    async def document_span(
        self, document_id: str, first: int, last: int
    ) -> tuple[int, int] | None:
        """The code-point offsets at which the pages `first` to `last` begin and end.

        Args:
            first: the first page, counted from 1.
            last: the last page, included.

        Returns:
            None if the document has none of these pages.
        """
        ...

    async def library_versions(self, library_ids: Sequence[str]) -> tuple[str, ...]:
        """The version of each of these libraries, in their order.

        It changes in the transaction that adds, changes, moves or deletes a document of the library
        or its text, and never returns to an earlier value. It is empty for a library that has never
        had a document.
        """
        ...

    async def blob_used(self, sha256: str) -> bool:
        """Whether any document has an original with this hash."""
        ...


class DocumentWrites(Protocol):
    """Writes of documents within a transaction."""

    async def put_document(self, document: Document) -> None:
        """Add or change a document."""
        ...

    async def document(self, document_id: str) -> Document | None:
        """The document as it is in this transaction."""
        ...

    async def document_by_hash(self, library_id: str, sha256: str) -> Document | None:
        """The library's document whose original has this hash."""
        ...

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's text."""
        ...

    async def delete_document(self, document_id: str) -> None:
        """Delete a document with its text."""
        ...
