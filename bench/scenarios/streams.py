"""A thousand answers streamed concurrently, 30 tokens per second each, to a thousand users."""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.children import Child, Window
from bench.load import EVENTS
from bench.numbers import ms, spread
from bench.peers import STAMP, STREAM_RATE
from bench.programs import peer
from bench.scenarios.ping import hello, ignore
from bench.table import Check, Table
from bench.wsclient import RawSocket, Socket, close_all, connect, frame

NAME = "streams"
STREAMS = 1000
# All start within the first seconds and then run concurrently for the rest.
BEGIN_SECONDS, TOGETHER_SECONDS = 8.0, 15.0
TOKENS = int(STREAM_RATE * (BEGIN_SECONDS + TOGETHER_SECONDS + 2))
END_SECONDS = 60.0
# The interval at which the client polls its sockets. A client asleep on the same machine would be
# woken by each send within the server's system call. That is a fifth of the cost of a token, and
# does not happen over a network.
NAP_SECONDS = 0.001
STAMPED = re.compile(rb"\d{10}\.\d{6} ")
ASK = frame(
    msgspec.json.encode(
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "stream_request",
            "params": {"query": "How many pallets does the warehouse in Lisbon hold?"},
        }
    )
)


class StampedSocket(RawSocket):
    """Raw TCP messages as long as a delta on the wire."""

    size = 190


@dataclass(frozen=True)
class Observed:
    """The messages as (time, message), in order, and processor time while all streams ran."""

    messages: list[tuple[float, bytes]]
    began: float
    window: Window
    first_seconds: list[float]

    def lags(self, start: float = 0.0, end: float = 1e9) -> list[float]:
        """Seconds from when each token was due to its arrival, for tokens due in a period."""
        return [
            at - due
            for at, message in self.messages
            # The events at the end contain whole texts, which are not part of the stream.
            if not message.startswith(EVENTS)
            for due in map(float, STAMPED.findall(message))
            if start <= due - self.began < end
        ]


async def observe(sockets: Sequence[Socket], server: Child) -> Observed:
    """Start all streams at random times, and record all messages until they have ended."""
    messages: list[tuple[float, bytes]] = []
    asked_at: dict[Socket, float] = {}
    first: list[float] = []
    clock, note = time.monotonic, messages.append

    def received(socket: Socket, message: bytes) -> None:
        note((clock(), message))
        if socket in asked_at and STAMPED.search(message):
            first.append(clock() - asked_at.pop(socket))

    loop, chance = asyncio.get_running_loop(), random.Random(2)

    def ask(socket: Socket) -> None:
        asked_at[socket] = clock()
        socket.send(ASK)

    def nap() -> None:
        time.sleep(NAP_SECONDS)
        loop.call_soon(nap)

    loop.call_soon(nap)
    began = clock()
    for socket in sockets:
        socket.received = received
        loop.call_later(chance.uniform(0, BEGIN_SECONDS), ask, socket)
    await asyncio.sleep(BEGIN_SECONDS + 1)
    window = Window(server)
    await asyncio.sleep(TOGETHER_SECONDS - 1)
    window.close()
    await until_silent(messages)
    return Observed(messages, began, window, first)


async def until_silent(messages: list[tuple[float, bytes]]) -> None:
    """Wait until nothing has arrived for two seconds, up to a deadline."""
    deadline = time.monotonic() + END_SECONDS
    before = -1
    while len(messages) > before and time.monotonic() < deadline:
        before = len(messages)
        await asyncio.sleep(2)


async def through_basicchat(data: Path, server: Child) -> Observed:
    """The load on BasicChat, one connection per user."""
    sockets = await connect(server.port, STREAMS, ignore)
    await hello(sockets, (data / "tokens").read_text().split())
    observed = await observe(sockets, server)
    close_all(sockets)
    return observed


async def through_tcp(server: Child) -> Observed:
    """The same load from a server that does nothing else."""
    sockets = await connect(server.port, STREAMS, ignore, StampedSocket)
    observed = await observe(sockets, server)
    close_all(sockets)
    return observed


def row(name: str, observed: Observed) -> list[str]:
    """One row of the table."""
    together = spread(observed.lags(BEGIN_SECONDS, BEGIN_SECONDS + TOGETHER_SECONDS))
    whole = spread(observed.lags())
    first = spread(observed.first_seconds)
    return [
        name,
        f"{together.count / TOGETHER_SECONDS:,.0f}",
        f"{ms(together.p50)} / {ms(together.p99)} / {ms(together.p999)} / {ms(together.largest)}",
        observed.window.cpu(),
        f"{ms(whole.p99)} of {whole.count:,}",
        f"{ms(first.p50)} / {ms(first.p99)}",
    ]


def run() -> Table:
    """Run the scenario."""
    with peer("tcp-stream", str(TOKENS), str(StampedSocket.size)) as server:
        bare = asyncio.run(through_tcp(server))
    with TemporaryDirectory() as folder:
        data = Path(folder)
        with peer("paced", folder, str(STREAMS), str(TOKENS)) as server:
            mine = asyncio.run(through_basicchat(data, server))
    expected = STREAMS * TOKENS
    arrived = len(mine.lags())
    lag = spread(mine.lags(BEGIN_SECONDS, BEGIN_SECONDS + TOGETHER_SECONDS)).p99
    checks = [
        Check(f"p99 lag of {STREAMS:,} streams", "≤ 20 ms", f"{ms(lag)} ms", lag <= 20),
        Check("tokens that arrived", f"{expected:,}", f"{arrived:,}", arrived == expected),
    ]
    head = [
        "server", "tokens/s", "lag p50 / p99 / p99.9 / max ms, all running", "CPU of one core",
        "lag p99 with begin and end, ms", "first token p50 / p99 ms",
    ]  # fmt: skip
    notes = [
        f"{STREAMS:,} users with a connection and a conversation each; {TOKENS} tokens of "
        f"{len(STAMP.format(0.0))} characters, begun at random within {BEGIN_SECONDS:.0f} s. Lag: "
        "from the time at which the model was due to produce the token to its arrival. It includes "
        "the pacing of the model, which runs in the server's process, and the client's interval of "
        f"{1000 * NAP_SECONDS:.0f} ms between two looks at its sockets. A model's first token is "
        f"due {1000 / STREAM_RATE:.0f} ms after the request."
    ]
    rows = [row("raw TCP, nothing else", bare), row("`stream_request`", mine)]
    title = f"{STREAMS:,} streams at {STREAM_RATE:.0f} tokens a second"
    return Table(title, head, rows, checks, notes)
