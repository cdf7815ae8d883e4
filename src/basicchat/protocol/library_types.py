"""Parameters of methods for documents and tasks."""

from typing import Annotated

from msgspec import Meta

from basicchat.protocol.types import CollectionIds, Id, Limit, Offset, Params

Tag = Annotated[str, Meta(min_length=1, max_length=50)]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]


class DocumentsList(Params, frozen=True, kw_only=True):
    """Page through the documents, newest first; `after` comes from the previous page.

    Without `collection_id`, these are one's own documents and those of all collections that one may
    see. One's own user id stands for one's own documents, a room's id for the room's.
    """

    limit: Limit = 100
    after: Id | None = None
    collection_id: Id | None = None


class DocumentsGet(Params, frozen=True, kw_only=True):
    """Get a document, and its text[start:end] in code points if a range is given.

    A range may also consist of pages, counted from 1: `first_page` to `last_page`, inclusive.
    """

    document_id: Id
    start: Offset | None = None
    end: Offset | None = None
    first_page: PageNumber | None = None
    last_page: PageNumber | None = None


class DocumentsAdd(Params, frozen=True, kw_only=True):
    """Add a document: its `text`, or the bytes of its file in base64.

    Without `collection_id`, to one's own documents; a room's id stands for the room's documents.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    text: str | None = None
    data: bytes | None = None
    media_type: Annotated[str, Meta(max_length=200)] | None = None
    collection_id: Id | None = None


class DocumentsUpdate(Params, frozen=True, kw_only=True):
    """Change a document's title or tags, or move it to another collection.

    One's own user id as `collection_id` moves it to one's own documents. A document with another
    title or in another collection is indexed again.
    """

    document_id: Id
    title: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    collection_id: Id | None = None
    tags: Annotated[tuple[Tag, ...], Meta(max_length=50)] | None = None


class DocumentRef(Params, frozen=True, kw_only=True):
    """Name a document."""

    document_id: Id


class DocumentsSearch(Params, frozen=True, kw_only=True):
    """Search passages of one's own documents and of all collections that one may see.

    `collection_ids` searches only these collections, and `own_documents` one's own beside them.
    `in:NAME` in the query names a collection, too, and `in:me` one's own documents.
    """

    query: Annotated[str, Meta(min_length=1, max_length=10_000)]
    k: Annotated[int, Meta(ge=1, le=100)] = 5
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None
    collection_ids: CollectionIds | None = None
    own_documents: bool = False


class CitationsGet(Params, frozen=True, kw_only=True):
    """Name a citation by its place in the `citations` of a message, counted from 0."""

    message_id: Id
    index: Annotated[int, Meta(ge=0, le=100_000)]


class TaskRef(Params, frozen=True, kw_only=True):
    """Name a task."""

    task_id: Id


class TasksList(Params, frozen=True, kw_only=True):
    """Page through tasks, newest first."""

    limit: Limit = 50
