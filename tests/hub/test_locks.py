"""The contract of the port of locks; every implementation is added to IMPLEMENTATIONS."""

import asyncio
from collections.abc import Callable

import pytest

from basicchat.domain.locks import Locks
from basicchat.hub.locks_memory import MemoryLocks

IMPLEMENTATIONS: dict[str, Callable[[], Locks]] = {"memory": MemoryLocks}


@pytest.fixture(params=IMPLEMENTATIONS)
def locks(request: pytest.FixtureRequest) -> Locks:
    return IMPLEMENTATIONS[request.param]()


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
