"""Floods of cheap WebSocket frames, before and after the hello."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from basicchat.transports.metered_websocket import (
    FRAMES_PER_TURN,
    UNADMITTED_BYTES,
    UNADMITTED_FRAMES,
    MeteredReader,
)
from support.fuzz_server import frame
from support.servers import SECONDS, RunningServer, request, running, settings_for

EMPTY_MESSAGE = b"\x81\x80" + bytes(4)
BEGIN, CONTINUE = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
PING, PONG = b"\x89\x80" + bytes(4), b"\x8a\x80" + bytes(4)
FLOODS = {
    "continuations": (BEGIN, CONTINUE),
    "pings": (b"", PING),
    "pongs": (b"", PONG),
    "empty messages": (b"", EMPTY_MESSAGE),
    "{}": (b"", frame(b"{}")),
    "notifications": (b"", frame(b'{"jsonrpc":"2.0","method":"x"}')),
    "batches": (b"", frame(b"[" + b",".join([b"{}"] * 64) + b"]")),
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path)) as here:
        yield here


def hello(server: RunningServer) -> bytes:
    asked = request("hello", "session.hello", {"token": server.token()})
    return frame(json.dumps(asked).encode())


def ping(number: int) -> bytes:
    return frame(json.dumps(request(number, "session.ping")).encode())


@pytest.mark.parametrize("what", FLOODS)
async def test_before_hello_only_few_frames_are_taken(server: RunningServer, what: str) -> None:
    first, each = FLOODS[what]
    async with server.socket() as talk:
        talk.socket.transport.write(first + each * 5000)
        assert await talk.close_code() == 4400


async def test_before_hello_few_bytes_are_taken(server: RunningServer) -> None:
    async with server.socket() as talk:
        for _ in range(4):
            talk.socket.transport.write(frame(b" " * (UNADMITTED_BYTES // 4)))
        assert await talk.close_code() == 4400


async def test_as_many_frames_as_allowed_and_then_a_hello(server: RunningServer) -> None:
    async with server.socket() as talk:
        talk.socket.transport.write(PONG * (UNADMITTED_FRAMES - 1) + hello(server) + ping(1))
        assert "result" in await talk.reply("hello")
        assert "result" in await talk.reply(1)


async def test_what_follows_a_hello_at_once_is_answered(server: RunningServer) -> None:
    """A client need not wait for the reply to its hello."""
    long = frame(json.dumps(request(0, "session.ping", {})).encode() + b" " * 3 * UNADMITTED_BYTES)
    async with server.socket() as talk:
        pings = b"".join(ping(n) for n in range(1, 30))
        talk.socket.transport.write(hello(server) + pings + PONG * 500 + long)
        for number in ("hello", *range(30)):
            assert "result" in await talk.reply(number)


async def test_a_token_of_the_upgrade_is_as_good_as_a_hello(server: RunningServer) -> None:
    async with server.socket(additional_headers=server.bearer()) as talk:
        talk.socket.transport.write(PONG * 1000 + ping(1))
        assert "result" in await talk.reply(1)


async def test_a_wrong_token_is_not(server: RunningServer) -> None:
    headers = {"authorization": "Bearer wrong"}
    async with server.socket(additional_headers=headers) as talk:
        talk.socket.transport.write(PONG * 1000 + ping(1))
        assert await talk.close_code() == 4400


async def test_a_large_message_arrives_in_any_pieces(server: RunningServer) -> None:
    text = "é" * 200_000
    message = json.dumps(
        request(2, "stream_request", {"query": text, "room_id": "none"}), ensure_ascii=False
    ).encode()
    pieces, at, chance = [], 0, random.Random(1)
    while at < len(message):
        size = chance.choice([0, 1, 100, 40_000, 200_000])
        opcode, final = (1 if not pieces else 0), at + size >= len(message)
        pieces.append(frame(message[at : at + size], opcode, final=final))
        pieces.append(chance.choice([PING, PONG, b""]))
        at += size
    async with server.talk() as talk:
        talk.socket.transport.write(b"".join(pieces) + ping(3))
        reply = await talk.reply(2)
        assert reply["error"]["data"]["kind"] in ("not_found", "invalid_params", "too_large")
        assert "result" in await talk.reply(3)


async def test_who_pings_and_reads_nothing_does_not_fill_the_memory(server: RunningServer) -> None:
    async with server.talk() as talk:
        talk.socket.transport.pause_reading()
        (connection,) = server.app.server_context.open
        wire: Any = connection._socket
        many = frame(b"x" * 125, 9) * 20_000
        sent = 0
        async with asyncio.timeout(SECONDS):
            while sent < 5:
                talk.socket.transport.write(many)
                sent += 1
                while talk.socket.transport.get_write_buffer_size() > len(many) // 2:  # noqa: ASYNC110
                    await asyncio.sleep(0)
        assert wire.transport.get_write_buffer_size() < 256 * 1024
        talk.socket.transport.resume_reading()
        assert await talk.call("session.ping")


@pytest.fixture
def frames_taken(monkeypatch: pytest.MonkeyPatch) -> Counter[MeteredReader]:
    """How many frames the server has begun to parse, by the reader of each socket."""
    taken = Counter[MeteredReader]()
    at_eof = MeteredReader.at_eof

    def counting(reader: MeteredReader) -> Generator[None, None, bool]:
        ended = yield from at_eof(reader)
        taken[reader] += not ended
        return ended

    monkeypatch.setattr(MeteredReader, "at_eof", counting)
    return taken


@pytest.mark.parametrize("what", FLOODS)
async def test_eight_floods_share_the_loop_with_others(
    server: RunningServer, frames_taken: Counter[MeteredReader], what: str
) -> None:
    """Between two pings of an uninvolved client, a flood gets a small part of its frames in."""
    first, each = FLOODS[what]
    async with AsyncExitStack() as stack:
        talk = await stack.enter_async_context(server.talk())
        floods = [await stack.enter_async_context(server.talk()) for _ in range(8)]
        for flood in floods:
            flood.socket.transport.write(first + each * (1_000_000 // len(each)))
        largest = 0
        for _ in range(20):
            before = frames_taken.total()
            await talk.call("session.ping")
            largest = max(largest, frames_taken.total() - before)
        # A ping takes a few turns of the loop, in which each flood gets its frames.
        assert largest < 8 * FRAMES_PER_TURN * 20
        for flood in floods:
            flood.socket.transport.abort()
