"""Decodes the streamed reply of chat completions into model chunks. Pure: no I/O."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from basicchat.domain.chat import Finish, ModelChunk, TextDelta, ToolCall
from basicchat.domain.runs import Usage
from basicchat.llm.content import texts_in
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.finish import finish_reason
from basicchat.llm.framing import JsonStream, Unreadable
from basicchat.llm.lenient import count
from basicchat.llm.openai_wire import (
    CHUNK,
    DELTA,
    CallDelta,
    ChoiceWire,
    ChunkWire,
    DeltaWire,
    FunctionDelta,
    UsageWire,
)
from basicchat.llm.tool_wire import arguments_of

MAX_CALLS = 128
MAX_ARGUMENT_CHARACTERS = 1 << 20
# An error within a reply that names no status.
IN_REPLY = 500


class ReplyDecoder:
    """Turns the lines of a stream into model chunks.

    Text is passed on at once. Tool calls are assembled by their index and passed on when the model
    has finished, followed by `Finish`.

    Attributes:
        done: the reply is complete.
    """

    def __init__(self) -> None:
        self.done = False
        self._stream = JsonStream(CHUNK)
        self._calls: dict[int, tuple[str, str, list[Any]]] = {}
        self._size = 0
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._refusal: list[str] = []

    def feed(self, line: bytes) -> Iterable[ModelChunk]:
        """Decode one line.

        Raises:
            ErrorReply: the server reports an error within its reply.
            Unreadable: the line is not part of a chat completion.
        """
        chunk = self._stream.feed(line)
        if chunk is None:
            return self.end() if self._stream.done and not self.done else ()
        text = _only_text(chunk)
        return self._take(chunk) if text is None else (TextDelta(kind="answer", text=text),)

    def close(self) -> Iterator[ModelChunk]:
        """Take the end of the response, which completes a reply that is not a stream.

        Raises:
            ErrorReply, Unreadable: as `feed`.
        """
        chunk = self._stream.end()
        if chunk is not None:
            yield from self._take(chunk)

    def end(self) -> Iterator[ModelChunk]:
        """End the reply, if the model has finished or the server said so."""
        self.done = True
        calls = {n: each for n, each in sorted(self._calls.items()) if each[1] or each[2]}
        for index, (id_, name, pieces) in calls.items():
            arguments, error = arguments_of(_joined(pieces))
            yield ToolCall(id=id_ or f"call_{index}", name=name, arguments=arguments, error=error)
        refusal = "".join(self._refusal)
        reason = finish_reason(self._reason, calls=bool(calls), refused=bool(refusal))
        yield Finish(reason=reason, usage=self._usage, detail=refusal)

    @property
    def finished(self) -> bool:
        """Whether the finish reason was received, after which the stream may end at any time."""
        return self._reason is not None

    def _take(self, chunk: ChunkWire) -> Iterator[ModelChunk]:
        if chunk.usage is not None:
            self._usage = _usage(chunk.usage)
        if chunk.choices:
            yield from self._choice(chunk.choices[0])
        elif isinstance(chunk.message, dict) and "content" in chunk.message:
            # A message without the envelope of choices, as in Ollama's own format.
            self._reason = self._reason or "stop"
            yield from self._delta(DELTA.convert(chunk.message))
            return
        # Some proxies add an empty `error` to every chunk.
        if chunk.is_error or self._stream.failed:
            raise ErrorReply(_status(chunk), msgspec.json.encode(chunk), in_reply=True)

    def _choice(self, choice: ChoiceWire) -> Iterator[ModelChunk]:
        whole = choice.delta is None and choice.message is not None
        delta = choice.delta or choice.message
        if delta is not None:
            yield from self._delta(delta)
        elif choice.text:
            yield TextDelta(kind="answer", text=choice.text)
        self._reason = choice.finish_reason or self._reason
        if whole and self._reason is None and (delta and (delta.content or delta.tool_calls)):
            # A complete message needs no reason to be the whole reply, unless more follow.
            self._reason = "stop"

    def _delta(self, delta: DeltaWire) -> Iterator[ModelChunk]:
        thought = delta.reasoning_content or delta.reasoning or delta.thinking
        if thought:
            for _, text in texts_in(thought, "reasoning"):
                yield TextDelta(kind="reasoning", text=text)
        content = delta.content
        if content:
            if type(content) is str:
                yield TextDelta(kind="answer", text=content)
            else:
                for kind, text in texts_in(content, "answer"):
                    yield TextDelta(kind=kind, text=text)
        if delta.refusal and isinstance(delta.refusal, str):
            self._refusal.append(delta.refusal)
        for piece in delta.tool_calls or ():
            self._assemble(piece)
        if delta.function_call is not None:
            self._assemble(CallDelta(function=delta.function_call, index=0))

    def _assemble(self, piece: CallDelta) -> None:
        last = max(self._calls, default=-1)
        index = piece.index if piece.index is not None else last + bool(piece.id or last < 0)
        id_, name, pieces = self._calls.get(index, ("", "", []))
        # Some servers number every call 0 and distinguish them by id only.
        if id_ and piece.id and piece.id != id_:
            index, id_, name, pieces = last + 1, "", "", []
        function = piece.function or FunctionDelta()
        if function.arguments is not None:
            pieces.append(function.arguments)
            self._size += len(function.arguments) if isinstance(function.arguments, str) else 1
        self._calls[index] = (id_ or piece.id or "", name or (function.name or "").strip(), pieces)
        if self._size > MAX_ARGUMENT_CHARACTERS or len(self._calls) > MAX_CALLS:
            raise Unreadable


def _only_text(chunk: ChunkWire) -> str | None:
    """The text of a chunk that contains nothing else, as nearly all do."""
    choices = chunk.choices
    if not choices or chunk.usage is not None or chunk.error is not None:
        return None
    choice = choices[0]
    delta = choice.delta
    if delta is None or choice.finish_reason is not None or type(delta.content) is not str:
        return None
    other = (
        delta.reasoning_content or delta.reasoning or delta.thinking or delta.refusal
        or delta.tool_calls or delta.function_call or chunk.object == "error"
    )  # fmt: skip
    return None if other else delta.content or None


def _joined(pieces: list[Any]) -> Any:
    """The arguments of a call: pieces of JSON, or one object."""
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if len(texts) == len(pieces):
        return "".join(texts)
    return next(piece for piece in reversed(pieces) if not isinstance(piece, str))


def _usage(usage: UsageWire) -> Usage:
    return Usage(
        input_tokens=count(usage.prompt_tokens) or 0,
        output_tokens=count(usage.completion_tokens) or 0,
    )


def _status(chunk: ChunkWire) -> int:
    """The HTTP status of an error within a stream."""
    inner = chunk.error if isinstance(chunk.error, dict) else {}
    named = (inner.get("code"), inner.get("status"), inner.get("status_code"))
    for code in map(count, (*named, chunk.code, chunk.status)):
        if code is not None and 400 <= code <= 599:
            return code
    return IN_REPLY
