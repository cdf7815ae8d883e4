"""Tool calls over MCP: our WebSocket and HTTP, the official library's app, and FastMCP."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import Child, Window
from bench.load import Result, closed_loop
from bench.mcp_speech import (
    GREETED,
    GREETING,
    HELLO,
    LEGACY,
    MODERN,
    READY,
    RESULT,
    HttpSocket,
    calling,
    encoded,
    ignore,
    posted,
    session_of,
    socket_kind,
)
from bench.numbers import ms, spread
from bench.programs import peer, token
from bench.table import Check, Table
from bench.wsclient import Socket, close_all, connect, exchange, frame

NAME = "mcp"
CONNECTIONS = (16, 1200)
ROUNDS = 2
SECONDS = 4.0
NOTES = 200_000
NOTE = b'{"jsonrpc":"2.0","method":"notifications/progress"'
OURS, FAST, STOCK = "BasicChat", "FastMCP", "official library's app"
WS = f"{OURS}, WebSocket"

ECHO = "bare WebSocket echo"


@dataclass(frozen=True)
class Target:
    """A server, and how to open connections that are ready to call its tool.

    Args:
        open: opens a number of connections; `send` of each then sends a call and ignores its
            argument.
    """

    name: str
    child: Child
    open: Callable[[Child, int], Awaitable[list[Socket]]]


async def open_echo(child: Child, count: int) -> list[Socket]:
    """Connections that echo a call."""
    sockets = await connect(child.port, count, ignore)
    return [always(socket, frame(calling("add", a=2, b=3))) for socket in sockets]


async def greeted(child: Child, count: int, bearer: str) -> list[Socket]:
    """Sessions over WebSocket."""
    sockets = await connect(child.port, count, ignore, socket_kind(bearer))
    expect(await exchange(sockets, [GREETING] * count))
    for socket in sockets:
        socket.send(GREETED)
    return sockets


async def open_websocket(child: Child, count: int, *, bearer: str) -> list[Socket]:
    """Sessions over WebSocket, ready to call."""
    call = frame(calling("add", a=2, b=3))
    return [always(socket, call) for socket in await greeted(child, count, bearer)]


async def open_modern_websocket(child: Child, count: int, *, bearer: str) -> list[Socket]:
    """Connections of the era without sessions, ready to call."""
    call = frame(calling("add", modern=True, a=2, b=3))
    sockets = await connect(child.port, count, ignore, socket_kind(bearer))
    return [always(socket, call) for socket in sockets]


async def open_legacy(child: Child, count: int, *, bearer: str = "") -> list[Socket]:
    """Sessions of the era with sessions, over HTTP."""
    sockets = await connect(child.port, count, ignore, HttpSocket)
    hello = posted(encoded(HELLO), child.port, token=bearer)
    expect(await exchange(sockets, [hello] * count))
    version = {"MCP_Protocol_Version": LEGACY}
    for socket in sockets:
        assert isinstance(socket, HttpSocket)
        socket.session = session_of(socket.head)
    session_headers = [
        {**version, "Mcp_Session_Id": getattr(socket, "session", "")} for socket in sockets
    ]
    ready = [posted(encoded(READY), child.port, token=bearer, **each) for each in session_headers]
    await exchange(sockets, ready)
    call = calling("add", a=2, b=3)
    calls = [posted(call, child.port, token=bearer, **each) for each in session_headers]
    return [always(socket, each) for socket, each in zip(sockets, calls, strict=True)]


async def open_modern(child: Child, count: int, *, bearer: str = "") -> list[Socket]:
    """Connections of the era without sessions, over HTTP."""
    sockets = await connect(child.port, count, ignore, HttpSocket)
    call = posted(
        calling("add", modern=True, a=2, b=3),
        child.port,
        token=bearer,
        MCP_Protocol_Version=MODERN,
        Mcp_Method="tools/call",
        Mcp_Name="add",
    )
    return [always(socket, call) for socket in sockets]


def expect(answers: Sequence[bytes]) -> None:
    """Raise ConnectionError unless all answers are results."""
    wrong = [each for each in answers if RESULT not in each]
    if wrong:
        raise ConnectionError(f"{len(wrong)} were answered with {wrong[0][:300]!r}")


def always(socket: Socket, call: bytes) -> Socket:
    """Make a connection send this call, whatever its argument."""
    write = socket.send
    socket.send = lambda _: write(call)
    return socket


async def rates(targets: Sequence[Target], count: int) -> dict[str, Result]:
    """The best of a few closed loops of each target, in turns."""
    best: dict[str, Result] = {}
    for _ in range(ROUNDS):
        for target in targets:
            sockets = await target.open(target.child, count)
            if target.name != ECHO:
                expect(await exchange(sockets[:1], [b""]))
            result = await closed_loop(sockets, b"", SECONDS, target.child)
            close_all(sockets)
            if target.name not in best or result.per_second > best[target.name].per_second:
                best[target.name] = result
    return best


async def progress(child: Child, bearer: str) -> tuple[float, Window]:
    """Progress notifications per second that reach one client."""
    (socket,) = await greeted(child, 1, bearer)
    over = asyncio.Event()
    notes = 0

    def received(_: Socket, message: bytes) -> None:
        nonlocal notes
        if message.startswith(NOTE):
            notes += 1
        else:
            over.set()

    socket.received = received
    window = Window(child)
    socket.send(frame(calling("count", token=1, to=NOTES)))
    async with asyncio.timeout(60):
        await over.wait()
    window.close()
    close_all([socket])
    if notes != NOTES:
        raise ConnectionError(f"{notes:,} of {NOTES:,} notifications arrived")
    return notes / window.seconds, window


async def idle(child: Child, bearer: str) -> float:
    """KiB of resident memory per idle session over WebSocket."""
    count = CONNECTIONS[-1]
    before = child.rss_kib()
    sockets = await greeted(child, count, bearer)
    await asyncio.sleep(1.0)
    after = child.rss_kib()
    close_all(sockets)
    return (after - before) / count


def row(count: int, name: str, result: Result) -> list[str]:
    """One row of the table."""
    latency = spread(result.samples)
    return [
        f"{count:,}",
        name,
        f"{result.per_second:,.0f}",
        f"{each(result):.0f} µs",
        result.window.cpu(),
        f"{ms(latency.p50)} / {ms(latency.p99)}",
    ]


def each(result: Result) -> float:
    """Server CPU per call, in microseconds."""
    return result.window.server / result.per_second * 1e6


def run() -> Table:
    """Run the scenario."""
    rows, checks = [], []
    with ExitStack() as stack:
        data = Path(stack.enter_context(TemporaryDirectory()))
        bearer = token(data)
        mine = stack.enter_context(peer("mcp", str(data)))
        stock = stack.enter_context(peer("mcp-stock"))
        fast = stack.enter_context(peer("mcp-fast"))
        echo = stack.enter_context(peer("ws-echo"))
        targets = [
            Target(ECHO, echo, open_echo),
            Target(f"{WS} {LEGACY}", mine, partial(open_websocket, bearer=bearer)),
            Target(f"{WS} {MODERN}", mine, partial(open_modern_websocket, bearer=bearer)),
            *over_http(OURS, mine, bearer),
            *over_http(STOCK, stock),
            *over_http(FAST, fast),
        ]
        # Warm up, so that everything is loaded before the measurement.
        asyncio.run(rates(targets[1:2], 1))
        kib = asyncio.run(idle(mine, bearer))
        for count in CONNECTIONS:
            results = asyncio.run(rates(targets, count))
            rows += [row(count, name, result) for name, result in results.items()]
            checks += compare(count, results)
        notes, window = asyncio.run(progress(mine, bearer))
    checks += [
        Check("MCP progress notifications", "≥ 40,000/s", f"{notes:,.0f}/s", notes >= 40_000),
        Check("memory for each idle MCP session", "≤ 40 KiB", f"{kib:.1f} KiB", kib <= 40),
    ]
    head = ["connections", "server", "calls/s", "server CPU each", "CPU of one core",
            "p50 / p99 ms"]  # fmt: skip
    note = (
        f"`tools/call` of a tool that adds two numbers; closed loop, best of {ROUNDS} × "
        f"{SECONDS:.0f} s, taking turns. BasicChat authenticates, authorises and charges each "
        "call; the others do not. Both eras of the protocol: with a session "
        f"({LEGACY}), and without ({MODERN}). Progress: one client, {NOTES:,} notifications of "
        f"one call, server {window.cpu()}."
    )
    return Table("Tool calls over MCP", head, rows, checks, [note])


def over_http(name: str, child: Child, bearer: str = "") -> list[Target]:
    """A server's HTTP in both eras."""
    return [
        Target(f"{name}, HTTP {LEGACY}", child, partial(open_legacy, bearer=bearer)),
        Target(f"{name}, HTTP {MODERN}", child, partial(open_modern, bearer=bearer)),
    ]


def compare(count: int, results: dict[str, Result]) -> list[Check]:
    """Checks against the other servers of the same run."""
    checks = []
    for era in (LEGACY, MODERN):
        fast = results[f"{FAST}, HTTP {era}"].per_second
        stock = results[f"{STOCK}, HTTP {era}"].per_second
        http = results[f"{OURS}, HTTP {era}"].per_second
        where = f"HTTP {era}, {count:,} connections"
        cost = each(results[f"{WS} {era}"])
        times = results[f"{WS} {era}"].per_second / fast
        checks += [
            Check(f"MCP call over WebSocket {era}, {count:,} connections", "≤ 70 µs",
                  f"{cost:.0f} µs", cost <= 70),
            Check(f"WebSocket against FastMCP over {where}", "≥ 8×", f"{times:.1f}×", times >= 8),
            Check(f"{where}, against FastMCP", "≥ 2×", f"{http / fast:.1f}×", http >= 2 * fast),
            Check(f"{where}, against the library's app", "≥ 1×", f"{http / stock:.2f}×",
                  http >= stock),
        ]  # fmt: skip
    return checks
