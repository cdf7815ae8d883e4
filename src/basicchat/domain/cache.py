"""The cache's port: values that several nodes can share, and that can be computed again."""

from typing import Protocol


class Cache(Protocol):
    """A bounded cache of bytes. An entry may disappear at any time, also before it expires."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key; None if it is missing, expired or evicted."""
        ...

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Keep a value for at most `ttl_seconds`, replacing an earlier one."""
        ...

    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        """Keep a value unless the key has one; false if it has. Of several calls one succeeds."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a value, if it is there."""
        ...
