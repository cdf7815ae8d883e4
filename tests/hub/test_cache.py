"""The contract of the cache's port; every implementation is added to IMPLEMENTATIONS."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from basicchat.domain.cache import Cache
from basicchat.hub.cache_broker import BrokerCache
from basicchat.hub.cache_memory import ENTRY_BYTES, MemoryCache
from basicchat.hub.cache_redis import RedisCache
from basicchat.testing.clock import FakeClock
from support.broker_links import broker_links
from support.redis_server import RedisServer, linked

# Each cache has room for about three values of 1,000 bytes.
MAX_BYTES = 3 * (1000 + 10 + ENTRY_BYTES)
VALUE = b"x" * 1000


@dataclass
class Caches:
    """The caches of two nodes, and how time passes for them."""

    one: Cache
    other: Cache
    advance: Callable[[float], None]


@asynccontextmanager
async def in_memory(request: pytest.FixtureRequest) -> AsyncIterator[Caches]:
    clock = FakeClock()
    cache = MemoryCache(clock, max_bytes=MAX_BYTES)
    yield Caches(cache, cache, clock.advance)


@asynccontextmanager
async def in_redis(request: pytest.FixtureRequest) -> AsyncIterator[Caches]:
    redis: RedisServer = request.getfixturevalue("redis")
    clock = FakeClock()

    def advance(seconds: float) -> None:
        clock.advance(seconds)
        redis.pass_time(seconds)

    async with linked(redis.url) as one, linked(redis.url) as other:
        caches = (
            RedisCache(link, MemoryCache(clock), max_bytes=MAX_BYTES) for link in (one, other)
        )
        yield Caches(*caches, advance)


@asynccontextmanager
async def at_broker(request: pytest.FixtureRequest) -> AsyncIterator[Caches]:
    clock = FakeClock()
    kept = MemoryCache(clock, max_bytes=MAX_BYTES)
    async with broker_links("w1", "w2", cache=kept) as (one, other):
        yield Caches(BrokerCache(one), BrokerCache(other), clock.advance)


IMPLEMENTATIONS = {"memory": in_memory, "redis": in_redis, "broker": at_broker}


@pytest.fixture(params=IMPLEMENTATIONS)
async def caches(request: pytest.FixtureRequest) -> AsyncIterator[Caches]:
    async with IMPLEMENTATIONS[request.param](request) as caches:
        yield caches


@pytest.fixture
def cache(caches: Caches) -> Cache:
    return caches.one


async def test_a_value_is_kept_replaced_and_deleted(cache: Cache) -> None:
    assert await cache.get("a") is None
    await cache.set("a", b"1", 60)
    assert await cache.get("a") == b"1"
    await cache.set("a", b"", 60)
    assert await cache.get("a") == b""
    await cache.delete("a")
    await cache.delete("a")
    assert await cache.get("a") is None


async def test_a_value_expires(caches: Caches) -> None:
    cache = caches.one
    await cache.set("a", b"1", 600)
    caches.advance(500)
    assert await cache.get("a") == b"1"
    caches.advance(100)
    assert await cache.get("a") is None


async def test_nodes_share_values_and_one_adds_a_value(caches: Caches) -> None:
    one, other = caches.one, caches.other
    await one.set("a", b"1", 60)
    assert await other.get("a") == b"1"
    assert not await other.add("a", b"2", 60)
    assert await one.get("a") == b"1"
    added = await asyncio.gather(*(each.add("b", b"1", 60) for each in (one, other) * 5))
    assert sorted(added) == [False] * 9 + [True]
    caches.advance(61)
    assert await other.add("b", b"2", 60)
    assert await one.get("b") == b"2"


async def test_a_full_cache_evicts_the_least_recently_used(cache: Cache) -> None:
    for key in "abc":
        await cache.set(key, VALUE, 60)
    assert await cache.get("a") == VALUE
    await cache.set("d", VALUE, 60)
    assert [await cache.get(key) is not None for key in "abcd"] == [True, False, True, True]


async def test_a_value_larger_than_the_cache_is_not_kept(cache: Cache) -> None:
    await cache.set("a", b"1", 60)
    await cache.set("b", VALUE * 100, 60)
    assert await cache.get("b") is None
    assert await cache.get("a") == b"1"


async def test_a_hundred_thousand_keys_are_bounded() -> None:
    cache = MemoryCache(FakeClock(), max_bytes=100_000)
    for number in range(100_000):
        await cache.set(str(number), b"1", 60)
    assert cache._bytes <= 100_000
    assert len(cache._entries) < 500
