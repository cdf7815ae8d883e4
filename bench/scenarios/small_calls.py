"""Small calls from a thousand users, each authenticated and rate limited, on one core."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import Child
from bench.crowd import enter, ignore
from bench.dialects import BasicChat, Dialect, others
from bench.load import Result, closed_loop, open_loop
from bench.numbers import ms, spread
from bench.people import Person, settle
from bench.programs import basicchat
from bench.table import Check, Table
from bench.wsclient import Socket, close_all

NAME = "small_calls"
PEOPLE = 1000
RATE = 10_000.0
CLOSED_SECONDS, OPEN_SECONDS = 3.0, 8.0
# Far above what each of the thousand users sends per second, far below what one alone could.
PER_MINUTE = 6000
FLOOD_SECONDS = 5.0


async def measure(
    dialect: Dialect, server: Child, people: Sequence[Person]
) -> tuple[Result, Result, float]:
    """The maximum throughput, the latency at a fixed rate, and that rate.

    For a server that cannot reach the rate it is half of the maximum throughput.
    """
    sockets, _ = await enter(dialect, server, people)
    closed = await closed_loop(sockets, dialect.ping, CLOSED_SECONDS, server, answer=dialect.answer)
    rate = RATE if closed.per_second > RATE * 1.1 else closed.per_second / 2
    paced = await open_loop(
        sockets, dialect.ping, rate, OPEN_SECONDS, server, answer=dialect.answer
    )
    close_all(sockets)
    return closed, paced, rate


async def flood(dialect: BasicChat, server: Child, person: Person) -> int:
    """The number of refused calls of one session that exceeds its limit."""
    (socket,), _ = await enter(dialect, server, [person])
    asked, answered, refused = PER_MINUTE * 3 // 2, 0, 0
    over = asyncio.Event()

    def received(_: Socket, message: bytes) -> None:
        nonlocal answered, refused
        if message.startswith(dialect.answer):
            answered += 1
            refused += b'"rate_limited"' in message
            if answered == asked:
                over.set()

    socket.received = received
    for _ in range(asked):
        socket.send(dialect.ping)
    async with asyncio.timeout(FLOOD_SECONDS):
        await over.wait()
    socket.received = ignore
    socket.close()
    return refused


def row(name: str, closed: Result, paced: Result, rate: float) -> list[str]:
    """One row of the table."""
    lags = spread(paced.samples)
    each = closed.window.server / closed.per_second * 1e6
    return [
        name,
        f"{closed.per_second:,.0f}",
        f"{each:.1f} µs",
        closed.window.cpu(),
        f"{rate:,.0f}/s: {ms(lags.p50)} / {ms(lags.p99)} / {ms(lags.p999)}",
        paced.window.cpu(),
    ]


def run() -> Table:
    """Run the scenario."""
    rows = []
    with TemporaryDirectory() as folder:
        people = asyncio.run(settle(Path(folder), PEOPLE + 1))
        *many, greedy = people
        for dialect, server in others():
            rows.append(row(dialect.name, *asyncio.run(measure(dialect, server, many))))
        limit = str(PER_MINUTE)
        with basicchat(Path(folder), BASICCHAT_LIMITS_MESSAGES_PER_MINUTE=limit) as server:
            mine = BasicChat()
            closed, paced, rate = asyncio.run(measure(mine, server, many))
            refused = asyncio.run(flood(mine, server, greedy))
        rows.append(row("BasicChat", closed, paced, rate))

    wrongly = closed.refused + paced.refused
    checks = [
        Check("small calls on one core", "≥ 10,000/s", f"{closed.per_second:,.0f}/s",
              closed.per_second >= RATE),
        Check("of them refused though within the limit", "0", f"{wrongly}", wrongly == 0),
        Check("calls refused of one session over its limit", "> 0", f"{refused:,}", refused > 0),
    ]  # fmt: skip
    head = [
        "server", "round trips/s", "server CPU each", "CPU of one core",
        "open loop p50 / p99 / p99.9 ms", "CPU of one core",
    ]  # fmt: skip
    note = (
        f"{PEOPLE:,} users with a connection each. Round trips: closed loop, {CLOSED_SECONDS:.0f} "
        f"s. BasicChat: `session.ping`, each checked against the caller's rights and charged to "
        f"its session, which may make {PER_MINUTE:,} calls a minute; of 1.5 times as many at once, "
        "the rest is refused. The others check and charge nothing. A server that "
        f"cannot do {RATE:,.0f}/s gets half of its maximum in the open loop."
    )
    title = f"Small calls of {PEOPLE:,} users"
    return Table(title, head, rows, checks, [note])
