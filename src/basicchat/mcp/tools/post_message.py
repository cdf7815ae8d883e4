"""Posting a message to a conversation."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.turn_recording import Started
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import conversation_link
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params


class Arguments(Params, frozen=True, kw_only=True):
    """The message, and its conversation."""

    conversation_id: Annotated[Id, Meta(description="The conversation's id.")]
    text: Annotated[
        str, Meta(min_length=1, max_length=200_000, description="The message, in Markdown.")
    ]
    idempotency_key: (
        Annotated[Id, Meta(description="An id of your own; a repeated call with it posts nothing.")]
        | None
    ) = None


class Posted(Value, frozen=True, kw_only=True):
    """The message that was posted."""

    message_id: str
    conversation_id: str


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Post a message under the user's name."""
    started: Started = await context.call(
        "messages.post",
        room_id=arguments.conversation_id,
        text=arguments.text,
        client_msg_id=arguments.idempotency_key,
    )
    posted = Posted(message_id=started.message_id, conversation_id=started.room_id)
    return structured_result(
        posted, f"Posted as {started.message_id}.", conversation_link(started.room_id)
    )


TOOL = ToolDefinition(
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
    fast_path=True,
)
