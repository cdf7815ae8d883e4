"""The supported subset of OpenAI's chat-completions format. Pure: no I/O.

Source: the published OpenAI API reference for chat completions and models, with
`reasoning_content`, the field for reasoning that DeepSeek and llama.cpp added.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from basicchat.protocol.errors import WireError
from basicchat.protocol.types import CollectionIds, Id, ModeName, Params

DONE = b"data: [DONE]\n\n"
STILL_HERE = b": still here\n\n"
MAX_MESSAGES = 2000
MAX_TOOLS = 128


class ContentPart(msgspec.Struct, frozen=True):
    """A part of a message's content; only text is supported."""

    type: str
    text: str | None = None


class FunctionCall(msgspec.Struct, frozen=True):
    """A called function; the arguments are JSON in a string."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    arguments: str = ""


class CallIn(msgspec.Struct, frozen=True):
    """A call that an assistant made earlier in the conversation."""

    id: Annotated[str, Meta(max_length=200)]
    function: FunctionCall


class MessageIn(msgspec.Struct, frozen=True):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | tuple[ContentPart, ...] | None = None
    tool_calls: tuple[CallIn, ...] | None = None
    tool_call_id: Annotated[str, Meta(max_length=200)] | None = None


class FunctionIn(msgspec.Struct, frozen=True):
    """A function that the client can execute."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ToolIn(msgspec.Struct, frozen=True):
    """A tool that the client provides."""

    function: FunctionIn
    type: Literal["function"] = "function"


class StreamOptions(msgspec.Struct, frozen=True):
    """What to stream besides the text."""

    include_usage: bool | None = None


class Extensions(msgspec.Struct, frozen=True):
    """This server's extensions: the mode, the documents to use, and whether to list the sources."""

    reasoning_mode: ModeName | None = None
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None
    collection_ids: CollectionIds | None = None
    sources: bool = True


class ChatCompletion(Params, frozen=True, kw_only=True):
    """The body of `POST /v1/chat/completions`. Further sampling parameters are ignored."""

    model: Annotated[str, Meta(min_length=1, max_length=200)]
    messages: Annotated[tuple[MessageIn, ...], Meta(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=1 << 20)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1, le=1 << 20)] | None = None
    tools: Annotated[tuple[ToolIn, ...], Meta(max_length=MAX_TOOLS)] | None = None
    tool_choice: Any = None
    basicchat: Extensions | None = None
    n: int | None = None
    stop: Any = None
    logprobs: bool | None = None
    response_format: Any = None
    modalities: Any = None
    functions: Any = None
    function_call: Any = None


def unsupported(request: ChatCompletion) -> str | None:
    """The first unsupported parameter in use that would change the reply, if any."""
    response_format = request.response_format
    used = {
        "n": request.n not in (None, 1),
        "stop": bool(request.stop),
        "logprobs": bool(request.logprobs),
        "response_format": bool(response_format) and response_format != {"type": "text"},
        "modalities": request.modalities not in (None, ["text"]),
        "functions": bool(request.functions),
        "function_call": request.function_call not in (None, "none", "auto"),
        "tool_choice": request.tool_choice not in (None, "none", "auto"),
    }
    return next((name for name, is_used in used.items() if is_used), None)


class Reply:
    """Formats one reply, as a whole or in chunks."""

    def __init__(self, reply_id: str, model: str, created: int, *, counts: bool) -> None:
        self._head = {"id": reply_id, "created": created, "model": model}
        # If usage is requested, every chunk has the field: null, except in the last chunk.
        self._counting = {"usage": None} if counts else {}

    def chunk(self, delta: Mapping[str, Any], finish: str | None = None, **also: Any) -> bytes:
        """A chunk that adds to the message."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return self._event([choice], {**self._counting, **also})

    def usage_chunk(self, usage: Mapping[str, int]) -> bytes:
        """The chunk with the usage; it has no choices."""
        return self._event([], {"usage": usage})

    def _event(self, choices: Sequence[Any], also: Mapping[str, Any]) -> bytes:
        head = {**self._head, "object": "chat.completion.chunk"}
        return event({**head, "choices": choices, **also})

    def whole(self, message: Mapping[str, Any], finish: str, **also: Any) -> dict[str, Any]:
        """The reply in one piece."""
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return {**self._head, "object": "chat.completion", "choices": [choice], **also}


def event(value: Any) -> bytes:
    """A value as a server-sent event."""
    return b"data: %b\n\n" % msgspec.json.encode(value)


def usage(prompt: int, completion: int) -> dict[str, int]:
    """The numbers of tokens used."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def call(number: int, call_id: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A call to one of the client's tools."""
    encoded_arguments = msgspec.json.encode(arguments).decode()
    function = {"name": name, "arguments": encoded_arguments}
    return {"index": number, "id": call_id, "type": "function", "function": function}


def model(model_id: str, created: int, owner: str, **also: Any) -> dict[str, Any]:
    """An entry of `/v1/models`."""
    return {"id": model_id, "object": "model", "created": created, "owned_by": owner, **also}


# This server's error kinds → OpenAI's type and code.
_ERRORS: dict[str, tuple[str, str | None]] = {
    "unauthenticated": ("invalid_request_error", "invalid_api_key"),
    "forbidden": ("permission_error", "forbidden"),
    "not_found": ("invalid_request_error", "not_found"),
    "too_large": ("invalid_request_error", "request_too_large"),
    "rate_limited": ("rate_limit_error", "rate_limit_exceeded"),
    "upstream_unavailable": ("server_error", "upstream_unavailable"),
    "storage_full": ("server_error", "storage_full"),
    "internal": ("server_error", None),
    "cancelled": ("server_error", "cancelled"),
}


def error(wire: WireError) -> dict[str, Any]:
    """An error in OpenAI's format."""
    kind, code = _ERRORS.get(wire.data.kind, ("invalid_request_error", None))
    message = f"{wire.message} {wire.data.hint}" if wire.data.hint else wire.message
    body = {"message": message, "type": kind, "param": wire.data.field, "code": code}
    return {"error": body}
