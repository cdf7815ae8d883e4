"""Upgrade from HTTP back to WebSocket."""

import asyncio
from collections.abc import Awaitable, Callable

from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing


class UpgradeLoop:
    """Tries WebSocket at intervals, until it works or `stop` is called.

    Args:
        attempt: tries once, and returns whether it worked.
    """

    def __init__(
        self, tasks: TaskGroup, timing: Timing, attempt: Callable[[], Awaitable[bool]]
    ) -> None:
        self._tasks = tasks
        self._timing = timing
        self._attempt = attempt
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the loop, unless it is running."""
        if self._running is None:
            self._running = self._tasks.spawn(self._run())

    async def _run(self) -> None:
        delay = self._timing.first_upgrade
        while True:
            await asyncio.sleep(delay)
            if await self._attempt():
                return
            delay = self._timing.upgrade_interval

    def stop(self) -> None:
        """Stop the loop. An attempt that calls this itself is not cancelled."""
        running, self._running = self._running, None
        if running is not None and running is not asyncio.current_task():
            running.cancel()
