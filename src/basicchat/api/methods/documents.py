"""Methods for documents (`documents.*`) and for the background work on them (`tasks.*`)."""

import mimetypes
import tempfile
from functools import partial
from pathlib import Path

from anyio import to_thread
from msgspec.structs import replace

from basicchat.api import access, search_filters, search_scope, uploads
from basicchat.api.calls import Call, Method
from basicchat.api.document_service import Arrival, plain_name
from basicchat.api.search_scope import Wanted
from basicchat.domain.errors import InvalidInput, NotFound, TooLarge
from basicchat.domain.passages import Hit
from basicchat.domain.store import Transaction
from basicchat.domain.values import Document, DocumentRemoved, Task, Value
from basicchat.protocol.library_types import (
    DocumentRef,
    DocumentsAdd,
    DocumentsGet,
    DocumentsList,
    DocumentsSearch,
    DocumentsUpdate,
    TaskRef,
    TasksList,
)
from basicchat.protocol.types import NoParams

MAX_TEXT = 20_000


class DocumentsListed(Value, frozen=True, kw_only=True):
    """A page of documents; `next` is the `after` of the next page."""

    documents: tuple[Document, ...]
    next: str | None = None


class FormatsListed(Value, frozen=True, kw_only=True):
    """The file extensions of supported documents, in lower case with the dot, sorted."""

    suffixes: tuple[str, ...]


class DocumentView(Document, frozen=True, kw_only=True):
    """A document, with its text[text_start:text_end] if a range was requested."""

    text: str | None = None
    text_start: int | None = None
    text_end: int | None = None


class Hits(Value, frozen=True, kw_only=True):
    """Passages, best first."""

    hits: tuple[Hit, ...]


class TasksListed(Value, frozen=True, kw_only=True):
    """Background work, newest first."""

    tasks: tuple[Task, ...]


async def list_documents(call: Call, params: DocumentsList) -> DocumentsListed:
    """List the documents that one may see, newest first."""
    store, user_id = call.services.store, call.actor.user.id
    if params.collection_id is not None:
        await access.library(call, params.collection_id, "see")
        libraries: tuple[str, ...] = (params.collection_id,)
    else:
        libraries = (user_id, *await store.collection_roles(user_id))
    documents = await store.documents(libraries, params.limit + 1, params.after)
    page = documents[: params.limit]
    more = len(documents) > len(page)
    return DocumentsListed(documents=page, next=page[-1].document_id if more else None)


async def formats(call: Call, params: NoParams) -> FormatsListed:
    """List the file extensions of documents that can be added."""
    return FormatsListed(suffixes=call.services.document_suffixes)


async def add(call: Call, params: DocumentsAdd) -> Arrival:
    """Add a document; its task completes when the document can be searched."""
    limit = call.services.limits.max_upload_bytes
    data = params.text.encode() if params.text is not None else params.data
    if data is None or (params.text is not None and params.data is not None):
        raise InvalidInput("text: give either text or data", field="text", reason="text_or_data")
    if len(data) > limit:
        raise TooLarge(
            f"Documents may have at most {limit / (1 << 20):.0f} MiB",
            reason="document_too_large",
            params={"max_bytes": limit},
        )
    into = await uploads.into_library(call, params.collection_id)
    await call.services.request_limits.upload(call.actor.user.id)
    name = plain_name(params.name)
    guessed_type = "text/plain" if params.text is not None else mimetypes.guess_type(name)[0]
    media_type = params.media_type or guessed_type or "application/octet-stream"
    draft = await to_thread.run_sync(_draft, call.services.uploads, data)
    try:
        return await call.services.documents.add(
            call.actor.user.id,
            draft,
            name,
            media_type,
            collection_id=into.collection_id,
            may=into.may,
        )
    finally:
        await to_thread.run_sync(partial(draft.unlink, missing_ok=True))


def _draft(folder: Path, data: bytes) -> Path:
    with tempfile.NamedTemporaryFile(dir=folder, prefix="add-", delete=False) as file:
        file.write(data)
    return Path(file.name)


async def get(call: Call, params: DocumentsGet) -> DocumentView:
    """Get a document; with a range, also up to 20,000 characters of its text."""
    document = await access.document(call, params.document_id, "see")
    fields = {name: getattr(document, name) for name in document.__struct_fields__}
    if params.first_page is not None or params.last_page is not None:
        params = await _of_pages(call, document, params)
    if params.start is None and params.end is None:
        return DocumentView(**fields)
    start = params.start or 0
    end = min(start + MAX_TEXT if params.end is None else params.end, start + MAX_TEXT)
    text = await call.services.store.document_text(document.document_id, start, max(start, end))
    return DocumentView(**fields, text=text, text_start=start, text_end=start + len(text))


async def _of_pages(call: Call, document: Document, params: DocumentsGet) -> DocumentsGet:
    """Translate pages into a range; `start` and `end` count from the start of the first page."""
    first = params.first_page or 1
    last = params.last_page or first
    span = await call.services.store.document_span(document.document_id, first, last)
    if span is None:
        raise NotFound(
            f"There is no page {first}" + (f" to {last}" if last != first else ""),
            hint=f"It has {document.pages} pages." if document.pages else "It has no pages.",
            reason="page_not_found",
            params={"page": first},
        )
    begin, end = span
    range_end = end if params.end is None else min(end, begin + params.end)
    return replace(params, start=min(end, begin + (params.start or 0)), end=range_end)


async def update(call: Call, params: DocumentsUpdate) -> Document:
    """Change a document's title or tags, or move it to another collection."""
    document = await access.document(call, params.document_id, "manage")
    into = await uploads.into_library(call, params.collection_id or document.collection_id)
    changed = document
    if params.collection_id is not None and params.collection_id != document.library_id:
        mover_id = call.actor.user.id
        changed = replace(changed, collection_id=into.collection_id, owner_id=mover_id)
    if params.title is not None and params.title.strip() != document.title:
        changed = replace(changed, title=params.title.strip() or document.title, renamed=True)
    if params.tags is not None:
        tags = (tag.strip() for tag in params.tags)
        changed = replace(changed, tags=tuple(dict.fromkeys(tag for tag in tags if tag)))
    if changed == document:
        return document

    async def may(change: Transaction) -> None:
        await access.recheck_document(call, change, document, "manage")
        await into.may(change)

    return await call.services.documents.change(document, changed, may)


async def delete(call: Call, params: DocumentRef) -> DocumentRemoved:
    """Delete a document, its original, its text and its passages."""
    document = await access.document(call, params.document_id, "manage")

    async def may(change: Transaction) -> None:
        await access.recheck_document(call, change, document, "manage")

    await call.services.documents.delete(document, may)
    return DocumentRemoved(document_id=document.document_id)


async def retry(call: Call, params: DocumentRef) -> Document:
    """Read a document again that could not be read; any other stays as it is."""
    document = await access.document(call, params.document_id, "manage")
    await call.services.request_limits.upload(call.actor.user.id)

    async def may(change: Transaction) -> None:
        await access.recheck_document(call, change, document, "manage")

    return await call.services.documents.retry(document, may)


async def search(call: Call, params: DocumentsSearch) -> Hits:
    """Search the documents that one may see; if no word of the query occurs, for similar words."""
    query, names = search_filters.split(params.query)
    chosen = params.collection_ids
    if names:
        chosen = (*(chosen or ()), *await search_filters.collections_named(call, names))
    wanted = Wanted(
        document_ids=params.document_ids,
        collection_ids=chosen,
        own_documents=params.own_documents,
    )
    scope = await search_scope.for_actor(call, wanted)
    retriever = call.services.retriever
    return Hits(hits=await retriever.search(scope, query, params.k, misspelt=True))


async def list_tasks(call: Call, params: TasksList) -> TasksListed:
    """List one's tasks."""
    return TasksListed(tasks=await call.services.store.tasks(call.actor.user.id, params.limit))


async def get_task(call: Call, params: TaskRef) -> Task:
    """Get a task."""
    return await access.task(call, params.task_id, "see")


async def cancel_task(call: Call, params: TaskRef) -> Task:
    """Cancel a task that has not ended."""
    await access.task(call, params.task_id, "manage")
    await call.services.jobs.cancel(params.task_id)
    return await access.task(call, params.task_id, "see")


LIST = Method(
    name="documents.list",
    params=DocumentsList,
    result=DocumentsListed,
    handler=list_documents,
    repeat="safe",
)
FORMATS = Method(
    name="documents.formats",
    params=NoParams,
    result=FormatsListed,
    handler=formats,
    repeat="safe",
)
ADD = Method(
    name="documents.add",
    params=DocumentsAdd,
    result=Arrival,
    handler=add,
    repeat="never",
    needs="upload",
    mcp=True,
)
GET = Method(
    name="documents.get", params=DocumentsGet, result=DocumentView, handler=get, repeat="safe"
)
UPDATE = Method(
    name="documents.update",
    params=DocumentsUpdate,
    result=Document,
    handler=update,
    repeat="never",
)
DELETE = Method(
    name="documents.delete",
    params=DocumentRef,
    result=DocumentRemoved,
    handler=delete,
    repeat="never",
)
RETRY = Method(
    name="documents.retry", params=DocumentRef, result=Document, handler=retry, repeat="safe"
)
SEARCH = Method(
    name="documents.search",
    params=DocumentsSearch,
    result=Hits,
    handler=search,
    repeat="safe",
    mcp=True,
)
TASKS_LIST = Method(
    name="tasks.list", params=TasksList, result=TasksListed, handler=list_tasks, repeat="safe"
)
TASKS_GET = Method(name="tasks.get", params=TaskRef, result=Task, handler=get_task, repeat="safe")
TASKS_CANCEL = Method(
    name="tasks.cancel", params=TaskRef, result=Task, handler=cancel_task, repeat="safe"
)
