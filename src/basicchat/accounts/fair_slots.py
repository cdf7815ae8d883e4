"""Slots for work that takes long, given in turn to those who wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from basicchat.domain.round_robin import RoundRobin


class TooManyWaiting(Exception):
    """The queue is full."""


class FairSlots:
    """A limited number of slots; keys take turns, so that a crowd under one key delays no other.

    Args:
        slots: how many may be in use at the same time.
        max_per_key: how many may wait under one key.
        max_waiting: how many may wait in all.
    """

    def __init__(self, slots: int, *, max_per_key: int, max_waiting: int) -> None:
        self._free = slots
        self._max_per_key = max_per_key
        self._max_waiting = max_waiting
        self._waiting: RoundRobin[asyncio.Future[None]] = RoundRobin()

    @asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[None]:
        """Hold a slot.

        Raises:
            TooManyWaiting: too many wait already, under this key or in all.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait(key)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, key: str) -> None:
        is_full = self._waiting.count(key) >= self._max_per_key
        if is_full or len(self._waiting) >= self._max_waiting:
            raise TooManyWaiting
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(key, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            else:
                self._waiting.remove(key, turn)
            raise

    def _pass_on(self) -> None:
        """Give a slot to the first one of the key whose turn it is."""
        turn = self._waiting.take()
        if turn is None:
            self._free += 1
        else:
            turn.set_result(None)
