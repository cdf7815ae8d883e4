"""Limits: what passes, when to come back, and how much is remembered."""

import time

import pytest

from basicchat.accounts.limits import ADDRESS_SHARE, MemoryLimiter
from basicchat.accounts.sliding_window import Window
from basicchat.domain.errors import RateLimited
from basicchat.testing.clock import FakeClock


def limiter_at(clock: FakeClock, **changes: int) -> MemoryLimiter:
    told = {
        "messages_per_minute": 60,
        "login_attempts": 2,
        "uploads_per_minute": 2,
        "connections_per_address": 2,
    }
    return MemoryLimiter(clock, **(told | changes))


def limiter(**changes: int) -> MemoryLimiter:
    return limiter_at(FakeClock(), **changes)


def test_a_million_addresses_are_bounded() -> None:
    """Whoever comes from ever new addresses only makes the oldest be forgotten."""
    window = Window(3, 900, 10_000)
    for number in range(1_000_000):
        window.hit(f"2001:db8::{number:x}")
    assert len(window.storage) == 10_000
    assert window.hit("2001:db8::f423f") == 0.0


def test_sessions_are_bounded() -> None:
    bounded = limiter()
    bounded._max_keys = 100
    for number in range(1000):
        bounded.message(bounded.rate(f"s_{number}"))
    assert len(bounded._rates) == 100


def test_a_flood_of_addresses_leaves_accounts_guarded() -> None:
    guarded = limiter(login_attempts=2)
    guarded._max_keys = 100
    for _ in range(2):
        guarded.login("Ann", "10.0.0.1")
    for number in range(1000):
        guarded._by_address.hit(f"10.1.{number // 256}.{number % 256}")
    with pytest.raises(RateLimited):
        guarded.login("ann ", "10.9.9.9")


def test_failed_logins_count_for_account_and_address() -> None:
    strict = limiter(login_attempts=2)
    for number in range(2 * ADDRESS_SHARE):
        strict.login(f"user {number}", "10.0.0.1")
    with pytest.raises(RateLimited) as refused:
        strict.login("another", "10.0.0.1")
    assert 1000 <= refused.value.retry_after_ms <= 900_000
    strict.login("another", "10.0.0.2")


def test_what_was_no_guess_is_given_back() -> None:
    kind = limiter(login_attempts=2)
    for _ in range(20):
        kind.login("Ann", "10.0.0.1")
        kind.logged_in("Ann", "10.0.0.1")


def test_messages_come_back_at_the_time_that_was_said() -> None:
    clock = FakeClock()
    exact = MemoryLimiter(
        clock,
        messages_per_minute=60,
        login_attempts=1,
        uploads_per_minute=1,
        connections_per_address=1,
    )
    rate = exact.rate("s")
    for _ in range(60):
        exact.message(rate)
    with pytest.raises(RateLimited) as refused:
        exact.message(rate)
    clock.advance(refused.value.retry_after_ms / 1000)
    exact.message(rate)


def test_uploads_are_counted_for_each_user() -> None:
    strict = limiter(uploads_per_minute=2)
    strict.upload("ann")
    strict.upload("ann")
    with pytest.raises(RateLimited) as refused:
        strict.upload("ann")
    assert 1000 <= refused.value.retry_after_ms <= 60_000
    strict.upload("ben")


def test_places_are_given_back() -> None:
    few = limiter(connections_per_address=2)
    assert [few.take_place("a") for _ in range(3)] == [True, True, False]
    assert few.take_place("b")
    few.give_back("a")
    assert few.take_place("a")
    for address in ("a", "a", "b"):
        few.give_back(address)
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
    limited = limiter_at(clock)
    rate = limited.rate("s")
    for _ in range(60 * 16):
        limited.message(rate, 1 / 16)
    with pytest.raises(RateLimited) as refused:
        limited.message(rate, 1 / 16)
    assert 0 < refused.value.retry_after_ms <= 64
    clock.advance(1)
    limited.message(rate)
    with pytest.raises(RateLimited):
        limited.message(rate, 1 / 16)
