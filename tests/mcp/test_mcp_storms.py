"""Connections that are opened and dropped without a word, in every state: nothing is left.

`BASICCHAT_STORM=10000 pytest tests/mcp/test_mcp_storms.py` drops that many in each state.
"""

import asyncio
import ctypes
import gc
import json
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from basicchat.mcp.features.changes import PendingChanges
from basicchat.mcp.http.session import HttpSession
from basicchat.mcp.http.sse_stream import SseStream
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext
from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.transports.connection import Connection
from support.mcp.sockets import VERSION, greeted, hello, modern, note, request
from support.servers import SECONDS, RunningServer, eventually, running, settings_for
from support.users import Person, person

STORM = int(os.environ.get("BASICCHAT_STORM", "20"))
PARALLEL_CALLS = 20
# Of each state, before memory is looked at: caches and pools fill once.
WARM_UP = 1000
# Of whom nothing may be left.
KINDS = (Connection, FrameDispatcher, FrameDispatchContext, HttpSession, SseStream, PendingChanges)
DISCOVER = modern("d", "server/discover")
READY = note("notifications/initialized")


def slow(make: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A call that would take a minute."""
    return make(1, "tools/call", name="slow_compute", arguments={"seconds": 60})


class State(NamedTuple):
    """How far a connection gets: what it says, and the answer that it waits for."""

    said: list[dict[str, Any]]
    heard: bytes


OVER_SOCKETS = {
    "accepted": State([], b""),
    "greeted": State([hello()], b'"serverInfo"'),
    "ready": State([hello(), READY, request(1, "ping")], b'"id":1'),
    "modern": State([DISCOVER], b'"id":"d"'),
    "at work": State([DISCOVER, slow(modern)], b'"id":"d"'),
    "at work, legacy": State([hello(), READY, slow(request), request(2, "ping")], b'"id":2'),
    "listening": State(
        [modern(1, "subscriptions/listen", notifications={"toolsListChanged": True})],
        b"acknowledged",
    ),
    "asked": State(
        [
            hello(elicitation={}),
            READY,
            request(1, "tools/call", name="test_elicitation", arguments={"message": "Well?"}),
        ],
        b"elicitation/create",
    ),
}


class Dropper:
    """Opens connections as raw sockets, and drops them."""

    def __init__(self, whose: Person) -> None:
        self._port = whose.server.app.settings.port
        self._token = whose.token

    def _head(self, method: str, *headers: str) -> bytes:
        lines = (
            f"{method} /mcp HTTP/1.1",
            f"host: 127.0.0.1:{self._port}",
            f"authorization: Bearer {self._token}",
            *headers,
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _talk(self, *turns: tuple[bytes, bytes]) -> bytes:
        """Say something, wait for what is to be heard, and so on; then cut the line."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        got = b""
        try:
            async with asyncio.timeout(SECONDS):
                for said, heard in turns:
                    got = b""
                    writer.write(said)
                    while heard not in got:
                        piece = await reader.read(65536)
                        assert piece, got
                        got += piece
        finally:
            writer.transport.abort()
        return got

    async def mute(self) -> None:
        """Connect, and say nothing."""
        await self._talk()

    async def socket(self, state: State) -> None:
        """Over WebSocket."""
        key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
        upgrade = ("connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13")
        head = self._head("GET", key, "sec-websocket-protocol: mcp", *upgrade)
        frames = [_masked(json.dumps(message).encode()) for message in state.said]
        turns = [(b"".join(frames), state.heard)] if frames else []
        await self._talk((head, b"\r\n\r\n"), *turns)

    async def post(self, message: dict[str, Any], heard: bytes, *headers: str) -> bytes:
        """Over HTTP."""
        body = json.dumps(message).encode()
        accept = "accept: application/json, text/event-stream"
        sizes = (accept, "content-type: application/json", f"content-length: {len(body)}")
        return await self._talk((self._head("POST", *sizes, *headers) + body, heard))

    async def session(self) -> str:
        """Over HTTP, with a session; its id."""
        got = await self.post(hello(), b'"serverInfo"')
        (line,) = [each for each in got.split(b"\r\n") if each.startswith(b"mcp-session-id:")]
        return line.partition(b":")[2].strip().decode()

    async def stream(self) -> None:
        """Over HTTP, while it hears the stream of a session."""
        headers = (f"mcp-session-id: {await self.session()}", "accept: text/event-stream")
        await self._talk((self._head("GET", *headers), b"text/event-stream"))

    async def at_work(self) -> None:
        """Over HTTP, while a request of a session is answered, which goes on until that ends."""
        call = slow(request)
        call["params"]["_meta"] = {"progressToken": 1}
        await self.post(call, b"HTTP/1.1 200", f"mcp-session-id: {await self.session()}")

    async def half(self) -> None:
        """Over HTTP, in the midst of a body."""
        sizes = ("content-type: application/json", "content-length: 1000", "expect: 100-continue")
        await self._talk((self._head("POST", *sizes), b"100 Continue"), (b'{"jsonrpc":', b""))

    async def request(self, message: dict[str, Any], heard: bytes) -> None:
        """Over HTTP, without a session, in the midst of a request."""
        method = f"mcp-method: {message['method']}"
        name = f"mcp-name: {message['params'].get('name', '')}"
        await self.post(message, heard, method, name, f"mcp-protocol-version: {VERSION}")


def _masked(data: bytes) -> bytes:
    """A text frame of a client, with the mask of zeros (RFC 6455, 5.2)."""
    length = len(data)
    if length < 126:
        return struct.pack("!BB", 0x81, 0x80 | length) + bytes(4) + data
    return struct.pack("!BBH", 0x81, 0x80 | 126, length) + bytes(4) + data


def drops(dropper: Dropper) -> dict[str, Callable[[], Any]]:
    """Every way to leave."""
    listen = modern(1, "subscriptions/listen", notifications={"toolsListChanged": True})
    progress = modern(1, "tools/call", token="t", name="test_streaming_elicitation", arguments={})
    ways: dict[str, Callable[[], Any]] = {
        "mute": dropper.mute,
        "http, half a request": dropper.half,
        "http, a session": dropper.session,
        "http, a stream": dropper.stream,
        "http, at work": dropper.at_work,
        "http, listening": lambda: dropper.request(listen, b"acknowledged"),
        "http, answered": lambda: dropper.request(progress, b"HTTP/1.1 200"),
    }
    for name, state in OVER_SOCKETS.items():
        ways[name] = lambda state=state: dropper.socket(state)
    return ways


async def storm(drop: Callable[[], Any], times: int) -> None:
    """Come and go so many times, some at once."""
    left = iter(range(times))

    async def some() -> None:
        for _ in left:
            await drop()

    async with asyncio.TaskGroup() as group:
        for _ in range(PARALLEL_CALLS):
            group.create_task(some())


def living() -> dict[str, int]:
    """How many there are of those of whom none may be left."""
    gc.collect()
    found = [type(each) for each in gc.get_objects()]
    return {kind.__name__: found.count(kind) for kind in KINDS if kind in found}


async def left_behind(server: RunningServer, tasks: int) -> None:
    """Wait until nothing is left of anybody. Raises TimeoutError."""
    gateway = server.app.server_context
    await eventually(lambda: not gateway.open and not gateway.connections, 60)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks, 60)
    await eventually(lambda: living() == {}, 60)


@pytest.fixture
def young_objects() -> Iterator[None]:
    """Hide what other tests have left from the garbage collector, which is asked often."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def resident() -> int:
    """Memory in use, in bytes, without what the allocator only holds back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


@pytest.mark.slow
@pytest.mark.usefixtures("young_objects")
async def test_disconnected_clients_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")
    limits = {"mcp_session_seconds": 2.0, "connections_per_address": 1000}
    limits |= dict.fromkeys(("mcp_sessions", "mcp_sessions_per_user"), 100_000)
    async with running(settings_for(tmp_path, limits=limits)) as server:
        ada = await person(server, "Ada")
        async with greeted(ada):
            assert living() == {"Connection": 1, "FrameDispatcher": 1}
        dropper = Dropper(ada)
        ways, process = drops(dropper), psutil.Process()
        for drop in ways.values():
            await storm(drop, min(STORM, WARM_UP))
        await left_behind(server, 10_000)
        tasks, files = len(asyncio.all_tasks()), process.num_fds()
        grown = {}
        for name, drop in ways.items():
            before = resident()
            await storm(drop, STORM)
            await left_behind(server, tasks)
            grown[name] = resident() / before - 1
            print(f"{name}: {before / 1e6:.1f} MB, {grown[name]:+.2%}")
        assert process.num_fds() <= files
        assert {name: share for name, share in grown.items() if share > 0.05} == {}
