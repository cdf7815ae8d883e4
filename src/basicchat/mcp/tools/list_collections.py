"""Listing the collections of documents that the user may see."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.collections import CollectionsListed
from basicchat.domain.collections import Collection
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params

NONE = "There are no collections: the user has their own documents only."


class Arguments(Params, frozen=True, kw_only=True):
    """The conversation, if only its collections are to be listed."""

    conversation_id: (
        Annotated[
            Id,
            Meta(description="Only those from which the assistant answers in this conversation."),
        ]
        | None
    ) = None


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The collections, by name."""
    found: CollectionsListed = await context.call(
        "collections.list", room_id=arguments.conversation_id
    )
    text = "\n".join(_line(each) for each in found.collections)
    return structured_result(found, text or NONE)


def _line(collection: Collection) -> str:
    about = f": {collection.description}" if collection.description else ""
    count = f"{collection.documents} documents, as {collection.role}"
    return f"{collection.collection_id}: {collection.name} ({count}){about}"


TOOL = ToolDefinition(
    name="list_collections",
    title="List collections",
    description="List the collections of documents that the user may see, with id, name, "
    "description, number of documents and the user's role: viewers read, editors and owners also "
    "add documents.",
    method="collections.list",
    arguments=Arguments,
    result=CollectionsListed,
    run=run,
    fast_path=True,
)
