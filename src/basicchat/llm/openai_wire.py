"""OpenAI's chat-completions format, as compatible servers implement it. Pure: no I/O.

Source: the published OpenAI API reference for chat completions, with the fields that others add:
`reasoning_content` (DeepSeek, llama.cpp, older vLLM), `reasoning` (newer vLLM, OpenRouter), content
as a list of parts (Mistral), `message` in place of `delta`.
"""

from typing import Any

import msgspec

from basicchat.domain.chat import ChatMessage, ChatRequest
from basicchat.llm.lenient import LenientDecoder, count
from basicchat.llm.prompt import Template, prepared
from basicchat.llm.tool_wire import functions

# Parameters that some servers refuse, and that are then omitted or renamed.
OPTIONAL = ("stream_options", "max_tokens", "temperature", "chat_template_kwargs")


class FunctionDelta(msgspec.Struct):
    """A piece of a call; the name is complete, the arguments arrive in pieces or as an object."""

    name: str | None = None
    arguments: Any = None


class CallDelta(msgspec.Struct):
    """A piece of the call at `index`."""

    function: FunctionDelta | None = None
    index: int | None = None
    id: str | None = None


class DeltaWire(msgspec.Struct):
    """The part of the message in one chunk; `content` is a text or a list of parts."""

    content: Any = None
    reasoning: Any = None
    reasoning_content: Any = None
    thinking: Any = None
    refusal: Any = None
    tool_calls: list[CallDelta] | None = None
    function_call: FunctionDelta | None = None


class ChoiceWire(msgspec.Struct):
    """One alternative; only the first is requested. `text` is that of plain completions."""

    delta: DeltaWire | None = None
    message: DeltaWire | None = None
    text: str | None = None
    finish_reason: str | None = None


class UsageWire(msgspec.Struct):
    """Tokens counted by the server."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChunkWire(msgspec.Struct, omit_defaults=True):
    """One document of the stream; all but `choices` and `usage` occur in errors."""

    choices: list[ChoiceWire] | None = None
    usage: UsageWire | None = None
    error: Any = None
    object: str | None = None
    type: str | None = None
    message: Any = None
    detail: Any = None
    errors: Any = None
    code: Any = None
    status: Any = None

    @property
    def is_error(self) -> bool:
        """Whether this is an error rather than a piece of a reply."""
        if self.error:
            return True
        named = "error" in (self.object, self.type)
        described = bool(self.message or self.detail or self.errors)
        return named or (not self.choices and self.usage is None and described)


class MetaWire(msgspec.Struct):
    """llama.cpp's details of a model."""

    n_ctx: int | None = None
    n_ctx_train: int | None = None


class ModelWire(msgspec.Struct):
    """An entry of `/models`; each server names its fields differently."""

    id: str | None = None
    name: str | None = None
    model: str | None = None
    type: str | None = None
    task: str | None = None
    capabilities: Any = None
    max_model_len: int | None = None
    context_length: int | None = None
    context_window: int | None = None
    max_context_length: int | None = None
    meta: MetaWire | None = None

    @property
    def label(self) -> str:
        """The name by which to request the model; empty if there is none."""
        return self.id or self.name or self.model or ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the server calls this kind of model."""
        capabilities = self.capabilities if isinstance(self.capabilities, list) else []
        named = (self.type, self.task, *capabilities)
        return tuple(kind for kind in named if isinstance(kind, str) and kind != "model")

    @property
    def context(self) -> int | None:
        """The context length in tokens, if the server reports it."""
        meta = self.meta or MetaWire()
        lengths = (
            self.max_model_len,
            self.context_length,
            self.context_window,
            self.max_context_length,
            meta.n_ctx,
            meta.n_ctx_train,
        )
        return next((length for length in map(count, lengths) if length), None)


class ModelsWire(msgspec.Struct):
    """The response of `/models`; some servers call the list `models`."""

    data: list[ModelWire] | None = None
    models: list[ModelWire] | None = None

    @property
    def entries(self) -> list[ModelWire]:
        """The models with a name, each once."""
        listed = self.data or self.models or []
        return list({entry.label: entry for entry in listed if entry.label}.values())


class EmbeddingWire(msgspec.Struct):
    """One vector and the number of its text."""

    embedding: Any = None
    index: int | None = None


class EmbeddingsWire(msgspec.Struct):
    """The response of `/embeddings`."""

    data: list[EmbeddingWire]


CHUNK = LenientDecoder(ChunkWire, essential=("choices",))
DELTA = LenientDecoder(DeltaWire)
MODELS = LenientDecoder(ModelsWire, listed="data")
EMBEDDINGS = LenientDecoder(EmbeddingsWire, essential=("data",), listed="data")


def payload(
    request: ChatRequest, model: str, without: frozenset[str], template: Template | None = None
) -> dict[str, Any]:
    """Build the body of a streaming request, without the parameters in `without`."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [message(m) for m in prepared(request.messages, template)],
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
                    "name": call.name or "unknown",
                    "arguments": msgspec.json.encode(call.arguments).decode(),
                },
            }
            for call in m.tool_calls
        ]
    if m.role == "tool":
        wire["tool_call_id"] = m.tool_call_id or ""
    return wire
