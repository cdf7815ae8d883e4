"""Searching the user's documents."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.documents import Hits
from basicchat.domain.passages import Hit
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import CollectionIds, Id, Params

NOTHING = "No passage in the documents matches."


class Arguments(Params, frozen=True, kw_only=True):
    """The query, and where to search."""

    query: Annotated[
        str, Meta(min_length=1, max_length=10_000, description="What to search for, in any words.")
    ]
    limit: Annotated[int, Meta(ge=1, le=50, description="Maximum number of passages.")] = 5
    collection_ids: (
        Annotated[
            CollectionIds,
            Meta(description="Search only these collections. See list_collections."),
        ]
        | None
    ) = None
    document_ids: (
        Annotated[tuple[Id, ...], Meta(max_length=1000, description="Search only these documents.")]
        | None
    ) = None


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The passages that match best."""
    found: Hits = await context.call(
        "documents.search",
        query=arguments.query,
        k=arguments.limit,
        document_ids=arguments.document_ids,
        collection_ids=arguments.collection_ids,
    )
    text = "\n\n".join(_written(n, hit) for n, hit in enumerate(found.hits, 1))
    documents = {hit.document_id: hit.title for hit in found.hits}
    return structured_result(
        found, text or NOTHING, *(document_link(id, title) for id, title in documents.items())
    )


def _written(n: int, hit: Hit) -> str:
    page = "" if hit.page is None else f", page {hit.page}"
    # Some hosts show their model the text alone.
    place = f"document_id {hit.document_id}, characters {hit.start}-{hit.end}"
    return f"[{n}] {hit.title}{page} ({place})\n{hit.text}"


TOOL = ToolDefinition(
    name="search_documents",
    title="Search documents",
    description="Search the user's own documents and the collections shared with them, by words "
    "and by meaning. Returns the passages "
    "that match best, with document, page and score. Use it to find evidence; use ask for an "
    "answer with citations.",
    method="documents.search",
    arguments=Arguments,
    result=Hits,
    run=run,
    fast_path=True,
)
