"""Locks by name at the workers of one machine; the broker keeps the queues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import LOCKS, Lock, Unlock


class BrokerLocks:
    """Implements `domain.locks.Locks`."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self._places = count(1)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of a key."""
        place = next(self._places)
        try:
            await self._link.ask(LOCKS, Lock(key, place), None, seconds=None)
            yield
        finally:
            self._link.post(LOCKS, Unlock(key, place))
