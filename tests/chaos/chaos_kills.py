"""A server that is killed again and again under load; what it acknowledged is there afterwards."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import httpx2
from chaos_people import QUICK, Reader, faultless, judge, readers, rooms_for
from chaos_records import examine
from chaos_road import storm
from chaos_server import Child, child

from basicchat.client import BasicChatClient

PEOPLE, ROOMS, EACH = 6, 3, 3
TOKENS_PER_SECOND = 60.0
SECONDS = 60.0


class Load:
    """People who ask, and somebody who uploads, until told to stop.

    Attributes:
        documents: those whose upload was acknowledged, with a word that only they have.
        in_vain: uploads that nobody acknowledged.
    """

    def __init__(self, people: Sequence[Reader], rooms: Sequence[str], url: str, token: str):
        self.documents: dict[str, str] = {}
        self.in_vain = 0
        self.over = asyncio.Event()
        self._url, self._token = url, token
        self._tasks = [
            asyncio.create_task(self._ask(person, rooms[n % len(rooms)], m))
            for n, person in enumerate(people)
            for m in range(EACH)
        ]
        self._tasks.append(asyncio.create_task(self._upload()))

    async def _ask(self, person: Reader, room_id: str, m: int) -> None:
        n = 0
        while not self.over.is_set():
            n += 1
            await person.turn(f"{person.name}.{m} asks {n}", room_id)

    async def _upload(self) -> None:
        headers = {"authorization": f"Bearer {self._token}"}
        n = 0
        async with httpx2.AsyncClient(base_url=self._url, headers=headers, timeout=60) as http:
            while not self.over.is_set():
                n += 1
                text = f"# Number {n}\n\nThis is about subject{n}x and nothing else.\n"
                files = {"file": (f"n{n}.md", text.encode())}
                try:
                    answer = await http.post("/api/documents", files=files)
                except httpx2.HTTPError:
                    self.in_vain += 1
                else:
                    assert answer.status_code == 202, answer.text
                    self.documents[answer.json()["document_id"]] = f"subject{n}x"
                # Only sets the rate of uploads.
                await asyncio.sleep(0.1)

    def look(self) -> None:
        """Raise what has gone wrong, if anything has."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def stop(self) -> None:
        """Let everyone finish what they have begun."""
        self.over.set()
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*self._tasks)


async def kills(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Kill the server so many times, then compare everything; the figures of it.

    Raises:
        AssertionError: something acknowledged is lost, doubled, or was never finished.
    """
    began = time.monotonic()
    async with child(folder, TOKENS_PER_SECOND) as server:
        async with (
            storm(server.port, seed=seed, calm=True) as road,
            readers(road.url, server.token, PEOPLE, seed) as people,
        ):
            rooms = await rooms_for(people, ROOMS)
            load = Load(people, rooms, road.url, server.token)
            random = Random(seed)
            for _ in range(count):
                await _kill(server, people, load, random)
            await load.stop()
            took = time.monotonic() - began
            await _acknowledged(server, people, load)
            compared = await judge(server.url, server.token, people, rooms)
            faultless(people)
        await server.stop()
        records = examine(server.data)
        assert records.faults == []
        assert set(records.runs) <= {"completed", "interrupted"}
        assert set(records.tasks) == {"completed"}
        assert set(records.documents) == {"ready"}
        assert list((server.data / "uploads").iterdir()) == []
        assert server.complaints() == []
    return {
        "seconds": round(took, 1),
        "kills": server.lives - 1,
        "acknowledged messages": sum(len(person.accepted) for person in people),
        "runs": dict(records.runs),
        "longest interrupted text": records.longest_interrupted,
        "texts compared": compared,
        "documents": len(load.documents),
        "uploads in vain": load.in_vain,
        "events": records.events,
        "snapshots after the first": sum(person.snapshots - 1 for person in people),
    }


async def _kill(server: Child, people: Sequence[Reader], load: Load, random: Random) -> None:
    """Wait until the server is at work again, and kill it at some moment after that."""
    before = sum(len(person.accepted) for person in people)
    async with asyncio.timeout(SECONDS):
        while sum(len(person.accepted) for person in people) == before:
            people[0].heard.clear()
            await people[0].heard.wait()
            load.look()
    # At once, soon, and long enough after that texts have been saved meanwhile. The moment of the
    # kill is what is tried here; nothing depends on the length of the pause.
    least, most = ((0.0, 0.2), (0.2, 1.0), (1.5, 4.0))[server.lives % 3]
    await asyncio.sleep(random.uniform(least, most))
    await server.kill()
    await server.start()


async def _acknowledged(server: Child, people: Sequence[Reader], load: Load) -> None:
    """Everything acknowledged is there once; asking again under the same id says the same."""
    async with BasicChatClient(server.url, server.token, timing=QUICK) as fresh:
        for person in people:
            for question, accepted in person.accepted.items():
                again = {
                    "query": question,
                    "reasoning_mode": "standard",
                    "room_id": accepted.room_id,
                    "client_msg_id": question,
                }
                reply = await fresh.call("stream_request", again)
                assert (reply["run_id"], reply["message_id"], reply["seq"]) == (
                    accepted.run_id,
                    accepted.message_id,
                    accepted.seq,
                )
        await _documents(fresh, load)


async def _documents(fresh: BasicChatClient, load: Load) -> None:
    """Every acknowledged document comes to be indexed, and is found."""
    changed = asyncio.Event()
    fresh.on("event", lambda event: changed.set())
    for document_id, word in load.documents.items():
        async with asyncio.timeout(SECONDS):
            while True:
                changed.clear()
                found = await fresh.call("documents.get", {"document_id": document_id})
                if found["status"] == "ready":
                    break
                await changed.wait()
        hits = (await fresh.call("documents.search", {"query": word, "k": 1}))["hits"]
        assert [hit["document_id"] for hit in hits] == [document_id]
