"""Reading a conversation."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.rooms import MessagesListed
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import conversation_link
from basicchat.mcp.features.text_rendering import message_text
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Offset, Params


class Arguments(Params, frozen=True, kw_only=True):
    """The conversation, and the part to read."""

    conversation_id: Annotated[Id, Meta(description="The conversation's id.")]
    before: (
        Annotated[Offset, Meta(description="`next` of the previous call, for older messages.")]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=200, description="Maximum number of messages.")] = 50


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The latest messages, or those before a position."""
    found: MessagesListed = await context.call(
        "messages.list",
        room_id=arguments.conversation_id,
        before=arguments.before,
        limit=arguments.limit,
    )
    text = "\n\n".join(message_text(message) for message in found.messages)
    if found.next is not None:
        text = f"[For earlier messages, read again with before={found.next}.]\n\n{text}"
    return structured_result(
        found, text or "(no messages)", conversation_link(arguments.conversation_id)
    )


TOOL = ToolDefinition(
    name="read_conversation",
    title="Read a conversation",
    description="Read the latest messages of a conversation, in chronological order.",
    method="messages.list",
    arguments=Arguments,
    result=MessagesListed,
    run=run,
    fast_path=True,
)
