"""The contract of the presence store, on every implementation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from basicchat.domain.presence import PresenceStore, Status
from basicchat.hub.presence_broker import BrokerPresence
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.hub.presence_redis import RedisPresence
from basicchat.ops.supervisor import Supervisor
from support.broker_links import broker_links
from support.hub_clients import turns
from support.redis_server import RedisServer, linked


@asynccontextmanager
async def memory_nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[PresenceStore]]:
    nodes: set[MemoryPresence] = set()
    yield [MemoryPresence(nodes) for _ in range(3)]


@asynccontextmanager
async def redis_nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[PresenceStore]]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with AsyncExitStack() as stack:
        yield [RedisPresence(await stack.enter_async_context(linked(redis.url))) for _ in range(3)]


@asynccontextmanager
async def broker_nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[PresenceStore]]:
    async with broker_links("w1", "w2", "w3") as links:
        yield [BrokerPresence(link) for link in links]


# An implementation adds itself here: what makes three nodes of one server.
IMPLEMENTATIONS = {"memory": memory_nodes, "redis": redis_nodes, "broker": broker_nodes}


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[PresenceStore]]:
    async with IMPLEMENTATIONS[request.param](request) as stores, Supervisor() as spawn:
        for number, store in enumerate(stores):
            spawn(store.run()).set_name(f"node {number}")
        yield stores


async def eventually(node: PresenceStore, user_id: str, status: Status | None) -> None:
    """Wait until a node shows a status."""
    async with asyncio.timeout(60):
        while node.status(user_id) != status:
            await node.changed()
            node.take_changes()


async def following(node: PresenceStore, stream: str, users: set[str]) -> None:
    """Wait until a node knows the followers of a stream."""
    async with asyncio.timeout(60):
        while await node.followers(stream) != users:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


async def changes(node: PresenceStore) -> set[str]:
    async with asyncio.timeout(60):
        await node.changed()
    return set(node.take_changes())


async def test_the_best_status_among_all_nodes_is_shown(nodes: list[PresenceStore]) -> None:
    one, other, third = nodes
    one.put("ann", "away")
    assert await changes(third) == {"ann"}
    await eventually(other, "ann", "away")
    assert [node.status("ann") for node in nodes] == ["away"] * 3
    other.put("ann", "online")
    assert await changes(third) == {"ann"}
    await eventually(one, "ann", "online")
    assert [node.status("ann") for node in nodes] == ["online"] * 3
    other.put("ann", None)
    assert await changes(third) == {"ann"}
    assert third.status("ann") == "away"
    one.put("ann", None)
    assert await changes(third) == {"ann"}
    assert third.status("ann") is None
    one.put("ben", None)
    assert not third.take_changes()


async def test_many_changes_are_reported_together(nodes: list[PresenceStore]) -> None:
    for number in range(50):
        nodes[0].put(f"u{number}", "online")
        nodes[1].put(f"u{number}", "away")
    async with asyncio.timeout(60):
        seen: set[str] = set()
        while len(seen) < 50:
            seen |= await changes(nodes[2])


async def test_followers_are_those_of_all_nodes(nodes: list[PresenceStore]) -> None:
    one, other, third = nodes
    for _ in range(2):
        one.follow("room:c1", "ann")
    other.follow("room:c1", "ben")
    other.follow("room:c1", "ann")
    other.follow("room:c2", "carl")
    for node in nodes:
        await following(node, "room:c1", {"ann", "ben"})
        await following(node, "room:c2", {"carl"})
        await following(node, "room:c3", set())
    other.unfollow("room:c1", "ann")
    one.unfollow("room:c1", "ann")
    other.follow("room:c4", "ben")
    await following(third, "room:c4", {"ben"})
    await following(third, "room:c1", {"ann", "ben"})
    one.unfollow("room:c1", "ann")
    one.unfollow("room:c1", "ann")
    await following(third, "room:c1", {"ben"})


async def test_a_node_that_left_is_forgotten(nodes: list[PresenceStore]) -> None:
    one, other, _ = nodes
    running = next(task for task in asyncio.all_tasks() if task.get_name() == "node 0")
    one.put("ann", "online")
    one.follow("room:c1", "ann")
    await turns(2)
    assert await changes(other) == {"ann"}
    await following(other, "room:c1", {"ann"})
    running.cancel()
    assert await changes(other) == {"ann"}
    assert other.status("ann") is None
    await following(other, "room:c1", set())


async def test_a_dead_node_is_forgotten_and_its_return_is_noticed(redis: RedisServer) -> None:
    async with linked(redis.url) as alive, Supervisor() as spawn:
        node = RedisPresence(alive, dead_seconds=0.3)
        spawn(node.run())
        async with linked(redis.url) as dying:
            other = RedisPresence(dying)
            task = spawn(other.run())
            other.put("ann", "online")
            await eventually(node, "ann", "online")
            # Its heartbeat is later than the deadline of this test.
            await eventually(node, "ann", None)
            other.put("ben", "away")
            await eventually(node, "ann", "online")
            await eventually(node, "ben", "away")
            task.cancel()
            await eventually(node, "ben", None)


async def test_presence_returns_after_redis_lost_everything(redis: RedisServer) -> None:
    async with (
        linked(redis.url, heartbeat_seconds=0.05) as first,
        linked(redis.url) as second,
        Supervisor() as spawn,
    ):
        one, other = RedisPresence(first), RedisPresence(second)
        spawn(one.run())
        one.put("ann", "online")
        one.follow("room:c1", "ann")
        for _ in range(2):
            async with asyncio.timeout(60):
                key = f"following:{first.node}"
                while not redis.admin.hexists(key, "room:c1"):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
            redis.admin.flushall()
        spawn(other.run())
        await eventually(other, "ann", "online")
        await following(other, "room:c1", {"ann"})


async def test_a_node_without_users_has_nothing_to_tell(redis: RedisServer) -> None:
    async with linked(redis.url, heartbeat_seconds=0.02) as link, Supervisor() as spawn:
        node, beats, enough = RedisPresence(link), 0, asyncio.Event()

        async def count(returned: bool) -> None:
            nonlocal beats
            beats += 1
            if beats == 8:
                enough.set()

        link.on_heartbeat(count)
        spawn(node.run())
        async with asyncio.timeout(60):
            await enough.wait()
        assert redis.admin.hgetall(f"presence:{link.node}") == {b"": b"1"}
