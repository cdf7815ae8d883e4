"""A collection: what it is, and its documents."""

from collections.abc import Sequence

import mcp_types as types
import msgspec

from basicchat.api.methods.collections import CollectionShown, CollectionsListed
from basicchat.api.methods.documents import DocumentsListed
from basicchat.domain.collections import Collection
from basicchat.domain.events import Event
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import collection_uri, document_uri
from basicchat.mcp.features.resource_types import (
    Contents,
    Page,
    ResourceDefinition,
    Variables,
    decoded,
)

MARKDOWN = "text/markdown"
MAX_DOCUMENTS = 200
MAX_SUGGESTED = 100


class _CollectionEvent(msgspec.Struct):
    """The members of an event of a collection on which the list depends."""

    collection_id: str
    name: str = ""
    role: str = ""


async def _read(context: RequestContext, variables: Variables) -> Sequence[Contents]:
    collection_id = variables["id"]
    shown: CollectionShown = await context.call("collections.get", collection_id=collection_id)
    found: DocumentsListed = await context.call(
        "documents.list", collection_id=collection_id, limit=MAX_DOCUMENTS
    )
    collection = shown.collection
    entries = [
        f"- [{each.title}]({document_uri(each.document_id)}) ({each.status})"
        for each in found.documents
    ]
    more = "" if found.next is None else f"(The latest {MAX_DOCUMENTS} documents.)"
    listed = "\n".join(entries) or "There are no documents yet."
    paragraphs = (f"# {collection.name}", collection.description, more, listed)
    text = "\n\n".join(each for each in paragraphs if each)
    uri = collection_uri(collection_id)
    return (types.TextResourceContents(uri=uri, mime_type=MARKDOWN, text=text),)


async def _find(context: RequestContext, variables: Variables) -> None:
    await context.call("collections.get", collection_id=variables["id"])


async def _page(context: RequestContext, after: str | None) -> Page:
    listed: CollectionsListed = await context.call("collections.list")
    return [_resource(each) for each in listed.collections], None


def _resource(collection: Collection) -> types.Resource:
    return types.Resource(
        uri=collection_uri(collection.collection_id),
        name=collection.name,
        title=collection.name,
        description=f"A collection of {collection.documents} documents. {collection.description}",
        mime_type=MARKDOWN,
    )


async def _complete(
    context: RequestContext, variable: str, typed: str, known: Variables
) -> Sequence[str]:
    listed: CollectionsListed = await context.call("collections.list")
    wanted = typed.casefold()
    return [
        each.collection_id
        for each in listed.collections
        if each.collection_id.startswith(typed) or wanted in each.name.casefold()
    ][:MAX_SUGGESTED]


def _listed(event: Event) -> tuple[str, str] | None:
    collection = decoded(event, "collection.", _CollectionEvent)
    if collection is None:
        return None
    return collection.collection_id, f"{collection.role} {collection.name}"


def _touches(event: Event, variables: Variables) -> bool:
    if event.type.startswith("document."):
        # It may have been added to the collection, changed there, or moved away.
        return True
    collection = decoded(event, "collection.", _CollectionEvent)
    return collection is not None and collection.collection_id == variables["id"]


COLLECTION = ResourceDefinition(
    name="collection",
    title="Collection",
    description="What a collection of documents contains, with links to its documents.",
    mime_type=MARKDOWN,
    template="basicchat://collection/{id}",
    read=_read,
    page=_page,
    complete=_complete,
    find=_find,
    listed=_listed,
    touches=_touches,
)
