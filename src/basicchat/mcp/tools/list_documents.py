"""Listing the caller's documents."""

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
    """Which page of the list."""

    limit: Annotated[int, Meta(ge=1, le=200, description="How many documents, at most.")] = 50
    after: (
        Annotated[Id, Meta(description="The `next` of the page before, for the next page.")] | None
    ) = None


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """A page of documents, newest first."""
    found: DocumentsListed = await context.call(
        "documents.list", limit=arguments.limit, after=arguments.after
    )
    text = "\n".join(_written(document) for document in found.documents)
    shown = (document_link(each.document_id, each.title, each) for each in found.documents)
    return structured_result(found, text or NONE, *shown)


def _written(document: Document) -> str:
    pages = f", {document.pages} pages" if document.pages else ""
    return f"{document.document_id}: {document.title}{pages} ({document.status})"


TOOL = ToolDefinition(
    name="list_documents",
    title="List documents",
    description="List the user's documents, newest first, with id, title, type, size, pages and "
    "whether they are ready to be searched.",
    method="documents.list",
    arguments=Arguments,
    result=DocumentsListed,
    run=run,
    fast_path=True,
)
