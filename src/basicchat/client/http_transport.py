"""The transport over HTTP: requests to `/api/rpc`, and events by SSE or by long polling."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from random import random
from typing import Any

import httpx2
import msgspec

from basicchat.client.events import TransportName
from basicchat.client.sse import EventStreamParser
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.client.transport import NO_CODE, TransportClosed
from basicchat.protocol.jsonrpc import MALFORMED
from basicchat.protocol.types import Cursor

MAX_INCOMING = 1000
MAX_FAILURES = 3
POLL_SECONDS = 25
MAX_STREAMS = 100
_BROKEN = (httpx2.HTTPError, httpx2.StreamError, httpx2.SSEError, *MALFORMED)


class _PollReply(msgspec.Struct):
    streams: dict[str, Any]
    frames: list[Any]
    last_id: str


class HttpTransport:
    """Carries frames over HTTP where WebSocket is blocked.

    Events arrive as server-sent events. If a proxy does not pass these on, long polling is used.

    Args:
        http: the HTTP client; its base address is the server's. It is not closed here.
        headers: returns the headers of a request.
        on_change: called when events start to arrive in another manner, `sse` or `poll`.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        headers: Callable[[], Mapping[str, str]],
        on_change: Callable[[TransportName], None],
        timing: Timing,
    ) -> None:
        self.transport: TransportName = "sse"
        self._http = http
        self._headers = headers
        self._on_change = on_change
        self._timing = timing
        self._incoming: asyncio.Queue[Any] = asyncio.Queue(MAX_INCOMING)
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._tasks = TaskGroup()
        self._feed: asyncio.Task[None] | None = None
        self._cursors: dict[str, Cursor] = {}
        self._last_id = ""
        # The pause before the next attempt to read events, for which the server has asked.
        self._retry_seconds = 0.0

    async def open(self) -> None:
        """Do nothing: the first request shows whether the server can be reached."""

    def send(self, frame: bytes) -> None:
        """Post a frame; see `Transport`."""
        self._tasks.spawn(self._post(frame))

    async def _post(self, frame: bytes) -> None:
        # Waits without limit: the events show whether the server is alive.
        timeout = httpx2.Timeout(self._timing.open_timeout, read=None)
        headers = {"content-type": "application/json", **self._headers()}
        try:
            response = await self._http.post(
                "api/rpc", content=frame, headers=headers, timeout=timeout
            )
            if response.status_code != httpx2.codes.NO_CONTENT:
                await self._incoming.put(_reply_in(response))
        except _BROKEN:
            self._end()

    def _end(self, code: int = NO_CODE) -> None:
        if not self._ended.done():
            self._ended.set_result(code)

    async def frames(self) -> AsyncIterator[Any]:
        """Yield what arrives; see `Transport`."""
        while True:
            while not self._incoming.empty():
                yield self._incoming.get_nowait()
            getting = asyncio.ensure_future(self._incoming.get())
            try:
                await asyncio.wait([getting, self._ended], return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    raise TransportClosed(self._ended.result())
            finally:
                getting.cancel()
            yield getting.result()

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Follow exactly these streams; of too many, the newest."""
        wanted = dict(tuple(cursors.items())[-MAX_STREAMS:])
        if wanted.keys() == self._cursors.keys() and self._feed is not None:
            return
        self._cursors = wanted
        self._last_id = ",".join(f"{cursor.epoch}:{cursor.seq}" for cursor in wanted.values())
        if self._feed is not None:
            self._feed.cancel()
        self._feed = self._tasks.spawn(self._follow(list(wanted))) if wanted else None

    async def _follow(self, streams: list[str]) -> None:
        failures = 0
        while failures <= MAX_FAILURES and not self._ended.done():
            receive = self._read_events if self.transport == "sse" else self._poll
            received = await receive(streams)
            if not received:
                # A proxy does not pass endless responses on, or the server cannot be reached.
                self.transport = "poll"
            failures = 0 if received else failures + 1
            if failures or self.transport == "sse":
                pause, self._retry_seconds = self._retry_seconds, 0.0
                await asyncio.sleep(max(self._timing.backoff(failures, random), pause))
        self._end()

    def _request(self, streams: list[str], **more: str) -> dict[str, Any]:
        headers = {"last-event-id": self._last_id, **self._headers()}
        query = [("stream", stream) for stream in streams] + list(more.items())
        return {"params": query, "headers": headers}

    async def _read_events(self, streams: list[str]) -> bool:
        """Read server-sent events until they end; return whether anything was received."""
        received = False
        parser = EventStreamParser()
        timeout = httpx2.Timeout(self._timing.open_timeout, read=self._timing.progress_timeout)
        request = self._request(streams)
        try:
            async with self._http.stream(
                "GET", "api/events", timeout=timeout, **request
            ) as response:
                response.raise_for_status()
                async for piece in response.aiter_bytes():
                    if not received:
                        received = True
                        self._on_change("sse")
                    await self._deliver(parser.push(piece))
        except httpx2.HTTPStatusError as error:
            self._refused(error)
        except _BROKEN:
            return received
        finally:
            self._retry_seconds = parser.retry_seconds
        return received

    def _refused(self, error: httpx2.HTTPStatusError) -> None:
        """Close, if it is the server that refuses: its reply to the next hello says why."""
        if error.response.headers.get("content-type", "").startswith("application/json"):
            self._end()

    async def _deliver(self, events: list[Any]) -> None:
        if not events:
            await self._incoming.put(None)
        for event in events:
            self._last_id = event.id or self._last_id
            await self._incoming.put(msgspec.json.decode(event.data))

    async def _poll(self, streams: list[str]) -> bool:
        """Poll once; return whether the server replied."""
        request = self._request(streams, wait=str(POLL_SECONDS))
        timeout = httpx2.Timeout(
            self._timing.open_timeout, read=POLL_SECONDS + self._timing.progress_timeout
        )
        try:
            response = await self._http.get("api/events", timeout=timeout, **request)
            response.raise_for_status()
            polled = msgspec.json.decode(response.content, type=_PollReply)
        except httpx2.HTTPStatusError as error:
            self._refused(error)
            return False
        except _BROKEN:
            return False
        self._on_change("poll")
        await self._deliver_poll(polled)
        return True

    async def _deliver_poll(self, polled: _PollReply) -> None:
        before, self._last_id = self._last_id, polled.last_id
        await self._incoming.put({"method": "streams", "params": {"streams": polled.streams}})
        for frame in polled.frames:
            await self._incoming.put(frame)
        if polled.last_id == before and polled.frames:
            # Each poll returns the text so far of runs in progress, even if nothing is new.
            await asyncio.sleep(self._timing.poll_pause)

    async def close(self) -> None:
        """Close the transport; see `Transport`."""
        self._end(1000)
        await self._tasks.cancel()


def _reply_in(response: httpx2.Response) -> Any:
    """Decode a response.

    Raises:
        RemoteProtocolError: it is not JSON-RPC, but for example the page of a proxy.
    """
    frame = msgspec.json.decode(response.content)
    first = frame[0] if isinstance(frame, list) and frame else frame
    if not isinstance(first, dict) or "jsonrpc" not in first:
        raise httpx2.RemoteProtocolError("not a JSON-RPC reply")
    return frame
