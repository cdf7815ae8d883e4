"""Kill the Redis primary: Sentinel promotes the replica, and the nodes follow."""

import asyncio

from drill_cluster import cluster
from drill_load import load
from drill_report import Report

from support.redis_topologies import behind_sentinel

NAME, TITLE = "sentinel", "the Redis primary is killed under Sentinel"


async def run(seconds: float = 10.0) -> Report:
    """Run the drill."""
    with behind_sentinel() as redis:
        async with cluster(2, redis_url=redis.url) as nodes, load(nodes) as work:
            await asyncio.sleep(3)
            redis.primary.kill()
            await asyncio.sleep(seconds)
    return Report(TITLE, work)
