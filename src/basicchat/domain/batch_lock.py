"""A fair lock whose waiters follow each other within one turn of the event loop."""

import asyncio
from collections import deque
from itertools import islice
from types import TracebackType

# How many waiters may take the lock in one turn of the loop, so that other work goes on too.
BATCH = 32


class _Waiter:
    """A place in the queue; `woken` is renewed each time the lock turns out to be held."""

    __slots__ = ("woken",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.woken: asyncio.Future[None] = loop.create_future()


class BatchLock:
    """Mutual exclusion for work that seldom suspends, such as a transaction.

    `asyncio.Lock` passes from one holder to the next in one turn of the loop each. If other work
    makes turns long, those who wait for the lock starve. This lock wakes several waiters at once.
    Each works in the same turn, one after another; those that find the lock held by one that
    suspended keep their place and wait again.
    """

    __slots__ = ("_held", "_waiters")

    def __init__(self) -> None:
        self._held = False
        self._waiters: deque[_Waiter] = deque()

    @property
    def held(self) -> bool:
        """Whether somebody holds the lock."""
        return self._held

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for the lock."""
        return bool(self._waiters)

    async def __aenter__(self) -> None:
        if self._held or self._waiters:
            await self._wait()
        self._held = True

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        waiter = _Waiter(loop)
        self._waiters.append(waiter)
        try:
            await waiter.woken
            while self._held:
                waiter.woken = loop.create_future()
                await waiter.woken
        except asyncio.CancelledError:
            self._waiters.remove(waiter)
            self._wake()
            raise
        self._waiters.remove(waiter)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._held = False
        self._wake()

    def _wake(self) -> None:
        if not self._held:
            for waiter in islice(self._waiters, BATCH):
                if not waiter.woken.done():
                    waiter.woken.set_result(None)
