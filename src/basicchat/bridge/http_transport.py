"""The bridge's way over Streamable HTTP, for where WebSocket is blocked.

Both eras: sessions by `Mcp-Session-Id` (2025-11-25, basic/transports), and requests that stand for
themselves, whose headers repeat what the body says (2026-07-28, basic/transports).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import httpx2
import msgspec

from basicchat.bridge.errors import INVALID_TOKEN, connect_failure
from basicchat.bridge.http_headers import META_VERSION, VERSION, RoutingHeaders
from basicchat.bridge.transports import (
    OPEN_SECONDS,
    ConnectionLost,
    Refused,
    ServerNotFound,
    is_local,
)
from basicchat.client.sse import EventStreamParser
from basicchat.client.task_group import TaskGroup
from basicchat.domain.errors import Forbidden
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Id, Message, Notification, Reply, Request
from basicchat.protocol.errors import Close

SESSION = "mcp-session-id"
# A stream shows a sign of life every 15 s.
READ_SECONDS = 45.0
MAX_INCOMING = 1000
MAX_POSTS = 200
MAX_ERROR_BYTES = 64 * 1024
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
LATEST = "2026-07-28"
META = {
    META_VERSION: LATEST,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "basicchat-bridge", "version": "1"},
}
# What the way to a server says when the server is not there.
GATEWAY = (502, 503, 504)
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BROKEN = (httpx2.HTTPError, httpx2.StreamError)


class HttpTransport:
    """Over HTTP; see `Transport`.

    Args:
        url: of `/mcp`.
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
        self._session: dict[str, str] = {}
        self._headers = RoutingHeaders()
        self.unsent: set[Id] = set()

    async def open(self) -> None:
        """Ask whether the server is there and knows the token; see `Transport`."""
        probe = frames.encode_request("bridge", "server/discover", {"_meta": META})
        headers = {VERSION: LATEST, "mcp-method": "server/discover"}
        try:
            answer = await self._http.post(self._url, content=probe, headers=headers)
        except httpx2.TimeoutException as late:
            raise ServerNotFound(f"It did not answer within {OPEN_SECONDS:.0f} s") from late
        except _BROKEN as absent:
            cause = absent.__cause__
            told = connect_failure(cause) if isinstance(cause, OSError) else "Nothing listens there"
            raise ServerNotFound(told) from absent
        if answer.status_code in (401, 403):
            raise _refusal(answer.status_code, answer.content)
        if not isinstance(frames.decode(answer.content), Reply):
            raise ServerNotFound(
                f"What answers there is no MCP server, or is stopping: {_status(answer)}"
            )

    async def send(self, frame: bytes, message: Message) -> None:
        """Post a frame; see `Transport`."""
        if isinstance(message, Request):
            await self._places.acquire()
            task = self._tasks.spawn(self._exchange(frame, message))
            self._posts[message.id] = task
            if message.method == "initialize":
                # What follows needs its session.
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
        """Closing its stream is how a request is cancelled where there are no sessions."""
        named = (message.params or {}).get("requestId")
        task = self._posts.get(named) if isinstance(named, int | str) else None
        if task is not None and not self._session:
            task.cancel()

    async def _exchange(self, frame: bytes, message: Request) -> None:
        try:
            await self._post(frame, message)
        finally:
            self._posts.pop(message.id, None)
            self._places.release()

    async def _post(self, frame: bytes, message: Message) -> None:
        headers = {**self._session, **self._headers.of(message)}
        asked = message if isinstance(message, Request) else None
        try:
            async with self._http.stream(
                "POST", self._url, content=frame, headers=headers
            ) as answer:
                await self._take(answer, asked)
        except _UNSENT:
            if asked is not None:
                self.unsent.add(asked.id)
            self._end(ConnectionLost())
        except _BROKEN:
            self._end(ConnectionLost())

    async def _listen(self) -> None:
        """The stream of what a session is told beside answers."""
        try:
            async with self._http.stream("GET", self._url, headers=self._session) as answer:
                if answer.status_code == HTTPStatus.OK:
                    await self._events(answer)
                # Its end is the session's, or the server's.
                self._end(ConnectionLost())
        except _BROKEN:
            self._end(ConnectionLost())

    async def _take(self, answer: httpx2.Response, asked: Request | None) -> None:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            answered = await self._events(answer, asked)
            if asked is not None and not answered:
                self._end(ConnectionLost())
            return
        body = await answer.aread()
        message = frames.decode(body) if body else None
        if answer.status_code in (401, 403) and not isinstance(message, Reply):
            refused = _refusal(answer.status_code, body).error
            code = Close.UNAUTHENTICATED if answer.status_code == 401 else Close.FORBIDDEN
            self._end(ConnectionLost(code, refused.message))
        elif answer.status_code in GATEWAY or (answer.status_code == 404 and self._session):
            self._end(ConnectionLost())
        elif asked is not None:
            if asked.method == "initialize" and isinstance(message, Reply) and message.result:
                self._begin(answer, message.result)
            known = isinstance(message, Reply) and message.id == asked.id
            if known and isinstance(message, Reply):
                self._headers.learn(asked, message)
            await self._incoming.put(body if known else _unexpected(asked, answer, body))

    def _begin(self, answer: httpx2.Response, result: dict[str, Any]) -> None:
        told = {SESSION: answer.headers.get(SESSION), VERSION: result.get("protocolVersion")}
        self._session = {name: str(value) for name, value in told.items() if value is not None}

    async def _events(self, answer: httpx2.Response, asked: Request | None = None) -> bool:
        """Take what a stream of events brings, until it ends; whether it held the answer."""
        parser, answered = EventStreamParser(), False
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
        """What comes; see `Transport`."""
        while not isinstance(frame := await self._incoming.get(), ConnectionLost):
            yield frame
        raise frame

    async def close(self) -> None:
        """End it, and the session; see `Transport`."""
        await self._tasks.cancel()
        if SESSION in self._session and not self._lost:
            # If that does not arrive, it ends by itself after a while.
            with suppress(*_BROKEN):
                await self._http.delete(self._url, headers=self._session, timeout=1.0)
        await self._http.aclose()


def _refusal(status: int, body: bytes) -> Refused:
    if status == 401:
        return Refused(INVALID_TOKEN)
    told = _told(body) or "The server, or something on the way to it, does not let this user in"
    return Refused(Forbidden(told, hint="Ask whoever runs the server."))


def _told(body: bytes) -> str | None:
    """What an error of the server's says, wherever it is one."""
    try:
        found = msgspec.json.decode(body[:MAX_ERROR_BYTES])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    error = found.get("error") if isinstance(found, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else None


def _unexpected(asked: Request, answer: httpx2.Response, body: bytes) -> bytes:
    """The answer to a request that was refused as a whole, or answered with something else."""
    told = _told(body) or f"The server answered with {_status(answer)}"
    return frames.encode_error(asked.id, frames.INVALID_REQUEST, told)


def _status(answer: httpx2.Response) -> str:
    try:
        return f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}"
    except ValueError:
        return str(answer.status_code)
