"""The cache that the workers of one machine share; the broker keeps the values."""

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import CACHE, CacheDelete, CacheGet, CacheSet


class BrokerCache:
    """Implements `domain.cache.Cache`."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        value: bytes | None = await self._link.ask(CACHE, CacheGet(key), bytes | None)
        return value

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Store a value."""
        await self._link.ask(CACHE, CacheSet(key, value, ttl_seconds), bool)

    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        """Store a value unless there is one; false if there is."""
        added = await self._link.ask(CACHE, CacheSet(key, value, ttl_seconds, keep=True), bool)
        return bool(added)

    async def delete(self, key: str) -> None:
        """Remove a value."""
        await self._link.ask(CACHE, CacheDelete(key), None)
