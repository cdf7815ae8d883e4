"""An endpoint that is found on first use."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from basicchat.llm.http import Endpoint


class EndpointSource(Protocol):
    """Where the endpoint of a server comes from."""

    async def get(self) -> Endpoint:
        """The endpoint.

        Raises:
            UpstreamUnavailable: there is none.
        """
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


class LazyEndpoint:
    """Finds an endpoint once and keeps it; a failed search is repeated on the next use.

    Args:
        connect: finds the endpoint.
    """

    def __init__(self, connect: Callable[[], Awaitable[Endpoint]]) -> None:
        self._connect = connect
        self._found: Endpoint | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Endpoint:
        """The endpoint.

        Raises:
            UpstreamUnavailable: none was found.
        """
        async with self._lock:
            if self._found is None:
                self._found = await self._connect()
        return self._found

    async def close(self) -> None:
        """Close the endpoint's connections, if it was found."""
        if self._found is not None:
            await self._found.close()
