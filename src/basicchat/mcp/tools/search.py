"""Searching the user's documents, in the shape that ChatGPT's connectors expect."""

from typing import Annotated

import msgspec
from msgspec import Meta

from basicchat.api.methods.documents import Hits
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.source_links import source_url
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Params

MAX_RESULTS = 10


class Arguments(Params, frozen=True, kw_only=True):
    """The query."""

    query: Annotated[
        str, Meta(min_length=1, max_length=10_000, description="What to search for, in any words.")
    ]


class Found(Value, frozen=True, kw_only=True):
    """A passage that matches; `url` opens it in the browser."""

    id: str
    title: str
    url: str


class Results(Value, frozen=True, kw_only=True):
    """Passages, best first."""

    results: tuple[Found, ...]


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The passages that match best."""
    found: Hits = await context.call("documents.search", query=arguments.query, k=MAX_RESULTS)
    results = Results(
        results=tuple(
            Found(
                id=f"{hit.document_id}:{hit.start}-{hit.end}",
                title=hit.title if hit.page is None else f"{hit.title}, page {hit.page}",
                url=source_url(context, hit.document_id, hit.start, hit.end),
            )
            for hit in found.hits
        )
    )
    return structured_result(results, msgspec.json.encode(results).decode())


TOOL = ToolDefinition(
    name="search",
    title="Search",
    description="Search the user's own documents, by words and by meaning. Returns ids, titles and "
    "links of the passages that match best; read one with fetch.",
    method="documents.search",
    arguments=Arguments,
    result=Results,
    run=run,
    fast_path=True,
)
