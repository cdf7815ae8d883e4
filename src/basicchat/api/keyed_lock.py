"""One at a time for what must happen once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class KeyedLock:
    """Locks by name, which exist only while somebody holds or awaits them."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._users: Counter[tuple[str, str]] = Counter()

    @asynccontextmanager
    async def at_a_time(self, user_id: str, client_msg_id: str) -> AsyncIterator[None]:
        """Let requests with the same `client_msg_id` of a user pass one after the other."""
        name = (user_id, client_msg_id)
        self._users[name] += 1
        try:
            async with self._locks.setdefault(name, asyncio.Lock()):
                yield
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name], self._locks[name]
