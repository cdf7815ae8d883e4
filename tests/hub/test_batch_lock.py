"""The lock of changes: fair, and quick also while the event loop's turns are long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from basicchat.domain.batch_lock import BATCH, BatchLock
from basicchat.domain.events import room_stream
from basicchat.hub.hub import Hub
from basicchat.storage.store import SqlStore


class Turns:
    """Counts the turns of the event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._running = True

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def turn() -> None:
            self.count += 1
            if self._running:
                loop.call_soon(turn)

        turn()
        try:
            yield
        finally:
            self._running = False


async def test_one_at_a_time_in_order() -> None:
    lock, order, holders = BatchLock(), [], 0

    async def work(number: int) -> None:
        nonlocal holders
        async with lock:
            holders += 1
            assert holders == 1
            order.append(number)
            for _ in range(number % 3):
                await asyncio.sleep(0)
            holders -= 1

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task(work(number))
    assert order == list(range(100))


async def test_waiters_share_a_turn_of_the_loop() -> None:
    lock, turns = BatchLock(), Turns()

    async def work() -> None:
        async with lock:
            pass

    async with asyncio.timeout(60), turns.counting():
        async with lock:
            tasks = [asyncio.create_task(work()) for _ in range(3 * BATCH)]
            await asyncio.sleep(0)
        before = turns.count
        await asyncio.gather(*tasks)
        assert turns.count - before <= 8


@pytest.mark.parametrize("woken", [False, True])
async def test_a_cancelled_waiter_leaves_its_place(*, woken: bool) -> None:
    lock, order = BatchLock(), []

    async def work(name: str) -> None:
        async with lock:
            order.append(name)

    async with asyncio.timeout(60):
        async with lock:
            tasks = [asyncio.create_task(work(name)) for name in "abc"]
            await asyncio.sleep(0)
            if not woken:
                tasks[0].cancel()
        if woken:
            tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert order == ["b", "c"]
        async with lock:
            pass


async def test_changes_do_not_starve_in_long_turns(store: SqlStore) -> None:
    """A hundred changes that wait take a few turns of the loop, however long these are."""
    hub, turns = Hub(store), Turns()

    async def change() -> None:
        async with hub.change() as transaction:
            await transaction.record(room_stream("c1"), "run.step", "r", lambda seq: seq)

    async with asyncio.timeout(60), turns.counting():
        async with hub.change():
            tasks = [asyncio.create_task(change()) for _ in range(100)]
            await asyncio.sleep(0)
        before = turns.count
        await asyncio.gather(*tasks)
        assert turns.count - before <= 12
