"""The bus between processes that share one SQLite file, which tells only that something changed.

It carries nothing: a process notices another's commits, and reads them from the log. Deltas and
signals stay within their process.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from basicchat.domain.bus import BusItem, BusSubscriber

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.2


class SqliteBus:
    """Implements `domain.bus.Bus` by asking the database for commits of other processes.

    Args:
        changed_elsewhere: whether another process has committed since the last call.
    """

    def __init__(
        self,
        changed_elsewhere: Callable[[], Awaitable[bool]],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._changed_elsewhere = changed_elsewhere
        self._poll_seconds = poll_seconds
        self._subscribers: dict[str, BusSubscriber] = {}

    def publish(self, topic: str, item: BusItem) -> None:
        """Do nothing: the other processes notice the commit itself."""

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive notices of commits by other processes."""
        self._subscribers[topic] = subscriber

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving them."""
        self._subscribers.pop(topic, None)

    def watch_demand(self, topic: str, changed: Callable[[bool], None]) -> Callable[[], None]:
        """Watch nothing: no other process can receive what is not in the database."""
        return lambda: None

    async def poll(self) -> None:
        """Make all subscribers read the store, if another process has changed it."""
        if await self._changed_elsewhere():
            for topic, subscriber in tuple(self._subscribers.items()):
                subscriber.missed(topic)

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self.poll()
            # If the database is locked now, the next poll may succeed.
            except Exception as error:
                log.error("database_not_polled", exc_info=error)
