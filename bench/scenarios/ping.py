"""Round trips of `session.ping`, compared with a bare WebSocket echo and raw TCP."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.children import Child
from bench.load import Result, closed_loop, open_loop
from bench.numbers import ms, spread
from bench.programs import basicchat, peer, token
from bench.table import Check, Table
from bench.wsclient import RawSocket, Socket, close_all, connect, exchange, frame

NAME = "ping"
PING = b'{"jsonrpc":"2.0","id":7,"method":"session.ping","params":{}}'
CONNECTIONS = (1, 50, 500)
# Requests per second in the open loop: well below the capacity of the slowest of the three.
RATES = {1: 500.0, 50: 5000.0, 500: 5000.0}
ROUNDS = 3
CLOSED_SECONDS, OPEN_SECONDS = 2.0, 5.0


class Ponged(RawSocket):
    """Raw TCP messages of the size of one framed ping."""

    size = len(frame(PING))


@dataclass(frozen=True)
class Target:
    """A server under load."""

    name: str
    child: Child
    kind: type[Socket]
    token: str | None = None


def ignore(socket: Socket, message: bytes) -> None:
    """Drop a message; no load is running yet."""


async def open_sockets(target: Target, count: int) -> list[Socket]:
    """Connect, and open sessions if the target has a token."""
    sockets = await connect(target.child.port, count, ignore, target.kind)
    if target.token is not None:
        await hello(sockets, [target.token] * count)
    return sockets


async def hello(sockets: Sequence[Socket], tokens: Sequence[str]) -> None:
    """Open a session on each connection.

    Raises:
        ConnectionError: one was refused.
    """
    frames = [
        frame(
            msgspec.json.encode(
                {"jsonrpc": "2.0", "id": 1, "method": "session.hello", "params": {"token": each}}
            )
        )
        for each in tokens
    ]
    for answer in await exchange(sockets, frames):
        if b'"session_id"' not in answer:
            raise ConnectionError(f"hello was answered with {answer[:200]!r}")


async def measure(targets: Sequence[Target], count: int) -> dict[str, tuple[Result, Result]]:
    """The best of a few closed loops, in turns, and one open loop per target."""
    best: dict[str, Result] = {}
    paced: dict[str, Result] = {}
    ping = frame(PING)
    sockets = {target.name: await open_sockets(target, count) for target in targets}
    for _ in range(ROUNDS):
        for target in targets:
            mine = sockets[target.name]
            result = await closed_loop(mine, ping, CLOSED_SECONDS, target.child)
            if target.name not in best or result.per_second > best[target.name].per_second:
                best[target.name] = result
    for target in targets:
        mine = sockets[target.name]
        paced[target.name] = await open_loop(mine, ping, RATES[count], OPEN_SECONDS, target.child)
        close_all(mine)
    return {name: (best[name], paced[name]) for name in best}


def row(count: int, name: str, closed: Result, paced: Result) -> list[str]:
    """One row of the table."""
    open_spread = spread(paced.samples)
    busy = closed.window.server / closed.per_second * 1e6
    return [
        str(count),
        name,
        f"{closed.per_second:,.0f}",
        f"{busy:.1f} µs",
        closed.window.cpu(),
        f"{ms(open_spread.p50)} / {ms(open_spread.p99)} / {ms(open_spread.p999)}",
        paced.window.cpu(),
    ]


def run() -> Table:
    """Run the scenario."""
    rows, checks = [], []
    with ExitStack() as stack:
        data = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(basicchat(data))
        targets = [
            Target("raw TCP echo", stack.enter_context(peer("tcp-echo")), Ponged),
            Target("bare WebSocket echo", stack.enter_context(peer("ws-echo")), Socket),
            Target("`session.ping`", server, Socket, token(data)),
        ]
        for count in CONNECTIONS:
            results = asyncio.run(measure(targets, count))
            rows += [row(count, name, *pair) for name, pair in results.items()]
            checks.append(compare(count, results))
    head = [
        "connections", "server", "round trips/s", "server CPU each", "CPU of one core",
        "open loop p50 / p99 / p99.9 ms", "CPU of one core",
    ]  # fmt: skip
    rates = ", ".join(f"{rate:,.0f}/s on {count}" for count, rate in RATES.items())
    note = (
        f"Round trips: closed loop, best of {ROUNDS} × {CLOSED_SECONDS:.0f} s, taking turns. "
        f"Open loop: {rates}, Poisson arrivals, latency from the scheduled time."
    )
    return Table("`session.ping` round trips", head, rows, checks, [note])


def compare(count: int, results: dict[str, tuple[Result, Result]]) -> Check:
    """Compare with half the rate of a bare echo in the same run."""
    mine = results["`session.ping`"][0].per_second
    echo = results["bare WebSocket echo"][0].per_second
    what = f"ping against a bare echo, {count} connections"
    return Check(what, "≥ 50 %", f"{mine / echo:.0%}", mine >= echo / 2)
