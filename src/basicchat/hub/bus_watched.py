"""A bus between workers that also notices what other programs write to their database.

Commands such as `basicchat index` change the database without being on the bus. So the positions of
the streams followed here are compared, when another process has committed something.
"""

import asyncio
from collections.abc import Awaitable, Callable

from basicchat.domain.bus import Bus, BusItem, BusSubscriber
from basicchat.hub.bus_notices import poll_every
from basicchat.hub.bus_polling import PollingBus, Positions

POLL_SECONDS = 0.5


class _Noting:
    """A subscriber that notes what the bus brings, so that it is not taken for news."""

    def __init__(self, subscriber: BusSubscriber, note: Callable[[str, BusItem], None]) -> None:
        self._subscriber = subscriber
        self._note = note

    def received(self, topic: str, item: BusItem) -> None:
        self._note(topic, item)
        self._subscriber.received(topic, item)

    def missed(self, topic: str) -> None:
        self._subscriber.missed(topic)


class WatchedBus:
    """Implements `domain.bus.Bus`.

    Args:
        bus: carries the items of the workers.
        changed_elsewhere: whether another process has committed since the last call.
        positions: the seq of each of these streams.
    """

    def __init__(
        self,
        bus: Bus,
        changed_elsewhere: Callable[[], Awaitable[bool]],
        positions: Positions,
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._bus = bus
        self._changed_elsewhere = changed_elsewhere
        self._polling = PollingBus(positions)
        self._poll_seconds = poll_seconds

    def publish(self, topic: str, item: BusItem) -> None:
        """Send an item to the other workers that subscribe to the topic."""
        self._polling.publish(topic, item)
        self._bus.publish(topic, item)

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive a topic's items, and notices of what other programs have written."""
        self._polling.subscribe(topic, subscriber)
        self._bus.subscribe(topic, _Noting(subscriber, self._polling.publish))

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving a topic's items."""
        self._polling.unsubscribe(topic)
        self._bus.unsubscribe(topic)

    def watch_demand(
        self,
        topic: str,
        changed: Callable[[bool], None],
        late: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Call `changed` when the first other worker subscribes or the last one leaves."""
        return self._bus.watch_demand(topic, changed, late)

    async def poll(self) -> None:
        """Have the streams read that others have written to."""
        if await self._changed_elsewhere():
            await self._polling.poll()

    async def run(self) -> None:
        """Exchange items with the other workers, and poll, until cancelled."""
        await asyncio.gather(self._bus.run(), poll_every(self._poll_seconds, self.poll))
