"""The cache within one process."""

from collections import OrderedDict

from basicchat.domain.ports import Clock

MAX_BYTES = 16 * 1024 * 1024
# The memory of an entry besides its key and value, in bytes.
ENTRY_BYTES = 200


class MemoryCache:
    """Implements `domain.cache.Cache`; the least recently used entries are evicted.

    Args:
        max_bytes: the maximum size of all keys and values together.
    """

    def __init__(self, clock: Clock, *, max_bytes: int = MAX_BYTES) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._bytes = 0
        # Key → (expiry in seconds of the monotonic clock, value).
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        expires_at, value = self._entries.get(key, (0.0, None))
        if value is None:
            return None
        if expires_at <= self._clock.monotonic():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Store a value."""
        self._remove(key)
        if _size(key, value) > self._max_bytes:
            return
        self._entries[key] = (self._clock.monotonic() + ttl_seconds, value)
        self._bytes += _size(key, value)
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        """Store a value unless there is one; false if there is."""
        if await self.get(key) is not None:
            return False
        await self.set(key, value, ttl_seconds)
        return True

    async def delete(self, key: str) -> None:
        """Remove a value."""
        self._remove(key)

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry[1])


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + ENTRY_BYTES
