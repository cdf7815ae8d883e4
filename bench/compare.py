"""Compares two checkouts of BasicChat: `python -m bench.compare OTHER [NAME…]`.

Each runs from its own `.venv`. Both servers are under the same load at the same time, on the same
core, and their processor time for the same work is compared. Whatever else slows the machine down
slows both down, so a difference of a few percent shows even where times vary by half.
"""

import asyncio
import gc
import os
import random
import resource
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from bench.checkouts import Checkout, Pair
from bench.children import CLIENT_CORE, Child
from bench.crowd import Deliveries, Posts, enter
from bench.dialects import BasicChat
from bench.load import EVENTS, OpenLoop, poisson
from bench.people import Person
from bench.scenarios import mcp, startup, streams
from bench.scenarios.ping import PING, hello, ignore
from bench.table import grid
from bench.wsclient import Socket, close_all, connect, frame

ROOT = Path(__file__).parent.parent
ROUNDS = 5
LOAD_SECONDS = 8.0
CONNECTIONS, PING_RATE = 50, 4000.0
PEOPLE, CALL_RATE = 1000, 4000.0
STREAMS, TOKENS = 300, 300
MEMBERS, POST_RATE, GRACE_SECONDS = 500, 15.0, 5.0
MCP_CONNECTIONS, MCP_RATE = 16, 500.0
STARTS = 20
# Processor seconds of each of the two for the same work.
Costs = tuple[float, float]
Load = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """What one unit of work costs in each checkout, in several rounds."""

    what: str
    units: int
    costs: Sequence[Costs]

    def cells(self) -> list[str]:
        """The cells of the table."""
        per_unit = [median(cost[n] for cost in self.costs) / self.units * 1e6 for n in (0, 1)]
        ratios = sorted(new / old for old, new in self.costs)
        changes = [
            f"{100 * (ratio - 1):+.1f} %" for ratio in (median(ratios), *ratios[:: len(ratios) - 1])
        ]
        return [
            self.what,
            *(f"{cost:,.1f} µs" for cost in per_unit),
            changes[0],
            " to ".join(changes[1:]),
        ]


async def costs(servers: Sequence[Child], loads: Sequence[Load]) -> Costs:
    """Run the loads at the same time."""
    before = [server.cpu_seconds() for server in servers]
    await asyncio.gather(*(load() for load in loads))
    first, second = (
        server.cpu_seconds() - was for server, was in zip(servers, before, strict=True)
    )
    return first, second


async def paced(
    servers: Sequence[Child], sockets: Sequence[Sequence[Socket]], sent: bytes, rate: float
) -> list[Costs]:
    """Requests at the same times to both, after a round that warms them up."""
    times = poisson(rate, LOAD_SECONDS)

    async def load(mine: Sequence[Socket]) -> None:
        await OpenLoop(mine, sent, times, b"").finish()

    rounds = [
        await costs(servers, [partial(load, mine) for mine in sockets]) for _ in range(ROUNDS + 1)
    ]
    for mine in sockets:
        close_all(mine)
    return rounds[1:]


async def entered(server: Child, people: Sequence[Person]) -> list[Socket]:
    """Connections that have said hello."""
    sockets = await connect(server.port, len(people), ignore)
    await hello(sockets, [person.token for person in people])
    return sockets


def calls(pair: Pair, title: str, count: int, rate: float) -> Row:
    """`session.ping` from `count` users."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in pair]
        people = [each.settle(folder, count) for each, folder in zip(pair, folders, strict=True)]
        servers = [each.serve(stack, data) for each, data in zip(pair, folders, strict=True)]

        async def run() -> list[Costs]:
            sockets = [await entered(*each) for each in zip(servers, people, strict=True)]
            return await paced(servers, sockets, frame(PING), rate)

        measured = asyncio.run(run())
    return Row(title, len(poisson(rate, LOAD_SECONDS)), measured)


def ping(pair: Pair) -> list[Row]:
    """Round trips on a few connections."""
    return [calls(pair, f"`session.ping`, {CONNECTIONS} connections", CONNECTIONS, PING_RATE)]


def small_calls(pair: Pair) -> list[Row]:
    """Round trips of a thousand users."""
    return [calls(pair, f"`session.ping`, {PEOPLE:,} users", PEOPLE, CALL_RATE)]


async def answers(server: Child, sockets: Sequence[Socket]) -> None:
    """One streamed answer on each connection, all at once."""
    arrived, over = 0, asyncio.Event()

    def received(_: Socket, message: bytes) -> None:
        nonlocal arrived
        arrived += len(streams.STAMPED.findall(message)) if EVENTS not in message[:64] else 0
        if arrived >= TOKENS * len(sockets):
            over.set()

    for socket in sockets:
        socket.received = received
        socket.send(streams.ASK)
        await asyncio.sleep(1 / len(sockets))
    async with asyncio.timeout(60):
        await over.wait()


def stream(pair: Pair) -> list[Row]:
    """Tokens of concurrent answers."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in pair]
        servers = [
            each.peer(stack, "paced", str(data), str(STREAMS), str(TOKENS))
            for each, data in zip(pair, folders, strict=True)
        ]
        tokens = [(data / "tokens").read_text().split() for data in folders]

        async def run() -> list[Costs]:
            sockets = []
            for server, mine in zip(servers, tokens, strict=True):
                sockets.append(await connect(server.port, STREAMS, ignore))
                await hello(sockets[-1], mine)
            loads = [partial(answers, *each) for each in zip(servers, sockets, strict=True)]
            return [await costs(servers, loads) for _ in range(ROUNDS)]

        measured = asyncio.run(run())
    return [Row(f"a token of {STREAMS} concurrent answers", STREAMS * TOKENS, measured)]


def room(pair: Pair) -> list[Row]:
    """Messages to a large room."""
    times = poisson(POST_RATE, LOAD_SECONDS, seed=6)
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in pair]
        people = [
            each.settle(folder, MEMBERS, [range(MEMBERS)])
            for each, folder in zip(pair, folders, strict=True)
        ]
        servers = [each.serve(stack, data) for each, data in zip(pair, folders, strict=True)]
        dialect = BasicChat()

        async def post(sockets: Sequence[Socket], deliveries: Deliveries, room_id: str) -> None:
            chance, framed = random.Random(5), partial(dialect.post, room_id)
            del deliveries.lags[:]
            await Posts([(at, chance.choice(sockets), framed) for at in times]).finish()
            await deliveries.all(len(times) * MEMBERS, GRACE_SECONDS)
            if len(deliveries.lags) != len(times) * MEMBERS:
                raise ConnectionError(f"{len(deliveries.lags)} messages arrived")

        async def run() -> list[Costs]:
            loads = []
            for server, mine in zip(servers, people, strict=True):
                sockets, _ = await enter(dialect, server, mine)
                deliveries = Deliveries(sockets, dialect.answer)
                loads.append(partial(post, sockets, deliveries, mine[0].rooms[0]))
            # The presence of the last members is announced to everyone first.
            await asyncio.sleep(2)
            return [await costs(servers, loads) for _ in range(ROUNDS + 1)]

        measured = asyncio.run(run())[1:]
    return [Row(f"a delivery in a room of {MEMBERS}", len(times) * MEMBERS, measured)]


def tool_calls(pair: Pair) -> list[Row]:
    """Tool calls over MCP, each way and era."""
    ways: dict[str, Callable[..., Awaitable[list[Socket]]]] = {
        "WebSocket, with a session": mcp.open_websocket,
        "WebSocket, without": mcp.open_modern_websocket,
        "HTTP, with a session": mcp.open_legacy,
        "HTTP, without": mcp.open_modern,
    }
    rows = []
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in pair]
        bearers = [each.settle(data, 1)[0].token for each, data in zip(pair, folders, strict=True)]
        servers = [
            each.peer(stack, "mcp", str(data)) for each, data in zip(pair, folders, strict=True)
        ]

        async def run(way: Callable[..., Awaitable[list[Socket]]]) -> list[Costs]:
            sockets = [
                await way(server, MCP_CONNECTIONS, bearer=bearer)
                for server, bearer in zip(servers, bearers, strict=True)
            ]
            return await paced(servers, sockets, b"", MCP_RATE)

        for name, way in ways.items():
            units = len(poisson(MCP_RATE, LOAD_SECONDS))
            rows.append(Row(f"`tools/call`, {name}", units, asyncio.run(run(way))))
    return rows


def start(pair: Pair) -> list[Row]:
    """Starts, in turns, until `/health/ready`."""
    measured = []
    with ExitStack() as folders:
        data = [Path(folders.enter_context(TemporaryDirectory())) for _ in pair]
        for _ in range(STARTS + 1):
            spent = []
            for each, folder in zip(pair, data, strict=True):
                with ExitStack() as stack:
                    server = each.serve(stack, folder, core=None)
                    startup.until_ready(server)
                    spent.append(server.cpu_seconds())
            measured.append((spent[0], spent[1]))
    return [Row("a start, to `/health/ready`", 1, measured[1:])]


SCENARIOS: dict[str, Callable[[Pair], list[Row]]] = {
    "ping": ping,
    "streams": stream,
    "room": room,
    "small_calls": small_calls,
    "mcp": tool_calls,
    "startup": start,
}


def main(other: str, *names: str) -> None:
    """Compare, and print a table."""
    pair = (Checkout(Path(other).resolve()), Checkout(ROOT))
    os.sched_setaffinity(0, [CLIENT_CORE])
    head = grid(["server CPU of", "before", "after", "change", "in each round"], [])
    print(head, end="", flush=True)
    for name in names or SCENARIOS:
        print(f"— {name}", file=sys.stderr, flush=True)
        for row in SCENARIOS[name](pair):
            print(f"| {' | '.join(row.cells())} |", flush=True)
        gc.collect()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.disable()
    uvloop.install()
    main(*sys.argv[1:])
