"""A document's text, and each of its pages."""

from collections.abc import Sequence

import mcp_types as types
import msgspec

from basicchat.api.methods.documents import DocumentsListed, DocumentView
from basicchat.domain.errors import NotFound
from basicchat.domain.events import Event
from basicchat.domain.values import Document
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import PLAIN_TEXT, document_uri
from basicchat.mcp.features.resource_types import (
    Contents,
    Page,
    ResourceDefinition,
    Variables,
    decoded,
)
from basicchat.mcp.features.suggestions import documents_like
from basicchat.mcp.features.text_rendering import document_text, notes_text, status_note

PAGE = 100
MAX_SUGGESTED = 100


class _DocumentEvent(msgspec.Struct):
    """The members of an event of a document on which the list depends."""

    document_id: str
    title: str = ""
    status: str = ""


async def _read(context: RequestContext, variables: Variables) -> Sequence[Contents]:
    document_id = variables["id"]
    text = await _readable(context, document_id)
    uri = document_uri(document_id)
    return (types.TextResourceContents(uri=uri, mime_type=PLAIN_TEXT, text=text),)


async def _readable(context: RequestContext, document_id: str, page: int | None = None) -> str:
    """The text of a document or page, or why there is none yet."""
    document: DocumentView = await context.call("documents.get", document_id=document_id, end=0)
    text = await document_text(context, document_id, page, page)
    if document.status == "ready" and text:
        return text if page is not None else text + notes_text(document)
    return f"{status_note(document)}\n\n{text}{notes_text(document)}".strip()


async def _find(context: RequestContext, variables: Variables) -> None:
    await context.call("documents.get", document_id=variables["id"])


def _number(variables: Variables) -> int:
    page = variables["n"]
    if not page.isdecimal() or len(page) > 6 or not int(page):
        raise NotFound("There is no such page", reason="page_not_found", params={"page": page[:20]})
    return int(page)


async def _read_page(context: RequestContext, variables: Variables) -> Sequence[Contents]:
    document_id, page = variables["id"], _number(variables)
    text = await _readable(context, document_id, page)
    uri = document_uri(document_id, page)
    return (types.TextResourceContents(uri=uri, mime_type=PLAIN_TEXT, text=text),)


async def _find_page(context: RequestContext, variables: Variables) -> None:
    page = _number(variables)
    await context.call(
        "documents.get", document_id=variables["id"], first_page=page, last_page=page, end=0
    )


async def _page(context: RequestContext, after: str | None) -> Page:
    found: DocumentsListed = await context.call("documents.list", limit=PAGE, after=after)
    return [_resource(document) for document in found.documents], found.next


def _resource(document: Document) -> types.Resource:
    pages = f", {document.pages} pages" if document.pages else ""
    return types.Resource(
        uri=document_uri(document.document_id),
        name=document.name or document.title,
        title=document.title,
        description=f"The text of a document ({document.media_type}{pages}), {document.status}",
        mime_type=PLAIN_TEXT,
        size=document.text_bytes,
        annotations=types.Annotations(last_modified=document.created_at.isoformat()),
    )


async def _complete(
    context: RequestContext, variable: str, typed: str, known: Variables
) -> Sequence[str]:
    if variable == "id":
        return [document.document_id for document in await documents_like(context, typed)]
    document: DocumentView = await context.call("documents.get", document_id=known.get("id", " "))
    pages = (str(number) for number in range(1, (document.pages or 0) + 1))
    return [page for page in pages if page.startswith(typed)][:MAX_SUGGESTED]


def _listed(event: Event) -> tuple[str, str] | None:
    document = decoded(event, "document.", _DocumentEvent)
    if document is None:
        return None
    if event.type == "document.removed":
        return document.document_id, "removed"
    # A document is announced once, when it can be read.
    if document.status in ("queued", "indexing"):
        return None
    return document.document_id, document.title


def _touches(event: Event, variables: Variables) -> bool:
    document = decoded(event, "document.", _DocumentEvent)
    return document is not None and document.document_id == variables["id"]


DOCUMENT = ResourceDefinition(
    name="document",
    title="Document",
    description="The text of one of the user's documents.",
    mime_type=PLAIN_TEXT,
    template="basicchat://document/{id}",
    read=_read,
    page=_page,
    complete=_complete,
    find=_find,
    listed=_listed,
    touches=_touches,
)
DOCUMENT_PAGE = ResourceDefinition(
    name="document-page",
    title="Page of a document",
    description="The text of one page, slide or sheet, counted from 1.",
    mime_type=PLAIN_TEXT,
    template="basicchat://document/{id}/page/{n}",
    read=_read_page,
    complete=_complete,
    find=_find_page,
    touches=_touches,
)
