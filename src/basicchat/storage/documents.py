"""Documents in the SQL store: a reading and a writing half, mixed into store and transaction."""

from collections.abc import Sequence
from uuid import uuid4

import msgspec
from sqlalchemy import delete, func, insert, select

from basicchat.domain.passages import Page
from basicchat.domain.values import Document
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import to_micros
from basicchat.storage.upserts import SqlWrites

_encode = msgspec.json.encode
# Rows of `meta` with this prefix and the id of a library hold the library's version. It is random,
# because a counter would repeat its values after a backup is restored.
VERSION = "documents:"
VERSIONS = Prepared(
    lambda dialect: select(t.meta.c.key, t.meta.c.value).where(dialect.any_of(t.meta.c.key, "keys"))
)


class SqlDocumentReads:
    """Implements `domain.documents.DocumentReads`."""

    _reader: Connection

    async def documents(
        self, library_ids: Sequence[str] | None, limit: int, after: str | None = None
    ) -> tuple[Document, ...]:
        """Documents of some libraries, or of all, newest first."""
        d = t.documents.c
        query = select(d.data)
        if library_ids is not None:
            query = query.where(d.library_id.in_(library_ids))
        if after is not None:
            last = select(d.created_at).where(d.document_id == after).scalar_subquery()
            query = query.where(
                (d.created_at < last) | ((d.created_at == last) & (d.document_id < after))
            )
        query = query.order_by(d.created_at.desc(), d.document_id.desc()).limit(limit)
        return await rows.many(self._reader, query, Document)

    async def documents_added_by(self, user_id: str, limit: int) -> tuple[Document, ...]:
        """Documents that a user added to other libraries than their own."""
        d = t.documents.c
        query = select(d.data).where(d.owner_id == user_id, d.library_id != user_id).limit(limit)
        return await rows.many(self._reader, query, Document)

    async def documents_without_library(self, limit: int) -> tuple[Document, ...]:
        """Documents of collections and rooms that were deleted."""
        d = t.documents.c
        libraries = (t.collections.c.collection_id, t.rooms.c.room_id, t.users.c.user_id)
        missing = (~select(each).where(each == d.library_id).exists() for each in libraries)
        query = select(d.data).where(d.library_id != d.owner_id, *missing).limit(limit)
        return await rows.many(self._reader, query, Document)

    async def document(self, document_id: str) -> Document | None:
        """A document."""
        return await rows.document(self._reader, t.documents.c.document_id == document_id)

    async def document_sources(self, library_id: str) -> dict[str, Document]:
        """The library's documents that were read from a path, by path."""
        d = t.documents.c
        query = select(d.data).where(d.library_id == library_id, d.source.is_not(None))
        found = await rows.many(self._reader, query, Document)
        return {document.source: document for document in found if document.source}

    async def document_by_source(self, library_id: str, source: str) -> Document | None:
        """The library's document that was read from a path."""
        d = t.documents.c
        return await rows.document(self._reader, d.library_id == library_id, d.source == source)

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The document's text[start:end] in code points."""
        p = t.document_pages.c
        query = select(p.start, p.text).where(
            p.document_id == document_id, p.start + p.length > start
        )
        if end is not None:
            query = query.where(p.start < end)
        pages = (await self._reader.execute(query.order_by(p.start))).all()
        if not pages:
            return ""
        first = pages[0].start
        whole = "".join(page.text for page in pages)
        return whole[max(start - first, 0) : None if end is None else end - first]

    async def document_span(
        self, document_id: str, first: int, last: int
    ) -> tuple[int, int] | None:
        """The range of a document's text that pages `first` to `last`, inclusive, take up."""
        p = t.document_pages.c
        begin, end = func.min(p.start).label("begin"), func.max(p.start + p.length).label("end")
        query = select(begin, end).where(
            p.document_id == document_id, p.number >= first, p.number <= last
        )
        found = (await self._reader.execute(query)).first()
        return None if found.begin is None else (found.begin, found.end)

    async def library_versions(self, library_ids: Sequence[str]) -> tuple[str, ...]:
        """The version of each of these libraries."""
        keys = [f"{VERSION}{each}" for each in library_ids]
        found = await self._reader.execute(VERSIONS, {"keys": keys})
        versions = {row.key: row.value for row in found}
        return tuple(versions.get(key, "") for key in keys)

    async def blob_used(self, sha256: str) -> bool:
        """Whether any document has these bytes."""
        query = select(func.count()).where(t.documents.c.sha256 == sha256)
        return bool((await self._reader.execute(query)).scalar())


class SqlDocumentWrites(SqlWrites):
    """Implements `domain.documents.DocumentWrites`."""

    async def put_document(self, document: Document) -> None:
        """Add or change a document."""
        await self._change_library(document.document_id, document.library_id)
        await self._put(
            t.documents,
            ["document_id"],
            document_id=document.document_id,
            owner_id=document.owner_id,
            library_id=document.library_id,
            sha256=document.sha256,
            source=document.source,
            created_at=to_micros(document.created_at),
            data=_encode(document),
        )

    async def document(self, document_id: str) -> Document | None:
        """The document as of this transaction."""
        return await rows.document(self._connection, t.documents.c.document_id == document_id)

    async def document_by_hash(self, library_id: str, sha256: str) -> Document | None:
        """The library's document with these bytes."""
        d = t.documents.c
        found = (d.library_id == library_id, d.sha256 == sha256)
        return await rows.document(self._connection, *found)

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's text."""
        await self._change_library(document_id)
        table = t.document_pages
        await self._connection.execute(delete(table).where(table.c.document_id == document_id))
        values = [
            {
                "document_id": document_id,
                "start": page.start,
                "number": page.number,
                "length": len(page.text),
                "text": page.text,
            }
            for page in pages
            if page.text
        ]
        if values:
            await self._connection.execute(insert(table), values)

    async def delete_document(self, document_id: str) -> None:
        """Delete a document with its text."""
        await self._change_library(document_id)
        found = t.documents.c.document_id == document_id
        await self._connection.execute(delete(t.documents).where(found))

    async def _change_library(self, document_id: str, *library_ids: str) -> None:
        """Give the library of a document a new version, and those to which it comes."""
        query = select(t.documents.c.library_id).where(t.documents.c.document_id == document_id)
        left = (await self._connection.execute(query)).scalar()
        changed = {*library_ids, *(() if left is None else (str(left),))}
        # In one order, so that transactions do not wait for each other in a circle.
        for library_id in sorted(changed):
            await self._put(t.meta, ["key"], key=f"{VERSION}{library_id}", value=uuid4().hex)
