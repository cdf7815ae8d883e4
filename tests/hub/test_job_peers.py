"""Jobs of two nodes on one database: cancelled from the other one, and left to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from basicchat.domain.jobs import JobKind
from basicchat.domain.ports import Report
from basicchat.domain.values import ErrorDetail, Task
from basicchat.hub.bus_memory import MemoryBroker, MemoryBus
from basicchat.hub.hub import Hub
from basicchat.hub.job_leases import JobLeases
from basicchat.hub.job_peers import JobPeers
from basicchat.hub.jobs import JobRunner
from basicchat.hub.node_streams import WiredNodeStreams
from basicchat.hub.node_wire_memory import MemoryWire
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.servers import SECONDS

Frames = dict[str, Callable[[bytes], None]]


class Node:
    """One node's jobs, which go on until they are let go."""

    def __init__(
        self, name: str, store: SqlStore, spawn: Supervisor, frames: Frames, broker: MemoryBroker
    ) -> None:
        self.began: asyncio.Queue[str] = asyncio.Queue()
        self.stopped = asyncio.Event()
        self.go = asyncio.Event()
        self.store = store
        clock, bus = FakeClock(), MemoryBus(broker)
        hub, self.leases = Hub(store, bus=bus), JobLeases(store, clock, name)
        streams = WiredNodeStreams(MemoryWire(name, frames), spawn)
        peers = JobPeers(self.leases, streams, bus)
        describe: Callable[[Exception], tuple[str, ErrorDetail]] = lambda error: (  # noqa: E731
            "Processing error",
            ErrorDetail(kind="internal"),
        )
        kinds = [JobKind(name="hold")]
        self.jobs = JobRunner(hub, clock, self.leases, kinds, describe, peers=peers)
        spawn(bus.run())
        self.running = spawn(self.jobs.run({"hold": self.hold}))

    async def hold(self, task: Task, payload: dict[str, Any], report: Report) -> None:
        self.began.put_nowait(task.task_id)
        try:
            await self.go.wait()
        finally:
            self.stopped.set()

    async def begin(self) -> str:
        """Start a job; its id."""
        task = await self.jobs.submit("hold", "ann", {})
        return await self.began.get() and task.task_id

    async def status(self, task_id: str) -> str:
        task = await self.store.task(task_id)
        assert task is not None
        return task.status


@asynccontextmanager
async def nodes_on(store: SqlStore, frames: Frames) -> AsyncIterator[tuple[Node, Node]]:
    async with asyncio.timeout(SECONDS), AsyncExitStack() as stack:
        broker = MemoryBroker()
        spawns = [await stack.enter_async_context(Supervisor()) for _ in range(2)]
        names = ("n1", "n2")
        one, other = (
            Node(name, store, spawn, frames, broker)
            for name, spawn in zip(names, spawns, strict=True)
        )
        yield one, other


async def test_a_job_is_cancelled_from_the_other_node(store: SqlStore) -> None:
    async with nodes_on(store, {}) as (one, other):
        task_id = await one.begin()
        assert (await one.jobs.holder(task_id), await other.jobs.holder(task_id)) == (None, "n1")
        assert await other.jobs.cancel(task_id)
        assert one.stopped.is_set()
        assert await one.status(task_id) == "cancelled"
        # It is over, and so is one that never was.
        for each in (task_id, "none"):
            assert not await other.jobs.cancel(each)
            assert await other.jobs.holder(each) is None


async def test_a_job_of_a_node_that_does_not_answer_is_cancelled(store: SqlStore) -> None:
    frames: Frames = {}
    async with nodes_on(store, frames) as (frozen, other):
        task_id = await frozen.begin()
        del frames["n1"]
        assert await other.jobs.cancel(task_id)
        assert await other.status(task_id) == "cancelled"
        # It wakes up, and stops the work without recording anything.
        await frozen.jobs.renew_leases()
        await frozen.stopped.wait()
        await frozen.jobs.wait([task_id])
        assert await other.status(task_id) == "cancelled"


async def test_the_jobs_of_a_node_that_ends_go_on_at_once(store: SqlStore) -> None:
    async with nodes_on(store, {}) as (one, other):
        task_id = await one.begin()
        # No time passes for the leases: nobody could take them for expired.
        one.running.cancel()
        assert await other.began.get() == task_id
        assert await one.stopped.wait()
        other.go.set()
        await other.jobs.wait([task_id])
        assert await other.status(task_id) == "completed"
