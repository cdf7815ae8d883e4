"""The size of a request's head is limited as its bytes arrive, for HTTP and WebSocket alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from basicchat.transports import connection_gate
from basicchat.transports.connection_gate import DISCARD_BURST_BYTES
from basicchat.transports.http_protocol import HttpProtocol
from basicchat.transports.request_progress import MAX_HEAD_BYTES
from support.servers import SECONDS, RunningServer, eventually, running, settings_for

KIB = 1024
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
GET = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n"
CHUNKED = b"POST /api/rpc HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n"
# Far more than a server should read, and more than the kernel's buffers hold.
ENDLESS = 16 * KIB * KIB


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path)) as here:
        yield here


async def answer(server: RunningServer, *pieces: bytes) -> tuple[int, bytes, bool]:
    """The status and the body that some bytes are answered with, and whether the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
    async with asyncio.timeout(SECONDS):
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            # The server has closed, and its answer may still be read.
            pass
        head = await reader.readuntil(b"\r\n\r\n")
        length = int((head.lower().partition(b"content-length: ")[2] or b"0").split(b"\r\n")[0])
        body = await reader.readexactly(length)
        closes = b"\r\nconnection: close" in head.lower()
        if closes:
            assert await reader.read() == b""
    writer.transport.abort()
    return int(head.split(b" ")[1]), body, closes


FLOODS = {
    "many short fields": [GET, b"a:b\r\n" * (ENDLESS // 5)],
    "one endless value": [GET, b"cookie: ", b"x" * ENDLESS],
    "one endless name": [GET, b"x" * ENDLESS],
    "an endless URL": [b"GET /", b"x" * ENDLESS],
    "an endless query": [b"GET /health/live?", b"x=y&" * (ENDLESS // 4)],
    "an endless method": [b"GET" + b"T" * ENDLESS],
    "empty lines": [b"\r\n" * (ENDLESS // 2)],
    "endless trailers": [CHUNKED, b"2\r\n{}\r\n0\r\n", b"a:b\r\n" * (ENDLESS // 5)],
    "one endless trailer": [CHUNKED, b"2\r\n{}\r\n0\r\na: ", b"x" * ENDLESS],
    "an endless chunk extension": [CHUNKED, b"2;a=", b"x" * ENDLESS],
    "an upgrade with an endless cookie": [UPGRADE, b"cookie: ", b"x" * ENDLESS],
    "an upgrade with many fields": [UPGRADE, b"a:b\r\n" * (ENDLESS // 5)],
}


@pytest.mark.parametrize("what", FLOODS)
async def test_an_endless_head_is_refused(server: RunningServer, what: str) -> None:
    status, body, closes = await answer(server, *FLOODS[what])
    if status != 431:
        # The parser itself refuses what cannot become HTTP.
        assert (what, status) in {("an endless method", 400), ("one endless name", 400)}
    else:
        assert msgspec.json.decode(body)["error"]["data"]["reason"] == "request_head_too_large"
    assert closes
    await eventually(lambda: not server.server.server_state.connections)


async def test_a_refused_flood_is_not_read_on(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would occupy the machine at the speed of its memory, for as long as the server lingers."""
    monkeypatch.setattr(connection_gate, "DISCARD_BYTES_PER_SECOND", MAX_HEAD_BYTES)
    received, take = 0, HttpProtocol.data_received

    def counted(protocol: HttpProtocol, data: bytes) -> None:
        nonlocal received
        received += len(data)
        take(protocol, data)

    monkeypatch.setattr(HttpProtocol, "data_received", counted)
    block = b"x" * (KIB * KIB)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
    async with asyncio.timeout(SECONDS):
        writer.write(GET + b"cookie: ")
        head = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
        with suppress(ConnectionError):
            while True:
                writer.write(block)
                await writer.drain()
        assert (await head).startswith(b"HTTP/1.1 431")
    # What is in flight within one pause may go beyond the limit.
    assert received <= DISCARD_BURST_BYTES + 4 * KIB * KIB
    assert (await answer(server, GET, b"\r\n"))[0] == 200


def head(size: int, start: bytes = GET) -> bytes:
    """A head of so many bytes, in one long field."""
    return start + b"x: " + b"y" * (size - len(start) - 7) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head(64 * KIB), 200),
        (head(64 * KIB + 1), 431),
        (GET + b"".join(b"x-%d: y\r\n" % n for n in range(99)) + b"\r\n", 200),
        (GET + b"".join(b"x-%d: y\r\n" % n for n in range(100)) + b"\r\n", 431),
        (head(64 * KIB, UPGRADE), 101),
        (head(64 * KIB + 1, UPGRADE), 431),
        (UPGRADE + b"".join(b"x-%d: y\r\n" % n for n in range(95)) + b"\r\n", 101),
        (UPGRADE + b"".join(b"x-%d: y\r\n" % n for n in range(96)) + b"\r\n", 431),
    ],
)
@pytest.mark.parametrize("step", [1_000_000, 1000])
async def test_the_limits_are_exact(
    server: RunningServer, request_head: bytes, status: int, step: int
) -> None:
    pieces = [request_head[at : at + step] for at in range(0, len(request_head), step)]
    assert (await answer(server, *pieces))[0] == status


async def test_a_large_body_and_many_requests_are_no_head(server: RunningServer) -> None:
    rpc = b"POST /api/rpc HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %b\r\n" % (
        server.token().encode()
    )
    call = b'{"jsonrpc":"2.0","id":1,"method":"session.ping","params":{}}'
    body = call + b" " * (200 * KIB)
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, body[at : at + 1]) for at in range(2000))
    rest = body[2000:]
    chunked = chunks + b"%x\r\n%b\r\n0\r\nx-check: 1\r\n\r\n" % (len(rest), rest)
    requests = [
        rpc + b"content-length: %d\r\n\r\n" % len(body) + body,
        rpc + b"transfer-encoding: chunked\r\n\r\n" + chunked,
        GET + b"\r\n",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
    async with asyncio.timeout(SECONDS):
        # All at once, three times over, on one connection.
        writer.write(b"".join(requests) * 3)
        for _ in range(9):
            response = await reader.readuntil(b"\r\n\r\n")
            assert response.startswith(b"HTTP/1.1 200"), response
            length = int(response.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
    writer.transport.abort()


async def test_trailers_do_not_become_header_fields(server: RunningServer) -> None:
    """A trailer must not supply credentials (RFC 9110, 6.5.1)."""
    call = b'{"jsonrpc":"2.0","id":1,"method":"rooms.list","params":{}}'
    trailer = b"0\r\nauthorization: Bearer %b\r\n\r\n" % server.token().encode()
    chunk = b"%x\r\n%b\r\n" % (len(call), call)
    status, _, _ = await answer(server, CHUNKED, chunk, trailer)
    assert status == 401


# Each could mean another request to a proxy than to the server, or one for another host.
POST = b"POST /api/rpc HTTP/1.1\r\nhost: 127.0.0.1\r\n"
AMBIGUOUS = {
    "two lengths": POST + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    "a list of lengths": POST + b"content-length: 2, 2\r\n\r\n{}",
    "a signed length": POST + b"content-length: +2\r\n\r\n{}",
    "a length beside chunks": CHUNKED[:-2] + b"content-length: 5\r\n\r\n0\r\n\r\n",
    "chunks beside a length": POST + b"content-length: 5\r\n" + CHUNKED[len(POST) :] + b"0\r\n\r\n",
    "another encoding last": POST + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two encodings": POST + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "a space before the colon": POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded encoding": POST + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a chunk size with a prefix": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk size after a space": CHUNKED + b" 2\r\n{}\r\n0\r\n\r\n",
    "a chunk without its end": CHUNKED + b"2\r\n{}0\r\n\r\n",
    "a bare line feed after a size": CHUNKED + b"2\n{}\r\n0\r\n\r\n",
    "a bare line feed in an extension": CHUNKED + b"2;a\nb\r\n{}\r\n0\r\n\r\n",
    "a bare return in a value": GET + b"x: a\rb: c\r\n\r\n",
    "a zero byte": GET + b"x: a\0b\r\n\r\n",
    "two hosts": GET + b"host: 127.0.0.1\r\n\r\n",
    "another host in the URL": b"GET http://example.com" + GET[4:] + b"\r\n",
    "an unreadable host in the URL": b"GET http://[" + GET[4:] + b"\r\n",
}


async def test_an_ambiguous_request_is_refused(server: RunningServer) -> None:
    for what, request in AMBIGUOUS.items():
        status, _, closes = await answer(server, request + GET + b"\r\n")
        assert (what, status, closes) == (what, 400, True)
    same = b"GET http://127.0.0.1" + GET[4:] + b"\r\n"
    assert (await answer(server, same))[0] == 200
