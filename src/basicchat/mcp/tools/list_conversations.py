"""Listing the caller's conversations."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.rooms import RoomsListed
from basicchat.domain.values import Room, Value
from basicchat.mcp import links
from basicchat.mcp.offers import ToolOffer, ToolReply, told
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Params


class Arguments(Params, frozen=True, kw_only=True):
    """How many."""

    limit: Annotated[int, Meta(ge=1, le=200, description="How many, at most.")] = 50


class Conversations(Value, frozen=True, kw_only=True):
    """Conversations, latest activity first."""

    conversations: tuple[Room, ...]


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """The latest conversations."""
    listed: RoomsListed = await visit.call("rooms.list")
    found = Conversations(conversations=listed.rooms[: arguments.limit])
    text = "\n".join(
        f"{room.room_id}: {room.name} ({', '.join(member.name for member in room.members)})"
        for room in found.conversations
    )
    shown = (links.conversation(room.room_id, room.name) for room in found.conversations)
    return told(found, text or "There are no conversations yet.", *shown)


TOOL = ToolOffer(
    name="list_conversations",
    title="List conversations",
    description="List the conversations that the user is a member of, latest activity first.",
    method="rooms.list",
    arguments=Arguments,
    result=Conversations,
    run=run,
    plain=True,
)
