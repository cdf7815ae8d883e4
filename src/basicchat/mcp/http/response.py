"""Answers over HTTP: JSON, or a stream of server-sent events."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from basicchat.domain.ports import Spawn
from basicchat.mcp.http.sse_stream import PING, SseStream
from basicchat.mcp.wire import frames

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Most answers come so soon that it is not worth looking whether the client is still there.
SOON_SECONDS = 0.05
# Proxies close what is silent for a minute, some sooner.
PING_SECONDS = 15.0
# Who reads nothing for so long is gone.
WRITE_SECONDS = 30.0
JSON = b"application/json"
EVENTS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)


class Refusal(Exception):
    """A request is refused, with a status and an error that fits it."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.frame = frames.encode_error(None, code, message, data)
        self.headers = headers or {}


class Response:
    """The answer to one request.

    Args:
        spawn: starts a task that the server owns.
    """

    def __init__(self, receive: Receive, send: Send, spawn: Spawn) -> None:
        self._receive = receive
        self._send = send
        self._spawn = spawn
        self.headers: list[tuple[bytes, bytes]] = []

    async def json(self, body: bytes, status: int = 200) -> None:
        """Answer with a message, or with nothing but a status."""
        kind = [(b"content-type", JSON)] if body else []
        size = (b"content-length", str(len(body)).encode())
        headers = [*kind, size, *self.headers]
        async with asyncio.timeout(WRITE_SECONDS):
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        """Say why not."""
        self.headers += [(k.encode(), v.encode()) for k, v in refusal.headers.items()]
        await self.json(refusal.frame, refusal.status)

    async def deliver(
        self, stream: SseStream, gone: Callable[[], None], *, patience: float
    ) -> None:
        """Answer with JSON if the answer is all that there is to say, else with events.

        Args:
            gone: called when the client has gone away before the end.
            patience: seconds to wait for the first of either; then it becomes a stream of events.

        Raises:
            Refusal: it ended without an answer.
        """
        watching = None
        try:
            if not await stream.changed(SOON_SECONDS) or stream.begun:
                watching = self._spawn(self._watch(gone))
                await stream.changed(patience)
            if stream.begun or not stream.over:
                stream.begin()
                await self._events(stream)
            elif stream.answer is None:
                raise Refusal(404, frames.INVALID_REQUEST, "ProtocolSession not found")
            else:
                await self.json(stream.answer, stream.status)
        except TimeoutError:
            # It reads too slowly: the connection is given up, with all that belongs to it.
            gone()
        finally:
            if watching is not None:
                watching.cancel()

    async def _events(self, stream: SseStream) -> None:
        headers = [*EVENTS, *self.headers]
        await self._write({"type": "http.response.start", "status": 200, "headers": headers})
        more = True
        while more:
            body = stream.take() if await stream.changed(PING_SECONDS) else PING
            more = stream.read and not stream.over
            await self._write({"type": "http.response.body", "body": body, "more_body": more})

    async def _write(self, message: Message) -> None:
        async with asyncio.timeout(WRITE_SECONDS):
            await self._send(message)

    async def _watch(self, gone: Callable[[], None]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        gone()
