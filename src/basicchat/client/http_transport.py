"""The link over plain HTTP: requests to `/api/rpc`; server-sent events, or long-polling, back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from random import random
from typing import Any

import httpx2
import msgspec

from basicchat.client.events import TransportName
from basicchat.client.sse import EventStreamParser
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import NO_CODE, Timing
from basicchat.client.transport import TransportClosed
from basicchat.protocol.codec import MALFORMED
from basicchat.protocol.types import Cursor

MAX_INCOMING = 1000
MOST_FAILURES = 3
POLL_SECONDS = 25
ENOUGH_STREAMS = 100
_BROKEN = (httpx2.HTTPError, httpx2.StreamError, httpx2.SSEError, *MALFORMED)


class _Polled(msgspec.Struct):
    streams: dict[str, Any]
    frames: list[Any]
    last_id: str


class HttpTransport:
    """Frames over HTTP, for where WebSocket is blocked.

    Args:
        http: the client to use; its base address is the server's. It stays open.
        headers: of every request, asked for anew each time.
        on_way: is told when events come another way than before: `sse` or `poll`.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        headers: Callable[[], Mapping[str, str]],
        on_way: Callable[[TransportName], None],
        timing: Timing,
    ) -> None:
        self.transport: TransportName = "sse"
        self._http = http
        self._headers = headers
        self._on_way = on_way
        self._timing = timing
        self._incoming: asyncio.Queue[Any] = asyncio.Queue(MAX_INCOMING)
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._tasks = TaskGroup()
        self._feed: asyncio.Task[None] | None = None
        self._cursors: dict[str, Cursor] = {}
        self._last_id = ""

    async def open(self) -> None:
        """There is nothing to open: the first request shows whether there is a way."""

    def send(self, frame: bytes) -> None:
        """Post a frame; see `Transport`."""
        self._tasks.spawn(self._post(frame))

    async def _post(self, frame: bytes) -> None:
        # Long answers show signs of life over the events, so this waits as long as it takes.
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
        """What comes; see `Transport`."""
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
        """Follow exactly these streams, the newest of them if they are too many."""
        wanted = dict(tuple(cursors.items())[-ENOUGH_STREAMS:])
        if wanted.keys() == self._cursors.keys() and self._feed is not None:
            return
        self._cursors = wanted
        self._last_id = ",".join(f"{place.epoch}:{place.seq}" for place in wanted.values())
        if self._feed is not None:
            self._feed.cancel()
        self._feed = self._tasks.spawn(self._follow(list(wanted))) if wanted else None

    async def _follow(self, streams: list[str]) -> None:
        failures = 0
        while failures <= MOST_FAILURES and not self._ended.done():
            way = self._listen if self.transport == "sse" else self._poll
            heard = await way(streams)
            if not heard:
                # Something on the way does not let an endless answer through, or nothing does.
                self.transport = "poll"
            failures = 0 if heard else failures + 1
            if failures or self.transport == "sse":
                await asyncio.sleep(self._timing.delay(failures, random))
        self._end()

    def _request(self, streams: list[str], **more: str) -> dict[str, Any]:
        headers = {"last-event-id": self._last_id, **self._headers()}
        query = [("stream", stream) for stream in streams] + list(more.items())
        return {"params": query, "headers": headers}

    async def _listen(self, streams: list[str]) -> bool:
        """Read server-sent events until they end; whether anything was heard at all."""
        heard = False
        parser = EventStreamParser()
        timeout = httpx2.Timeout(self._timing.open_timeout, read=self._timing.progress_timeout)
        asked = self._request(streams)
        try:
            async with self._http.stream("GET", "api/events", timeout=timeout, **asked) as answer:
                answer.raise_for_status()
                async for piece in answer.aiter_bytes():
                    if not heard:
                        heard = True
                        self._on_way("sse")
                    await self._take(parser.push(piece))
        except httpx2.HTTPStatusError as error:
            self._refused(error)
        except _BROKEN:
            return heard
        return heard

    def _refused(self, error: httpx2.HTTPStatusError) -> None:
        """A hello will tell what is wrong, if it is the server that refuses."""
        if error.response.headers.get("content-type", "").startswith("application/json"):
            self._end()

    async def _take(self, events: list[Any]) -> None:
        if not events:
            await self._incoming.put(None)
        for event in events:
            self._last_id = event.id or self._last_id
            await self._incoming.put(msgspec.json.decode(event.data))

    async def _poll(self, streams: list[str]) -> bool:
        """Ask once for what comes next; whether that was answered."""
        asked = self._request(streams, wait=str(POLL_SECONDS))
        timeout = httpx2.Timeout(
            self._timing.open_timeout, read=POLL_SECONDS + self._timing.progress_timeout
        )
        try:
            answer = await self._http.get("api/events", timeout=timeout, **asked)
            answer.raise_for_status()
            came = msgspec.json.decode(answer.content, type=_Polled)
        except httpx2.HTTPStatusError as error:
            self._refused(error)
            return False
        except _BROKEN:
            return False
        self._on_way("poll")
        await self._hand_over(came)
        return True

    async def _hand_over(self, came: _Polled) -> None:
        before, self._last_id = self._last_id, came.last_id
        await self._incoming.put({"method": "streams", "params": {"streams": came.streams}})
        for frame in came.frames:
            await self._incoming.put(frame)
        if came.last_id == before and came.frames:
            # While an answer is being written its text so far comes with each request.
            await asyncio.sleep(self._timing.poll_pause)

    async def close(self) -> None:
        """End it; see `Transport`."""
        self._end(1000)
        await self._tasks.end()


def _reply_in(response: httpx2.Response) -> Any:
    """The reply in an answer; a page of some proxy is none.

    Raises:
        RemoteProtocolError: it holds none.
    """
    frame = msgspec.json.decode(response.content)
    spoken = frame[0] if isinstance(frame, list) and frame else frame
    if not isinstance(spoken, dict) or "jsonrpc" not in spoken:
        raise httpx2.RemoteProtocolError("not a reply")
    return frame
