"""The contract of the rate limiter's port; every implementation is added to IMPLEMENTATIONS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from basicchat.accounts.limits import RequestLimits
from basicchat.accounts.rate_limiter_broker import BrokerRateLimiter
from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.accounts.rate_limiter_redis import RedisRateLimiter
from basicchat.domain.errors import RateLimited
from basicchat.domain.rate_limits import RateLimiter, WindowLimit
from basicchat.testing.clock import FakeClock
from support.broker_links import broker_links
from support.redis_server import RedisServer, linked
from support.servers import eventually

LOGINS = WindowLimit(name="logins", amount=3, seconds=900)
UPLOADS = WindowLimit(name="uploads", amount=1, seconds=60)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


Nodes = tuple[RateLimiter, RateLimiter]


@asynccontextmanager
async def in_memory(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Nodes]:
    limiter = MemoryRateLimiter(clock)
    yield limiter, limiter


@asynccontextmanager
async def in_redis(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Nodes]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with linked(redis.url) as one, linked(redis.url) as other:
        yield (
            RedisRateLimiter(one, MemoryRateLimiter(clock)),
            RedisRateLimiter(other, MemoryRateLimiter(clock)),
        )


@asynccontextmanager
async def at_broker(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Nodes]:
    async with broker_links("w1", "w2") as (one, other):
        yield (
            BrokerRateLimiter(one, MemoryRateLimiter(clock)),
            BrokerRateLimiter(other, MemoryRateLimiter(clock)),
        )


IMPLEMENTATIONS = {"memory": in_memory, "redis": in_redis, "broker": at_broker}


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Nodes]:
    async with IMPLEMENTATIONS[request.param](request, clock) as nodes:
        yield nodes


@pytest.fixture
def limiter(nodes: Nodes) -> RateLimiter:
    return nodes[0]


async def test_hits_over_the_limit_say_how_long_to_wait(limiter: RateLimiter) -> None:
    assert [await limiter.hit(LOGINS, "ann") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 1 <= await limiter.hit(LOGINS, "ann") <= LOGINS.seconds


async def test_keys_and_limits_count_separately(limiter: RateLimiter) -> None:
    for _ in range(3):
        await limiter.hit(LOGINS, "ann")
    assert await limiter.hit(LOGINS, "ben") == 0.0
    assert await limiter.hit(UPLOADS, "ann") == 0.0
    assert await limiter.hit(UPLOADS, "ann") > 0.0


async def test_a_refused_hit_does_not_count(limiter: RateLimiter) -> None:
    for _ in range(10):
        await limiter.hit(UPLOADS, "ann")
    await limiter.refund(UPLOADS, "ann")
    assert await limiter.hit(UPLOADS, "ann") == 0.0


async def test_refunds_never_give_more_than_the_limit(limiter: RateLimiter) -> None:
    for _ in range(5):
        await limiter.refund(UPLOADS, "ann")
    assert await limiter.hit(UPLOADS, "ann") == 0.0
    assert await limiter.hit(UPLOADS, "ann") > 0.0


async def test_slots_are_taken_and_given_back(limiter: RateLimiter) -> None:
    assert [await limiter.acquire("sockets", "a", 2) for _ in range(3)] == [True, True, False]
    assert await limiter.acquire("sockets", "b", 2)
    assert await limiter.acquire("feeds", "a", 2)
    assert limiter.slots_in_use("sockets") == {"a": 2, "b": 1}
    limiter.release("sockets", "a")
    assert await limiter.acquire("sockets", "a", 2)
    for key in ("a", "a", "b"):
        limiter.release("sockets", key)
    assert limiter.slots_in_use("sockets") == {}


async def test_windows_and_slots_are_exact_over_all_nodes(nodes: Nodes) -> None:
    waits = await asyncio.gather(*(nodes[n % 2].hit(LOGINS, "ann") for n in range(20)))
    assert sum(wait == 0.0 for wait in waits) == LOGINS.amount
    taken = await asyncio.gather(*(nodes[n % 2].acquire("s", "a", 3) for n in range(20)))
    assert sum(taken) == 3
    in_use = {id(node): node.slots_in_use("s").get("a", 0) for node in nodes}
    assert sum(in_use.values()) == 3


async def test_the_slots_of_a_dead_node_are_free_after_a_while(redis: RedisServer) -> None:
    async with linked(redis.url) as alive:
        limiter = RedisRateLimiter(alive, MemoryRateLimiter(FakeClock()))
        async with linked(redis.url) as dying:
            node = RedisRateLimiter(dying, MemoryRateLimiter(FakeClock()))
            assert await node.acquire("s", "a", 1)
        assert not await limiter.acquire("s", "a", 1)
        redis.pass_time(61)
        assert await limiter.acquire("s", "a", 1)
        limiter.release("s", "a")
        assert await alive.flushed(60)
        assert redis.admin.keys("slots:*") == []


async def test_a_session_has_one_budget(limiter: RateLimiter, clock: FakeClock) -> None:
    for _ in range(60):
        assert limiter.charge(limiter.budget("s_1"), 1.0) == 0.0
    wait = limiter.charge(limiter.budget("s_1"), 1.0)
    assert wait == pytest.approx(1.0)
    assert limiter.charge(limiter.budget("s_2"), 1.0) == 0.0
    clock.advance(wait)
    assert limiter.charge(limiter.budget("s_1"), 1.0) == 0.0


async def test_budgets_are_shared_by_all_nodes_a_little_later(
    nodes: Nodes, clock: FakeClock
) -> None:
    one, other = nodes
    for _ in range(60):
        assert one.charge(one.budget("s"), 1.0) == 0.0
    await eventually(lambda: other.budget("s").next_arrival >= 60)
    assert other.charge(other.budget("s"), 1.0) == pytest.approx(1.0)
    clock.advance(1.0)
    assert other.charge(other.budget("s"), 1.0) == 0.0
    await eventually(lambda: one.charge(one.budget("s"), 1.0) > 0)
    assert one.charge(one.budget("t"), 1.0) == 0.0


async def test_a_session_resumed_on_another_node_keeps_the_budget_of_its_login(
    nodes: Nodes,
) -> None:
    first, second = (
        RequestLimits(
            node,
            messages_per_minute=60,
            login_attempts=1,
            uploads_per_minute=1,
            connections_per_address=1,
        )
        for node in nodes
    )
    budget = first.session_budget("login", "session", resumed=False)
    for _ in range(60):
        first.message(budget)
    await eventually(lambda: nodes[1].budget("login").next_arrival >= 60)
    resumed = second.session_budget("login", "session", resumed=True)
    with pytest.raises(RateLimited):
        second.message(resumed)
    # Another login that resumes it there goes on with it.
    assert second.session_budget("other", "session", resumed=True) is resumed


async def test_the_other_nodes_that_have_slots_of_a_key(nodes: Nodes) -> None:
    one, other = nodes
    others = 0 if one is other else 1
    assert len(await one.slot_nodes("s", "a")) == 0
    assert await one.acquire("s", "a", 3)
    assert await other.acquire("s", "a", 3)
    # These are refused, and leave nothing behind.
    assert not await other.acquire("s", "a", 2)
    assert not await other.acquire("s", "b", 0)
    assert len(await one.slot_nodes("s", "a")) == others
    assert len(await one.slot_nodes("s", "b")) == 0
    other.release("s", "a")
    # Commands of one node are executed in order.
    assert await other.acquire("s", "c", 1)
    assert len(await one.slot_nodes("s", "a")) == 0


async def test_keys_can_share_a_budget(limiter: RateLimiter) -> None:
    limiter.share("s_2", limiter.budget("s_1"))
    for _ in range(60):
        assert limiter.charge(limiter.budget("s_1"), 1.0) == 0.0
    assert limiter.charge(limiter.budget("s_2"), 1.0) > 0.0


async def test_a_message_is_charged_by_its_weight(limiter: RateLimiter) -> None:
    budget = limiter.budget("s")
    assert [limiter.charge(budget, 1.0, 1 / 4) for _ in range(240)] == [0.0] * 240
    assert limiter.charge(budget, 1.0, 1 / 4) == pytest.approx(1 / 4)
