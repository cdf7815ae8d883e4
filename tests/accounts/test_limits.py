"""Limits: what passes, when to come back, and how much is remembered."""

import time

import pytest

from basicchat.accounts.limits import ADDRESS_SHARE, RequestLimits
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


def test_a_million_addresses_are_bounded() -> None:
    """Whoever comes from ever new addresses only makes the oldest be forgotten."""
    window = Window(3, 900, 10_000)
    for number in range(1_000_000):
        window.hit(f"2001:db8::{number:x}")
    assert len(window.storage) == 10_000
    assert window.hit("2001:db8::f423f") == 0.0


def test_sessions_are_bounded() -> None:
    limiter = MemoryRateLimiter(FakeClock(), max_keys=100)
    for number in range(1000):
        limiter.charge(limiter.budget(f"s_{number}"), 1.0)
    assert len(limiter._budgets) == 100


async def test_a_flood_of_addresses_leaves_accounts_guarded() -> None:
    guarded = limits(login_attempts=2)
    for _ in range(2):
        await guarded.login("Ann", "10.0.0.1")
    for number in range(1000):
        address = f"10.1.{number // 256}.{number % 256}"
        await guarded._limiter.hit(guarded._address_logins, address)
    with pytest.raises(RateLimited):
        await guarded.login("ann ", "10.9.9.9")


async def test_failed_logins_count_for_account_and_address() -> None:
    strict = limits(login_attempts=2)
    for number in range(2 * ADDRESS_SHARE):
        await strict.login(f"user {number}", "10.0.0.1")
    with pytest.raises(RateLimited) as refused:
        await strict.login("another", "10.0.0.1")
    assert 1000 <= refused.value.retry_after_ms <= 900_000
    await strict.login("another", "10.0.0.2")


async def test_what_was_no_guess_is_given_back() -> None:
    kind = limits(login_attempts=2)
    for _ in range(20):
        await kind.login("Ann", "10.0.0.1")
        await kind.refund_login("Ann", "10.0.0.1")


def test_messages_come_back_at_the_time_that_was_said() -> None:
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


def test_what_weighs_little_is_charged_little() -> None:
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
