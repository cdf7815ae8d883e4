"""Searching the user's conversations."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.messages import MessagesFound
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import conversation_link
from basicchat.mcp.features.text_rendering import message_text
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params

NOTHING = "No message contains all these words."


class Arguments(Params, frozen=True, kw_only=True):
    """The words to search for."""

    query: Annotated[
        str, Meta(min_length=1, max_length=1000, description="Words that a message must contain.")
    ]
    conversation_id: Annotated[Id, Meta(description="Search only this conversation.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100, description="Maximum number of messages.")] = 20


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The messages that contain all the words."""
    found: MessagesFound = await context.call(
        "messages.search",
        query=arguments.query,
        room_id=arguments.conversation_id,
        limit=arguments.limit,
    )
    text = "\n\n".join(f"[{each.room_id}] {message_text(each)}" for each in found.messages)
    rooms = dict.fromkeys(each.room_id for each in found.messages)
    return structured_result(
        found, text or NOTHING, *(conversation_link(room_id) for room_id in rooms)
    )


TOOL = ToolDefinition(
    name="search_conversations",
    title="Search conversations",
    description="Search the messages of the conversations that the user is a member of.",
    method="messages.search",
    arguments=Arguments,
    result=MessagesFound,
    run=run,
    fast_path=True,
)
