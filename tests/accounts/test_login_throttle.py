"""Limits on attempts to log in: guessing is slow, and strangers lock nobody out."""

import asyncio

import pytest

from basicchat.accounts.fair_slots import FairSlots, TooManyWaiting
from basicchat.accounts.known_devices import DEVICE_SECONDS, KnownDevices
from basicchat.accounts.login_throttle import ACCOUNT_SHARE, ADDRESS_SHARE, LoginThrottle
from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.domain.errors import RateLimited, Unauthenticated
from basicchat.testing.clock import FakeClock


def throttle(attempts: int = 2) -> LoginThrottle:
    return LoginThrottle(MemoryRateLimiter(FakeClock()), attempts)


async def fail(limits: LoginThrottle, login: str, address: str, device: str | None = None) -> None:
    """Try a wrong password, which has to be accepted as an attempt."""
    with pytest.raises(Unauthenticated):
        async with limits.attempt(login, address, device):
            raise Unauthenticated("wrong")


async def is_refused(
    limits: LoginThrottle, login: str, address: str, device: str | None = None
) -> bool:
    try:
        async with limits.attempt(login, address, device):
            return False
    except RateLimited as error:
        refused = error
    assert refused.reason == "too_many_logins"
    assert 1000 <= refused.retry_after_ms <= 900_000
    return True


async def test_failures_from_elsewhere_lock_nobody_out() -> None:
    limits = throttle()
    for number in range(14):
        await fail(limits, "Ann", f"10.0.0.{number}")
    assert not await is_refused(limits, "Ann", "10.9.9.9")
    # Whoever fails is limited, under any spelling of the name, within the same network.
    for address in ("2001:db8::1", "2001:db8::2"):
        await fail(limits, "Ann", address)
    assert await is_refused(limits, "aNN ", "2001:db8::3")
    assert not await is_refused(limits, "Ann", "2001:db8:0:1::1")


async def test_an_address_is_limited_over_all_accounts() -> None:
    limits = throttle()
    for number in range(2 * ADDRESS_SHARE):
        await fail(limits, f"user {number}", "10.0.0.1")
    assert await is_refused(limits, "another", "10.0.0.1")
    assert not await is_refused(limits, "another", "10.0.0.2")


async def test_a_known_device_passes_while_many_addresses_guess() -> None:
    limits = throttle()
    for number in range(2 * ACCOUNT_SHARE):
        await fail(limits, "Ann", f"10.0.{number // 250}.{number % 250}")
    assert await is_refused(limits, "Ann", "10.9.9.9")
    assert not await is_refused(limits, "Ann", "10.9.9.9", "laptop")
    # Its own failures count.
    for _ in range(2):
        await fail(limits, "Ann", "10.9.9.9", "laptop")
    assert await is_refused(limits, "Ann", "10.9.9.9", "laptop")
    assert not await is_refused(limits, "Ann", "10.9.9.9", "phone")


async def test_successes_do_not_count() -> None:
    limits = throttle()
    for _ in range(50):
        assert not await is_refused(limits, "Ann", "10.0.0.1")


async def test_right_passwords_in_parallel_all_pass() -> None:
    limits, inside = throttle(), 0

    async def log_in(number: int) -> None:
        nonlocal inside
        async with limits.attempt(f"user {number % 3}", "10.0.0.1"):
            inside += 1
            assert inside <= 2 * ADDRESS_SHARE
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.timeout(60):
        await asyncio.gather(*(log_in(number) for number in range(120)))


async def test_wrong_passwords_in_parallel_are_limited() -> None:
    limits, tried = throttle(), 0

    async def guess() -> None:
        nonlocal tried
        async with limits.attempt("Ann", "10.0.0.1"):
            tried += 1
            await asyncio.sleep(0)
            raise Unauthenticated("wrong")

    async with asyncio.timeout(60):
        ends = await asyncio.gather(*(guess() for _ in range(100)), return_exceptions=True)
    assert tried == 2
    assert [type(end) for end in ends].count(RateLimited) == 98


def test_a_device_is_known_to_its_account_only() -> None:
    clock = FakeClock()
    devices, other = KnownDevices(clock, b"a" * 32), KnownDevices(clock, b"b" * 32)
    value = devices.issue("ann")
    device = devices.verified(value, "ann")
    assert device
    assert devices.verified(devices.issue("ann"), "ann") not in (None, device)
    for wrong, user_id in [
        (value, "ben"), (value, None), (None, "ann"), ("", "ann"), ("x", "ann"), ("a.b.c", "ann"),
        (value[:-1], "ann"), ("x" + value, "ann"), (value + "é", "ann"), ("a.٣.c", "ann"),
    ]:  # fmt: skip
        assert devices.verified(wrong, user_id) is None
    assert other.verified(value, "ann") is None
    assert devices.cookie != other.cookie
    clock.advance(DEVICE_SECONDS + 1)
    assert devices.verified(value, "ann") is None


async def test_those_who_wait_take_turns() -> None:
    slots, order = FairSlots(1, max_per_key=9, max_waiting=99), []

    async def work(key: str) -> None:
        async with slots.slot(key):
            order.append(key)
            await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(key) for key in "aaaaabbc"))
    assert "".join(order) == "aabcabaa"


async def test_a_full_queue_refuses_only_its_own_key() -> None:
    slots = FairSlots(1, max_per_key=2, max_waiting=4)
    release = asyncio.Event()

    async def work(key: str) -> None:
        async with slots.slot(key):
            await release.wait()

    async with asyncio.timeout(60):
        tasks = [asyncio.create_task(work(key)) for key in "aaabb"]
        await asyncio.sleep(0)
        for key in "ac":
            with pytest.raises(TooManyWaiting):
                async with slots.slot(key):
                    pass
        tasks[1].cancel()
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(work("c")))
        release.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with slots.slot("a"):
            pass
