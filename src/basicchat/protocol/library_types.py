"""Parameters of methods for documents and tasks."""

from typing import Annotated

from msgspec import Meta

from basicchat.protocol.types import Id, Limit, Offset, Params

PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]


class DocumentsList(Params, frozen=True, kw_only=True):
    """Page through the documents, newest first; `after` comes from the previous page."""

    limit: Limit = 100
    after: Id | None = None


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
    """Add a document: its `text`, or the bytes of its file in base64."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    text: str | None = None
    data: bytes | None = None
    media_type: Annotated[str, Meta(max_length=200)] | None = None


class DocumentRef(Params, frozen=True, kw_only=True):
    """Name a document."""

    document_id: Id


class DocumentsSearch(Params, frozen=True, kw_only=True):
    """Search passages."""

    query: Annotated[str, Meta(min_length=1, max_length=10_000)]
    k: Annotated[int, Meta(ge=1, le=100)] = 5
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None


class TaskRef(Params, frozen=True, kw_only=True):
    """Name a task."""

    task_id: Id


class TasksList(Params, frozen=True, kw_only=True):
    """Page through tasks, newest first."""

    limit: Limit = 50
