"""Climbing back to WebSocket while a client makes do with HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

from basicchat.client.backoff import Rhythm
from basicchat.client.tasks import Tasks


class Climber:
    """Tries it now and then, until it works or is told to end.

    Args:
        attempt: tries once; whether it worked.
    """

    def __init__(
        self, tasks: Tasks, rhythm: Rhythm, attempt: Callable[[], Awaitable[bool]]
    ) -> None:
        self._tasks = tasks
        self._rhythm = rhythm
        self._attempt = attempt
        self._climbing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Climb, unless that is under way."""
        if self._climbing is None:
            self._climbing = self._tasks.spawn(self._climb())

    async def _climb(self) -> None:
        delay = self._rhythm.climb_first
        while True:
            await asyncio.sleep(delay)
            if await self._attempt():
                return
            delay = self._rhythm.climb

    def end(self) -> None:
        """Climb no more. Whoever calls from within a climb is spared."""
        climbing, self._climbing = self._climbing, None
        if climbing is not None and climbing is not asyncio.current_task():
            climbing.cancel()
