"""Turn one node's clock an hour ahead, by its clock port: the machine's would affect everything."""

import asyncio
import signal

from drill_cluster import cluster
from drill_load import load
from drill_report import Report

NAME, TITLE = "clock", "the clock of one of two nodes is an hour ahead"


async def run(seconds: float = 10.0) -> Report:
    """Run the drill."""
    async with cluster(2) as nodes, load(nodes) as work:
        await asyncio.sleep(3)
        nodes.nodes[0].signal(signal.SIGUSR1)
        await asyncio.sleep(seconds)
        lost = sum(person.lost for person in work.people)
    return Report(TITLE, work, (f"{lost} connections were lost",))
