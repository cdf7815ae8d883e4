"""OpenAI's chat-completions format, as compatible servers implement it. Pure: no I/O.

Source: the published OpenAI API reference for chat completions, with the fields that vLLM and
llama.cpp add: `reasoning_content` (llama.cpp, older vLLM) and `reasoning` (newer vLLM).
"""

from collections.abc import Iterator
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
from basicchat.domain.values import Usage
from basicchat.llm.http import Refusal
from basicchat.llm.tool_wire import functions

MAX_CALLS = 128
MAX_ARGUMENT_CHARACTERS = 1 << 20
# Parameters that some servers refuse, and that are then omitted or renamed.
OPTIONAL = ("stream_options", "max_tokens", "temperature", "chat_template_kwargs")


class FunctionDelta(msgspec.Struct):
    """A piece of a call; the name is complete, the arguments arrive in pieces."""

    name: str | None = None
    arguments: str | None = None


class CallDelta(msgspec.Struct):
    """A piece of the call at `index`."""

    index: int | None = None
    id: str | None = None
    function: FunctionDelta | None = None


class DeltaWire(msgspec.Struct):
    """The part of the message in one chunk."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[CallDelta] | None = None


class ChoiceWire(msgspec.Struct):
    """One alternative; only the first is requested."""

    delta: DeltaWire | None = None
    finish_reason: str | None = None


class UsageWire(msgspec.Struct):
    """Tokens counted by the server."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChunkWire(msgspec.Struct):
    """One `data:` of the stream."""

    choices: list[ChoiceWire] | None = None
    usage: UsageWire | None = None
    error: Any = None


class MetaWire(msgspec.Struct):
    """llama.cpp's details of a model."""

    n_ctx: int | None = None
    n_ctx_train: int | None = None


class ModelWire(msgspec.Struct):
    """An entry of `/models`; each server names the context length differently."""

    id: str
    max_model_len: int | None = None
    context_length: int | None = None
    context_window: int | None = None
    max_context_length: int | None = None
    meta: MetaWire | None = None

    @property
    def context(self) -> int | None:
        """The context length in tokens, if the server reports it."""
        named = self.max_model_len or self.context_length or self.context_window
        known = named or self.max_context_length
        return known or (self.meta and (self.meta.n_ctx or self.meta.n_ctx_train)) or None


class ModelsWire(msgspec.Struct):
    """The response of `/models`."""

    data: list[ModelWire]


class EmbeddingWire(msgspec.Struct):
    """One vector and the number of its text."""

    embedding: list[float]
    index: int = 0


class EmbeddingsWire(msgspec.Struct):
    """The response of `/embeddings`."""

    data: list[EmbeddingWire]


CHUNK = msgspec.json.Decoder(ChunkWire)


def payload(request: ChatRequest, model: str, without: frozenset[str]) -> dict[str, Any]:
    """Build the body of a streaming request, without the parameters in `without`."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [message(m) for m in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = functions(request.tools)
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        late = "max_tokens" in without
        body["max_completion_tokens" if late else "max_tokens"] = request.max_tokens
    if request.think is not None:
        body["chat_template_kwargs"] = {"enable_thinking": request.think}
    return {key: value for key, value in body.items() if key not in without}


def message(m: ChatMessage) -> dict[str, Any]:
    """Encode one message of the prompt."""
    wire: dict[str, Any] = {"role": m.role, "content": m.text}
    if m.tool_calls:
        wire["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": msgspec.json.encode(call.arguments).decode(),
                },
            }
            for call in m.tool_calls
        ]
    if m.role == "tool":
        wire["tool_call_id"] = m.tool_call_id or ""
    return wire


class Unreadable(Exception):
    """The stream is not a chat completion; internal to this package."""


class ReplyDecoder:
    """Turns the lines of a stream into model chunks.

    Text is passed on at once. Tool calls are assembled by their index and passed on when the model
    has finished, followed by `Finish`.

    Attributes:
        done: the reply is complete.
    """

    def __init__(self) -> None:
        self.done = False
        self._calls: dict[int, tuple[str, str, list[str]]] = {}
        self._size = 0
        self._reason: str | None = None
        self._usage: Usage | None = None

    def feed(self, line: bytes) -> Iterator[ModelChunk]:
        """Decode one line of the event stream.

        Raises:
            Refusal: the server reports an error within its reply.
            Unreadable: the line is not a chat-completion chunk.
        """
        if not line.startswith((b"data:", b"error:")):
            return
        data = line.partition(b":")[2].strip()
        if data == b"[DONE]":
            yield from self.end()
            return
        try:
            chunk = CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreadable from None
        if chunk.error is not None or line.startswith(b"error:"):
            raise Refusal(error_status(chunk.error), data, None)
        yield from self._take(chunk)

    def end(self) -> Iterator[ModelChunk]:
        """End the reply, if the model has finished or the server said so."""
        self.done = True
        for index, (id_, name, arguments) in sorted(self._calls.items()):
            yield ToolCall(id=id_ or f"call_{index}", name=name, arguments=parsed(arguments))
        yield Finish(reason=self._finish_reason(), usage=self._usage)

    @property
    def finished(self) -> bool:
        """Whether the finish reason was received, after which the stream may end at any time."""
        return self._reason is not None

    def _finish_reason(self) -> Any:
        if self._calls:
            return "tool_calls"
        known = {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}
        return known.get(self._reason or "", "other")

    def _take(self, chunk: ChunkWire) -> Iterator[ModelChunk]:
        if chunk.usage is not None:
            self._usage = Usage(
                input_tokens=chunk.usage.prompt_tokens or 0,
                output_tokens=chunk.usage.completion_tokens or 0,
            )
        if not chunk.choices:
            return
        choice = chunk.choices[0]
        self._reason = choice.finish_reason or self._reason
        if choice.delta is None:
            return
        if thought := choice.delta.reasoning_content or choice.delta.reasoning:
            yield TextDelta(kind="reasoning", text=thought)
        if choice.delta.content:
            yield TextDelta(kind="answer", text=choice.delta.content)
        for piece in choice.delta.tool_calls or ():
            self._assemble(piece)

    def _assemble(self, piece: CallDelta) -> None:
        last = max(self._calls, default=-1)
        index = piece.index if piece.index is not None else last + bool(piece.id or last < 0)
        id_, name, arguments = self._calls.get(index, ("", "", []))
        # Some servers number every call 0 and distinguish them by id only.
        if id_ and piece.id and piece.id != id_:
            index, id_, name, arguments = last + 1, "", "", []
        function = piece.function or FunctionDelta()
        arguments.append(function.arguments or "")
        self._calls[index] = (id_ or piece.id or "", name or function.name or "", arguments)
        self._size += len(arguments[-1])
        if self._size > MAX_ARGUMENT_CHARACTERS or len(self._calls) > MAX_CALLS:
            raise Unreadable


def parsed(arguments: list[str]) -> dict[str, Any]:
    """Parse the arguments of a call; a call without arguments may leave them empty."""
    text = "".join(arguments).strip()
    try:
        return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
    except msgspec.DecodeError:
        raise Unreadable from None


def error_status(error: Any) -> int:
    """The HTTP status of an error within a stream."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code <= 599 else 500
