"""All implementations of ports in Redis: behind Sentinel, on a cluster, over TLS."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.accounts.rate_limiter_redis import RedisRateLimiter
from basicchat.domain.bus import BusItem
from basicchat.domain.events import Signal
from basicchat.domain.rate_limits import WindowLimit
from basicchat.domain.sessions import StoredSession
from basicchat.engine.run_directory_redis import RedisRunDirectory
from basicchat.hub.bus_redis import RedisBus
from basicchat.hub.cache_memory import MemoryCache
from basicchat.hub.cache_redis import RedisCache
from basicchat.hub.locks_redis import RedisLocks
from basicchat.hub.presence_redis import RedisPresence
from basicchat.ops.supervisor import Supervisor
from basicchat.redis.link import RedisLink
from basicchat.storage.session_store_redis import RedisSessionStore
from basicchat.testing.clock import FakeClock
from support.redis_server import linked
from support.redis_topologies import behind_sentinel, cluster, with_tls
from support.tls import certificate

LIMIT = WindowLimit(name="logins", amount=2, seconds=900)
TOPICS = [f"room:c{number}" for number in range(20)]


class Tap:
    """A subscriber of many topics."""

    def __init__(self) -> None:
        self.items: list[tuple[str, BusItem]] = []
        self.ready: set[str] = set()
        self.changed = asyncio.Event()

    def received(self, topic: str, item: BusItem) -> None:
        self.items.append((topic, item))
        self.changed.set()

    def missed(self, topic: str) -> None:
        self.ready.add(topic)
        self.changed.set()

    async def until(self, *, ready: int = 0, items: int = 0) -> None:
        async with asyncio.timeout(60):
            while len(self.ready) < ready or len(self.items) < items:
                self.changed.clear()
                await self.changed.wait()


async def sessions_are_shared(one: RedisLink, other: RedisLink) -> None:
    clock = FakeClock(datetime.now(UTC))
    first, second = (RedisSessionStore(link, clock) for link in (one, other))
    for number in range(20):
        session = StoredSession(
            session_id=f"s{number}",
            user_id="ann",
            resume_hash="h",
            expires_at=clock.now() + timedelta(hours=1),
        )
        await first.put(session)
        assert await second.get(session.session_id) == session
        assert await second.exchange(session, instead_of="h")


async def state_is_shared(one: RedisLink, other: RedisLink) -> None:
    for number in range(5):
        limits = [RedisRateLimiter(link, MemoryRateLimiter(FakeClock())) for link in (one, other)]
        key = f"ann{number}"
        hits = [await limits[each % 2].hit(LIMIT, key) for each in range(3)]
        assert hits[:2] == [0.0, 0.0]
        assert hits[2] > 0
        assert await limits[0].acquire("sockets", key, 1)
        assert not await limits[1].acquire("sockets", key, 1)
        caches = [RedisCache(link, MemoryCache(FakeClock())) for link in (one, other)]
        assert await caches[0].add(key, b"1", 60)
        assert not await caches[1].add(key, b"2", 60)
        assert await caches[1].get(key) == b"1"
        runs = [RedisRunDirectory(link) for link in (one, other)]
        assert await runs[0].reserve(f"r{number}", key, 1)
        assert not await runs[1].reserve(f"q{number}", key, 1)
        assert await runs[1].owner(f"r{number}") == one.node
        async with RedisLocks(one).hold(key):
            waiting = asyncio.create_task(RedisLocks(other).hold(key).__aenter__())
            await one.call("GET", key)
            assert not waiting.done()
            waiting.cancel()
            await asyncio.wait([waiting])


async def messages_arrive(one: RedisLink, other: RedisLink) -> None:
    sender, receiver, tap = RedisBus(one), RedisBus(other), Tap()
    for topic in TOPICS:
        receiver.subscribe(topic, tap)
    await tap.until(ready=len(TOPICS))
    for number in range(5):
        for topic in TOPICS:
            sender.publish(topic, Signal(stream=topic, type="typing", data={"n": number}))
    await tap.until(items=5 * len(TOPICS))
    for topic in TOPICS:
        signals = [item for each, item in tap.items if each == topic]
        assert [signal.data["n"] for signal in signals] == list(range(5))  # type: ignore[union-attr]
        receiver.unsubscribe(topic)
    demand = asyncio.Event()
    sender.watch_demand(TOPICS[0], lambda wanted: demand.set())
    receiver.subscribe(TOPICS[0], tap)
    async with asyncio.timeout(60):
        await demand.wait()


async def users_are_present(one: RedisLink, other: RedisLink) -> None:
    async with Supervisor() as spawn, asyncio.timeout(60):
        first, second = RedisPresence(one), RedisPresence(other)
        spawn(first.run())
        spawn(second.run())
        first.put("ann", "online")
        first.follow("room:c1", "ann")
        while second.status("ann") != "online":
            await second.changed()
            second.take_changes()
        while await second.followers("room:c1") != {"ann"}:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


async def exercise(one: RedisLink, other: RedisLink) -> None:
    """What two nodes do over Redis."""
    await sessions_are_shared(one, other)
    await state_is_shared(one, other)
    await messages_arrive(one, other)
    await users_are_present(one, other)


async def test_two_nodes_on_a_cluster() -> None:
    with cluster() as url:
        async with linked(url) as one, linked(url) as other:
            await exercise(one, other)


async def test_two_nodes_over_tls_with_a_password(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, "localhost")
    with with_tls(chain, key) as url:
        async with linked(url) as one, linked(url) as other:
            await exercise(one, other)


async def test_two_nodes_behind_sentinel_outlive_the_primary() -> None:
    with behind_sentinel() as guarded:
        async with AsyncExitStack() as stack:
            links = [await stack.enter_async_context(linked(guarded.url)) for _ in range(2)]
            await exercise(*links)
            clock = FakeClock(datetime.now(UTC))
            sessions = [RedisSessionStore(link, clock) for link in links]
            session = StoredSession(
                session_id="kept",
                user_id="ann",
                resume_hash="h",
                expires_at=clock.now() + timedelta(hours=1),
            )
            await sessions[0].put(session)
            guarded.primary.kill()
            async with asyncio.timeout(60):
                while any(link.up for link in links):  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(0.01)
            for link in links:
                assert await link.connected(60)
            assert await sessions[1].get("kept") == session
            await messages_arrive(*links)
