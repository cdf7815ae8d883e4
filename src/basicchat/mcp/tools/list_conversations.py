"""Listing the user's conversations."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.rooms import RoomsListed
from basicchat.domain.rooms import Room
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import conversation_link
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Params


class Arguments(Params, frozen=True, kw_only=True):
    """The size of the list."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Maximum number of conversations.")] = 50


class Conversations(Value, frozen=True, kw_only=True):
    """Conversations, latest activity first."""

    conversations: tuple[Room, ...]


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The latest conversations."""
    listed: RoomsListed = await context.call("rooms.list")
    found = Conversations(conversations=listed.rooms[: arguments.limit])
    text = "\n".join(
        f"{room.room_id}: {room.name} ({', '.join(member.name for member in room.members)})"
        for room in found.conversations
    )
    shown = (conversation_link(room.room_id, room.name) for room in found.conversations)
    return structured_result(found, text or "There are no conversations yet.", *shown)


TOOL = ToolDefinition(
    name="list_conversations",
    title="List conversations",
    description="List the conversations that the user is a member of, latest activity first.",
    method="rooms.list",
    arguments=Arguments,
    result=Conversations,
    run=run,
    fast_path=True,
)
