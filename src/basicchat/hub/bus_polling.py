"""The bus between processes that share one database server and nothing else: it asks for news.

It carries nothing: it compares the positions of the streams that this node follows, by one query,
and has those read from the log that others have written to. Deltas and signals stay within their
process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from basicchat.domain.bus import BusItem, BusSubscriber, StreamClosed
from basicchat.domain.errors import BasicChatError
from basicchat.domain.events import Event, Events
from basicchat.hub.bus_notices import NoticeBus

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5
# The pause after failures, which doubles up to this.
MAX_PAUSE_SECONDS = 5.0
Positions = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]


class PollingBus(NoticeBus):
    """Implements `domain.bus.Bus` by asking for the positions of the streams followed here.

    Args:
        positions: the seq of each of these streams; those that do not exist are missing.
    """

    def __init__(self, positions: Positions, *, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__()
        self._positions = positions
        self._poll_seconds = poll_seconds
        # What this node has seen of each stream; zero until the first answer.
        self._seen: dict[str, int] = {}

    def publish(self, topic: str, item: BusItem) -> None:
        """Note the position of events of this node, so that they are not taken for news."""
        event = item.events[-1] if isinstance(item, Events) else item
        if isinstance(event, Event) and event.seq > self._seen.get(topic, event.seq):
            self._seen[topic] = event.seq

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive notices of events of others; `missed` is called by the next poll."""
        super().subscribe(topic, subscriber)
        self._seen[topic] = 0

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving them."""
        super().unsubscribe(topic)
        self._seen.pop(topic, None)

    async def poll(self) -> None:
        """Have all streams read that others have written to, and close those that are gone."""
        asked = tuple(self._subscribers)
        if not asked:
            return
        positions = await self._positions(asked)
        for topic in asked:
            subscriber, seq = self._subscribers.get(topic), positions.get(topic)
            if subscriber is None:
                continue
            if seq is not None and seq > self._seen[topic]:
                self._seen[topic] = seq
                subscriber.missed(topic)
            elif seq is None and self._seen[topic]:
                self._seen[topic] = 0
                subscriber.received(topic, StreamClosed())

    async def run(self) -> None:
        """Poll until cancelled."""
        pause = self._poll_seconds
        while True:
            await asyncio.sleep(pause)
            try:
                await self.poll()
                pause = self._poll_seconds
            # The next poll may succeed.
            except BasicChatError as error:
                log.warning("log_not_polled", reason=error.message)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
            except Exception as error:
                log.error("log_not_polled", exc_info=error)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
