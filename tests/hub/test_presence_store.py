"""The contract of the presence store, on every implementation."""

import asyncio
from collections.abc import Callable

import pytest

from basicchat.domain.presence import PresenceStore
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.ops.supervisor import Supervisor
from support.hub_clients import turns


def memory_nodes() -> Callable[[], PresenceStore]:
    nodes: set[MemoryPresence] = set()
    return lambda: MemoryPresence(nodes)


# An implementation adds itself here: what makes the nodes of one server.
IMPLEMENTATIONS = {"memory": memory_nodes}


@pytest.fixture(params=IMPLEMENTATIONS)
def nodes(request: pytest.FixtureRequest) -> list[PresenceStore]:
    make = IMPLEMENTATIONS[request.param]()
    return [make() for _ in range(3)]


async def changes(node: PresenceStore) -> set[str]:
    async with asyncio.timeout(60):
        await node.changed()
    return set(node.take_changes())


async def test_the_best_status_among_all_nodes_is_shown(nodes: list[PresenceStore]) -> None:
    one, other, third = nodes
    one.put("ann", "away")
    assert await changes(third) == {"ann"}
    assert [node.status("ann") for node in nodes] == ["away"] * 3
    other.put("ann", "online")
    assert await changes(third) == {"ann"}
    assert [node.status("ann") for node in nodes] == ["online"] * 3
    other.put("ann", None)
    assert await changes(third) == {"ann"}
    assert third.status("ann") == "away"
    one.put("ann", None)
    assert await changes(third) == {"ann"}
    assert third.status("ann") is None
    one.put("ben", None)
    assert third.take_changes() == {}


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
        assert await node.followers("room:c1") == {"ann", "ben"}
        assert await node.followers("room:c2") == {"carl"}
        assert await node.followers("room:c3") == set()
    other.unfollow("room:c1", "ann")
    one.unfollow("room:c1", "ann")
    assert await third.followers("room:c1") == {"ann", "ben"}
    one.unfollow("room:c1", "ann")
    one.unfollow("room:c1", "ann")
    assert await third.followers("room:c1") == {"ben"}


async def test_a_node_that_left_is_forgotten(nodes: list[PresenceStore]) -> None:
    one, other, _ = nodes
    async with Supervisor() as spawn:
        spawn(one.run())
        one.put("ann", "online")
        one.follow("room:c1", "ann")
        await turns(2)
        assert await changes(other) == {"ann"}
    assert await changes(other) == {"ann"}
    assert other.status("ann") is None
    assert await other.followers("room:c1") == set()
