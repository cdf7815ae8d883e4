"""The bridge's transport over Streamable HTTP, for networks that block WebSocket.

Supports both eras: sessions by `Mcp-Session-Id` (2025-11-25, basic/transports), and requests that
stand alone, whose headers repeat parts of the body (2026-07-28, basic/transports).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import httpx2

from basicchat.bridge.errors import connect_failure
from basicchat.bridge.http_headers import META_VERSION, VERSION, RoutingHeaders
from basicchat.bridge.http_replies import (
    error_message,
    error_reason,
    refusal,
    retry_after,
    status,
    unexpected,
)
from basicchat.bridge.transports import (
    OPEN_SECONDS,
    ConnectionLost,
    ServerNotFound,
    is_local,
)
from basicchat.client.sse import EventStreamParser
from basicchat.client.task_group import TaskGroup
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Id, Message, Notification, Reply, Request
from basicchat.protocol.errors import Close

SESSION = "mcp-session-id"
# The server pings its streams every 15 s.
READ_SECONDS = 45.0
MAX_INCOMING = 1000
MAX_POSTS = 200
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
LATEST = "2026-07-28"
META = {
    META_VERSION: LATEST,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "basicchat-bridge", "version": "1"},
}
# Statuses of proxies whose server is not there.
GATEWAY = (502, 503, 504)
# The reason of the error of a server that is stopping.
STOPPING = "server_stopping"
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BROKEN = (httpx2.HTTPError, httpx2.StreamError)


class HttpTransport:
    """Relays over HTTP; see `Transport`.

    Args:
        url: the URL of `/mcp`.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = httpx2.AsyncClient(
            headers={**ACCEPT, "authorization": f"Bearer {token}"},
            timeout=httpx2.Timeout(OPEN_SECONDS, read=READ_SECONDS),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=10),
            verify=ssl.create_default_context(),
            trust_env=not is_local(url),
        )
        self._incoming: asyncio.Queue[bytes | ConnectionLost] = asyncio.Queue(MAX_INCOMING)
        self._lost = False
        self._tasks = TaskGroup()
        self._places = asyncio.Semaphore(MAX_POSTS)
        self._posts: dict[Id, asyncio.Task[None]] = {}
        self._cancelled: set[Id] = set()
        self._session: dict[str, str] = {}
        self._headers = RoutingHeaders()
        self.unsent: set[Id] = set()

    async def open(self) -> None:
        """Check that the server answers and accepts the token; see `Transport`."""
        probe = frames.encode_request("bridge", "server/discover", {"_meta": META})
        headers = {VERSION: LATEST, "mcp-method": "server/discover"}
        try:
            answer = await self._http.post(self._url, content=probe, headers=headers)
        except httpx2.TimeoutException as late:
            raise ServerNotFound(f"it did not answer within {OPEN_SECONDS:.0f} s") from late
        except _BROKEN as absent:
            cause = absent.__cause__
            why = connect_failure(cause) if isinstance(cause, OSError) else "nothing listens there"
            raise ServerNotFound(why) from absent
        if answer.status_code in (401, 403):
            raise refusal(answer.status_code, answer.content)
        if not isinstance(frames.decode(answer.content), Reply):
            raise ServerNotFound(
                f"what answers there is not an MCP server, or is stopping: {status(answer)}",
                retry_after(answer),
            )

    async def send(self, frame: bytes, message: Message) -> None:
        """Post a frame; see `Transport`."""
        if isinstance(message, Request):
            await self._places.acquire()
            task = self._tasks.spawn(self._exchange(frame, message))
            self._posts[message.id] = task
            if message.method == "initialize":
                # The next messages need its session.
                await asyncio.wait([task])
            return
        if isinstance(message, Notification) and message.method == "notifications/cancelled":
            self._give_up(message)
            if not self._session:
                return
        await self._post(frame, message)
        if isinstance(message, Notification) and message.method == "notifications/initialized":
            self._tasks.spawn(self._listen())

    def _give_up(self, message: Notification) -> None:
        """Without sessions, a request is cancelled by closing its stream."""
        named = (message.params or {}).get("requestId")
        task = self._posts.get(named) if isinstance(named, int | str) else None
        if task is None or not isinstance(named, int | str):
            return
        self._cancelled.add(named)
        if not self._session:
            task.cancel()

    async def _exchange(self, frame: bytes, message: Request) -> None:
        try:
            await self._post(frame, message)
        finally:
            self._posts.pop(message.id, None)
            self._cancelled.discard(message.id)
            self._places.release()

    async def _post(self, frame: bytes, message: Message) -> None:
        headers = {**self._session, **self._headers.of(message)}
        asked = message if isinstance(message, Request) else None
        try:
            async with self._http.stream(
                "POST", self._url, content=frame, headers=headers
            ) as answer:
                await self._read_response(answer, asked)
        except _UNSENT:
            if asked is not None:
                self.unsent.add(asked.id)
            self._end(ConnectionLost())
        except _BROKEN:
            self._end(ConnectionLost())

    async def _listen(self) -> None:
        """Read the session's stream of messages that belong to no request."""
        try:
            async with self._http.stream("GET", self._url, headers=self._session) as answer:
                parser = EventStreamParser()
                if answer.status_code == HTTPStatus.OK:
                    await self._events(answer, parser)
                # It ends with the session or with the server.
                self._end(ConnectionLost(retry_after=parser.retry_seconds))
        except _BROKEN:
            self._end(ConnectionLost())

    async def _read_response(self, answer: httpx2.Response, asked: Request | None) -> None:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            parser = EventStreamParser()
            answered = await self._events(answer, parser, asked)
            # The stream of a request that the client cancelled ends without an answer.
            if asked is not None and not answered and asked.id not in self._cancelled:
                self._end(ConnectionLost(retry_after=parser.retry_seconds))
            return
        body = await answer.aread()
        message = frames.decode(body) if body else None
        if answer.status_code in (401, 403) and not isinstance(message, Reply):
            refused = refusal(answer.status_code, body).error
            code = Close.UNAUTHENTICATED if answer.status_code == 401 else Close.FORBIDDEN
            self._end(ConnectionLost(code, refused.message))
        elif error_reason(body) == STOPPING and not isinstance(message, Reply):
            # The server has not begun to work on it.
            if asked is not None:
                self.unsent.add(asked.id)
            why = error_message(body) or ""
            self._end(ConnectionLost(Close.DRAINING, why, retry_after=retry_after(answer)))
        elif answer.status_code in GATEWAY or (answer.status_code == 404 and self._session):
            self._end(ConnectionLost(retry_after=retry_after(answer)))
        elif asked is not None:
            if asked.method == "initialize" and isinstance(message, Reply) and message.result:
                self._begin(answer, message.result)
            known = isinstance(message, Reply) and message.id == asked.id
            if known and isinstance(message, Reply):
                self._headers.learn(asked, message)
            await self._incoming.put(body if known else unexpected(asked, answer, body))

    def _begin(self, answer: httpx2.Response, result: dict[str, Any]) -> None:
        headers = {SESSION: answer.headers.get(SESSION), VERSION: result.get("protocolVersion")}
        self._session = {name: str(value) for name, value in headers.items() if value is not None}

    async def _events(
        self, answer: httpx2.Response, parser: EventStreamParser, asked: Request | None = None
    ) -> bool:
        """Read a stream of events until it ends; returns whether it contained the answer."""
        answered = False
        async for piece in answer.aiter_bytes():
            for event in parser.push(piece):
                if not event.data:
                    continue
                frame = event.data.encode()
                message = frames.decode(frame)
                if asked is not None and isinstance(message, Reply) and message.id == asked.id:
                    answered = True
                    self._headers.learn(asked, message)
                    if asked.method == "initialize" and message.result:
                        self._begin(answer, message.result)
                await self._incoming.put(frame)
        return answered

    def _end(self, lost: ConnectionLost) -> None:
        if not self._lost:
            self._lost = True
            self._tasks.spawn(self._incoming.put(lost))

    async def frames(self) -> AsyncIterator[bytes]:
        """The received frames; see `Transport`."""
        while not isinstance(frame := await self._incoming.get(), ConnectionLost):
            yield frame
        raise frame

    async def close(self) -> None:
        """Close the transport and the session; see `Transport`."""
        await self._tasks.cancel()
        if SESSION in self._session and not self._lost:
            # If this does not arrive, the session expires.
            with suppress(*_BROKEN):
                await self._http.delete(self._url, headers=self._session, timeout=1.0)
        await self._http.aclose()
