"""Stop PostgreSQL: requests are refused with a reason, and service resumes by itself."""

import asyncio

from drill_cluster import cluster, own_database
from drill_load import load, until
from drill_report import Report

NAME, TITLE = "postgres", "PostgreSQL is stopped for 30 s"


async def run(seconds: float = 30.0) -> Report:
    """Run the drill."""
    with own_database() as database:
        async with cluster(2, database=database) as nodes, load(nodes) as work:
            work.strict = False
            await asyncio.sleep(3)
            await asyncio.to_thread(database.stop)
            await asyncio.sleep(seconds)
            refused = sum(work.refused.values())
            before = len(work.pauses)
            await asyncio.to_thread(database.start)
            took = await until(lambda: len(work.pauses) > before, 60)
            await asyncio.sleep(5)
    notes = (f"refused with a reason and repeated: {refused}",
             f"the first message was taken {took:.1f} s after it was back")  # fmt: skip
    return Report(TITLE, work, notes)
