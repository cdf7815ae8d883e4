"""The response to one HTTP request: JSON, or a stream of server-sent events."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from basicchat.domain.ports import Spawn
from basicchat.mcp.http.sse_stream import PING, SseStream
from basicchat.mcp.wire import frames

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Most answers are ready so soon that watching for a disconnection is not worth its cost.
FAST_ANSWER_SECONDS = 0.05
# Proxies close connections that are silent for a minute, some sooner.
PING_SECONDS = 15.0
# A client that reads nothing for this long is treated as disconnected.
WRITE_SECONDS = 30.0
JSON = b"application/json"
EVENTS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)


class Refusal(Exception):
    """An HTTP error response, with a JSON-RPC error as its body."""

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
    """The response to one request.

    Args:
        spawn: starts a task that the server owns.
    """

    def __init__(self, receive: Receive, send: Send, spawn: Spawn) -> None:
        self._receive = receive
        self._send = send
        self._spawn = spawn
        self.headers: list[tuple[bytes, bytes]] = []

    async def json(self, body: bytes, status: int = 200) -> None:
        """Respond with a message, or with a status alone."""
        kind = [(b"content-type", JSON)] if body else []
        size = (b"content-length", str(len(body)).encode())
        headers = [*kind, size, *self.headers]
        async with asyncio.timeout(WRITE_SECONDS):
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        """Respond with an error."""
        self.headers += [(k.encode(), v.encode()) for k, v in refusal.headers.items()]
        await self.json(refusal.frame, refusal.status)

    async def deliver(
        self, stream: SseStream, gone: Callable[[], None], *, first_message_seconds: float
    ) -> None:
        """Respond with JSON if the answer is the only message, else with a stream of events.

        Args:
            gone: called when the client disconnects before the end.
            first_message_seconds: how long to wait for the first message, in seconds; then the
                response becomes a stream of events.

        Raises:
            Refusal: the stream ended without an answer.
        """
        watching = None
        try:
            if not await stream.changed(FAST_ANSWER_SECONDS) or stream.streaming:
                watching = self._spawn(self._watch(gone))
                await stream.changed(first_message_seconds)
            if stream.streaming or not stream.finished:
                stream.start_streaming()
                await self._events(stream)
            elif stream.answer is None:
                raise Refusal(404, frames.INVALID_REQUEST, "Session not found")
            else:
                await self.json(stream.answer, stream.status)
        except TimeoutError:
            # The client reads too slowly, so it is treated as disconnected.
            gone()
        finally:
            if watching is not None:
                watching.cancel()

    async def relay(
        self, next_message: Callable[[], Awaitable[Message | None]], gone: Callable[[], None]
    ) -> bool:
        """Pass on the messages of a response that is written elsewhere.

        Args:
            next_message: returns None at the end.
            gone: called when the client disconnects, or reads too slowly.

        Returns:
            whether there was any message.
        """
        started = False
        watching = self._spawn(self._watch(gone))
        try:
            while (message := await next_message()) is not None:
                await self._write(message)
                started = True
        except TimeoutError:
            gone()
        finally:
            watching.cancel()
        return started

    async def _events(self, stream: SseStream) -> None:
        headers = [*EVENTS, *self.headers]
        await self._write({"type": "http.response.start", "status": 200, "headers": headers})
        more = True
        while more:
            body = stream.take() if await stream.changed(PING_SECONDS) else PING
            more = stream.attached and not stream.finished
            await self._write({"type": "http.response.body", "body": body, "more_body": more})

    async def _write(self, message: Message) -> None:
        async with asyncio.timeout(WRITE_SECONDS):
            await self._send(message)

    async def _watch(self, gone: Callable[[], None]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        gone()
