"""What buses have in common that only give notice of what others have written to the database."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from basicchat.domain.bus import BusSubscriber

log = structlog.get_logger(__name__)


async def poll_every(seconds: float, poll: Callable[[], Awaitable[None]]) -> None:
    """Poll the database again and again, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await poll()
        # If the database is locked now, the next poll may succeed.
        except Exception as error:
            log.error("database_not_polled", exc_info=error)


class NoticeBus:
    """Subscribers, which read the log when they are told that they missed something."""

    def __init__(self) -> None:
        self._subscribers: dict[str, BusSubscriber] = {}

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive notices; `missed` is called by the poll that finds news."""
        self._subscribers[topic] = subscriber

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving them."""
        self._subscribers.pop(topic, None)

    def watch_demand(
        self,
        topic: str,
        changed: Callable[[bool], None],
        late: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Watch nothing: no other process can receive what is not in the database."""
        return lambda: None
