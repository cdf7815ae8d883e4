"""Saying something in a conversation."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.turn_recording import Started
from basicchat.domain.values import Value
from basicchat.mcp import links
from basicchat.mcp.offers import ToolOffer, ToolReply, told
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Id, Params


class Arguments(Params, frozen=True, kw_only=True):
    """What to say, and where."""

    conversation_id: Annotated[Id, Meta(description="The conversation's id.")]
    text: Annotated[
        str, Meta(min_length=1, max_length=200_000, description="The message, in Markdown.")
    ]
    idempotency_key: (
        Annotated[Id, Meta(description="An id of your own: with it, the message is posted once.")]
        | None
    ) = None


class Posted(Value, frozen=True, kw_only=True):
    """The message that was posted."""

    message_id: str
    conversation_id: str


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """Post it under the user's name."""
    done: Started = await visit.call(
        "messages.post",
        room_id=arguments.conversation_id,
        text=arguments.text,
        client_msg_id=arguments.idempotency_key,
    )
    posted = Posted(message_id=done.message_id, conversation_id=done.room_id)
    return told(posted, f"Posted as {done.message_id}.", links.conversation(done.room_id))


TOOL = ToolOffer(
    name="post_message",
    title="Post a message",
    description="Post a message to a conversation under the user's name, for its members to read. "
    "The assistant does not answer it; to ask the assistant, use ask.",
    method="messages.post",
    arguments=Arguments,
    result=Posted,
    run=run,
    adds=True,
    idempotent=False,
    plain=True,
)
