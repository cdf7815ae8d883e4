"""The contract of the cache's port; every implementation is added to IMPLEMENTATIONS."""

from collections.abc import Callable

import pytest

from basicchat.domain.cache import Cache
from basicchat.hub.cache_memory import ENTRY_BYTES, MemoryCache
from basicchat.testing.clock import FakeClock

# Each has room for about three values of 1,000 bytes.
IMPLEMENTATIONS: dict[str, Callable[[FakeClock], Cache]] = {
    "memory": lambda clock: MemoryCache(clock, max_bytes=3 * (1000 + 10 + ENTRY_BYTES)),
}
VALUE = b"x" * 1000


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=IMPLEMENTATIONS)
def cache(request: pytest.FixtureRequest, clock: FakeClock) -> Cache:
    return IMPLEMENTATIONS[request.param](clock)


async def test_a_value_is_kept_replaced_and_deleted(cache: Cache) -> None:
    assert await cache.get("a") is None
    await cache.set("a", b"1", 60)
    assert await cache.get("a") == b"1"
    await cache.set("a", b"", 60)
    assert await cache.get("a") == b""
    await cache.delete("a")
    await cache.delete("a")
    assert await cache.get("a") is None


async def test_a_value_expires(cache: Cache, clock: FakeClock) -> None:
    await cache.set("a", b"1", 60)
    clock.advance(59)
    assert await cache.get("a") == b"1"
    clock.advance(1)
    assert await cache.get("a") is None


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


async def test_a_hundred_thousand_keys_are_bounded(clock: FakeClock) -> None:
    cache = MemoryCache(clock, max_bytes=100_000)
    for number in range(100_000):
        await cache.set(str(number), b"1", 60)
    assert cache._bytes <= 100_000
    assert len(cache._entries) < 500
