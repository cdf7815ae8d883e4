"""Replies of servers with OpenAI's format, and the provider that reads them."""

import asyncio
from typing import Any

import msgspec

from basicchat.domain.chat import (
    ChatMessage,
    ChatRequest,
    Finish,
    ModelChunk,
    TextDelta,
    ToolCall,
)
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.openai_compatible import OpenAICompatible, create
from basicchat.llm.openai_reply import ReplyDecoder
from basicchat.testing.raw_server import RawServer, answer
from support.frozen_time import SECONDS

DONE = b"data: [DONE]\n\n"


USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}


REQUEST = ChatRequest(model="m", messages=(ChatMessage.from_text(role="user", text="hi"),))


def event(value: Any) -> bytes:
    """Encode a value as a server-sent event."""
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def delta(finish: str | None = None, **fields: Any) -> bytes:
    """A chunk of a message."""
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def call(arguments: str, **fields: Any) -> dict[str, Any]:
    """A piece of a tool call."""
    name = {"name": fields.pop("name")} if "name" in fields else {}
    return {**fields, "function": {**name, "arguments": arguments}}


def stream_of(*events: bytes) -> bytes:
    """A streamed response."""
    return answer(b"".join(events), headers=["Content-Type: text/event-stream"])


def llm_at(server: RawServer, **settings: Any) -> OpenAICompatible:
    """The provider on a server."""
    return create(ProviderSettings(openai_base_url=f"{server.url}/v1/", **settings))


async def reply(llm: OpenAICompatible, request: ChatRequest = REQUEST) -> list[ModelChunk]:
    """The whole reply to a request."""
    try:
        async with asyncio.timeout(SECONDS):
            return [chunk async for chunk in llm.stream(request)]
    finally:
        await llm.close()


def decoded(*events: bytes) -> list[ModelChunk]:
    """The chunks of a stream."""
    decoder = ReplyDecoder()
    return [c for e in events for line in e.split(b"\n") for c in decoder.feed(line)]


ADD = ToolCall(id="a", name="add", arguments={"x": 1})


SUB = ToolCall(id="b", name="sub", arguments={})


TEXT = [TextDelta(kind="answer", text="Hi"), Finish(reason="stop")]
