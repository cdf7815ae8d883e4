"""Stop Redis, and start it again empty: nobody has to log in anew."""

import asyncio

from drill_cluster import cluster
from drill_load import PEOPLE, load
from drill_report import Report

from support.redis_server import redis_server

NAME, TITLE = "redis", "Redis is away for 10 s, and comes back empty"


async def run(seconds: float = 10.0, database: str | None = None, people: int = PEOPLE) -> Report:
    """Run the drill."""
    with redis_server() as redis:
        async with (
            cluster(2, redis_url=redis.url, database=database) as nodes,
            load(nodes, people=people) as work,
        ):
            await asyncio.sleep(min(seconds, 3))
            redis.stop()
            await asyncio.sleep(seconds)
            redis.start()
            await asyncio.sleep(min(seconds, 5))
            lost = sum(person.lost for person in work.people)
    return Report(TITLE, work, (f"{lost} connections were lost", "no session had to log in anew"))
