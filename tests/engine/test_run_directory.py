"""The contract of the run directory, on every implementation."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from basicchat.domain.events import Delta
from basicchat.domain.run_directory import Offsets, RunDirectory
from basicchat.engine.run_directory_broker import BrokerRunDirectory
from basicchat.engine.run_directory_memory import MemoryRunDirectory, MemoryRuns
from basicchat.engine.run_directory_redis import ALL, RedisRunDirectory
from basicchat.ops.supervisor import Supervisor
from support.broker_links import broker_links
from support.redis_server import RedisServer, linked

TEXT = Delta(run="r1", part=0, kind="answer", off=0, text="é")


Nodes = list[RunDirectory]


@asynccontextmanager
async def memory_nodes(request: pytest.FixtureRequest) -> AsyncIterator[Nodes]:
    shared = MemoryRuns()
    yield [MemoryRunDirectory(name, shared) for name in ("n1", "n2")]


@asynccontextmanager
async def redis_nodes(request: pytest.FixtureRequest) -> AsyncIterator[Nodes]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with linked(redis.url, "n1") as one, linked(redis.url, "n2") as other:
        yield [RedisRunDirectory(one), RedisRunDirectory(other)]


@asynccontextmanager
async def broker_nodes(request: pytest.FixtureRequest) -> AsyncIterator[Nodes]:
    async with broker_links("n1", "n2") as links:
        yield [BrokerRunDirectory(link) for link in links]


# An implementation adds itself here: what makes two nodes of one server, named n1 and n2.
IMPLEMENTATIONS = {"memory": memory_nodes, "redis": redis_nodes, "broker": broker_nodes}


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[Nodes]:
    async with IMPLEMENTATIONS[request.param](request) as nodes:
        yield nodes


async def sent(directory: RunDirectory) -> None:
    """Wait until other nodes can see what a node has released."""
    if isinstance(directory, RedisRunDirectory):
        assert await directory.link.flushed(60)
    # Requests overtake no message that was sent before.
    assert await directory.owner("none") is None


class Owner:
    """A node with one run."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        self.asked.append((stream, have))
        return [TEXT]

    def cancel(self, run_id: str) -> bool:
        self.asked.append(run_id)
        return run_id == "r1"


async def serving(spawn: Supervisor, directory: RunDirectory, owner: Owner) -> asyncio.Task[None]:
    task = spawn(directory.serve(owner))
    for _ in range(5):
        await asyncio.sleep(0)
    if isinstance(directory, RedisRunDirectory):
        assert await directory.link.settled(ALL, 60)
    return task


async def test_runs_of_a_user_are_counted_over_all_nodes(nodes: Nodes) -> None:
    one, other = nodes
    asked = (nodes[n % 2].reserve(f"r{n}", "ann", 3) for n in range(8))
    assert sorted(await asyncio.gather(*asked)) == [False] * 5 + [True] * 3
    assert await one.reserve("r8", "ben", 3)
    assert await one.reserve("r8", "ben", 1)
    assert not await other.reserve("r9", "ben", 1)
    one.release("r8")
    one.release("r8")
    await sent(one)
    assert await other.reserve("r9", "ben", 1)


async def test_the_owner_is_known_until_the_end(nodes: Nodes) -> None:
    one, other = nodes
    assert await one.owner("r1") is None
    await one.reserve("r1", "ann", 3)
    assert (await one.owner("r1"), await other.owner("r1")) == ("n1", "n1")
    one.release("r1")
    await sent(one)
    assert await other.owner("r1") is None


async def test_text_and_cancelling_are_asked_of_other_nodes(nodes: Nodes) -> None:
    one, other = nodes
    owner, own = Owner(), Owner()
    async with Supervisor() as spawn:
        await serving(spawn, one, owner)
        await serving(spawn, other, own)
        await one.reserve("r1", "ann", 3)
        await one.reserve("r2", "ann", 3)
        have = {"r1": {0: 1}}
        assert list(await other.missing_text("room:c1", have)) == [TEXT]
        assert owner.asked == [("room:c1", have)]
        assert await other.cancel("r1")
        assert not await other.cancel("r2")
        assert not await other.cancel("none")
        assert not await one.cancel("r1")
        assert (owner.asked[1:], own.asked) == (["r1", "r2"], [])


async def test_a_node_that_left_owns_nothing(nodes: Nodes) -> None:
    one, other = nodes
    async with Supervisor() as spawn:
        await serving(spawn, one, Owner())
        await one.reserve("r1", "ann", 1)
    await sent(one)
    assert await other.owner("r1") is None
    assert not await other.cancel("r1")
    assert list(await other.missing_text("room:c1", {})) == []
    assert await other.reserve("r2", "ann", 1)


async def test_a_dead_nodes_runs_are_nobodys(redis: RedisServer) -> None:
    async with linked(redis.url) as alive:
        other = RedisRunDirectory(alive)
        async with linked(redis.url) as dying:
            await RedisRunDirectory(dying).reserve("r1", "ann", 1)
        assert await other.owner("r1") is not None
        assert not await other.reserve("r2", "ann", 1)
        redis.pass_time(16)
        assert await other.owner("r1") is None
        assert not await other.cancel("r1")
        assert await other.reserve("r2", "ann", 1)
