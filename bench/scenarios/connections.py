"""Memory per idle connection, compared with raw TCP, a bare WebSocket echo and two chats."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.dialects import others
from bench.programs import basicchat, peer, token
from bench.scenarios.ping import Target, open_sockets
from bench.table import Check, Table
from bench.wsclient import RawSocket, Socket, close_all

NAME = "connections"
COUNTS = (1000, 5000)
SETTLE_SECONDS = 2.0


async def kib_each(target: Target, count: int, before: int) -> tuple[float, float]:
    """The server's memory growth per connection, and the connections opened per second."""
    began = time.perf_counter()
    sockets = await open_sockets(target, count)
    seconds = time.perf_counter() - began
    await asyncio.sleep(SETTLE_SECONDS)
    grown = target.child.rss_kib() - before
    close_all(sockets)
    await asyncio.sleep(SETTLE_SECONDS)
    return grown / count, count / seconds


def row(target: Target) -> tuple[list[str], list[float]]:
    """One row of the table, and the figures of each count."""
    # The first connections allocate what all share: code paths, buffers, arenas.
    asyncio.run(kib_each(target, 20, 0))
    before = target.child.rss_kib()
    figures = [asyncio.run(kib_each(target, count, before)) for count in COUNTS]
    cells = [f"{kib:.1f} KiB, {rate:,.0f}/s" for kib, rate in figures]
    return [target.name, f"{before / 1024:.0f} MiB", *cells], [kib for kib, _ in figures]


def run() -> Table:
    """Run the scenario."""
    rows = []
    with peer("tcp-echo") as server:
        rows.append(row(Target("raw TCP echo", server, RawSocket))[0])
    with peer("ws-echo") as server:
        rows.append(row(Target("bare WebSocket echo", server, Socket))[0])
    for dialect, server in others():
        rows.append(row(Target(dialect.name, server, dialect.kind))[0])
    with TemporaryDirectory() as folder, basicchat(Path(folder)) as server:
        cells, mine = row(
            Target("BasicChat, after `session.hello`", server, Socket, token(Path(folder)))
        )
        rows.append(cells)
    checks = [
        Check(f"memory for each of {count:,} idle connections", "≤ 40 KiB", f"{kib:.1f} KiB",
              kib <= 40)
        for count, kib in zip(COUNTS, mine, strict=True)
    ]  # fmt: skip
    head = [
        "server",
        "before",
        *(f"{count:,} connections: each, opened" for count in COUNTS),
    ]
    note = (
        "Growth of resident memory per connection, without kernel buffers. Memory that 1,000 "
        "connections left behind when they closed is reused by the 5,000."
    )
    return Table("Idle connections", head, rows, checks, [note])
