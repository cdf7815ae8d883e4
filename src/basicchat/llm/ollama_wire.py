"""Ollama's chat format: one JSON object per line. Pure: no I/O.

Source: Ollama's API reference.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from basicchat.domain.chat import ChatMessage, ChatRequest, Finish, ModelChunk, TextDelta, ToolCall
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.runs import Usage
from basicchat.llm.content import texts_in
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.finish import finish_reason
from basicchat.llm.framing import JsonStream
from basicchat.llm.lenient import LenientDecoder, count
from basicchat.llm.prompt import Template, prepared
from basicchat.llm.tool_wire import arguments_of, functions

# Ollama reports this error by a field of its own.
TOOL_ERROR = "error parsing tool call"


class Function(msgspec.Struct):
    """The function of a call; unlike in other APIs, the arguments are an object."""

    name: str = ""
    arguments: Any = None


class Call(msgspec.Struct):
    """A complete tool call."""

    function: Function
    id: str | None = None


class MessageWire(msgspec.Struct):
    """The part of the message in one line."""

    content: Any = None
    thinking: Any = None
    tool_calls: list[Call] | None = None


class Line(msgspec.Struct):
    """One line of `/api/chat`; `tool_error` is Ollama's own error in reading a tool call."""

    message: MessageWire | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    error: Any = None
    tool_error: Any = msgspec.field(default=None, name=TOOL_ERROR)


class Tag(msgspec.Struct):
    """An entry of `/api/tags` and `/api/ps`."""

    name: str = ""
    model: str = ""
    digest: str | None = None

    @property
    def label(self) -> str:
        """The model's name; empty if there is none."""
        return self.name or self.model


class Tags(msgspec.Struct):
    """The response of `/api/tags` and `/api/ps`."""

    models: list[Tag] | None = None

    @property
    def entries(self) -> list[Tag]:
        """The models with a name."""
        return [tag for tag in self.models or () if tag.label]


class Show(msgspec.Struct):
    """The response of `/api/show`."""

    model_info: dict[str, Any] | None = None
    capabilities: tuple[str, ...] | None = None

    @property
    def able(self) -> tuple[str, ...]:
        """The capabilities; empty if this version of Ollama does not list them."""
        return self.capabilities or ()

    @property
    def context(self) -> int | None:
        """The context length that the model was trained for, in tokens."""
        info = self.model_info or {}
        family = info.get("general.architecture")
        return count(info.get(f"{family}.context_length")) or None


class Embeddings(msgspec.Struct):
    """The response of `/api/embed`."""

    embeddings: list[Any]


# The status of an error that is reported after the headers, which names none.
IN_REPLY = 500
LINE = LenientDecoder(Line, essential=("message",))
TAGS = LenientDecoder(Tags, listed="models")
SHOW = LenientDecoder(Show)
EMBEDDINGS = LenientDecoder(Embeddings, essential=("embeddings",), listed="embeddings")


def chat(
    request: ChatRequest,
    model: str,
    settings: ProviderSettings,
    think: bool | None,
    template: Template | None = None,
) -> dict[str, Any]:
    """Build the body of a streaming request."""
    options: dict[str, Any] = {"num_ctx": settings.num_ctx}
    if request.temperature is not None:
        options["temperature"] = request.temperature
    if request.max_tokens is not None:
        options["num_predict"] = request.max_tokens
    body: dict[str, Any] = {
        "model": model,
        "messages": [message(m) for m in prepared(request.messages, template)],
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
            {
                "id": call.id,
                "function": {"name": call.name or "unknown", "arguments": call.arguments},
            }
            for call in m.tool_calls
        ]
    if m.tool_name:
        wire["tool_name"] = m.tool_name
    return wire


class ReplyDecoder:
    """Turns the lines of a stream into model chunks.

    Attributes:
        done: the last line was received.
    """

    def __init__(self) -> None:
        self.done = False
        self._stream = JsonStream(LINE)
        self._calls = 0

    @property
    def finished(self) -> bool:
        """Whether the response may end here: only after the last line."""
        return self.done

    def end(self) -> Iterator[ModelChunk]:
        """Nothing: the last line ends the reply."""
        return iter(())

    def feed(self, data: bytes) -> Iterable[ModelChunk]:
        """Decode one line.

        Raises:
            ErrorReply: Ollama reports an error within its reply.
            Unreadable: the line is not part of a reply.
        """
        line = self._stream.feed(data)
        return () if line is None else self._take(line)

    def close(self) -> Iterator[ModelChunk]:
        """Take the end of the response, which completes a reply that spans lines.

        Raises:
            ErrorReply, Unreadable: as `feed`.
        """
        line = self._stream.end()
        if line is not None:
            yield from self._take(line)

    def _take(self, line: Line) -> Iterator[ModelChunk]:
        if line.message is not None:
            yield from self._message(line.message)
        if line.error or self._stream.failed:
            raise ErrorReply(IN_REPLY, msgspec.json.encode({"error": line.error}), in_reply=True)
        if line.tool_error:
            body = msgspec.json.encode({TOOL_ERROR: line.tool_error})
            raise ErrorReply(IN_REPLY, body, in_reply=True)
        if line.done:
            self.done = True
            usage = Usage(
                input_tokens=count(line.prompt_eval_count) or 0,
                output_tokens=count(line.eval_count) or 0,
            )
            reason = finish_reason(line.done_reason, calls=self._calls > 0)
            yield Finish(reason=reason, usage=usage)

    def _message(self, message: MessageWire) -> Iterator[ModelChunk]:
        if message.thinking:
            for _, text in texts_in(message.thinking, "reasoning"):
                yield TextDelta(kind="reasoning", text=text)
        if type(message.content) is str:
            if message.content:
                yield TextDelta(kind="answer", text=message.content)
        elif message.content:
            for kind, text in texts_in(message.content, "answer"):
                yield TextDelta(kind=kind, text=text)
        for call in message.tool_calls or ():
            id_ = call.id or f"call_{self._calls}"
            self._calls += 1
            arguments, error = arguments_of(call.function.arguments)
            name = call.function.name.strip()
            yield ToolCall(id=id_, name=name, arguments=arguments, error=error)
