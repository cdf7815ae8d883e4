"""An endpoint that is looked for when it is first needed."""

import asyncio
from collections.abc import Awaitable, Callable

from basicchat.llm.http import Endpoint


class LazyEndpoint:
    """Finds an endpoint once and keeps it; a search that fails is repeated next time.

    Args:
        connect: finds it.
    """

    def __init__(self, connect: Callable[[], Awaitable[Endpoint]]) -> None:
        self._connect = connect
        self._found: Endpoint | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Endpoint:
        """The endpoint.

        Raises:
            UpstreamUnavailable: there is none.
        """
        async with self._lock:
            if self._found is None:
                self._found = await self._connect()
        return self._found

    async def close(self) -> None:
        """Close its connections, if it was ever found."""
        if self._found is not None:
            await self._found.close()
