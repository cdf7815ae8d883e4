"""Streamable HTTP in front, MCP over WebSocket behind: lets clients of the one test the other.

A request of 2026-07-28 gets a connection of its own, as it stands for itself; an `initialize` gets
one for its session. What HTTP alone prescribes (headers, statuses) is done here.
"""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types import HEADER_MISMATCH, METHOD_NOT_FOUND
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from support.servers import SECONDS

Message = dict[str, Any]
SESSION, VERSION = "mcp-session-id", "mcp-protocol-version"
# Clients seldom end their sessions; like the server over HTTP, this one ends the oldest.
MAX_SESSIONS = 8


class Session:
    """A connection of the older era, and the streams that its messages go to."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.asked: dict[object, asyncio.Queue[Message]] = {}
        self.listening: asyncio.Queue[Message] | None = None

    async def read(self) -> None:
        """Give each message to the stream of its request; what belongs to none, to the newest."""
        with suppress(ConnectionClosed):
            async for raw in self.socket:
                message = json.loads(raw)
                if "method" not in message:
                    self.asked[message.get("id")].put_nowait(message)
                else:
                    self._stream().put_nowait(message)

    def _stream(self) -> asyncio.Queue[Message]:
        if self.asked:
            return list(self.asked.values())[-1]
        return self.listening or asyncio.Queue()


class Front:
    """The HTTP side.

    Args:
        url: of the WebSocket behind.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._sessions: dict[str, Session] = {}
        self._names = (f"s{number}" for number in itertools.count())
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = Starlette(
            routes=[Route("/mcp", self.serve, methods=["POST", "GET", "DELETE", "OPTIONS"])]
        )

    def _connect(self) -> Any:
        return connect(self._url, subprotocols=[Subprotocol("mcp")], max_size=None)

    async def serve(self, request: Request) -> Response:
        """Serve one request."""
        host = (request.url.hostname or "", request.headers.get("origin"))
        if host[0] not in ("127.0.0.1", "localhost") or (host[1] and "evil" in host[1]):
            return Response(status_code=403)
        session = self._sessions.get(request.headers.get(SESSION, ""))
        if request.headers.get(SESSION) and session is None:
            return Response(status_code=404)
        if request.method == "GET":
            return self._listen(session) if session else Response(status_code=405)
        if request.method == "DELETE":
            return await self._end(request.headers[SESSION])
        message = json.loads(await request.body())
        if session is not None:
            return await self._in_session(session, message)
        modern = request.headers.get(VERSION, "") >= "2026" or "_meta" in message.get("params", {})
        if message.get("method") == "initialize" and not modern:
            return await self._begin(message)
        return await self._alone(request, message)

    async def _begin(self, message: Message) -> Response:
        socket = await self._connect()
        await socket.send(json.dumps(message))
        answer = json.loads(await socket.recv())
        if len(self._sessions) == MAX_SESSIONS:
            await self._end(next(iter(self._sessions)))
        name = next(self._names)
        session = self._sessions[name] = Session(socket)
        self._start(session.read())
        return JSONResponse(answer, headers={SESSION: name})

    async def close(self) -> None:
        """End all sessions."""
        for name in list(self._sessions):
            await self._end(name)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, name: str) -> Response:
        await self._sessions.pop(name).socket.close()
        return Response(status_code=200)

    async def _in_session(self, session: Session, message: Message) -> Response:
        if "method" not in message or "id" not in message:
            await session.socket.send(json.dumps(message))
            return Response(status_code=202)
        stream: asyncio.Queue[Message] = asyncio.Queue()
        session.asked[message["id"]] = stream
        await session.socket.send(json.dumps(message))

        async def events() -> AsyncIterator[str]:
            try:
                while True:
                    said = await stream.get()
                    yield _event(said)
                    if "method" not in said:
                        return
            finally:
                session.asked.pop(message["id"], None)

        return StreamingResponse(events(), media_type="text/event-stream")

    def _listen(self, session: Session) -> Response:
        stream = session.listening = asyncio.Queue()

        async def events() -> AsyncIterator[str]:
            yield ": listening\n\n"
            while True:
                yield _event(await stream.get())

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _alone(self, request: Request, message: Message) -> Response:
        fault = _header_fault(request, message)
        if fault is not None:
            return _refused(message, HEADER_MISMATCH, fault)
        if message.get("method") == "initialize":
            return _refused(message, METHOD_NOT_FOUND, "not since 2026-07-28")
        socket = await self._connect()
        await socket.send(json.dumps(message))
        if "id" not in message:
            await socket.close()
            return Response(status_code=202)
        first = json.loads(await socket.recv())
        if "method" not in first:
            await socket.close()
            code = first.get("error", {}).get("code")
            return JSONResponse(first, ERROR_CODE_HTTP_STATUS.get(code, 200))

        async def events() -> AsyncIterator[str]:
            # A client that goes away cancels the request, by closing its connection.
            async with socket:
                yield _event(first)
                while True:
                    said = json.loads(await socket.recv())
                    yield _event(said)
                    if "method" not in said:
                        return

        return StreamingResponse(events(), media_type="text/event-stream")


def _refused(message: Message, code: int, text: str) -> Response:
    told = {"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text}}
    return JSONResponse(told, ERROR_CODE_HTTP_STATUS[code])


def _event(message: Message) -> str:
    return f"event: message\ndata: {json.dumps(message)}\n\n"


def _header_fault(request: Request, message: Message) -> str | None:
    """Whether the header for the revision is there, and says what the message does."""
    meta = message.get("params", {}).get("_meta", {})
    told = meta.get("io.modelcontextprotocol/protocolVersion")
    sent = request.headers.get(VERSION)
    if told is not None and sent != told:
        return f"{VERSION}: {sent} was sent, {told} is meant"
    return None


class Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def http_over_socket(url: str) -> AsyncIterator[str]:
    """The address of a server that speaks HTTP for one that speaks WebSocket."""
    front = Front(url)
    config = uvicorn.Config(front.app, port=0, lifespan="off", log_config=None, loop="asyncio")
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(SECONDS):
        await server.listening.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.wait([serving])
        await front.close()
