"""The latency that BasicChat adds to the provider's time to the first token.

The provider is a real llama.cpp server with a model that costs next to nothing. The same prompt
goes to it directly and through `stream_request`, in turns. Each request to llama.cpp takes a new
connection, since it closes them behind a stream.
"""

import asyncio
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from basicchat.engine.prompting import RULES
from basicchat.testing.llama_server import MODEL
from bench.children import CLIENT_CORE
from bench.load import EVENTS
from bench.numbers import ms, spread
from bench.programs import basicchat, peer, token
from bench.scenarios.ping import PING, Target, open_sockets
from bench.table import Check, Table
from bench.wsclient import Socket, close_all, frame

NAME = "first_token"
PAIRS, WARM_UP = 150, 10
QUESTION = "Good morning number {:05}, how are you?"
SECONDS = 20.0
TEXT = re.compile(rb'"content":"[^"]')
END = (b'"type":"run.completed"', b'"type":"run.failed"')


class Direct:
    """The provider's own stream, over plain sockets."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader

    async def first_seconds(self, question: str) -> float:
        """From sending the request to the first piece of text; reads to the end."""
        body = msgspec.json.encode(
            {
                "model": MODEL,
                "messages": [
                    {"role": "system", "content": RULES},
                    {"role": "user", "content": question},
                ],
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        )
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: \
application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        began, first = time.perf_counter(), 0.0
        async with asyncio.timeout(SECONDS):
            self._reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(head.encode() + body)
            await self._reader.readuntil(b"\r\n\r\n")
            while piece := await self._piece():
                if not first and TEXT.search(piece):
                    first = time.perf_counter() - began
        writer.close()
        return first

    async def _piece(self) -> bytes:
        """One chunk of the body (RFC 9112, 7.1); empty at its end."""
        size = int(await self._reader.readline(), 16)
        return (await self._reader.readexactly(size + 2))[:-2]


class Through:
    """The same through BasicChat, on one connection, with a new conversation each time."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        socket.received = self._received
        self._first: asyncio.Future[float]
        self._ended: asyncio.Future[None]

    async def first_seconds(self, question: str) -> float:
        """From sending the request to the first piece of text; waits for the end."""
        loop = asyncio.get_running_loop()
        self._first, self._ended = loop.create_future(), loop.create_future()
        request = {
            "jsonrpc": "2.0",
            "id": 3,
            "method": "stream_request",
            "params": {"query": question},
        }
        sent = frame(msgspec.json.encode(request))
        began = time.perf_counter()
        self._socket.send(sent)
        async with asyncio.timeout(SECONDS):
            first = await self._first - began
            await self._ended
        return first

    def _received(self, socket: Socket, message: bytes) -> None:
        now = time.perf_counter()
        if b'"method":"delta"' in message:
            if not self._first.done():
                self._first.set_result(now)
        elif any(end in message for end in END) and not self._ended.done():
            self._ended.set_result(None)
        elif b'"error":{' in message and not self._first.done():
            self._first.set_exception(ConnectionError(message[:300].decode()))


async def ping_seconds(socket: Socket) -> float:
    """One round trip on a connection of its own."""
    answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def received(_: Socket, message: bytes) -> None:
        if not answered.done() and not message.startswith(EVENTS):
            answered.set_result(time.perf_counter())

    socket.received = received
    began = time.perf_counter()
    socket.send(frame(PING))
    return await answered - began


async def measure(llama: int, target: Target) -> tuple[list[float], list[float], list[float]]:
    """Times to the first token, directly and through BasicChat, and round trips, in turns."""
    direct = Direct(llama)
    sockets = await open_sockets(target, 2)
    through = Through(sockets[0])
    samples: list[tuple[float, float, float]] = []
    for number in range(WARM_UP + PAIRS):
        question = QUESTION.format(number)
        samples.append(
            (
                await direct.first_seconds(question),
                await through.first_seconds(question),
                await ping_seconds(sockets[1]),
            )
        )
    close_all(sockets)
    a, b, c = zip(*samples[WARM_UP:], strict=True)
    return list(a), list(b), list(c)


def run() -> Table:
    """Run the scenario."""
    with TemporaryDirectory() as folder, peer("llama", core=CLIENT_CORE) as llama:
        url = f"http://127.0.0.1:{llama.port}/v1"
        data = Path(folder)
        with basicchat(data, OPENAI_BASE_URL=url) as server:
            target = Target("BasicChat", server, Socket, token(data))
            direct, through, pings = map(spread, asyncio.run(measure(llama.port, target)))
    added = through.p50 - direct.p50
    rows = [
        [name, ms(each.p50), ms(each.p90), ms(each.p99)]
        for name, each in (
            ("provider, asked directly", direct),
            ("through `stream_request`", through),
            ("`session.ping`, for comparison", pings),
        )
    ]
    rows.append(["added", ms(added), ms(through.p90 - direct.p90), ms(through.p99 - direct.p99)])
    note = (
        f"{PAIRS} alternating pairs after {WARM_UP} for warm-up, each with a new conversation; "
        "llama.cpp shares a core with the client, BasicChat has the other one."
    )
    check = Check("added to the first token (median)", "≤ 5 ms", f"{ms(added)} ms", added <= 5)
    head = ["time to the first token, ms", "p50", "p90", "p99"]
    return Table("First token", head, rows, [check], [note])
