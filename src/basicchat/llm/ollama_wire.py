"""Ollama's chat format: one JSON object per line. Pure: no I/O.

Source: Ollama's API reference.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from basicchat.domain.chat import ChatMessage, ChatRequest, Finish, ModelChunk, TextDelta, ToolCall
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.values import Usage
from basicchat.llm.http import Refusal
from basicchat.llm.tool_wire import functions


class Function(msgspec.Struct):
    """The function of a call; unlike in other APIs, the arguments are an object."""

    name: str
    arguments: dict[str, Any] = {}


class Call(msgspec.Struct):
    """A complete tool call."""

    function: Function
    id: str | None = None


class Said(msgspec.Struct):
    """The part of the message in one line."""

    content: str = ""
    thinking: str = ""
    tool_calls: list[Call] = []


class Line(msgspec.Struct):
    """One line of `/api/chat`."""

    message: Said | None = None
    done: bool = False
    done_reason: str = ""
    prompt_eval_count: int = 0
    eval_count: int = 0
    error: str | None = None


class Tag(msgspec.Struct):
    """An entry of `/api/tags` and `/api/ps`."""

    name: str
    digest: str = ""


class Tags(msgspec.Struct):
    """The response of `/api/tags` and `/api/ps`."""

    models: list[Tag] = []


class Show(msgspec.Struct):
    """The response of `/api/show`."""

    model_info: dict[str, Any] = {}
    capabilities: tuple[str, ...] = ()

    @property
    def context(self) -> int | None:
        """The context length that the model was trained for, in tokens."""
        family = self.model_info.get("general.architecture")
        length = self.model_info.get(f"{family}.context_length")
        return length if isinstance(length, int) else None


class Embeddings(msgspec.Struct):
    """The response of `/api/embed`."""

    embeddings: list[list[float]]


# The status of an error that is reported after the headers.
IN_REPLY = 200
LINE = msgspec.json.Decoder(Line)


def chat(
    request: ChatRequest, model: str, settings: ProviderSettings, think: bool | None
) -> dict[str, Any]:
    """Build the body of a streaming request."""
    options: dict[str, Any] = {"num_ctx": settings.num_ctx}
    if request.temperature is not None:
        options["temperature"] = request.temperature
    if request.max_tokens is not None:
        options["num_predict"] = request.max_tokens
    body: dict[str, Any] = {
        "model": model,
        "messages": [message(m) for m in request.messages],
        "stream": True,
        "options": options,
        "keep_alive": settings.keep_alive,
    }
    if think is not None:
        body["think"] = think
    if request.tools:
        body["tools"] = functions(request.tools)
    return body


def message(m: ChatMessage) -> dict[str, Any]:
    """Encode one message of the prompt."""
    wire: dict[str, Any] = {"role": m.role, "content": m.text}
    if m.tool_calls:
        wire["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
            for call in m.tool_calls
        ]
    if m.tool_name:
        wire["tool_name"] = m.tool_name
    return wire


class ReplyDecoder:
    """Turns lines into model chunks.

    Attributes:
        done: the last line was received.
    """

    def __init__(self) -> None:
        self.done = False
        self._calls = 0

    def take(self, line: Line) -> Iterator[ModelChunk]:
        """Decode one line.

        Raises:
            Refusal: Ollama reports an error within its reply.
        """
        if line.error is not None:
            raise Refusal(IN_REPLY, line.error.encode(), None)
        if line.message is not None:
            yield from self._said(line.message)
        if line.done:
            self.done = True
            usage = Usage(input_tokens=line.prompt_eval_count, output_tokens=line.eval_count)
            yield Finish(reason=self._reason(line.done_reason), usage=usage)

    def _said(self, said: Said) -> Iterator[ModelChunk]:
        if said.thinking:
            yield TextDelta(kind="reasoning", text=said.thinking)
        if said.content:
            yield TextDelta(kind="answer", text=said.content)
        for call in said.tool_calls:
            id_ = call.id or f"call_{self._calls}"
            self._calls += 1
            yield ToolCall(id=id_, name=call.function.name, arguments=call.function.arguments)

    def _reason(self, told: str) -> Literal["stop", "length", "tool_calls", "other"]:
        if self._calls:
            return "tool_calls"
        return "stop" if told == "stop" else "length" if told == "length" else "other"
