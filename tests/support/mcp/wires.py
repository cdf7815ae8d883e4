"""One interface to every way that MCP comes: send a message, receive the next."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Protocol

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from basicchat.bridge.bridge import Bridge
from basicchat.bridge.early_answers import Stdio
from basicchat.domain.errors import Forbidden, Unauthenticated
from support.mcp.sockets import MCP, VERSION, note
from support.servers import SECONDS

Message = dict[str, Any]
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Wire(Protocol):
    """A client's end, that knows nothing of what the messages mean."""

    async def send(self, message: Message | str) -> None:
        """Send a message, or whatever else."""
        ...

    async def receive(self) -> Message:
        """The next message."""
        ...

    async def raw(self) -> str:
        """The next message as it came, however late. Raises EOFError at the end."""
        ...

    async def cancel(self, number: object) -> None:
        """Give a request up, the way that is usual here."""
        ...


class SocketWire:
    """Over WebSocket."""

    def __init__(self, opened: ClientConnection) -> None:
        self._opened = opened

    async def send(self, message: Message | str) -> None:
        try:
            await self._opened.send(_raw(message))
        except ConnectionClosed as closed:
            raise EOFError from closed

    async def receive(self) -> Message:
        return await _soon(self)

    async def raw(self) -> str:
        try:
            return str(await self._opened.recv(decode=True))
        except ConnectionClosed as closed:
            raise EOFError from closed

    async def cancel(self, number: object) -> None:
        await self.send(note("notifications/cancelled", requestId=number))


@asynccontextmanager
async def websocket(server: str, token: str) -> AsyncIterator[Wire]:
    url = server.replace("http", "ws", 1) + "/mcp"
    headers = {"authorization": f"Bearer {token}"}
    async with connect(url, subprotocols=[MCP], additional_headers=headers) as opened:
        yield SocketWire(opened)


class LineWire:
    """Over pipes, as a client of `basicchat mcp` has them."""

    def __init__(self, reader: asyncio.StreamReader, target: int) -> None:
        self._reader = reader
        self._target = target

    async def send(self, message: Message | str) -> None:
        os.write(self._target, _raw(message).encode() + b"\n")

    async def receive(self) -> Message:
        return await _soon(self)

    async def raw(self) -> str:
        if line := await self._reader.readline():
            return line.decode()
        raise EOFError

    async def cancel(self, number: object) -> None:
        await self.send(note("notifications/cancelled", requestId=number))


@asynccontextmanager
async def stdio(server: str, token: str) -> AsyncIterator[Wire]:
    """Through the bridge of `basicchat mcp --server`; tests of the program itself are elsewhere."""
    to_bridge, from_bridge = os.pipe(), os.pipe()
    files = os.fdopen(to_bridge[0], "rb", 0), os.fdopen(from_bridge[1], "wb", 0)
    running = asyncio.create_task(
        Bridge(lambda: Stdio(*files), 1 << 20, print).run(server, lambda: token, asyncio.Event())
    )
    reader = asyncio.StreamReader(limit=1 << 24)
    protocol = asyncio.StreamReaderProtocol(reader)
    source = os.fdopen(from_bridge[0], "rb", 0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: protocol, source)
    try:
        yield LineWire(reader, to_bridge[1])
    finally:
        os.close(to_bridge[1])
        async with asyncio.timeout(SECONDS):
            problem = await running
        assert problem is None or isinstance(problem, Unauthenticated | Forbidden)
        transport.close()


class HttpWire:
    """Over Streamable HTTP: a request each, whose streams flow together."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._session: dict[str, str] = {}
        self._came: asyncio.Queue[str] = asyncio.Queue()
        self._posts: dict[object, asyncio.Task[None]] = {}
        self._others: set[asyncio.Task[None]] = set()

    async def send(self, message: Message | str) -> None:
        number = message.get("id") if isinstance(message, dict) else None
        posting = asyncio.create_task(self._post(message))
        if isinstance(message, dict) and "method" in message and number is not None:
            self._posts[str(number)] = posting
            if message["method"] == "initialize":
                await posting
        else:
            await posting
            if self._session and "listening" not in self._session and _is_ready(message):
                self._listen()

    def _listen(self) -> None:
        self._session["listening"] = "yes"
        task = asyncio.create_task(self._get())
        self._others.add(task)

    async def _post(self, message: Message | str) -> None:
        headers = {**ACCEPT, **self._about(message)}
        body = _raw(message)
        async with self._client.stream("POST", "/mcp", content=body, headers=headers) as answer:
            if found := answer.headers.get("mcp-session-id"):
                self._session = {"mcp-session-id": found}
            await self._take(answer)

    async def _get(self) -> None:
        headers = {**ACCEPT, **self._about({})}
        async with self._client.stream("GET", "/mcp", headers=headers) as answer:
            await self._take(answer)

    async def _take(self, answer: httpx2.Response) -> None:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            async for line in answer.aiter_lines():
                if line.startswith("data:") and (data := line[5:].strip()):
                    self._came.put_nowait(data)
        elif body := await answer.aread():
            self._came.put_nowait(body.decode())

    def _about(self, message: Message | str) -> dict[str, str]:
        if self._session:
            session = {k: v for k, v in self._session.items() if k != "listening"}
            return {**session, "mcp-protocol-version": "2025-11-25"}
        if not isinstance(message, dict) or message.get("method") == "initialize":
            return {}
        params = message.get("params") or {}
        meta = params.get("_meta") or {}
        told = meta.get("io.modelcontextprotocol/protocolVersion", VERSION)
        about = {"mcp-protocol-version": told, "mcp-method": message.get("method", "")}
        key = NAMED.get(message.get("method", ""))
        return {**about, "mcp-name": str(params[key])} if key in params else about

    async def receive(self) -> Message:
        return await _soon(self)

    async def raw(self) -> str:
        return await self._came.get()

    async def cancel(self, number: object) -> None:
        if self._session:
            await self.send(note("notifications/cancelled", requestId=number))
        else:
            await self._stop(self._posts[str(number)])

    async def _stop(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def close(self) -> None:
        for task in (*self._posts.values(), *self._others):
            await self._stop(task)


@asynccontextmanager
async def http(server: str, token: str) -> AsyncIterator[Wire]:
    headers = {"authorization": f"Bearer {token}"}
    options: dict[str, Any] = {"timeout": SECONDS, "verify": False}
    async with httpx2.AsyncClient(base_url=server, headers=headers, **options) as client:
        wire = HttpWire(client)
        try:
            yield wire
        finally:
            await wire.close()


WAYS: dict[str, Callable[[str, str], AbstractAsyncContextManager[Wire]]] = {
    "http": http,
    "websocket": websocket,
    "stdio": stdio,
}


async def _soon(wire: Wire) -> Message:
    async with asyncio.timeout(SECONDS):
        return dict(json.loads(await wire.raw()))


def _raw(message: Message | str) -> str:
    return message if isinstance(message, str) else json.dumps(message)


def _is_ready(message: Message | str) -> bool:
    return isinstance(message, dict) and message.get("method") == "notifications/initialized"
