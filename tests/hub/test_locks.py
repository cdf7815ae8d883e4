"""The contract of the port of locks; every implementation is added to IMPLEMENTATIONS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from basicchat.domain.locks import Locks
from basicchat.hub.locks_broker import BrokerLocks
from basicchat.hub.locks_memory import MemoryLocks
from basicchat.hub.locks_redis import RedisLocks
from support.broker_links import broker_links
from support.redis_server import RedisServer, linked


@asynccontextmanager
async def in_memory(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Locks, Locks]]:
    locks = MemoryLocks()
    yield locks, locks


@asynccontextmanager
async def in_redis(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Locks, Locks]]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with linked(redis.url) as one, linked(redis.url) as other:
        yield RedisLocks(one), RedisLocks(other)


@asynccontextmanager
async def at_broker(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Locks, Locks]]:
    async with broker_links("w1", "w2") as (one, other):
        yield BrokerLocks(one), BrokerLocks(other)


IMPLEMENTATIONS = {"memory": in_memory, "redis": in_redis, "broker": at_broker}


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Locks, Locks]]:
    async with IMPLEMENTATIONS[request.param](request) as nodes:
        yield nodes


@pytest.fixture
def locks(nodes: tuple[Locks, Locks]) -> Locks:
    return nodes[0]


async def test_a_key_has_one_holder_at_a_time_in_order(locks: Locks) -> None:
    held: list[int] = []
    at_once = most = 0

    async def work(number: int) -> None:
        nonlocal at_once, most
        async with locks.hold("a"):
            held.append(number)
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(work(number))
    assert (held, most) == (list(range(20)), 1)


async def test_a_key_has_one_holder_over_all_nodes(nodes: tuple[Locks, Locks]) -> None:
    at_once = most = done = 0

    async def work(locks: Locks) -> None:
        nonlocal at_once, most, done
        async with locks.hold("a"):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1
            done += 1

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(work(nodes[number % 2]))
    assert (done, most) == (20, 1)


async def test_a_dead_nodes_lock_is_free_after_a_while(redis: RedisServer) -> None:
    async with linked(redis.url) as alive:
        locks = RedisLocks(alive)
        async with linked(redis.url) as dying:
            held = RedisLocks(dying).hold("a")
            await held.__aenter__()
        redis.pass_time(16)
        async with asyncio.timeout(60), locks.hold("a"):
            pass
        assert redis.admin.keys("lock:*") == []


async def test_keys_do_not_wait_for_each_other(locks: Locks) -> None:
    async with asyncio.timeout(60), locks.hold("a"), locks.hold("b"):
        pass


async def test_a_lock_is_free_after_a_failure_and_a_cancellation(locks: Locks) -> None:
    with pytest.raises(LookupError):
        async with locks.hold("a"):
            raise LookupError
    async with asyncio.timeout(60):
        async with locks.hold("a"):
            waiting = asyncio.get_running_loop().create_task(locks.hold("a").__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with locks.hold("a"):
            pass


async def test_a_lock_that_nobody_wants_takes_no_memory() -> None:
    locks = MemoryLocks()
    for number in range(1000):
        async with locks.hold(str(number)):
            pass
    assert not locks._locks
    assert not locks._users
