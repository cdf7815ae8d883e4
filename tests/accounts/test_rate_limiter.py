"""The contract of the rate limiter's port; every implementation is added to IMPLEMENTATIONS."""

from collections.abc import Callable

import pytest

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.domain.rate_limits import RateLimiter, WindowLimit
from basicchat.testing.clock import FakeClock

IMPLEMENTATIONS: dict[str, Callable[[FakeClock], RateLimiter]] = {
    "memory": MemoryRateLimiter,
}
LOGINS = WindowLimit(name="logins", amount=3, seconds=900)
UPLOADS = WindowLimit(name="uploads", amount=1, seconds=60)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=IMPLEMENTATIONS)
def limiter(request: pytest.FixtureRequest, clock: FakeClock) -> RateLimiter:
    return IMPLEMENTATIONS[request.param](clock)


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


async def test_a_session_has_one_budget(limiter: RateLimiter, clock: FakeClock) -> None:
    for _ in range(60):
        assert limiter.charge(limiter.budget("s_1"), 1.0) == 0.0
    wait = limiter.charge(limiter.budget("s_1"), 1.0)
    assert wait == pytest.approx(1.0)
    assert limiter.charge(limiter.budget("s_2"), 1.0) == 0.0
    clock.advance(wait)
    assert limiter.charge(limiter.budget("s_1"), 1.0) == 0.0


async def test_a_message_is_charged_by_its_weight(limiter: RateLimiter) -> None:
    budget = limiter.budget("s")
    assert [limiter.charge(budget, 1.0, 1 / 4) for _ in range(240)] == [0.0] * 240
    assert limiter.charge(budget, 1.0, 1 / 4) == pytest.approx(1 / 4)
