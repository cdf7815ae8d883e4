"""A document's text, and each of its pages."""

from collections.abc import Sequence

import mcp_types as types
import msgspec

from basicchat.api.methods.documents import DocumentsListed, DocumentView
from basicchat.domain.errors import NotFound
from basicchat.domain.events import Event
from basicchat.domain.values import Document
from basicchat.mcp import links
from basicchat.mcp.resource_offers import Contents, Page, ResourceOffer, Variables
from basicchat.mcp.suggestions import documents_like
from basicchat.mcp.texts import whole_text
from basicchat.mcp.visits import Visit

PAGE = 100
MAX_SUGGESTED = 100


class _Told(msgspec.Struct):
    """The part of a document, or of what is left of one, that a list depends on."""

    document_id: str
    title: str = ""
    status: str = ""


async def _read(visit: Visit, variables: Variables) -> Sequence[Contents]:
    document_id = variables["id"]
    text = await whole_text(visit, document_id)
    uri = links.document_uri(document_id)
    return (types.TextResourceContents(uri=uri, mime_type=links.TEXT, text=text),)


async def _find(visit: Visit, variables: Variables) -> None:
    await visit.call("documents.get", document_id=variables["id"])


def _number(variables: Variables) -> int:
    page = variables["n"]
    if not page.isdecimal() or len(page) > 6 or not int(page):
        raise NotFound("There is no such page")
    return int(page)


async def _read_page(visit: Visit, variables: Variables) -> Sequence[Contents]:
    document_id, page = variables["id"], _number(variables)
    text = await whole_text(visit, document_id, page, page)
    uri = links.document_uri(document_id, page)
    return (types.TextResourceContents(uri=uri, mime_type=links.TEXT, text=text),)


async def _find_page(visit: Visit, variables: Variables) -> None:
    page = _number(variables)
    await visit.call(
        "documents.get", document_id=variables["id"], first_page=page, last_page=page, end=0
    )


async def _page(visit: Visit, after: str | None) -> Page:
    found: DocumentsListed = await visit.call("documents.list", limit=PAGE, after=after)
    return [_listed_as(document) for document in found.documents], found.next


def _listed_as(document: Document) -> types.Resource:
    pages = f", {document.pages} pages" if document.pages else ""
    return types.Resource(
        uri=links.document_uri(document.document_id),
        name=document.name or document.title,
        title=document.title,
        description=f"The text of a document ({document.media_type}{pages}), {document.status}",
        mime_type=links.TEXT,
        size=document.text_bytes,
        annotations=types.Annotations(last_modified=document.created_at.isoformat()),
    )


async def _complete(visit: Visit, variable: str, typed: str, known: Variables) -> Sequence[str]:
    if variable == "id":
        return [document.document_id for document in await documents_like(visit, typed)]
    document: DocumentView = await visit.call("documents.get", document_id=known.get("id", " "))
    pages = (str(number) for number in range(1, (document.pages or 0) + 1))
    return [page for page in pages if page.startswith(typed)][:MAX_SUGGESTED]


def _told(event: Event) -> _Told | None:
    if not event.type.startswith("document."):
        return None
    return msgspec.json.decode(event.data, type=_Told)


def _listed(event: Event) -> tuple[str, str] | None:
    told = _told(event)
    if told is None:
        return None
    gone = event.type == "document.removed"
    return told.document_id, "gone" if gone else f"{told.status} {told.title}"


def _touches(event: Event, variables: Variables) -> bool:
    told = _told(event)
    return told is not None and told.document_id == variables["id"]


DOCUMENT = ResourceOffer(
    name="document",
    title="Document",
    description="The text of one of the user's documents.",
    mime_type=links.TEXT,
    template="basicchat://document/{id}",
    read=_read,
    page=_page,
    complete=_complete,
    find=_find,
    listed=_listed,
    touches=_touches,
)
DOCUMENT_PAGE = ResourceOffer(
    name="document-page",
    title="Page of a document",
    description="The text of one page, slide or sheet, counted from 1.",
    mime_type=links.TEXT,
    template="basicchat://document/{id}/page/{n}",
    read=_read_page,
    complete=_complete,
    find=_find_page,
    touches=_touches,
)
