"""A server with Ollama's wire format, controlled by tests.

Source of the format: Ollama's API reference. It uses plain asyncio streams, so that a test controls
every byte: late headers, silence, broken connections, garbage.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import msgspec

from basicchat.testing.http_exchange import Received, read_request, send_chunk, send_json
from basicchat.testing.loopback import listening

CREATED = "2026-03-01T09:00:00.10Z"
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
)
REQUESTS_KEPT = 256


class Error(msgspec.Struct, frozen=True):
    """An error with this text: an HTTP error if it comes first and has a `status`, else a line."""

    text: str
    status: int | None = None


class Raw(msgspec.Struct, frozen=True):
    """Bytes to send unchanged: garbage, or a huge line."""

    data: bytes


class Thought(msgspec.Struct, frozen=True):
    """A piece of reasoning."""

    text: str


class Call(msgspec.Struct, frozen=True):
    """A whole tool call."""

    name: str
    arguments: dict[str, Any]
    id: str | None = None


# Items of a reply besides text: send nothing (not even headers, if it comes first) until the client
# disconnects; break the connection.
SILENCE: Literal["<silence>"] = "<silence>"
BREAK: Literal["<break>"] = "<break>"

Item = str | Thought | Call | Error | Raw


class Served(msgspec.Struct, frozen=True):
    """A model of the server; `context` in tokens."""

    name: str
    capabilities: tuple[str, ...] = ("completion", "tools", "thinking")
    context: int = 8192
    loaded: bool = False


class OllamaServer:
    """The server; made by `ollama_server`.

    Attributes:
        reply: the next reply of `/api/chat`: pieces of the answer (`str`), `Thought`, `Call`,
            `Error`, `Raw`, SILENCE or BREAK. Or a callable that takes the request's body.
        requests: the newest 256 requests.
        asked: set when a request has arrived.
        disconnected: set when a client has disconnected before its reply was complete.
        port: its port on 127.0.0.1.
        vector: computes the embedding of a text.
    """

    def __init__(self, models: Sequence[Served]) -> None:
        self.models = {model.name: model for model in models}
        self.reply: Iterable[Item] | Callable[[dict[str, Any]], Iterable[Item]] = ("Hello",)
        self.requests: deque[Received] = deque(maxlen=REQUESTS_KEPT)
        self.disconnected = asyncio.Event()
        self.asked = asyncio.Event()
        self.port = 0
        self.vector: Callable[[str], list[float]] = unit_vector

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, request by request."""
        try:
            while (request := await read_request(reader)) is not None:
                self.requests.append(request)
                self.asked.set()
                if request.path == "/api/chat":
                    await self._chat(request.body, reader, writer)
                else:
                    await send_json(writer, *self._answer(request))
        except ConnectionAbortedError:
            return  # broken by the script, not by the client
        except (ConnectionError, asyncio.IncompleteReadError):
            self.disconnected.set()
        finally:
            writer.close()

    def _answer(self, request: Received) -> tuple[int, Any]:
        match request.method, request.path:
            case "GET", "/api/version":
                return 200, {"version": "0.20.1"}
            case "GET", "/api/tags":
                return 200, {"models": [tag(model) for model in self.models.values()]}
            case "GET", "/api/ps":
                return 200, {"models": [tag(m) for m in self.models.values() if m.loaded]}
            case "POST", "/api/show" | "/api/embed":
                return self._about(request)
        return 404, {"error": "404 page not found"}

    def _about(self, request: Received) -> tuple[int, Any]:
        model = self.models.get(request.body.get("model", ""))
        if model is None:
            return 404, {"error": f"model '{request.body.get('model')}' not found"}
        if request.path == "/api/show":
            return 200, show(model)
        texts = request.body["input"]
        texts = [texts] if isinstance(texts, str) else texts
        vectors = [self.vector(text) for text in texts]
        return 200, {"model": model.name, "embeddings": vectors, "prompt_eval_count": len(texts)}

    async def _chat(
        self, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        name = body.get("model", "")
        items = self.reply(body) if callable(self.reply) else self.reply
        if name not in self.models:
            items = [Error(f"model '{name}' not found", 404)]
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await self._stream(name, items, writer, gone)
        finally:
            if not gone.done():
                gone.cancel()
                with suppress(asyncio.CancelledError):
                    await gone

    async def _stream(
        self,
        name: str,
        items: Iterable[Item],
        writer: asyncio.StreamWriter,
        gone: asyncio.Future[bytes],
    ) -> None:
        count = 0
        for count, item in enumerate(items, 1):
            if isinstance(item, Error) and item.status and count == 1:
                await send_json(writer, item.status, {"error": item.text})
                return
            if item == SILENCE:
                await gone
                raise ConnectionResetError
            if item == BREAK:
                writer.transport.abort()
                raise ConnectionAbortedError
            if count == 1:
                writer.write(STREAM_HEAD)
            await send_chunk(writer, line(name, item))
            await asyncio.sleep(0)  # an endless reply must let the client's going be noticed
            if gone.done():
                raise ConnectionResetError
            if isinstance(item, Error):
                break
        else:
            await send_chunk(writer, last_line(name, count))
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def line(model: str, item: Item) -> bytes:
    """Write one item of a reply as a line."""
    if isinstance(item, Raw):
        return item.data
    if isinstance(item, Error):
        return encode({"error": item.text})
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    match item:
        case str():
            message["content"] = item
        case Thought():
            message["thinking"] = item.text
        case Call():
            function = {"index": 0, "name": item.name, "arguments": item.arguments}
            call = {"function": function} | ({"id": item.id} if item.id else {})
            message["tool_calls"] = [call]
    return encode({"model": model, "created_at": CREATED, "message": message, "done": False})


def last_line(model: str, count: int) -> bytes:
    """Write the line that ends a reply of so many pieces."""
    return encode(
        {
            "model": model,
            "created_at": CREATED,
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": "stop",
            "total_duration": 250_000_000,
            "prompt_eval_count": 31,
            "eval_count": count,
        }
    )


def tag(model: Served) -> dict[str, Any]:
    """A model in the format of `/api/tags` and `/api/ps`."""
    return {
        "name": model.name,
        "model": model.name,
        "modified_at": "2026-02-03T04:05:06Z",
        "size": 700_000_000,
        "digest": hashlib.sha256(repr(model).encode()).hexdigest(),
        "details": {"format": "gguf", "family": "llama", "parameter_size": "1.0B"},
    }


def show(model: Served) -> dict[str, Any]:
    """A model in the format of `/api/show`."""
    return {
        "parameters": "num_ctx 4096",
        "template": "{{ .Prompt }}",
        "details": {"family": "llama"},
        "model_info": {"general.architecture": "llama", "llama.context_length": model.context},
        "capabilities": list(model.capabilities),
    }


def unit_vector(text: str) -> list[float]:
    """A vector of length 1, deterministic for each text."""
    digest = hashlib.sha256(text.encode()).digest()[:8]
    length = sum(byte * byte for byte in digest) ** 0.5
    return [byte / length for byte in digest]


def encode(value: Any) -> bytes:
    """One object on one line."""
    return msgspec.json.encode(value) + b"\n"


@asynccontextmanager
async def ollama_server(*models: Served) -> AsyncIterator[OllamaServer]:
    """Run the server on a free port of 127.0.0.1 until the block ends.

    Args:
        models: its models; by default one, `tiny:1b`, with all capabilities.
    """
    server = OllamaServer(models or (Served("tiny:1b"),))
    async with listening(server.serve) as server.port:
        yield server
