"""Limits: what passes, when to come back, and how much is remembered."""

import time

import pytest

from basicchat.accounts.limits import RequestLimits
from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.accounts.sliding_window import Window
from basicchat.domain.errors import RateLimited
from basicchat.testing.clock import FakeClock


def limits_at(clock: FakeClock, *, max_keys: int = 100, **changes: int) -> RequestLimits:
    settings = {
        "messages_per_minute": 60,
        "login_attempts": 2,
        "uploads_per_minute": 2,
        "connections_per_address": 2,
    }
    limiter = MemoryRateLimiter(clock, max_keys=max_keys)
    return RequestLimits(limiter, **(settings | changes))


def limits(**changes: int) -> RequestLimits:
    return limits_at(FakeClock(), **changes)


def test_a_hundred_times_as_many_addresses_are_bounded() -> None:
    """A client that comes from ever new addresses only displaces the oldest ones."""
    window = Window(3, 900, 1000)
    for number in range(100_000):
        window.hit(f"2001:db8::{number:x}")
    assert len(window.storage) == 1000
    assert window.hit("2001:db8::1869f") == 0.0


def test_sessions_are_bounded() -> None:
    limiter = MemoryRateLimiter(FakeClock(), max_keys=100)
    for number in range(1000):
        limiter.charge(limiter.budget(f"s_{number}"), 1.0)
    assert len(limiter._budgets) == 100


def test_messages_are_accepted_again_at_the_announced_time() -> None:
    clock = FakeClock()
    exact = limits_at(clock)
    budget = exact.budget("s")
    for _ in range(60):
        exact.message(budget)
    with pytest.raises(RateLimited) as refused:
        exact.message(budget)
    clock.advance(refused.value.retry_after_ms / 1000)
    exact.message(budget)


async def test_uploads_are_counted_for_each_user() -> None:
    strict = limits(uploads_per_minute=2)
    await strict.upload("ann")
    await strict.upload("ann")
    with pytest.raises(RateLimited) as refused:
        await strict.upload("ann")
    assert 1000 <= refused.value.retry_after_ms <= 60_000
    await strict.upload("ben")


async def test_places_are_given_back() -> None:
    few = limits(connections_per_address=2)
    assert [await few.acquire_connection("a") for _ in range(3)] == [True, True, False]
    assert await few.acquire_connection("b")
    few.release_connection("a")
    assert await few.acquire_connection("a")
    for address in ("a", "a", "b"):
        few.release_connection(address)
    assert few.connections == {}


async def test_addresses_of_one_network_count_together() -> None:
    few = limits(connections_per_address=2)
    taken = [await few.acquire_connection(f"2001:db8::{n}") for n in range(3)]
    assert taken == [True, True, False]
    assert await few.acquire_connection("2001:db8:0:1::1")
    few.release_connection("2001:db8::ffff")
    assert await few.acquire_connection("2001:db8::3")


def test_windows_slide() -> None:
    """The former window weighs by how much of it is within reach, and then no more."""
    window = Window(4, 10, 10)
    key = window._item.key_for("k")
    present = int(time.time() // 10)
    window.storage._counts[key] = (present - 1, 4, 0)
    assert window.storage.get_sliding_window(key, 10)[0] == 4
    window.storage._counts[key] = (present - 2, 4, 0)
    assert window.storage.get_sliding_window(key, 10)[0] == 0
    assert window.hit("k") == 0.0


def test_small_requests_are_charged_little() -> None:
    clock = FakeClock()
    limited = limits_at(clock)
    budget = limited.budget("s")
    for _ in range(60 * 16):
        limited.message(budget, 1 / 16)
    with pytest.raises(RateLimited) as refused:
        limited.message(budget, 1 / 16)
    assert 0 < refused.value.retry_after_ms <= 64
    clock.advance(1)
    limited.message(budget)
    with pytest.raises(RateLimited):
        limited.message(budget, 1 / 16)
