"""People who post, ask and read through the balancer, and what they saw meanwhile.

Each is a client of the Python library, which reconnects, repeats what was not acknowledged under
the same id, and notes every fault in what it reads: text or events that are doubled or missing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from chaos_people import Reader, contents, faultless, judge
from drill_cluster import Cluster

from basicchat.client import BasicChatClient, ChatError

PEOPLE, ROOMS = 4, 2
POST_SECONDS, PROBE_SECONDS = 0.1, 0.05
# A request that takes longer has failed for its user.
PATIENCE_SECONDS = 45.0


@dataclass
class Load:
    """What the people did and saw.

    Attributes:
        acknowledged: by room, the texts of messages whose post was acknowledged.
        refused: by reason, how often a request was refused; it was repeated later.
        pauses: the times in seconds from sending a message to its acknowledgement.
        ends: how often answers ended how.
        probes, failures: plain HTTP requests without any repetition, and those of them that failed.
    """

    people: list[Reader]
    rooms: list[str]
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    probes: int = 0
    failures: list[str] = field(default_factory=list)
    lost: int = 0
    # Whether a refusal with a reason, which a client repeats, counts as a failure of a probe.
    strict: bool = True
    complaints: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, person: Reader, room_id: str) -> None:
        """Post one message after the other."""
        n = 0
        while not self.over.is_set():
            n += 1
            text = f"{person.name} says {n}"
            began = time.monotonic()
            params = {"room_id": room_id, "text": text, "client_msg_id": text}
            if await self._until_taken(person.client, params):
                self.acknowledged.setdefault(room_id, set()).add(text)
                self.pauses.append(time.monotonic() - began)
            else:
                self.lost += 1
            await asyncio.sleep(POST_SECONDS)

    async def _until_taken(self, client: BasicChatClient, params: dict[str, Any]) -> bool:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + PATIENCE_SECONDS):
                    await client.call("messages.post", params)
                return True
            except ChatError as error:
                why = str(error.reason or error.kind)
                self.refused[why] = self.refused.get(why, 0) + 1
                await asyncio.sleep(0.5)
            except TimeoutError:
                break
        return False

    async def ask(self, person: Reader, room_id: str) -> None:
        """Ask one question after the other, and read the answers."""
        n = 0
        while not self.over.is_set():
            n += 1
            try:
                end = await person.turn(f"{person.name} asks {n}", room_id)
            except ChatError as error:
                why = str(error.reason or error.kind)
                self.refused[why] = self.refused.get(why, 0) + 1
                await asyncio.sleep(0.5)
            else:
                self.ends[end.type] = self.ends.get(end.type, 0) + 1

    async def probe(self, cluster: Cluster) -> None:
        """Send plain requests through the balancer, each once."""
        async with cluster.http() as http:
            while not self.over.is_set():
                self.probes += 1
                body = {"jsonrpc": "2.0", "id": 1, "method": "rooms.list", "params": {}}
                try:
                    reply = await http.post("/api/rpc", json=body)
                    if reply.status_code != 200 or "error" in reply.json():
                        self._judge(reply)
                except (httpx2.HTTPError, ValueError) as error:
                    self.failures.append(type(error).__name__)
                await asyncio.sleep(PROBE_SECONDS)

    def _judge(self, reply: httpx2.Response) -> None:
        data = reply.json()["error"]["data"]
        reason = str(data.get("reason") or data["kind"])
        self.refused[reason] = self.refused.get(reason, 0) + 1
        if self.strict or not data["retryable"]:
            self.failures.append(f"{reply.status_code} {reason}")

    @property
    def requests(self) -> int:
        """All requests of users: posts, questions and probes."""
        return len(self.pauses) + self.lost + sum(self.ends.values()) + self.probes

    @property
    def success(self) -> float:
        """The share of users' requests that succeeded in the end, probes in the first attempt."""
        return 1 - (self.lost + len(self.failures)) / max(self.requests, 1)


async def member(cluster: Cluster, owner: BasicChatClient, name: str) -> str:
    """The token of a new user."""
    password = f"a long password of {name}"
    await owner.call("users.create", {"name": name, "password": password})
    async with httpx2.AsyncClient(base_url=cluster.url, timeout=60) as http:
        sent = {"name": name, "password": password}
        reply = await http.post("/api/login", json=sent, headers={"x-basicchat": "1"})
        # Besides the token there is a cookie that marks the device as known.
        return max(reply.cookies.values(), key=lambda value: value.count("."))


@asynccontextmanager
async def load(cluster: Cluster, *, people: int = PEOPLE) -> AsyncIterator[Load]:
    """People at work; at the end, everything that they saw is compared with what is there.

    Raises:
        AssertionError: something acknowledged is lost, or text or events are doubled or missing.
    """
    readers = [Reader(cluster.url, cluster.token, f"person {n}", n + 1) for n in range(people)]
    try:
        await asyncio.gather(*(reader.client.connect() for reader in readers))
        made = [await readers[0].client.call("rooms.create", {"name": f"Room {n}"})
                for n in range(ROOMS)]  # fmt: skip
        rooms = [room["room_id"] for room in made]
        for n, reader in enumerate(readers):
            await reader.client.join(rooms[n % ROOMS])
        work = Load(readers, rooms, complaints=cluster.complaints)
        tasks = [asyncio.create_task(work.probe(cluster))]
        for n, reader in enumerate(readers):
            tasks.append(asyncio.create_task(work.post(reader, rooms[n % ROOMS])))
            tasks.append(asyncio.create_task(work.ask(reader, rooms[n % ROOMS])))
        try:
            yield work
        finally:
            work.over.set()
            done, late = await asyncio.wait(tasks, timeout=120)
            for task in late:
                task.cancel()
        assert not late, "somebody still waits"
        for task in done:
            task.result()
        await _all_there(cluster, work)
        await judge(cluster.url, cluster.token, readers, rooms)
        faultless(readers)
    finally:
        await asyncio.gather(*(reader.client.close() for reader in readers))


async def _all_there(cluster: Cluster, work: Load) -> None:
    """Every acknowledged message is in its room, once, and the room's numbers have no gap."""
    async with BasicChatClient(cluster.url, cluster.token) as fresh:
        for room_id, said in work.acknowledged.items():
            messages = await contents(fresh, room_id)
            texts = [message["text"] for message in messages]
            missing = [text for text in said if texts.count(text) != 1]
            assert not missing, f"{len(missing)} of {len(said)} are not there once: {missing[:5]}"


async def until(condition: Callable[[], Any], seconds: float) -> float:
    """Wait for something; the seconds that it took.

    Raises:
        TimeoutError: it takes longer than allowed.
    """
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return time.monotonic() - began
            await asyncio.sleep(0.05)
