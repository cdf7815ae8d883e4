"""Restart three nodes in turn behind nginx: no request is refused."""

import asyncio

from drill_cluster import cluster
from drill_load import load
from drill_report import Report

NAME, TITLE = "rolling", "three nodes are restarted in turn behind nginx"
# How long nginx may still send requests to a node that is about to end.
LIMITS = {"drain_grace_seconds": 1.0, "drain_seconds": 10.0}


async def run(seconds: float = 3.0) -> Report:
    """Run the drill."""
    async with cluster(3, limits=LIMITS) as nodes, load(nodes) as work:
        for node in nodes.nodes:
            await asyncio.sleep(seconds)
            await node.restart()
            await nodes.ready(node)
        await asyncio.sleep(seconds)
    return Report(TITLE, work)
