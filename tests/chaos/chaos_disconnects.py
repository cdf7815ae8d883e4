"""Many disconnects while many answers are being written; nothing is doubled, nothing missing."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from chaos_nodes import cluster
from chaos_people import Reader, faultless, judge, readers, rooms_for
from chaos_road import Storm, storm

PEOPLE, ROOMS = 20, 5
TOKENS_PER_SECOND = 40.0
SETTLE_SECONDS = 60.0


async def disconnects(
    folder: Path, count: int, seed: int, seconds: float, *, nodes: int = 1
) -> dict[str, Any]:
    """Break off so many connections, then compare everything; the figures of it.

    Args:
        seconds: how long that may take at most.
        nodes: how many there are of the server; each connection goes to a random one.

    Raises:
        AssertionError: something was doubled, missing, or wrong.
    """
    began = time.monotonic()
    async with cluster(folder, TOKENS_PER_SECOND, nodes) as servers:
        url, token = servers.all[0].url, servers.all[0].token
        async with (
            storm(*(server.port for server in servers.all), seed=seed, calm=True) as road,
            readers(road.url, token, PEOPLE, seed) as people,
        ):
            rooms = await rooms_for(people, ROOMS)
            async with asyncio.timeout(seconds + SETTLE_SECONDS):
                await _rage(people, rooms, road, count, seed, seconds)
                raged = time.monotonic() - began
                compared = await judge(url, token, people, rooms)
            faultless(people)
        records = await servers.stop()
        assert records.faults == []
        assert set(records.runs) == {"completed"}
        complaints = servers.complaints()
        assert not complaints, complaints
    return {
        "seconds": round(raged, 1),
        "disconnects": road.cuts,
        "of open sessions": sum(person.lost for person in people),
        "turned away": road.turned_away,
        "stalls": road.stalls,
        "connections by node": list(road.led.values()),
        "answers": records.runs["completed"],
        "texts compared": compared,
        "events": records.events,
        "snapshots after the first": sum(person.snapshots - 1 for person in people),
        "ways": sorted({str(each) for person in people for each in person.ways}),
    }


async def _rage(
    people: Sequence[Reader],
    rooms: Sequence[str],
    road: Storm,
    count: int,
    seed: int,
    seconds: float,
) -> None:
    """Let everyone ask until enough connections were broken off; returns when all is answered."""
    over = asyncio.Event()
    asking = [
        asyncio.create_task(_ask(person, rooms[n % len(rooms)], over, Random(f"{seed} {n}")))
        for n, person in enumerate(people)
    ]
    road.calm = False
    road.begin()
    try:
        async with asyncio.timeout(seconds):
            while road.cuts < count:
                road.changed.clear()
                await road.changed.wait()
                for task in asking:
                    if task.done():
                        task.result()
    finally:
        road.calm = True
        over.set()
    await asyncio.gather(*asking)


async def _ask(person: Reader, room_id: str, over: asyncio.Event, random: Random) -> None:
    n = 0
    while not over.is_set():
        n += 1
        question = f"{person.name} asks {n}"
        if random.random() < 0.2:
            await person.query(question, room_id)
        else:
            await person.turn(question, room_id)
