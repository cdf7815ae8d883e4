"""Reading a conversation."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.rooms import MessagesListed
from basicchat.mcp import links
from basicchat.mcp.offers import ToolOffer, ToolReply, told
from basicchat.mcp.texts import written
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Id, Offset, Params


class Arguments(Params, frozen=True, kw_only=True):
    """Which part of which conversation."""

    conversation_id: Annotated[Id, Meta(description="The conversation's id.")]
    before: Annotated[Offset, Meta(description="The `next` of the page that is newer.")] | None = (
        None
    )
    limit: Annotated[int, Meta(ge=1, le=200, description="How many messages, at most.")] = 50


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """The latest messages, or those before."""
    found: MessagesListed = await visit.call(
        "messages.list",
        room_id=arguments.conversation_id,
        before=arguments.before,
        limit=arguments.limit,
    )
    text = "\n\n".join(written(message) for message in found.messages)
    if found.next is not None:
        text = f"[There is more before: read again with before={found.next}.]\n\n{text}"
    return told(found, text or "(no messages)", links.conversation(arguments.conversation_id))


TOOL = ToolOffer(
    name="read_conversation",
    title="Read a conversation",
    description="Read the messages of a conversation, the latest ones first to last.",
    method="messages.list",
    arguments=Arguments,
    result=MessagesListed,
    run=run,
    plain=True,
)
