"""Listing the user's documents."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.documents import DocumentsListed
from basicchat.domain.values import Document
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params

NONE = "There are no documents yet."


class Arguments(Params, frozen=True, kw_only=True):
    """The page of the list."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Maximum number of documents.")] = 50
    collection_id: Annotated[Id, Meta(description="Only those of this collection.")] | None = None
    after: Annotated[Id, Meta(description="`next` of the previous page.")] | None = None


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """A page of documents, newest first."""
    found: DocumentsListed = await context.call(
        "documents.list",
        limit=arguments.limit,
        after=arguments.after,
        collection_id=arguments.collection_id,
    )
    text = "\n".join(_line(document) for document in found.documents)
    shown = (document_link(each.document_id, each.title, each) for each in found.documents)
    return structured_result(found, text or NONE, *shown)


def _line(document: Document) -> str:
    pages = f", {document.pages} pages" if document.pages else ""
    notes = "".join(f"\n  Note: {note.text}" for note in document.notes)
    return f"{document.document_id}: {document.title}{pages} ({document.status}){notes}"


TOOL = ToolDefinition(
    name="list_documents",
    title="List documents",
    description="List the documents that the user may see, newest first, with id, title, type, "
    "size, pages and whether they can be searched yet.",
    method="documents.list",
    arguments=Arguments,
    result=DocumentsListed,
    run=run,
    fast_path=True,
)
