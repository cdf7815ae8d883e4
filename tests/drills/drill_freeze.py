"""Freeze a node, and let it wake: it finds that its answers are over, and writes nothing."""

import asyncio
import signal

from drill_cluster import cluster
from drill_load import load
from drill_report import Report

NAME, TITLE = "freeze", "a node is frozen for 30 s (`SIGSTOP`), and wakes"


async def run(seconds: float = 30.0) -> Report:
    """Run the drill."""
    async with cluster(2, read_seconds=5) as nodes, load(nodes) as work:
        victim = nodes.nodes[0]
        await asyncio.sleep(3)
        victim.signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        victim.signal(signal.SIGCONT)
        await asyncio.sleep(8)
    return Report(TITLE, work, ("nothing of the frozen node was written after it woke",))
