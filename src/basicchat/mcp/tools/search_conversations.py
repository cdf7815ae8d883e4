"""Searching the caller's conversations."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.messages import MessagesFound
from basicchat.mcp import links
from basicchat.mcp.offers import ToolOffer, ToolReply, told
from basicchat.mcp.texts import written
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Id, Params

NOTHING = "No message has all these words."


class Arguments(Params, frozen=True, kw_only=True):
    """What to look for."""

    query: Annotated[
        str, Meta(min_length=1, max_length=1000, description="Words that must all be there.")
    ]
    conversation_id: Annotated[Id, Meta(description="Look only into this conversation.")] | None = (
        None
    )
    limit: Annotated[int, Meta(ge=1, le=100, description="How many messages, at most.")] = 20


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """Messages that have all the words."""
    found: MessagesFound = await visit.call(
        "messages.search",
        query=arguments.query,
        room_id=arguments.conversation_id,
        limit=arguments.limit,
    )
    text = "\n\n".join(f"[{each.room_id}] {written(each)}" for each in found.messages)
    rooms = dict.fromkeys(each.room_id for each in found.messages)
    return told(found, text or NOTHING, *(links.conversation(room_id) for room_id in rooms))


TOOL = ToolOffer(
    name="search_conversations",
    title="Search conversations",
    description="Search the messages of the conversations that the user is a member of.",
    method="messages.search",
    arguments=Arguments,
    result=MessagesFound,
    run=run,
    plain=True,
)
