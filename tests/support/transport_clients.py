"""One interface to every transport: call a method, hear what the server says."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from basicchat.transports.memory import CallError, MemoryClient
from support.servers import SECONDS, SUBPROTOCOL, RunningServer, WireFailure, request

Note = tuple[str, dict[str, Any]]


class TransportClient(Protocol):
    """A client that has said hello."""

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """A method's result. Raises WireFailure."""
        ...

    async def follow(self, room_id: str) -> None:
        """Hear what happens in a room from now on."""
        ...

    async def note(self) -> Note:
        """The next notification."""
        ...


class Memory:
    """Within the process."""

    def __init__(self, client: MemoryClient) -> None:
        self._client = client

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        try:
            async with asyncio.timeout(SECONDS):
                return await self._client.call(method, dict(params))
        except CallError as failed:
            wire = failed.error
            data = {name: getattr(wire.data, name) for name in wire.data.__struct_fields__}
            told = {name: value for name, value in data.items() if value is not None}
            error = {"code": wire.code, "message": wire.message, "data": told}
            raise WireFailure(error) from failed

    async def follow(self, room_id: str) -> None:
        await self.call("rooms.join", {"room_id": room_id})

    async def note(self) -> Note:
        return await self._client.next_note(SECONDS)


@asynccontextmanager
async def memory(server: RunningServer) -> AsyncIterator[TransportClient]:
    client = server.app.memory_client()
    talker = Memory(client)
    await talker.call("session.hello", {})
    try:
        yield talker
    finally:
        await client.close()


class Socket:
    """Over a real WebSocket, in either envelope."""

    def __init__(self, socket: Any, *, compact: bool) -> None:
        self._socket = socket
        self._compact = compact
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._notes: asyncio.Queue[Note] = asyncio.Queue()
        self._last_id = 0

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for raw in self._socket:
                self._take(json.loads(raw))

    def _take(self, frame: dict[str, Any]) -> None:
        if self._compact:
            kind = frame.pop("type")
            if kind not in ("response", "error"):
                if kind == "signal":
                    frame["type"] = frame.pop("signal")
                self._notes.put_nowait((kind, frame))
                return
        elif "method" in frame:
            assert frame["jsonrpc"] == "2.0"
            self._notes.put_nowait((frame["method"], frame["params"]))
            return
        self._replies.pop(frame["id"]).set_result(frame)

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        self._last_id += 1
        whole = request(self._last_id, method, params)
        if self._compact:
            whole = {"type": method, "id": self._last_id, **params}
        reply = self._replies[self._last_id] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps(whole))
        async with asyncio.timeout(SECONDS):
            frame = await reply
        if "error" in frame:
            raise WireFailure(frame["error"])
        return frame["result"]

    async def follow(self, room_id: str) -> None:
        await self.call("rooms.join", {"room_id": room_id})

    async def note(self) -> Note:
        async with asyncio.timeout(SECONDS):
            return await self._notes.get()


@asynccontextmanager
async def _socket(server: RunningServer, *, compact: bool) -> AsyncIterator[TransportClient]:
    async with connect(server.ws_url, subprotocols=[SUBPROTOCOL], max_size=None) as socket:
        talker = Socket(socket, compact=compact)
        reading = asyncio.create_task(talker.read())
        try:
            await talker.call("session.hello", {"token": server.token()})
            yield talker
        finally:
            reading.cancel()
            await asyncio.wait([reading])


class Http:
    """Over `/api/rpc`, hearing over `/api/events`."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.notes: asyncio.Queue[Note] = asyncio.Queue()
        self.feeds: set[asyncio.Task[None]] = set()
        self._last_id = 0

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        self._last_id += 1
        answer = await self.client.post("/api/rpc", json=request(self._last_id, method, params))
        assert answer.status_code == 200
        frame = answer.json()
        assert frame["id"] == self._last_id
        if "error" in frame:
            raise WireFailure(frame["error"])
        return frame["result"]

    async def follow(self, room_id: str) -> None:
        await self.hear(f"room:{room_id}")

    async def hear(self, stream: str) -> None:
        ready = asyncio.Event()
        self.feeds.add(asyncio.create_task(self.feed(stream, ready)))
        async with asyncio.timeout(SECONDS):
            await ready.wait()

    async def feed(self, stream: str, ready: asyncio.Event) -> None:
        raise NotImplementedError

    def take(self, frame: dict[str, Any]) -> None:
        self.notes.put_nowait((frame["method"], frame["params"]))

    async def note(self) -> Note:
        async with asyncio.timeout(SECONDS):
            return await self.notes.get()


class Sse(Http):
    """Hears server-sent events."""

    async def feed(self, stream: str, ready: asyncio.Event) -> None:
        async with self.client.stream("GET", "/api/events", params={"stream": stream}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for event in server_sent(answer):
                if "data" not in event:
                    continue
                frame = json.loads(event["data"])
                if frame["method"] == "streams":
                    ready.set()
                else:
                    self.take(frame)


class Polling(Http):
    """Asks again and again, from where the last answer ended."""

    async def feed(self, stream: str, ready: asyncio.Event) -> None:
        last_id, wait = "", "0"
        while True:
            query = urlencode({"stream": stream, "wait": wait, "last_event_id": last_id})
            got = await self.client.get(f"/api/events?{query}")
            if got.status_code == 401:
                # The conversation was about logging out.
                return
            answer = got.json()
            last_id, wait = answer["last_id"], "10"
            for frame in answer["frames"]:
                self.take(frame)
            ready.set()


async def server_sent(answer: httpx2.Response) -> AsyncIterator[dict[str, str]]:
    """The events of an event stream; comments come as {"": text}."""
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")
        elif event:
            yield event
            event = {}


@asynccontextmanager
async def _http(server: RunningServer, kind: type[Http]) -> AsyncIterator[TransportClient]:
    async with server.http(headers=server.bearer()) as client:
        talker = kind(client)
        await talker.hear(f"user:{server.app.owner.id}")
        try:
            yield talker
        finally:
            for feed in talker.feeds:
                feed.cancel()
            for feed in (await asyncio.wait(talker.feeds))[0]:
                if not feed.cancelled():
                    feed.result()


TRANSPORTS: dict[str, Callable[[RunningServer], AbstractAsyncContextManager[TransportClient]]] = {
    "memory": memory,
    "websocket": lambda server: _socket(server, compact=False),
    "compact": lambda server: _socket(server, compact=True),
    "rpc+sse": lambda server: _http(server, Sse),
    "rpc+polling": lambda server: _http(server, Polling),
}
