"""Deadlines for the arrival of requests, and the number of connections that speak plain HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from basicchat.transports.http_protocol import HttpProtocol
from basicchat.transports.request_progress import (
    BODY_BYTES_PER_SECOND,
    BODY_SECONDS,
    HEAD_SECONDS,
    REST_SECONDS,
)
from support.frozen_time import FrozenTime, frozen_time, turns_until
from support.servers import SECONDS, RunningServer, running, settings_for

GET = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def post(path: str, token: str, length: int, kind: str = "application/json") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        f"content-length: {length}\r\ncontent-type: {kind}\r\n"
        "accept: application/json, text/event-stream\r\n\r\n"
    ).encode()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path)) as here:
        yield here


async def connect(server: RunningServer) -> Streams:
    return await asyncio.open_connection("127.0.0.1", server.app.settings.port)


async def send(server: RunningServer, streams: Streams, data: bytes) -> None:
    """Send bytes, and wait until the server has parsed them."""
    received = 0
    take = HttpProtocol.data_received

    def counted(protocol: HttpProtocol, piece: bytes) -> None:
        nonlocal received
        take(protocol, piece)
        received += len(piece)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpProtocol, "data_received", counted)
        streams[1].write(data)
        await turns_until(lambda: received >= len(data))


async def status_of(streams: Streams) -> int:
    head = await streams[0].readuntil(b"\r\n\r\n")
    return int(head.split(b" ")[1])


INCOMPLETE = {
    "half a line": b"GET /hea",
    "half a head": GET + b"x: y\r\n",
    "a head without its last line": GET,
    "half an upgrade": b"GET /ws HTTP/1.1\r\nupgrade: websocket\r\n",
}


@pytest.mark.parametrize("what", INCOMPLETE)
async def test_half_a_head_is_given_up(server: RunningServer, what: str) -> None:
    with frozen_time() as clock:
        streams = await connect(server)
        await send(server, streams, INCOMPLETE[what])
        clock.advance(HEAD_SECONDS - 1)
        await send(server, streams, b"x")
        clock.advance(1)
        assert await status_of(streams) == 408
        clock.advance(5)
        await streams[0].read()
        await turns_until(lambda: not server.server.server_state.connections)


async def test_a_connection_that_sends_nothing_is_closed(server: RunningServer) -> None:
    with frozen_time() as clock:
        streams = await connect(server)
        await turns_until(lambda: bool(server.server.server_state.connections))
        clock.advance(HEAD_SECONDS)
        assert await streams[0].read() == b""


async def test_a_second_request_has_a_deadline_of_its_own(server: RunningServer) -> None:
    with frozen_time() as clock:
        streams = await connect(server)
        for _ in range(3):
            await send(server, streams, GET)
            clock.advance(HEAD_SECONDS - 1)
            await send(server, streams, b"\r\n")
            assert await status_of(streams) == 200
            await streams[0].readuntil(b"}")
            clock.advance(HEAD_SECONDS + 1)
        await send(server, streams, GET)
        clock.advance(HEAD_SECONDS)
        assert await status_of(streams) == 408


BODIES = ["/api/rpc", "/mcp", "/api/login", "/v1/chat/completions", "/api/documents"]


@pytest.mark.parametrize("path", BODIES)
async def test_a_body_that_stops_is_given_up(server: RunningServer, path: str) -> None:
    async with server.http(headers=server.bearer()) as http:
        # The MCP server is loaded by the first request, in a thread.
        await http.post("/mcp", json={}, headers={"accept": "application/json, text/event-stream"})
    form = path == "/api/documents"
    kind = "multipart/form-data; boundary=b" if form else "application/json"
    with frozen_time() as clock:
        streams = await connect(server)
        begun = b"--b\r\n" if form else b"{"
        await send(server, streams, post(path, server.token(), 1000, kind) + begun)
        for _ in range(4):
            clock.advance(BODY_SECONDS / 4 - 0.1)
            await send(server, streams, b"c" if form else b" ")
        clock.advance(1)
        assert await status_of(streams) == 408
        clock.advance(5)
        await streams[0].read()
        await turns_until(lambda: not server.server.server_state.tasks)


async def trickle(server: RunningServer, streams: Streams, clock: FrozenTime, body: bytes) -> None:
    """Send a body at just more than the least rate."""
    for at in range(0, len(body), BODY_BYTES_PER_SECOND):
        await send(server, streams, body[at : at + BODY_BYTES_PER_SECOND])
        clock.advance(0.99)


async def test_a_slow_upload_is_waited_for(server: RunningServer) -> None:
    call = b'{"jsonrpc":"2.0","id":1,"method":"session.ping","params":{}}'
    body = call + b" " * 100 * BODY_BYTES_PER_SECOND
    with frozen_time() as clock:
        streams = await connect(server)
        await send(server, streams, post("/api/rpc", server.token(), len(body)))
        await trickle(server, streams, clock, body)
        assert await status_of(streams) == 200


async def test_a_phone_in_a_tunnel_is_waited_for(server: RunningServer) -> None:
    call = b'{"jsonrpc":"2.0","id":1,"method":"session.ping","params":{}}'
    body = call + b" " * 100_000
    with frozen_time() as clock:
        streams = await connect(server)
        await send(server, streams, post("/api/rpc", server.token(), len(body)) + body[:50_000])
        # What has arrived so quickly has earned a pause.
        clock.advance(BODY_SECONDS)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.advance(55)
        await send(server, streams, body[50_000:])
        assert await status_of(streams) == 200


async def test_a_body_that_nobody_wants_is_not_read_for_ever(server: RunningServer) -> None:
    with frozen_time() as clock:
        streams = await connect(server)
        head = b"POST /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000000\r\n\r\n"
        await send(server, streams, head)
        assert await status_of(streams) in (404, 405)
        for _ in range(round(REST_SECONDS) - 1):
            await send(server, streams, b"x" * 1000)
            clock.advance(1)
        clock.advance(1)
        await turns_until(lambda: not server.server.server_state.connections)


async def test_answers_and_streams_have_no_deadline(server: RunningServer) -> None:
    async with server.http(headers=server.bearer()) as http:
        params = {"stream": f"user:{server.app.owner.id}"}
        async with http.stream("GET", "/api/events", params=params) as feed:
            lines = feed.aiter_lines()
            assert await anext(lines)
            with frozen_time() as clock:
                for _ in range(10):
                    clock.advance(HEAD_SECONDS)
                    await asyncio.sleep(0)
            async with asyncio.timeout(SECONDS):
                assert await anext(lines) is not None


async def test_one_address_has_a_number_of_connections(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"connections_per_address": 2})) as server:
        open_ones = [await connect(server) for _ in range(16)]
        protocols = server.server.server_state.connections
        async with asyncio.timeout(SECONDS):
            for streams in open_ones:
                streams[1].write(b"GET")
            refused = await connect(server)
            head = await refused[0].readuntil(b"\r\n\r\n")
            body = msgspec.json.decode(await refused[0].read())
            assert head.startswith(b"HTTP/1.1 429")
            assert body["error"]["data"]["reason"] == "too_many_connections"
            # A connection that is idle makes room.
            open_ones[5][1].write(b" /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            assert await status_of(open_ones[5]) == 200
            await turns_until(lambda: any(each.idle for each in protocols))
            another = await connect(server)
            another[1].write(GET + b"\r\n")
            assert await status_of(another) == 200
            assert (await open_ones[5][0].read()).endswith(b"}")
            # WebSockets have slots of their own.
            async with server.talk() as talk:
                assert await talk.call("session.ping")
        for streams in (*open_ones, refused, another):
            streams[1].transport.abort()
