"""Hostile clients, each a process of its own: `python -m bench.attackers NAME PORT SECONDS TOKEN`.

Each attacks for a time, and prints what it achieved. It uses plain sockets: the clients of the
benchmark, and libraries, would refuse to send most of this.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import uvloop

from bench.slow_documents import SLOW_DOCUMENTS
from bench.uploads import upload
from bench.wsclient import CLOSE, HEADERS, PING, PONG, frame

HEAD = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n"
UPGRADE = {"path": "/ws", "host": "127.0.0.1", "key": "dGhlIHNhbXBsZSBub25jZQ==", "more": ""}
HALVES = 1100
SOCKETS = 8
BLOCK = 64 * 1024
BEGIN, CONTINUE = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
FLOODS = {
    "empty continuations": (BEGIN, CONTINUE),
    "pings": (b"", frame(b"", PING)),
    "pongs": (b"", frame(b"", PONG)),
    "`{}`": (b"", frame(b"{}")),
}
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Target:
    """The attacked server.

    Attributes:
        counts: what was achieved, by name.
    """

    def __init__(self, port: int, seconds: float, token: str) -> None:
        self.port, self.token = port, token
        self.counts: Counter[str] = Counter()
        self._ends = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time of the attack has passed."""
        return time.monotonic() >= self._ends

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Streams]:
        """A TCP connection; its loss ends the block."""
        with suppress(OSError, EOFError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.counts["connections"] += 1
            try:
                yield reader, writer
            finally:
                writer.transport.abort()

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[Streams]:
        """A WebSocket after its handshake."""
        async with self.connection() as (reader, writer):
            fields = UPGRADE | {"port": self.port, "protocol": "basicchat.v1"}
            writer.write(HEADERS.format(**fields).encode())
            await reader.readuntil(b"\r\n\r\n")
            yield reader, writer

    async def flood(self, streams: Streams, block: bytes) -> None:
        """Send a block again and again until the end, or until the connection is lost."""
        while not self.is_over:
            streams[1].write(block)
            self.counts["MB sent"] += len(block)
            await streams[1].drain()


async def heads(target: Target) -> None:
    """Endless heads of requests."""
    block = b"a:b\r\n" * (BLOCK // 5)
    while not target.is_over:
        async with target.connection() as streams:
            streams[1].write(HEAD)
            await target.flood(streams, block)


async def halves(target: Target) -> None:
    """Connections with half a head, which are opened again once they are closed."""
    while not target.is_over:
        async with target.connection() as (reader, writer):
            writer.write(HEAD)
            answer = await reader.read(16)
            target.counts["refused" if b"429" in answer else "closed"] += 1
            # So many at once would occupy the processor of the client alone.
            await asyncio.sleep(0.5)


def frames(what: str, *, hello: bool) -> Callable[[Target], Awaitable[None]]:
    """A flood of frames, before or after the hello."""
    first, each = FLOODS[what]
    block = each * (BLOCK // len(each))

    async def attack(target: Target) -> None:
        while not target.is_over:
            async with target.websocket() as streams:
                if hello:
                    streams[1].write(_request("session.hello", token=target.token))
                    await streams[0].read(BLOCK)
                drop = asyncio.ensure_future(_drop(streams[0]))
                try:
                    streams[1].write(first)
                    await target.flood(streams, block)
                finally:
                    drop.cancel()

    return attack


async def _drop(reader: asyncio.StreamReader) -> None:
    while await reader.read(BLOCK):
        pass


async def budgets(target: Target) -> None:
    """Calls, each hundred of them after another hello."""
    ping = _request("session.ping")
    block = _request("session.hello", token=target.token) + ping * 100
    while not target.is_over:
        async with target.websocket() as (reader, writer):
            while not target.is_over:
                writer.write(block)
                await writer.drain()
                answers = await reader.read(1 << 20)
                target.counts["calls answered"] += answers.count(b'"result":{"at"')
                target.counts["calls refused"] += answers.count(b'"rate_limited"')
                if answers[:1] == bytes((0x80 | CLOSE,)) or not answers:
                    break


async def documents(target: Target) -> None:
    """Documents that are slow to read, one after the other."""
    slow = [upload(name, made(), target.token) for name, made in SLOW_DOCUMENTS.items()]
    for request in itertools.cycle(slow):
        if target.is_over:
            return
        async with target.connection() as (reader, writer):
            writer.write(request)
            answer = await reader.read()
            accepted = b'"document_id"' in answer
            target.counts["documents accepted" if accepted else "documents refused"] += 1


def _request(method: str, **params: str) -> bytes:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return frame(json.dumps(request).encode())


# By name: what each task does, and how many tasks there are.
ATTACKS: dict[str, tuple[Callable[[Target], Awaitable[None]], int]] = {
    "endless request heads": (heads, SOCKETS),
    "half requests": (halves, HALVES),
    **{f"{what}, before hello": (frames(what, hello=False), SOCKETS) for what in FLOODS},
    **{f"{what}, after hello": (frames(what, hello=True), SOCKETS) for what in FLOODS},
    "many hellos": (budgets, 1),
    "slow documents": (documents, 1),
}


async def attack(name: str, port: int, seconds: float, token: str) -> str:
    """Attack, and return what was achieved."""
    run, count = ATTACKS[name]
    target = Target(port, seconds, token)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(_carry_out(run, target))
    target.counts["MB sent"] //= 1_000_000
    return ", ".join(f"{number:,} {what}" for what, number in target.counts.items() if number)


async def _carry_out(run: Callable[[Target], Awaitable[None]], target: Target) -> None:
    await run(target)


if __name__ == "__main__":
    name, port, seconds, token = sys.argv[1:]
    print(uvloop.run(attack(name, int(port), float(seconds), token)), flush=True)
